"""The tasks of a step for certain classes go and come with the class of the customer."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from alliances import TestAlliance, new_alliance
from baobei.operations.classify_registration import ClassifyRegistration, classify_registration
from baobei.operations.customer_profile import Details
from baobei.operations.plan_follow_ups import plan_follow_ups
from baobei.operations.results import Refused, RegistrationChanged
from baobei.policy.terms import FollowUpKind
from builders import at
from day_stories import MORNING, neglected, registered, steps_of_day, touched

URGENT = "SELECT outcome FROM follow_up_task WHERE step = 'urgent_call'"
OPEN = "SELECT step FROM follow_up_task WHERE closed_at IS NULL ORDER BY step"


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    made = await new_alliance(fresh_pool)
    await made.travel(MORNING)
    return made


async def of_class(alliance: TestAlliance, customer_class: str) -> UUID:
    return await registered(alliance, details=Details(customer_class=customer_class))


async def classified(
    alliance: TestAlliance, id: UUID, customer_class: str, by: str = "G01"
) -> RegistrationChanged | Refused:
    request = ClassifyRegistration(registration_id=id, details=Details(customer_class=customer_class))
    return await classify_registration(alliance.office, await alliance.actor(by), request)


async def outcomes(alliance: TestAlliance) -> list[str | None]:
    return [row["outcome"] for row in await alliance.office.pool.fetch(URGENT)]


async def test_from_a_to_b_takes_the_urgent_call_away_and_back_to_a_brings_it(alliance: TestAlliance) -> None:
    id = await of_class(alliance, "A")
    await neglected(alliance, until="2026-11-03T09:00:00+08:00")
    assert "urgent_call" in await steps_of_day(alliance)

    await classified(alliance, id, "B")
    assert "urgent_call" not in await steps_of_day(alliance)
    assert await outcomes(alliance) == ["VOID"]

    await alliance.travel(at("2026-11-05 09:00"))
    await classified(alliance, id, "A")
    assert (await steps_of_day(alliance))[0] == "urgent_call"
    assert await outcomes(alliance) == [None]


async def test_the_other_tasks_stay_as_they_are(alliance: TestAlliance) -> None:
    id = await of_class(alliance, "A")
    await neglected(alliance, until="2026-11-03T09:00:00+08:00")
    before = [row["step"] for row in await alliance.office.pool.fetch(OPEN)]
    await classified(alliance, id, "B")
    after = [row["step"] for row in await alliance.office.pool.fetch(OPEN)]

    assert set(before) - set(after) == {"urgent_call"}
    assert set(after) < set(before)


async def test_a_customer_who_becomes_a_before_the_call_opens_gets_it_when_it_does(
    alliance: TestAlliance,
) -> None:
    id = await of_class(alliance, "B")
    await plan_follow_ups(alliance.office)
    await classified(alliance, id, "A")
    assert await outcomes(alliance) == []

    await neglected(alliance, until="2026-11-03T09:00:00+08:00")
    assert await outcomes(alliance) == [None]


async def test_a_customer_who_becomes_a_within_the_week_gets_the_call_at_once(alliance: TestAlliance) -> None:
    id = await of_class(alliance, "B")
    await neglected(alliance, until="2026-11-05T09:00:00+08:00")
    assert await outcomes(alliance) == []

    await classified(alliance, id, "A")
    assert await outcomes(alliance) == [None]
    await plan_follow_ups(alliance.office)
    assert await outcomes(alliance) == [None]


async def test_a_call_within_the_week_has_done_it_when_the_customer_becomes_a(alliance: TestAlliance) -> None:
    id = await of_class(alliance, "B")
    await neglected(alliance, until="2026-11-04T09:00:00+08:00")
    await touched(alliance, id, FollowUpKind.CALL)
    await classified(alliance, id, "A")

    assert await outcomes(alliance) == ["DONE"]


async def test_a_week_that_is_over_is_owed_by_nobody(alliance: TestAlliance) -> None:
    id = await of_class(alliance, "B")
    await neglected(alliance, until="2026-11-08T23:59:00+08:00")
    await alliance.travel(at("2026-11-09 00:00"))
    await classified(alliance, id, "A")
    await plan_follow_ups(alliance.office)

    assert await outcomes(alliance) == []


async def test_a_call_that_was_overdue_when_the_class_changed_is_missed_and_stays_so(
    alliance: TestAlliance,
) -> None:
    id = await of_class(alliance, "A")
    await neglected(alliance, until="2026-11-09T09:00:00+08:00")
    await classified(alliance, id, "B")
    await classified(alliance, id, "A")

    assert await outcomes(alliance) == ["MISSED"]


async def test_without_a_store_visit_a_class_brings_no_task(alliance: TestAlliance) -> None:
    id = await registered(alliance, "F01", details=Details(customer_class="B"))
    await alliance.travel(MORNING + timedelta(days=3))
    await classified(alliance, id, "A", by="F01")

    assert await plan_follow_ups(alliance.office) is not None
    assert await outcomes(alliance) == []


async def test_a_class_that_is_refused_changes_no_task(alliance: TestAlliance) -> None:
    id = await of_class(alliance, "A")
    await neglected(alliance, until="2026-11-03T09:00:00+08:00")
    answer = await classified(alliance, id, "B", by="G02")

    assert isinstance(answer, Refused)
    assert await outcomes(alliance) == [None]
