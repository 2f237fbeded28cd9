"""Tasks of the plan: made once, done by a follow-up, void with the registration, seen by whoever owns it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from alliances import TestAlliance, new_alliance
from baobei.operations.my_day import my_day
from baobei.operations.place_order import PlaceOrder, place_order
from baobei.operations.plan_follow_ups import FollowUpsPlanned, plan_follow_ups
from baobei.operations.transfer_registration import TransferRegistration, transfer_registration
from baobei.operations.withdraw_registration import WithdrawRegistration, withdraw_registration
from baobei.policy.terms import FollowUpKind, StandingStatus
from baobei.store.attribution_models import AttributionVerdict
from day_stories import MORNING, day_of, neglected, registered, steps_of_day, touched

TASKS = "SELECT step, outcome FROM follow_up_task ORDER BY opens_at, step"
MOST_STATEMENTS = 12


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    made = await new_alliance(fresh_pool)
    await made.travel(MORNING)
    return made


async def tasks(alliance: TestAlliance) -> list[tuple[str, str | None]]:
    return [tuple(row) for row in await alliance.office.pool.fetch(TASKS)]


async def test_a_store_registration_starts_the_plan_and_its_tasks_are_made_once(
    alliance: TestAlliance,
) -> None:
    await registered(alliance)
    first = await plan_follow_ups(alliance.office)
    again = await plan_follow_ups(alliance.office)

    assert first == FollowUpsPlanned(registrations=1, tasks=2)
    assert again == FollowUpsPlanned()
    assert await tasks(alliance) == [("first_call", None), ("visit_sms", None)]


async def test_a_field_registration_has_no_plan_before_the_customer_comes_to_a_store(
    alliance: TestAlliance,
) -> None:
    id = await registered(alliance, "F01")
    assert await plan_follow_ups(alliance.office) == FollowUpsPlanned()

    await touched(alliance, id, FollowUpKind.STORE_VISIT, "F01")
    assert (await plan_follow_ups(alliance.office)).tasks == 2


async def test_a_follow_up_does_the_tasks_of_its_kind_and_no_other(alliance: TestAlliance) -> None:
    id = await registered(alliance)
    await plan_follow_ups(alliance.office)
    await alliance.travel(MORNING + timedelta(minutes=5))
    await touched(alliance, id, FollowUpKind.CALL)

    assert await tasks(alliance) == [("first_call", "DONE"), ("visit_sms", None)]
    await plan_follow_ups(alliance.office)
    assert await tasks(alliance) == [("first_call", "DONE"), ("visit_sms", None), ("call_sms", None)]


async def test_what_was_done_before_the_worker_came_is_made_as_done(alliance: TestAlliance) -> None:
    id = await registered(alliance)
    await alliance.travel(MORNING + timedelta(minutes=5))
    await touched(alliance, id, FollowUpKind.SMS)
    await plan_follow_ups(alliance.office)

    assert await tasks(alliance) == [("first_call", None), ("visit_sms", "DONE")]


async def test_within_the_instant_of_a_visit_only_what_is_recorded_after_it_does_its_tasks(
    alliance: TestAlliance,
) -> None:
    before, after = await registered(alliance, "F01", 1), await registered(alliance, "F02", 2)
    await touched(alliance, before, FollowUpKind.SMS, "F01")
    await touched(alliance, before, FollowUpKind.STORE_VISIT, "F01")
    await touched(alliance, after, FollowUpKind.STORE_VISIT, "F02")
    await touched(alliance, after, FollowUpKind.SMS, "F02")
    await plan_follow_ups(alliance.office)

    assert await steps_of_day(alliance, "F01") == ["visit_sms", "first_call"]
    assert await steps_of_day(alliance, "F02") == ["first_call"]


async def test_the_tasks_of_a_registration_that_ends_are_void_and_none_are_made(
    alliance: TestAlliance,
) -> None:
    id = await registered(alliance)
    await plan_follow_ups(alliance.office)
    request = WithdrawRegistration(registration_id=id, reason="客户不要了")
    await withdraw_registration(alliance.office, await alliance.actor("G01"), request)
    swept = await plan_follow_ups(alliance.office)
    await alliance.travel(MORNING + timedelta(days=8))

    assert swept == FollowUpsPlanned(registrations=1, voided=2)
    assert await tasks(alliance) == [("first_call", "VOID"), ("visit_sms", "VOID")]
    assert await plan_follow_ups(alliance.office) == FollowUpsPlanned()


async def test_an_expiry_voids_what_is_open(alliance: TestAlliance) -> None:
    id = await registered(alliance, "F01")
    await touched(alliance, id, FollowUpKind.STORE_VISIT, "F01")
    await plan_follow_ups(alliance.office)
    await alliance.travel("2026-11-17T00:00:00+08:00")

    assert (await day_of(alliance, "F01")).tasks == ()
    assert (await plan_follow_ups(alliance.office)).voided == 2


async def test_what_nobody_did_gives_way_to_the_next_of_its_kind_and_is_kept_as_missed(
    alliance: TestAlliance,
) -> None:
    await registered(alliance)
    await plan_follow_ups(alliance.office)
    await neglected(alliance, until="2026-11-02T09:00:00+08:00")

    assert sorted(await tasks(alliance)) == [
        ("first_call", "MISSED"),
        ("monday_sms", None),
        ("second_call", None),
        ("visit_sms", "MISSED"),
        ("weekly_email", None),
    ]


async def test_weeks_of_neglect_leave_of_each_kind_the_newest_task_alone(alliance: TestAlliance) -> None:
    await registered(alliance)
    await plan_follow_ups(alliance.office)
    await neglected(alliance, until="2026-11-23T09:00:00+08:00")
    waiting = [step for step, outcome in await tasks(alliance) if outcome is None]

    assert await steps_of_day(alliance) == ["monday_sms", "weekly_email"]
    assert sorted(waiting) == ["monday_sms", "weekly_email"]


async def test_a_task_that_is_not_overdue_gives_way_to_none(alliance: TestAlliance) -> None:
    id = await registered(alliance)
    await alliance.travel(MORNING + timedelta(minutes=5))
    await touched(alliance, id, FollowUpKind.CALL)
    await plan_follow_ups(alliance.office)
    assert await steps_of_day(alliance) == ["visit_sms", "call_sms"]

    await alliance.travel(MORNING + timedelta(minutes=10))
    assert await steps_of_day(alliance) == ["call_sms"]


async def test_a_missed_task_stays_missed_when_a_contact_comes_late(alliance: TestAlliance) -> None:
    id = await registered(alliance)
    await plan_follow_ups(alliance.office)
    await neglected(alliance, until="2026-11-02T09:00:00+08:00")
    await touched(alliance, id, FollowUpKind.CALL)

    assert [row for row in await tasks(alliance) if "_call" in row[0]] == [
        ("first_call", "MISSED"),
        ("second_call", "DONE"),
    ]


async def test_a_week_after_it_was_due_a_task_is_not_shown_though_the_worker_did_not_come(
    alliance: TestAlliance,
) -> None:
    await registered(alliance)
    await plan_follow_ups(alliance.office)
    await alliance.travel("2026-11-08T23:59:59+08:00")
    assert await steps_of_day(alliance) == ["first_call"]

    await alliance.travel("2026-11-09T00:00:00+08:00")
    assert await steps_of_day(alliance) == []
    await plan_follow_ups(alliance.office)
    assert ("first_call", "MISSED") in await tasks(alliance)


async def test_once_comes_before_every_week_and_in_each_what_is_due_from_today_on_before_what_is_overdue(
    alliance: TestAlliance,
) -> None:
    first = await registered(alliance, number=1)
    await plan_follow_ups(alliance.office)
    await neglected(alliance, until="2026-11-02T09:00:00+08:00")
    second = await registered(alliance, number=2)
    for day in ("02", "03", "04"):
        await alliance.travel(f"2026-11-{day}T09:00:00+08:00")
        await plan_follow_ups(alliance.office)
    waiting = (await day_of(alliance, "G01")).tasks

    assert [(each.registration.id, each.task.step) for each in waiting] == [
        (second, "second_call"),
        (first, "second_call"),
        (second, "visit_sms"),
        (first, "weekly_email"),
        (first, "monday_sms"),
    ]


async def test_small_chunks_make_everything(alliance: TestAlliance) -> None:
    for number in range(1, 6):
        await registered(alliance, number=number)
    planned = await plan_follow_ups(alliance.office, chunk=2)

    assert (planned.registrations, planned.tasks, planned.more) == (5, 10, False)


async def test_a_transfer_takes_the_tasks_along(alliance: TestAlliance) -> None:
    id = await registered(alliance)
    await plan_follow_ups(alliance.office)
    request = TransferRegistration(registration_id=id, to_staff_code="G02", reason="调岗")
    await transfer_registration(alliance.office, await alliance.actor("HEAD"), request)

    assert (await day_of(alliance, "G01")).tasks == ()
    assert [each.task.step for each in (await day_of(alliance, "G02")).tasks] == ["visit_sms", "first_call"]


async def test_a_day_tells_what_is_about_to_be_lost_the_soonest_first(alliance: TestAlliance) -> None:
    first = await registered(alliance, "F01", 1)
    await alliance.travel(MORNING + timedelta(days=1))
    second = await registered(alliance, "F01", 2)
    await alliance.travel("2026-11-09T09:00:00+08:00")
    day = await day_of(alliance, "F01")

    assert [(claim.registration.id, claim.kind) for claim in day.at_risk] == [
        (first, StandingStatus.LAPSED),
        (second, StandingStatus.LAPSED),
    ]
    assert day.at_risk[0].at == datetime.fromisoformat("2026-11-12T00:00:00+08:00")
    assert day.quota is not None
    assert day.quota.remaining == 18


async def test_a_lapsed_claim_is_at_risk_of_its_expiry(alliance: TestAlliance) -> None:
    id = await registered(alliance, "F01")
    await alliance.travel("2026-11-15T09:00:00+08:00")
    (claim,) = (await day_of(alliance, "F01")).at_risk

    assert (claim.registration.id, claim.kind) == (id, StandingStatus.EXPIRED)


async def test_a_day_tells_the_news_of_ones_own_orders_and_of_no_others(alliance: TestAlliance) -> None:
    await registered(alliance)
    order = PlaceOrder(external_ref="A-1", name="王", phone="13800138001", taken_by_code="G02")
    await place_order(alliance.office, await alliance.actor("G02"), order)

    assert [each.verdict for each in (await day_of(alliance, "G01")).news] == [AttributionVerdict.REGISTRANT]
    assert len((await day_of(alliance, "G02")).news) == 1
    assert (await day_of(alliance, "G03")).news == ()


async def test_a_day_takes_as_many_statements_however_much_there_is(
    alliance: TestAlliance, fresh_database_url: str
) -> None:
    sent: list[str] = []

    async def watch(connection: Any) -> None:
        connection.add_query_logger(lambda statement: sent.append(statement.query))

    numbers: list[int] = []
    async with asyncpg.create_pool(fresh_database_url, min_size=1, max_size=1, init=watch) as pool:
        watched = replace(alliance.office, pool=pool)
        for number in range(1, 9):
            await registered(alliance, number=number)
            await plan_follow_ups(alliance.office)
            actor = await alliance.actor("G01")
            sent.clear()
            day = await my_day(watched, actor)
            numbers.append(len(sent))

    assert len(day.tasks) == 16
    assert set(numbers[1:]) == {numbers[-1]}
    assert numbers[-1] <= MOST_STATEMENTS, sent
