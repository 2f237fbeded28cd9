"""An alliance with two stores and a policy under which attempts of another region wait."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import yaml

from alliances import TestAlliance, office_on
from baobei.clock import new_id
from baobei.operations.apply_organisation import apply_organisation
from baobei.operations.attempt_answers import RegistrationRefused
from baobei.operations.decide_approval import DecideApproval, decide_approval
from baobei.operations.results import ApprovalRecorded, Refused
from baobei.organisation_file import OrganisationFile
from baobei.policy.document import default_document, read_policy
from baobei.store import organisation, policies

IN_PUDONG = "浦东新区锦绣路{}弄3号楼2单元501室"
IN_XUHUI = "徐汇区漕宝路{}弄6号楼302室"
MORNING = "2026-11-01T10:00:00+08:00"
CLAUSE = {
    "title": {"zh": "跨区域客户", "en": "Customers of another region"},
    "text": {"zh": "跨区域销售要先报备。", "en": "To sell outside the region, register first."},
}


def _organisation(code: str) -> dict[str, Any]:
    people = {
        "HEAD": ("HQ", "DEPARTMENT_HEAD"),
        "HEAD2": ("HQ", "DEPARTMENT_HEAD"),
        "OPS": ("HQ", "OPERATIONS_MANAGER"),
        "MKT": ("HQ", "MARKETING_MANAGER"),
        "FIN": ("HQ", "FINANCE"),
        "PDM": ("PD", "STORE_MANAGER"),
        "PDM2": ("PD", "STORE_MANAGER"),
        "G01": ("PD", "GUIDE"),
        "G02": ("PD", "GUIDE"),
        "XHM": ("XH", "STORE_MANAGER"),
        "G03": ("XH", "GUIDE"),
        "G04": ("XH", "GUIDE"),
        "SUP": ("YW", "SUPERVISOR"),
        "F01": ("YW", "SALESPERSON"),
        "N01": ("NW", "SALESPERSON"),
    }
    units = {
        "HQ": ("HEADQUARTERS", "上海"),
        "PD": ("STORE", "浦东"),
        "XH": ("STORE", "徐汇"),
        "YW": ("FIELD_DEPARTMENT", "上海"),
        "NW": ("FIELD_DEPARTMENT", "徐汇"),
    }
    return {
        "alliance": {"code": code, "name": code, "time_zone": "Asia/Shanghai"},
        "units": [
            {"code": unit, "name": unit, "kind": kind, "region": region}
            for unit, (kind, region) in units.items()
        ],
        "staff": [
            {"code": who, "name": who, "unit": unit, "roles": [role]} for who, (unit, role) in people.items()
        ],
    }


async def new_regional_alliance(
    pool: "asyncpg.Pool[asyncpg.Record]", code: str, *, cross_region: str = "BY_ADDRESS", **parameters: object
) -> TestAlliance:
    """Make one, at a morning in November."""
    office = office_on(pool)
    await apply_organisation(office, OrganisationFile.model_validate(_organisation(code)))
    document = yaml.safe_load(default_document())
    document["clauses"]["B.4.2"] = CLAUSE
    document["parameters"] |= {"cross_region": cross_region, **parameters}
    text = yaml.safe_dump(document, allow_unicode=True)
    async with pool.acquire() as connection:
        known = await organisation.alliance_by_code(connection, code)
        assert known is not None
        await policies.insert(
            connection,
            known.id,
            id=new_id(),
            policy=read_policy(text),
            document=text,
            effective_from=datetime(2000, 1, 1, tzinfo=UTC),
        )
    alliance = TestAlliance(office=office, code=code)
    await alliance.travel(MORNING)
    return alliance


async def waits(alliance: TestAlliance, by: str = "G03", number: int = 1, **more: Any) -> RegistrationRefused:
    """Attempt a customer of Pudong from elsewhere, with a reason; it waits."""
    given = {"cross_region_reason": "老客户介绍", **more}
    answer = await alliance.register(
        by, phone=f"1380013{number:04}", address=IN_PUDONG.format(number), **given
    )
    assert isinstance(answer, RegistrationRefused)
    assert answer.code == "AWAITING_APPROVAL", answer
    return answer


async def decide(
    alliance: TestAlliance, by: str, id: UUID | None, *, approve: bool = True
) -> ApprovalRecorded | Refused:
    """Decide a request."""
    decision = DecideApproval(approval_id=id, approve=approve, note="已核实")
    return await decide_approval(alliance.office, await alliance.actor(by), decision)
