"""Who may decide a request as things stand: the stores' managers, else a deputy; inbox, request, reminder and decision agree."""

import asyncio
import itertools
import json
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from alliances import TestAlliance
from baobei.operations.deciders import deciders, inbox_of
from baobei.operations.errors import Forbidden
from baobei.operations.my_day import my_day
from baobei.operations.remind_approvers import remind_approvers
from baobei.operations.request_extension import RequestExtension, request_extension
from baobei.operations.request_special_price import RequestSpecialPrice, request_special_price
from baobei.operations.results import ApprovalRecorded, Refused, RegistrationChanged
from baobei.operations.staff_changes import find_leaver
from baobei.operations.transfer_registration import TransferRegistration, transfer_registration
from baobei.operations.withdraw_registration import WithdrawRegistration, withdraw_registration
from baobei.policy.document import default_policy
from baobei.store import approvals
from baobei.store.approval_models import ApprovalStatus
from baobei.store.paging import Page
from in_process import api_on
from requests_desk import IN_XUHUI, MORNING, decide, new_regional_alliance, waits

_numbers = itertools.count(1)
EVERYBODY = ("HEAD", "HEAD2", "OPS", "PDM", "PDM2", "XHM", "G01", "G03", "SUP")
DECISIONS = """
SELECT count(*) FROM audit_event e JOIN alliance a USING (alliance_id)
 WHERE a.code = $1 AND e.kind = 'approval.decided'
"""
REQUESTS = "SELECT count(*) FROM approval p JOIN alliance a USING (alliance_id) WHERE a.code = $1"
TOLD = """
SELECT o.payload FROM outbox_event o JOIN alliance a USING (alliance_id)
 WHERE a.code = $1 AND o.event_type = 'approval.waiting'
"""
ACTIVE = "UPDATE staff SET active = $3 WHERE alliance_id = $1 AND code = $2"
IN_UNIT = """
UPDATE staff SET unit_id = (SELECT unit_id FROM unit u WHERE u.alliance_id = $1 AND u.code = $3)
 WHERE alliance_id = $1 AND code = $2
"""
LEAVER = "query ($code: String!) { leaver(staffCode: $code) { decisionCount decisions { id } } }"
IN_ROLE = "UPDATE staff SET roles = ARRAY[$3] WHERE alliance_id = $1 AND code = $2"


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    return await new_regional_alliance(fresh_pool, f"deciding{next(_numbers)}")


async def change(alliance: TestAlliance, statement: str, who: str, to: object) -> None:
    """Change a staff member as an organisation file would."""
    everybody = (await alliance.actor("HEAD")).alliance
    await alliance.office.pool.execute(statement, everybody.id, who, to)


async def no_manager_works_in_pudong(alliance: TestAlliance) -> None:
    for who in ("PDM", "PDM2"):
        await change(alliance, ACTIVE, who, False)


async def shown(alliance: TestAlliance, id: UUID | None) -> list[str]:
    """Return who the request says decides it."""
    assert id is not None
    known = (await alliance.actor("HEAD")).alliance
    async with alliance.office.pool.acquire() as connection:
        now = await alliance.office.clock.now(connection)
        found = await deciders(connection, known, [id], at=now)
    return [person.code for person in found[id]]


async def in_whose_inbox(alliance: TestAlliance, id: UUID | None) -> list[str]:
    """Return in whose inbox a request is, of those who work here; the day of each has what their inbox has."""
    found = []
    for who in EVERYBODY:
        actor = await alliance.actor(who)
        async with alliance.office.pool.acquire() as connection:
            now = await alliance.office.clock.now(connection)
            mine = await inbox_of(connection, actor.alliance, actor.staff, at=now)
            page, _ = await approvals.inbox(connection, actor.alliance.id, mine, Page(first=20))
        day = await my_day(alliance.office, actor)
        assert [each.id for each in day.requests] == [each.id for each in page]
        if actor.staff.active and id in [each.id for each in page]:
            found.append(who)
    return found


async def who_is_let(alliance: TestAlliance, id: UUID | None) -> list[str]:
    """Return whom a decision is asked of and not forbidden or refused; each decides another copy of the world."""
    let = []
    for who in EVERYBODY:
        try:
            answer = await decide(alliance, who, id, approve=False)
        except Forbidden:
            continue
        if isinstance(answer, ApprovalRecorded):
            let.append(who)
            await alliance.office.pool.execute(
                "UPDATE approval SET status = 'PENDING', decided_by_id = NULL, decided_at = NULL,"
                " decision_note_id = NULL WHERE approval_id = $1",
                id,
            )
    return let


async def leave(alliance: TestAlliance) -> None:
    await no_manager_works_in_pudong(alliance)


async def one_leaves(alliance: TestAlliance) -> None:
    await change(alliance, ACTIVE, "PDM", False)


async def move(alliance: TestAlliance) -> None:
    for who in ("PDM", "PDM2"):
        await change(alliance, IN_UNIT, who, "XH")


async def become_guides(alliance: TestAlliance) -> None:
    for who in ("PDM", "PDM2"):
        await change(alliance, IN_ROLE, who, "GUIDE")


async def leave_the_asker_alone(alliance: TestAlliance) -> None:
    """Who would receive has become the only manager of the region's store."""
    await no_manager_works_in_pudong(alliance)
    await change(alliance, IN_UNIT, "G03", "PD")
    await change(alliance, IN_ROLE, "G03", "STORE_MANAGER")


async def nothing(alliance: TestAlliance) -> None:
    pass


@pytest.mark.parametrize(
    ("happens", "who"),
    [
        pytest.param(nothing, ["PDM", "PDM2"], id="the stores' managers"),
        pytest.param(one_leaves, ["PDM2"], id="the one who is left"),
        pytest.param(leave, ["HEAD", "HEAD2"], id="the heads, when the managers have left"),
        pytest.param(move, ["HEAD", "HEAD2"], id="the heads, when they work elsewhere"),
        pytest.param(become_guides, ["HEAD", "HEAD2"], id="the heads, when they manage no more"),
        pytest.param(
            leave_the_asker_alone, ["HEAD", "HEAD2"], id="the heads, in the only manager's own case"
        ),
    ],
)
async def test_request_inbox_and_decision_name_the_same_people(
    alliance: TestAlliance, happens: object, who: list[str]
) -> None:
    id = (await waits(alliance)).approval_id
    await happens(alliance)  # type: ignore[operator]
    assert await shown(alliance, id) == who
    assert await in_whose_inbox(alliance, id) == who
    assert await who_is_let(alliance, id) == who


async def test_an_attempt_that_nobody_could_be_asked_about_is_decided_by_the_head(
    alliance: TestAlliance,
) -> None:
    await no_manager_works_in_pudong(alliance)
    id = (await waits(alliance)).approval_id
    answer = await decide(alliance, "HEAD", id)
    assert isinstance(answer, ApprovalRecorded)
    assert answer.approval.status is ApprovalStatus.APPROVED
    assert answer.approval.registration_id is not None


async def test_a_manager_who_starts_takes_over_from_the_deputy(alliance: TestAlliance) -> None:
    await no_manager_works_in_pudong(alliance)
    id = (await waits(alliance)).approval_id
    await change(alliance, ACTIVE, "PDM", True)
    with pytest.raises(Forbidden):
        await decide(alliance, "HEAD", id)
    assert await alliance.count(DECISIONS, alliance.code) == 0
    assert await in_whose_inbox(alliance, id) == ["PDM"]
    assert isinstance(await decide(alliance, "PDM", id), ApprovalRecorded)


async def test_who_leaves_after_asking_to_decide_decides_nothing(alliance: TestAlliance) -> None:
    id = (await waits(alliance)).approval_id
    known, manager = alliance.office.pool, await alliance.actor("PDM")
    async with known.acquire() as other, other.transaction():
        await other.execute("SELECT FROM approval WHERE approval_id = $1 FOR UPDATE", id)
        asked = asyncio.create_task(decide(alliance, "PDM", id))
        await asyncio.sleep(0.2)
        await other.execute(ACTIVE, manager.alliance.id, "PDM", False)
    with pytest.raises(Forbidden):
        await asked
    assert await alliance.count(DECISIONS, alliance.code) == 0


async def test_of_a_deputy_and_a_manager_who_starts_one_decides(alliance: TestAlliance) -> None:
    await no_manager_works_in_pudong(alliance)
    id = (await waits(alliance)).approval_id
    head = asyncio.create_task(decide(alliance, "HEAD", id))
    await change(alliance, ACTIVE, "PDM", True)
    answers = await asyncio.gather(head, decide(alliance, "PDM", id), return_exceptions=True)
    assert sum(isinstance(answer, ApprovalRecorded) for answer in answers) == 1
    assert await alliance.count(DECISIONS, alliance.code) == 1


async def test_without_a_deputy_it_waits_and_says_that_nobody_may(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    alliance = await new_regional_alliance(
        fresh_pool, f"deciding{next(_numbers)}", cross_region_deputy="NOBODY"
    )
    await no_manager_works_in_pudong(alliance)
    id = (await waits(alliance)).approval_id
    assert (await shown(alliance, id), await in_whose_inbox(alliance, id)) == ([], [])
    with pytest.raises(Forbidden):
        await decide(alliance, "HEAD", id)
    assert await alliance.count(DECISIONS, alliance.code) == 0
    await change(alliance, ACTIVE, "PDM", True)
    assert await shown(alliance, id) == ["PDM"]


def test_a_document_that_leaves_it_out_has_the_head_as_deputy() -> None:
    assert default_policy().cross_region_deputy == "DEPARTMENT_HEAD"
    text = "\n".join(str(line) for line in default_policy().source)
    assert "cross_region_deputy" not in text


async def test_a_reminder_names_who_may_decide_now(alliance: TestAlliance) -> None:
    await waits(alliance)
    await no_manager_works_in_pudong(alliance)
    await alliance.travel(datetime.fromisoformat(MORNING) + timedelta(days=2))
    await remind_approvers(alliance.office)
    (row,) = await alliance.office.pool.fetch(TOLD, alliance.code)
    heads = [(await alliance.actor(who)).staff.id for who in ("HEAD", "HEAD2")]
    assert json.loads(row["payload"])["to"] == [str(id) for id in heads]


async def _alone(alliance: TestAlliance, who: str) -> None:
    """Let a salesperson be the only department head who works here."""
    await alliance.office.pool.execute(
        "UPDATE staff SET roles = roles || ARRAY['DEPARTMENT_HEAD'] WHERE alliance_id = $1 AND code = $2",
        (await alliance.actor(who)).alliance.id,
        who,
    )
    for head in ("HEAD", "HEAD2"):
        await change(alliance, ACTIVE, head, False)


async def test_an_extension_that_nobody_could_decide_is_not_asked_for(alliance: TestAlliance) -> None:
    id = await alliance.admitted("F01", phone="13900139000", address=IN_XUHUI.format(9))
    await _alone(alliance, "F01")
    asked = RequestExtension(registration_id=id, days=5, reason="客户出差")
    answer = await request_extension(alliance.office, await alliance.actor("F01"), asked)
    assert isinstance(answer, Refused)
    assert (answer.code, "部门负责人" in answer.message.zh) == ("OWN_CASE", True)
    assert await alliance.count(REQUESTS, alliance.code) == 0


@pytest.mark.parametrize("by", ["F01", "SUP"])
async def test_a_special_price_that_nobody_could_decide_is_not_asked_for(
    alliance: TestAlliance, by: str
) -> None:
    """F01 owns the registration; SUP, who manages F01, asks for it in their place."""
    id = await alliance.admitted("F01", phone="13900139000", address=IN_XUHUI.format(9))
    await _alone(alliance, "F01")
    asked = RequestSpecialPrice(
        list_fen=10_000, asked_fen=9_000, reason="老客户", registration_id=id, of_registration=True
    )
    answer = await request_special_price(alliance.office, await alliance.actor(by), asked)
    assert isinstance(answer, Refused)
    assert answer.code == "OWN_CASE"
    assert await alliance.count(REQUESTS, alliance.code) == 0
    others = RequestSpecialPrice(list_fen=10_000, asked_fen=9_000, reason="老客户", phone="13900139111")
    assert isinstance(
        await request_special_price(alliance.office, await alliance.actor("SUP"), others), ApprovalRecorded
    )


async def _owned_by_head(alliance: TestAlliance, number: int = 9) -> UUID:
    """Return a live registration that HEAD2 has given to HEAD."""
    id = await alliance.admitted("F01", phone=f"1390013900{number}", address=IN_XUHUI.format(number))
    given = TransferRegistration(registration_id=id, to_staff_code="HEAD", reason="调整")
    changed = await transfer_registration(alliance.office, await alliance.actor("HEAD2"), given)
    assert isinstance(changed, RegistrationChanged)
    return id


async def _priced(alliance: TestAlliance, **customer: str) -> UUID:
    asked = RequestSpecialPrice(list_fen=10_000, asked_fen=9_000, reason="老客户", **customer)
    answer = await request_special_price(alliance.office, await alliance.actor("G01"), asked)
    assert isinstance(answer, ApprovalRecorded), answer
    return answer.approval.id


@pytest.mark.parametrize("customer", [{"phone": "13900139009"}, {"address": IN_XUHUI.format(9)}])
async def test_a_price_asked_by_phone_or_address_is_the_own_case_of_whose_customer_it_is(
    alliance: TestAlliance, customer: dict[str, str]
) -> None:
    await _owned_by_head(alliance)
    id = await _priced(alliance, **customer)
    assert await shown(alliance, id) == ["HEAD2"]
    assert await in_whose_inbox(alliance, id) == ["HEAD2"]
    refused = await decide(alliance, "HEAD", id)
    assert isinstance(refused, Refused)
    assert refused.code == "OWN_CASE"
    assert await alliance.count(DECISIONS, alliance.code) == 0
    assert isinstance(await decide(alliance, "HEAD2", id), ApprovalRecorded)


async def test_a_price_for_a_customer_whom_the_head_has_given_up_is_not_their_own_case(
    alliance: TestAlliance,
) -> None:
    registration = await _owned_by_head(alliance)
    id = await _priced(alliance, phone="13900139009")
    gone = WithdrawRegistration(registration_id=registration, reason="不要了")
    await withdraw_registration(alliance.office, await alliance.actor("HEAD"), gone)
    assert await shown(alliance, id) == ["HEAD", "HEAD2"]
    assert await in_whose_inbox(alliance, id) == ["HEAD", "HEAD2"]
    assert isinstance(await decide(alliance, "HEAD", id), ApprovalRecorded)


async def test_where_homes_are_no_keys_an_address_is_nobodys_case(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    alliance = await new_regional_alliance(fresh_pool, f"deciding{next(_numbers)}", match="PHONE")
    await _owned_by_head(alliance)
    id = await _priced(alliance, phone="13900139777", address=IN_XUHUI.format(9))
    assert await shown(alliance, id) == ["HEAD", "HEAD2"]
    assert await in_whose_inbox(alliance, id) == ["HEAD", "HEAD2"]


async def _left_to(alliance: TestAlliance, who: str) -> tuple[int, list[UUID]]:
    """Return what the leaver page counts and lists as what nobody else could decide."""
    actor = await alliance.actor("HEAD2")
    async with api_on(alliance.office.pool, alliance.code) as client:
        left = (await client.ask("HEAD2", LEAVER, code=who))["leaver"]
    found = await find_leaver(alliance.office, actor, who)
    assert found is not None
    assert left["decisionCount"] == found.decisions
    return found.decisions, [UUID(each["id"]) for each in left["decisions"]]


async def test_what_only_the_last_head_could_decide_is_what_is_in_their_inbox(alliance: TestAlliance) -> None:
    attempted = (await waits(alliance)).approval_id
    await _owned_by_head(alliance)
    own = await _priced(alliance, phone="13900139009")
    others = await _priced(alliance, phone="13900139777")
    await change(alliance, ACTIVE, "HEAD", False)
    assert await _left_to(alliance, "HEAD2") == (2, [own, others])
    await change(alliance, ACTIVE, "HEAD", True)
    await change(alliance, IN_ROLE, "HEAD2", "OPERATIONS_MANAGER")
    assert await _left_to(alliance, "HEAD") == (1, [others]), "their own customer's price is their own case"
    await no_manager_works_in_pudong(alliance)
    assert await _left_to(alliance, "HEAD") == (2, [attempted, others]), (
        "they stand in for the store's manager"
    )


async def test_what_another_manager_of_the_heads_store_decides_does_not_wait_for_the_head_alone(
    alliance: TestAlliance,
) -> None:
    attempted = (await waits(alliance)).approval_id
    await change(alliance, ACTIVE, "HEAD", False)
    await alliance.office.pool.execute(
        "UPDATE staff SET roles = roles || ARRAY['DEPARTMENT_HEAD'] WHERE alliance_id = $1 AND code = 'PDM'",
        (await alliance.actor("PDM")).alliance.id,
    )
    await change(alliance, IN_ROLE, "HEAD2", "OPERATIONS_MANAGER")
    assert await _left_to(alliance, "PDM") == (0, [])
    await change(alliance, ACTIVE, "PDM2", False)
    assert await _left_to(alliance, "PDM") == (1, [attempted])
