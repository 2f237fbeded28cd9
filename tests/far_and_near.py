"""Everybody at every distance: for each role a viewer, and things that are their own, a colleague's of the unit,
another unit's and another alliance's."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

import asyncpg

from alliances import TestAlliance, office_on, publish
from baobei.operations.apply_organisation import apply_organisation
from baobei.operations.create_webhook import CreateWebhook, SecretIssued, create_webhook
from baobei.operations.customer_profile import Details
from baobei.operations.daily_reports import DailyReportRecorded
from baobei.operations.handover_distribution import HandoverRequest
from baobei.operations.open_dispute import OpenDispute, open_dispute
from baobei.operations.place_order import PlaceOrder, place_order
from baobei.operations.record_follow_up import RecordFollowUp, record_follow_up
from baobei.operations.request_handover import RequestHandover, request_handover
from baobei.operations.results import ApprovalRecorded, DisputeRecorded, OrderRecorded
from baobei.operations.rule_on_order import CreditShare, RuleOnOrder, rule_on_order
from baobei.operations.send_webhook_test import send_webhook_test
from baobei.operations.submit_daily_report import SubmitDailyReport, submit_daily_report
from baobei.operations.withdraw_registration import WithdrawRegistration, withdraw_registration
from baobei.organisation_file import OrganisationFile
from baobei.policy.handovers import DistributionMethod
from baobei.policy.terms import FollowUpKind
from baobei.store.organisation_models import Role
from builders import policy

MORNING = "2026-11-01T10:00:00+08:00"
EVENING_BEFORE = "2026-10-31T18:00:00+08:00"
DAY_BEFORE = date(2026, 10, 31)
# A manager manages a unit of their own kind; everybody else works in the field, where every rule applies.
IN_STORES = {Role.GUIDE, Role.STORE_MANAGER}
PENDING = """
INSERT INTO approval (alliance_id, approval_id, sequence, kind, status, registration_id, days, reason,
                      requested_by_id, requested_at)
SELECT alliance_id, gen_random_uuid(), nextval('recording_sequence'), 'EXTENSION', 'PENDING', registration_id, 5, '出差',
       owner_id, registered_at
  FROM registration
 WHERE registration_id = $1
RETURNING approval_id
"""
HANDOVER = "SELECT handover_id FROM handover WHERE approval_id = $1"
ACTS = "SELECT count(*) FROM audit_event a JOIN alliance b USING (alliance_id) WHERE b.code = $1"

_customers = itertools.count(1)


class Distance(StrEnum):
    """Whose the thing is, seen from the viewer."""

    OWN = "own"
    SAME_UNIT = "same unit"
    OTHER_UNIT = "other unit"
    OTHER_ALLIANCE = "other alliance"


@dataclass(frozen=True, slots=True)
class Cell:
    """A role and a distance: who looks, and whose thing they look at."""

    role: Role
    distance: Distance

    @property
    def viewer(self) -> str:
        number = {Distance.OTHER_UNIT: "2", Distance.OTHER_ALLIANCE: "B"}.get(self.distance, "1")
        return f"{self.role.value}-{number}"

    @property
    def owner(self) -> str:
        if self.distance is Distance.OWN:
            return self.viewer
        return "SELLER-S" if self.role in IN_STORES else "SELLER-D"

    @property
    def unit(self) -> str:
        """The unit of the owner."""
        return "S1" if self.role in IN_STORES else "D1"

    @property
    def far(self) -> bool:
        return self.distance is Distance.OTHER_ALLIANCE


CELLS = tuple(Cell(role, distance) for role in Role for distance in Distance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Things:
    """What is a person's: a registration, a request on it, an order that they took and somebody else placed, a
    handover that was asked for, and a dispute that they opened of another such order.
    """

    registration: str
    approval: str
    order: str
    handover: str
    dispute: str


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Two alliances, what everybody has in the first, and the webhook of it."""

    near: TestAlliance
    far: TestAlliance
    things: dict[str, Things]
    # An order that the viewer placed, for a customer whom the owner registered, taken by the owner, ruled on.
    placed: dict[Cell, str]
    # An order that the viewer took, for a customer whom the owner registered.
    beside: dict[Cell, str]
    # The dispute of that order, opened by the viewer.
    disputed: dict[Cell, str]
    webhook: str
    delivery: str
    # The report of the day before, by unit.
    reports: dict[str, str]

    def code(self, cell: Cell) -> str:
        return self.far.code if cell.far else self.near.code

    async def acts(self) -> int:
        return await self.near.count(ACTS, self.near.code)

    async def registered(self, owner: str) -> str:
        return str((await _registered(self.near, owner))[0])

    async def new_webhook(self) -> str:
        return await _webhook(self.near)


def customer() -> dict[str, str]:
    """A customer whom nobody else in the world knows."""
    number = next(_customers)
    return {
        "name": "王小明",
        "phone": f"138{number:08d}",
        "address": f"浦东新区锦绣路{number}弄3号楼2单元501室",
    }


async def new_world(pool: "asyncpg.Pool[asyncpg.Record]") -> World:
    """Make it all."""
    near, far = await _alliance(pool, "near", "12"), await _alliance(pool, "far", "B")
    # On the day itself: of a day before there was a first one none is owed.
    await near.travel(EVENING_BEFORE)
    reports = {
        unit: await _report(near, unit, by)
        for unit, by in (("S1", "STORE_MANAGER-1"), ("D1", "SUPERVISOR-1"))
    }
    await near.travel(MORNING)
    webhook = await _webhook(near)
    sent = await send_webhook_test(near.office, await near.actor("CLERK"), UUID(webhook))
    placed, beside, disputed = {}, {}, {}
    for cell in CELLS:
        viewer = "SELLER-S" if cell.far else cell.viewer
        placed[cell] = await _ruled_on(near, viewer, cell.owner)
        beside[cell] = await _taken_beside(near, viewer, cell.owner)
        # Who is credited alone disputes nothing: of their own order a colleague does, whose attempt was refused.
        opener = "MATE" if viewer == cell.owner else viewer
        disputed[cell] = await _disputed(near, opener, UUID(beside[cell]))
    owners = {cell.owner for cell in CELLS}
    things = {owner: await _things(near, owner) for owner in sorted(owners)}
    return World(
        near=near, far=far, things=things, placed=placed, beside=beside, disputed=disputed, webhook=webhook,
        delivery=str(sent.delivery.id),  # type: ignore[union-attr]
        reports=reports,
    )  # fmt: skip


async def _alliance(pool: "asyncpg.Pool[asyncpg.Record]", code: str, numbers: str) -> TestAlliance:
    office = office_on(pool)
    await apply_organisation(office, OrganisationFile.model_validate(_organisation(code, numbers)))
    alliance = TestAlliance(office=office, code=code)
    await publish(alliance, policy(monthly_quota=1_000))
    return alliance


def _organisation(code: str, numbers: str) -> dict[str, Any]:
    kinds = {"S": "STORE", "D": "FIELD_DEPARTMENT"}
    units = [{"code": "HQ", "name": "总部", "kind": "HEADQUARTERS", "region": "上海"}]
    units += [
        {"code": f"{letter}{number}", "name": "店", "kind": kind, "region": "上海"}
        for letter, kind in kinds.items()
        for number in numbers
    ]
    return {
        "alliance": {"code": code, "name": code, "time_zone": "Asia/Shanghai"},
        "units": units,
        "staff": [{**each, "name": each["code"]} for each in _staff(code, numbers)],
    }


def _staff(code: str, numbers: str) -> Iterator[dict[str, Any]]:
    for role, number in itertools.product(Role, numbers):
        unit = f"{'S' if role in IN_STORES else 'D'}{number}"
        # An integration that is nothing else owns nothing: this one works as a consultant too.
        more = ["CONSULTANT"] if role is Role.INTEGRATION else []
        yield {"code": f"{role.value}-{number}", "unit": unit, "roles": [role.value, *more]}
    if code == "near":
        yield {"code": "SELLER-S", "unit": "S1", "roles": ["GUIDE"]}
        yield {"code": "SELLER-D", "unit": "D1", "roles": ["SALESPERSON"]}
        yield {"code": "MATE", "unit": "S2", "roles": ["GUIDE"]}
        yield {"code": "CLERK", "unit": "HQ", "roles": ["OPERATIONS_MANAGER"]}
        yield {"code": "JUDGE", "unit": "HQ", "roles": ["DEPARTMENT_HEAD"]}


async def _registered(near: TestAlliance, owner: str) -> tuple[UUID, dict[str, str]]:
    who = customer()
    answer = await near.register(owner, **who, details=Details(need="全屋定制"))
    return answer.registration.id, who  # type: ignore[union-attr]


async def _order(near: TestAlliance, by: str, taker: str | None, who: dict[str, str]) -> UUID:
    request = PlaceOrder(external_ref=f"SO-{next(_customers)}", taken_by_code=taker, **who)  # type: ignore[arg-type]
    answer = await place_order(near.office, await near.actor(by), request)
    assert isinstance(answer, OrderRecorded), answer
    return answer.order.id


async def _things(near: TestAlliance, owner: str) -> Things:
    registration, _ = await _registered(near, owner)
    touch = RecordFollowUp(registration_id=registration, kind=FollowUpKind.CALL, note="回访")
    await record_follow_up(near.office, await near.actor(owner), touch)
    approval = await near.office.pool.fetchval(PENDING, registration)
    order = await _order(near, "CLERK", owner, customer())
    dispute = await _disputed(near, owner, await _unassigned(near, owner))
    return Things(
        registration=str(registration),
        approval=str(approval),
        order=str(order),
        dispute=dispute,
        handover=await _handover(near, owner),
    )


async def _unassigned(near: TestAlliance, owner: str) -> UUID:
    """Return an order that nobody is credited with, of a customer whom the owner gave up."""
    registration, who = await _registered(near, owner)
    given_up = WithdrawRegistration(registration_id=registration, reason="放弃")
    await withdraw_registration(near.office, await near.actor(owner), given_up)
    return await _order(near, "CLERK", None, who)


async def _handover(near: TestAlliance, owner: str) -> str:
    to_mate = HandoverRequest(
        from_staff_code=owner, method=DistributionMethod.ONE_COLLEAGUE, to_staff_codes=("MATE",)
    )
    asked = RequestHandover(request=to_mate, reason="长假")
    answer = await request_handover(near.office, await near.actor("CLERK"), asked)
    assert isinstance(answer, ApprovalRecorded), answer
    return str(await near.office.pool.fetchval(HANDOVER, answer.approval.id))


async def _ruled_on(near: TestAlliance, placed_by: str, owner: str) -> str:
    _, who = await _registered(near, owner)
    order = await _order(near, placed_by, owner, who)
    credits = (CreditShare(staff_code=owner, share_bp=10_000),)
    ruling = RuleOnOrder(order_id=order, credits=credits, reason="裁决")
    answer = await rule_on_order(near.office, await near.actor("JUDGE"), ruling)
    assert isinstance(answer, OrderRecorded), answer
    return str(order)


async def _taken_beside(near: TestAlliance, taker: str, owner: str) -> str:
    registration, who = await _registered(near, owner)
    touch = RecordFollowUp(registration_id=registration, kind=FollowUpKind.CALL, note="回访")
    await record_follow_up(near.office, await near.actor(owner), touch)
    if taker == owner:
        await near.register("MATE", **who)
    return str(await _order(near, "CLERK", taker, who))


async def _disputed(near: TestAlliance, by: str, order: UUID) -> str:
    request = OpenDispute(order_id=order, statement="客户是我带来的")
    answer = await open_dispute(near.office, await near.actor(by), request)
    assert isinstance(answer, DisputeRecorded), answer
    return str(answer.dispute.id)


async def _report(near: TestAlliance, unit: str, by: str) -> str:
    request = SubmitDailyReport(unit_code=unit, day=DAY_BEFORE)
    answer = await submit_daily_report(near.office, await near.actor(by), request)
    assert isinstance(answer, DailyReportRecorded), answer
    return str(answer.report.id)


async def _webhook(near: TestAlliance) -> str:
    request = CreateWebhook(url="https://1.1.1.1/hook", event_types=None)
    made = await create_webhook(near.office, await near.actor("CLERK"), request)
    assert isinstance(made, SecretIssued), made
    return str(made.webhook.id)
