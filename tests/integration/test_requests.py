"""Requests of another region: what waits, who decides, what becomes of it; taking back, the inbox, reminders."""

import asyncio
import itertools
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from alliances import TestAlliance
from baobei.operations.attempt_answers import RegistrationAdmitted, RegistrationRefused
from baobei.operations.check_protection import CheckProtection, check_protection
from baobei.operations.deciders import inbox_of
from baobei.operations.errors import Forbidden
from baobei.operations.my_day import my_day
from baobei.operations.place_order import PlaceOrder, place_order
from baobei.operations.remind_approvers import MOST_REMINDERS, remind_approvers
from baobei.operations.request_cross_region import RequestCrossRegion, request_cross_region
from baobei.operations.request_extension import RequestExtension, request_extension
from baobei.operations.results import ApprovalRecorded, OrderRecorded, Refused
from baobei.operations.withdraw_approval import withdraw_approval
from baobei.policy.regions import HomeRegion
from baobei.store import approvals, attempts
from baobei.store.approval_models import ApprovalStatus
from baobei.store.paging import Page
from requests_desk import IN_PUDONG, IN_XUHUI, MORNING, decide, new_regional_alliance, waits

_numbers = itertools.count(1)
REGISTRATIONS = "SELECT count(*) FROM registration r JOIN alliance a USING (alliance_id) WHERE a.code = $1"
ACTS = """
SELECT count(*) FROM audit_event e JOIN alliance a USING (alliance_id) WHERE a.code = $1 AND e.kind = $2
"""

NOTED = """
SELECT count(*) FROM audit_event
 WHERE subject_id = $1 AND kind = 'registration.admitted' AND detail ->> 'home' = $2
"""


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    return await new_regional_alliance(fresh_pool, f"regional{next(_numbers)}")


async def home_of(alliance: TestAlliance, id: UUID) -> HomeRegion | None:
    known = (await alliance.actor("HEAD")).alliance
    async with alliance.office.pool.acquire() as connection:
        return (await attempts.homes(connection, known.id, [id]))[id]


async def acts(alliance: TestAlliance, kind: str) -> int:
    return await alliance.count(ACTS, alliance.code, kind)


async def inbox(alliance: TestAlliance, who: str) -> list[UUID]:
    actor = await alliance.actor(who)
    async with alliance.office.pool.acquire() as connection:
        waiting = await inbox_of(
            connection, actor.alliance, actor.staff, at=await alliance.office.clock.now(connection)
        )
        found, _ = await approvals.inbox(connection, actor.alliance.id, waiting, Page(first=20))
    return [each.id for each in found]


async def of_the_day(alliance: TestAlliance, who: str) -> list[UUID]:
    day = await my_day(alliance.office, await alliance.actor(who))
    return [each.id for each in day.requests]


async def extension(alliance: TestAlliance, by: str = "F01") -> UUID:
    id = await alliance.admitted(by, phone="13900139000", address=IN_XUHUI.format(99))
    asked = RequestExtension(registration_id=id, days=5, reason="客户出差")
    answer = await request_extension(alliance.office, await alliance.actor(by), asked)
    assert isinstance(answer, ApprovalRecorded)
    return answer.approval.id


async def test_the_day_of_every_decider_has_what_their_inbox_has(alliance: TestAlliance) -> None:
    request = (await waits(alliance)).approval_id
    longer = await extension(alliance)
    waiting = {who: await inbox(alliance, who) for who in ("PDM", "PDM2", "XHM", "HEAD", "OPS", "G03", "F01")}

    assert (waiting["PDM"], waiting["HEAD"]) == ([request], [longer])
    assert {who: await of_the_day(alliance, who) for who in waiting} == waiting


async def test_an_attempt_of_another_region_waits_with_its_request_and_claims_nothing(
    alliance: TestAlliance,
) -> None:
    refused = await waits(alliance)
    assert (refused.clause, refused.approval_id is not None) == ("B.4.2", True)
    assert await alliance.count(REGISTRATIONS, alliance.code) == 0
    asked = CheckProtection(phone="13800130001")
    assert (await check_protection(alliance.office, await alliance.actor("G01"), asked)).available


@pytest.mark.parametrize(
    ("by", "address", "home"),
    [
        pytest.param("G01", IN_PUDONG, HomeRegion.OWN, id="in one's own district"),
        pytest.param("F01", IN_PUDONG, HomeRegion.OWN, id="in one's own city"),
        pytest.param(
            "G03", "静安区南京西路{}弄3号楼501室", HomeRegion.NO_STORE, id="where there is no store"
        ),
        pytest.param(
            "G03", "锦绣路{}弄3号楼2单元501室", HomeRegion.NOT_NAMED, id="in no district that is named"
        ),
    ],
)
async def test_an_attempt_does_not_wait_and_says_where_the_home_is(
    alliance: TestAlliance, by: str, address: str, home: HomeRegion
) -> None:
    answer = await alliance.register(by, phone="13800138000", address=address.format(7))
    assert isinstance(answer, RegistrationAdmitted), answer
    assert await home_of(alliance, answer.registration.id) is home
    assert await alliance.count(NOTED, answer.registration.id, home.value) == 1


async def test_nothing_waits_under_a_policy_that_does_not_say_so(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    alliance = await new_regional_alliance(fresh_pool, f"regional{next(_numbers)}", cross_region="OFF")
    answer = await alliance.register("G03", phone="13800138000", address=IN_PUDONG.format(7))
    assert isinstance(answer, RegistrationAdmitted)
    assert await home_of(alliance, answer.registration.id) is None


async def test_approved_it_is_admitted_and_every_clock_begins_then(alliance: TestAlliance) -> None:
    refused = await waits(alliance)
    approved_at = await alliance.travel(datetime.fromisoformat(MORNING) + timedelta(days=2))
    answer = await decide(alliance, "PDM", refused.approval_id)
    assert isinstance(answer, ApprovalRecorded)
    assert answer.approval.status is ApprovalStatus.APPROVED
    assert answer.approval.registration_id is not None
    assert await home_of(alliance, answer.approval.registration_id) is HomeRegion.OTHER
    again = await alliance.register("G03", phone="13800130001", address=IN_PUDONG.format(1))
    assert isinstance(again, RegistrationRefused)
    assert again.existing is not None
    assert again.existing.id == answer.approval.registration_id
    assert again.existing.registered_at == again.existing.facts.last_touch_at == approved_at


async def test_the_quota_counts_from_the_approval(alliance: TestAlliance) -> None:
    refused = await waits(alliance, by="N01")
    used = "SELECT coalesce(sum(made), 0)::int FROM quota_tally q JOIN alliance a USING (alliance_id) WHERE a.code = $1"
    assert await alliance.count(used, alliance.code) == 0
    await decide(alliance, "PDM", refused.approval_id)
    assert await alliance.count(used, alliance.code) == 1


async def test_anothers_claim_meanwhile_is_too_late(alliance: TestAlliance) -> None:
    refused = await waits(alliance)
    await alliance.admitted("G01", phone="13800130001", address=IN_PUDONG.format(1))
    answer = await decide(alliance, "PDM", refused.approval_id)
    assert isinstance(answer, ApprovalRecorded)
    assert answer.approval.status is ApprovalStatus.TOO_LATE
    assert await alliance.count(REGISTRATIONS, alliance.code) == 1
    why = "SELECT count(*) FROM audit_event WHERE subject_id = $1 AND detail->>'why' = 'ALREADY_PROTECTED'"
    assert await alliance.count(why, refused.approval_id) == 1


async def test_a_deal_meanwhile_is_too_late(alliance: TestAlliance) -> None:
    refused = await waits(alliance)
    order = PlaceOrder(external_ref="A-1", name="王", phone="13800130001")
    await place_order(alliance.office, await alliance.actor("OPS"), order)
    answer = await decide(alliance, "PDM", refused.approval_id)
    assert isinstance(answer, ApprovalRecorded)
    assert answer.approval.status is ApprovalStatus.TOO_LATE


async def test_what_waits_is_no_candidate(alliance: TestAlliance) -> None:
    await waits(alliance)
    order = PlaceOrder(external_ref="A-1", name="王", phone="13800130001", taken_by_code="G01")
    answer = await place_order(alliance.office, await alliance.actor("OPS"), order)
    assert isinstance(answer, OrderRecorded)
    assert answer.order.facts.converted is None


async def test_rejected_it_stays_an_attempt(alliance: TestAlliance) -> None:
    refused = await waits(alliance)
    answer = await decide(alliance, "PDM", refused.approval_id, approve=False)
    assert isinstance(answer, ApprovalRecorded)
    assert answer.approval.status is ApprovalStatus.REJECTED
    assert await alliance.count(REGISTRATIONS, alliance.code) == 0


@pytest.mark.parametrize("by", ["HEAD", "XHM", "G01", "OPS", "SUP"])
async def test_only_a_store_manager_of_the_customers_region_decides(alliance: TestAlliance, by: str) -> None:
    refused = await waits(alliance)
    with pytest.raises(Forbidden):
        await decide(alliance, by, refused.approval_id)
    assert await acts(alliance, "approval.decided") == 0


async def test_a_store_manager_decides_no_extension(alliance: TestAlliance) -> None:
    id = await extension(alliance)
    with pytest.raises(Forbidden):
        await decide(alliance, "PDM", id)
    assert await acts(alliance, "approval.decided") == 0


async def test_who_recorded_an_attempt_does_not_decide_it(alliance: TestAlliance) -> None:
    refused = await waits(alliance, by="XHM", for_staff_code="G03", cross_region_reason=None)
    asked = RequestCrossRegion(attempt_id=refused.attempt_id, reason="老客户介绍")
    answer = await request_cross_region(alliance.office, await alliance.actor("G03"), asked)
    assert isinstance(answer, ApprovalRecorded)
    moved = "UPDATE staff SET unit_id = (SELECT unit_id FROM staff p WHERE p.alliance_id = staff.alliance_id AND p.code = 'PDM') WHERE code = 'XHM' AND alliance_id = $1"
    manager = await alliance.actor("XHM")
    await alliance.office.pool.execute(moved, manager.alliance.id)
    decided = await decide(alliance, "XHM", answer.approval.id)
    assert isinstance(decided, Refused)
    assert decided.code == "OWN_CASE"
    assert await acts(alliance, "approval.decided") == 0


async def test_without_a_reason_it_is_asked_afterwards_and_once(alliance: TestAlliance) -> None:
    refused = await waits(alliance, cross_region_reason=None)
    assert refused.approval_id is None
    guide = await alliance.actor("G03")
    asked = RequestCrossRegion(attempt_id=refused.attempt_id, reason="老客户介绍")
    first = await request_cross_region(alliance.office, guide, asked)
    second = await request_cross_region(alliance.office, guide, asked)
    assert isinstance(first, ApprovalRecorded)
    assert isinstance(second, Refused)
    assert second.code == "ALREADY_REQUESTED"
    assert await acts(alliance, "approval.requested") == 1


async def test_nobody_asks_for_anothers_attempt(alliance: TestAlliance) -> None:
    refused = await waits(alliance, cross_region_reason=None)
    asked = RequestCrossRegion(attempt_id=refused.attempt_id, reason="帮忙")
    answer = await request_cross_region(alliance.office, await alliance.actor("G04"), asked)
    assert isinstance(answer, Refused)
    assert answer.code == "NOT_OWNER"
    assert await acts(alliance, "approval.requested") == 0


async def test_of_two_approvers_at_once_one_decides(alliance: TestAlliance) -> None:
    refused = await waits(alliance)
    answers = await asyncio.gather(
        *(decide(alliance, by, refused.approval_id) for by in ("PDM", "PDM2", "PDM", "PDM2"))
    )
    codes = [answer.code for answer in answers if isinstance(answer, Refused)]
    assert codes == ["ALREADY_DECIDED"] * 3
    assert await alliance.count(REGISTRATIONS, alliance.code) == 1


@pytest.mark.parametrize("number", range(5))
async def test_an_approval_against_a_registration_at_once_leaves_one_claim(
    alliance: TestAlliance, number: int
) -> None:
    refused = await waits(alliance, number=number + 1)
    registered, decided = await asyncio.gather(
        alliance.register("G01", phone=f"1380013{number + 1:04}", address=IN_PUDONG.format(number + 1)),
        decide(alliance, "PDM", refused.approval_id),
    )
    assert isinstance(decided, ApprovalRecorded)
    won = isinstance(registered, RegistrationAdmitted)
    assert (decided.approval.status is ApprovalStatus.TOO_LATE) is won
    assert await alliance.count(REGISTRATIONS, alliance.code) == 1


async def test_the_inbox_has_what_one_decides_and_nothing_else(alliance: TestAlliance) -> None:
    regional, more_days = (await waits(alliance)).approval_id, await extension(alliance)
    assert await inbox(alliance, "PDM") == [regional]
    assert await inbox(alliance, "HEAD") == [more_days]
    for who in ("XHM", "G01", "G03", "OPS", "SUP", "FIN"):
        assert await inbox(alliance, who) == []
    await decide(alliance, "PDM", regional)
    assert await inbox(alliance, "PDM") == []


async def test_who_asked_takes_it_back_and_then_it_is_decided(alliance: TestAlliance) -> None:
    refused = await waits(alliance)
    for who, code in (("G04", "NOT_OWNER"), ("PDM", "NOT_OWNER")):
        answer = await withdraw_approval(alliance.office, await alliance.actor(who), refused.approval_id)
        assert isinstance(answer, Refused)
        assert answer.code == code
    assert await acts(alliance, "approval.withdrawn") == 0
    guide = await alliance.actor("G03")
    answer = await withdraw_approval(alliance.office, guide, refused.approval_id)
    assert isinstance(answer, ApprovalRecorded)
    assert answer.approval.status is ApprovalStatus.CANCELLED
    for late in (
        await withdraw_approval(alliance.office, guide, refused.approval_id),
        await decide(alliance, "PDM", refused.approval_id),
    ):
        assert isinstance(late, Refused)
        assert late.code == "ALREADY_DECIDED"


async def test_an_approver_is_reminded_from_the_day_after_next_once_a_day(alliance: TestAlliance) -> None:
    await waits(alliance)
    told = []
    for hours in (13, 37, 38, 40, 62, 63):
        await alliance.travel(datetime.fromisoformat(MORNING) + timedelta(hours=hours))
        await remind_approvers(alliance.office)
        told.append(await acts(alliance, "approval.waiting"))
    assert told == [0, 0, 1, 1, 2, 2]


async def test_an_approver_is_not_reminded_for_ever(alliance: TestAlliance) -> None:
    await waits(alliance)
    for day in range(2, MOST_REMINDERS + 5):
        await alliance.travel(datetime.fromisoformat(MORNING) + timedelta(days=day))
        await remind_approvers(alliance.office)
    assert await acts(alliance, "approval.waiting") == MOST_REMINDERS
