"""Alliances of their own for tests of operations."""

import itertools
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time
from enum import StrEnum
from uuid import UUID

import asyncpg
import yaml

from baobei.clock import TravelClock, new_id
from baobei.operations.actor import Actor, Office
from baobei.operations.apply_organisation import apply_organisation
from baobei.operations.register_customer import (
    RegisterCustomer,
    RegistrationAdmitted,
    RegistrationRefused,
    register_customer,
)
from baobei.organisation_file import OrganisationFile
from baobei.policy.classes import ClassDays
from baobei.policy.document import PARAMETERS, Policy, default_document, read_policy
from baobei.policy.plan_steps import PlanStep, Weekday
from baobei.store import organisation, policies
from baobei.store.organisation_models import Role
from baobei.vault import Vault

VAULT = Vault(keys={1: bytes(range(32))}, active=1, index_key=bytes(range(32, 64)))
ADDRESS = "浦东新区锦绣路100弄{}号楼2单元501室"

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestAlliance:
    """An alliance with its office; acts for its staff by code."""

    __test__ = False

    office: Office
    code: str

    async def actor(self, staff_code: str) -> Actor:
        async with self.office.pool.acquire() as connection:
            found = await organisation.caller(connection, alliance_code=self.code, staff_code=staff_code)
        assert found is not None
        alliance, staff = found
        return Actor(alliance=alliance, staff=staff)

    async def travel(self, to: str | datetime) -> datetime:
        instant = to if isinstance(to, datetime) else datetime.fromisoformat(to)
        async with self.office.pool.acquire() as connection:
            return await TravelClock().set(connection, instant)

    async def register(
        self, by: str, *, phone: str, address: str, name: str = "王小明", **more: object
    ) -> RegistrationAdmitted | RegistrationRefused:
        request = RegisterCustomer(name=name, phone=phone, address=address, **more)  # type: ignore[arg-type]
        return await register_customer(self.office, await self.actor(by), request)

    async def admitted(self, by: str, *, phone: str, address: str, **more: object) -> UUID:
        answer = await self.register(by, phone=phone, address=address, **more)
        assert isinstance(answer, RegistrationAdmitted), answer
        return answer.registration.id

    async def count(self, query: str, *arguments: object) -> int:
        async with self.office.pool.acquire() as connection:
            found: int = await connection.fetchval(query, *arguments)
            return found


def office_on(pool: "asyncpg.Pool[asyncpg.Record]") -> Office:
    return Office(pool=pool, clock=TravelClock(), vault=VAULT, acquire_timeout_s=30)


def organisation_of(
    code: str,
    *,
    guides: Iterable[str],
    salespeople: Iterable[str],
    roles: Iterable[Role] = (),
    time_zone: str = "Asia/Shanghai",
) -> OrganisationFile:
    """An alliance with one store, one field department, their managers, and a head of department."""
    units = [
        {"code": "HQ", "name": "总部", "kind": "HEADQUARTERS", "region": "上海"},
        {"code": "PD", "name": "浦东店", "kind": "STORE", "region": "浦东"},
        {"code": "YW", "name": "业务部", "kind": "FIELD_DEPARTMENT", "region": "上海"},
    ]
    more = [role.value for role in roles]
    staff = [
        {"code": "HEAD", "name": "部门负责人", "unit": "HQ", "roles": ["DEPARTMENT_HEAD"]},
        {"code": "OPS", "name": "运营经理", "unit": "HQ", "roles": ["OPERATIONS_MANAGER"]},
        {"code": "PDM", "name": "店长", "unit": "PD", "roles": ["STORE_MANAGER"]},
        {"code": "SUP", "name": "主管", "unit": "YW", "roles": ["SUPERVISOR"]},
        *({"code": g, "name": f"导购{g}", "unit": "PD", "roles": ["GUIDE", *more]} for g in guides),
        *(
            {"code": s, "name": f"业务员{s}", "unit": "YW", "roles": ["SALESPERSON", *more]}
            for s in salespeople
        ),
    ]
    alliance = {"code": code, "name": code, "time_zone": time_zone}
    return OrganisationFile.model_validate({"alliance": alliance, "units": units, "staff": staff})


async def new_alliance(
    pool: "asyncpg.Pool[asyncpg.Record]",
    *,
    guides: Iterable[str] = ("G01", "G02", "G03"),
    salespeople: Iterable[str] = ("F01", "F02", "F03"),
    roles: Iterable[Role] = (),
    time_zone: str = "Asia/Shanghai",
) -> TestAlliance:
    """Create an alliance that no other test uses."""
    office, code = office_on(pool), f"alliance{next(_numbers)}"
    file = organisation_of(code, guides=guides, salespeople=salespeople, roles=roles, time_zone=time_zone)
    await apply_organisation(office, file)
    return TestAlliance(office=office, code=code)


async def publish(alliance: TestAlliance, policy: Policy) -> None:
    """Put a policy in force for an alliance, in place of the one that it began with."""
    document = document_of(policy)
    async with alliance.office.pool.acquire() as connection:
        known = await organisation.alliance_by_code(connection, alliance.code)
        assert known is not None
        await policies.insert(
            connection,
            known.id,
            id=new_id(),
            policy=read_policy(document),
            document=document,
            effective_from=datetime(2000, 1, 1, tzinfo=UTC),
        )


def _own(days: ClassDays) -> dict[str, int]:
    return {name: number for name, number in asdict(days).items() if number is not None}


def _step(step: PlanStep) -> dict[str, object]:
    """A step as a document states it."""
    said = {name: value for name, value in asdict(step).items() if value is not None and value is not False}
    for name, value in said.items():
        if isinstance(value, frozenset):
            said[name] = sorted(str(word) for word in value)
        elif isinstance(value, Weekday):
            said[name] = value.name
        elif isinstance(value, tuple):
            said[name] = list(value)
    return said


def document_of(policy: Policy) -> str:
    """The document that states a policy made by changing parameters of the one that ships."""
    document = yaml.safe_load(default_document())
    document["time_zone"] = policy.time_zone.key
    for name in PARAMETERS:
        value = getattr(policy, name)
        if isinstance(value, frozenset):
            value = sorted(word.value for word in value)
        elif isinstance(value, StrEnum):
            value = value.value
        elif name == "customer_classes":
            value = {"value": {each: _own(days) for each, days in value.items()}}
        elif name == "follow_up_plan":
            value = [_step(step) for step in value]
        elif isinstance(value, time):
            value = value.isoformat("minutes")
        document["parameters"][name] = value
    return yaml.safe_dump(document, allow_unicode=True)
