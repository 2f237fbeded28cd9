"""The day tells what is to be followed up by its end (3.3.2): what is due, overdue, or lapsed and not lost yet."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, document_of, new_alliance, publish
from baobei.operations.customer_profile import Details
from baobei.operations.publish_policy import PublishPolicy, publish_policy
from baobei.operations.withdraw_registration import WithdrawRegistration, withdraw_registration
from baobei.policy.calendar import Counting
from baobei.policy.classes import ClassDays
from baobei.policy.terms import FollowUpKind
from builders import at, policy
from day_stories import MORNING, day_of, registered, touched

HOUR = timedelta(hours=1)


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    made = await new_alliance(fresh_pool)
    await made.travel(MORNING)
    return made


async def due(alliance: TestAlliance, staff_code: str = "F01") -> list[tuple[UUID, bool, bool]]:
    return [
        (each.registration.id, each.standing.follow_up_overdue, not each.standing.protected)
        for each in (await day_of(alliance, staff_code)).follow_ups_due
    ]


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ("2026-11-03 23:59:59", []),
        ("2026-11-04 00:00", [(False, False)]),
        ("2026-11-04 23:59:59", [(False, False)]),
        ("2026-11-05 00:00", [(True, False)]),
        ("2026-11-11 23:59:59", [(True, False)]),
        ("2026-11-12 00:00", [(True, True)]),
        ("2026-11-16 23:59:59", [(True, True)]),
        ("2026-11-17 00:00", []),
    ],
)
async def test_a_field_claim_is_there_from_the_day_it_is_due_until_it_expires(
    alliance: TestAlliance, now: str, found: list[tuple[bool, bool]]
) -> None:
    await registered(alliance, "F01")
    await alliance.travel(at(now))

    assert [told for _, *told in await due(alliance)] == [list(each) for each in found]


async def test_a_follow_up_takes_a_claim_off_the_list_a_lapsed_one_too(alliance: TestAlliance) -> None:
    id = await registered(alliance, "F01")
    await alliance.travel(at("2026-11-12 09:00"))
    assert await due(alliance) == [(id, True, True)]

    await touched(alliance, id, FollowUpKind.CALL, "F01")
    assert await due(alliance) == []


async def test_a_lapsed_claim_is_gone_once_a_colleague_has_registered_the_customer(
    alliance: TestAlliance,
) -> None:
    await registered(alliance, "F01")
    await alliance.travel(at("2026-11-12 09:00"))
    await registered(alliance, "F02")

    assert await due(alliance) == []
    assert (await day_of(alliance, "F01")).follow_ups_due_count == 0


async def test_what_has_ended_is_not_there(alliance: TestAlliance) -> None:
    id = await registered(alliance, "F01")
    await alliance.travel(at("2026-11-04 09:00"))
    request = WithdrawRegistration(registration_id=id, reason="客户不要了")
    await withdraw_registration(alliance.office, await alliance.actor("F01"), request)

    assert await due(alliance) == []


async def test_what_still_protects_comes_first_the_soonest_due_first_then_the_latest_lapse(
    alliance: TestAlliance,
) -> None:
    ids = []
    for number in range(1, 5):
        ids.append(await registered(alliance, number=number))
        await alliance.travel(MORNING + number * timedelta(days=1))
    await alliance.travel(at("2026-11-13 09:00"))

    assert await due(alliance, "G01") == [
        (ids[2], True, False),
        (ids[3], True, False),
        (ids[1], True, True),
        (ids[0], True, True),
    ]


async def test_a_class_with_days_of_its_own_and_a_version_that_counts_hours_are_due_by_them(
    alliance: TestAlliance,
) -> None:
    await publish(alliance, policy(customer_classes={"A": ClassDays(follow_up_days=1), "B": ClassDays()}))
    urgent = await registered(alliance, "F01", 1, Details(customer_class="A"))
    plain = await registered(alliance, "F01", 2, Details(customer_class="B"))
    await alliance.travel(MORNING + HOUR)
    await publish_policy(
        alliance.office,
        PublishPolicy(
            alliance_code=alliance.code,
            document=document_of(policy(counting=Counting.ELAPSED, follow_up_days=2)),
            name="hours",
            effective_from=MORNING + HOUR,
        ),
    )
    hours = await registered(alliance, "F01", 3)

    await alliance.travel(at("2026-11-02 00:00"))
    assert await due(alliance) == [(urgent, False, False)]
    await alliance.travel(at("2026-11-02 23:59:59"))
    assert await due(alliance) == [(urgent, False, False)]
    await alliance.travel(at("2026-11-03 11:00"))
    assert await due(alliance) == [(urgent, True, False), (hours, True, False)]
    await alliance.travel(at("2026-11-04 00:00"))
    assert {id for id, *_ in await due(alliance)} == {urgent, hours, plain}


async def test_a_lapse_that_is_for_good_leaves_the_list(alliance: TestAlliance) -> None:
    await publish(alliance, policy(lapse_curable=False))
    id = await registered(alliance, "G01")
    await alliance.travel(at("2026-11-11 23:59:59"))
    assert await due(alliance, "G01") == [(id, True, False)]

    await alliance.travel(at("2026-11-12 00:00"))
    day = await day_of(alliance, "G01")
    assert (day.follow_ups_due, day.follow_ups_due_count) == ((), 0)
    assert (day.at_risk, day.at_risk_count) == ((), 0)


async def test_the_counts_are_of_all_and_the_lists_of_a_hundred(alliance: TestAlliance) -> None:
    for number in range(1, 104):
        await alliance.admitted("G01", phone=f"1380014{number:04}", address=ADDRESS.format(number))
    await alliance.travel(at("2026-11-11 09:00"))
    day = await day_of(alliance, "G01")

    assert (len(day.follow_ups_due), day.follow_ups_due_count) == (100, 103)
    assert (len(day.at_risk), day.at_risk_count) == (100, 103)
