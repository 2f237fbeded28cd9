"""When a contact is said to have taken place: information, and never of what is still to come."""

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, new_alliance
from baobei.operations.record_follow_up import (
    CLOCKS_DIFFER,
    FollowUpRecorded,
    RecordFollowUp,
    record_follow_up,
)
from baobei.operations.results import Refused
from baobei.policy.terms import FollowUpKind

NOW = datetime.fromisoformat("2026-11-02T10:00:00+08:00")
FOLLOW_UPS = "SELECT count(*) FROM follow_up WHERE registration_id = $1"
TOUCHED = "SELECT count(*) FROM registration WHERE registration_id = $1 AND last_touch_at > registered_at"
PLANNED = "SELECT count(*) FROM registration WHERE registration_id = $1 AND visited_at > registered_at"


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    return await new_alliance(fresh_pool)


async def visit(alliance: TestAlliance, id: UUID, said: datetime | None) -> FollowUpRecorded | Refused:
    request = RecordFollowUp(
        registration_id=id, kind=FollowUpKind.STORE_VISIT, note="到店看样", occurred_at=said
    )
    return await record_follow_up(alliance.office, await alliance.actor("G01"), request)


async def registered_yesterday(alliance: TestAlliance) -> UUID:
    await alliance.travel(NOW - timedelta(days=1))
    id = await alliance.admitted("G01", phone="13800138000", address=ADDRESS.format(3))
    await alliance.travel(NOW)
    return id


async def test_a_visit_that_is_still_to_come_is_none(alliance: TestAlliance) -> None:
    id = await registered_yesterday(alliance)
    for ahead in (CLOCKS_DIFFER + timedelta(microseconds=1), timedelta(days=1)):
        answer = await visit(alliance, id, NOW + ahead)
        assert isinstance(answer, Refused)
        assert answer.code == "IN_THE_FUTURE"
        assert ("还没有到" in answer.message.zh, "has not come yet" in answer.message.en) == (True, True)
    for written in (FOLLOW_UPS, TOUCHED, PLANNED):
        assert await alliance.count(written, id) == 0


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(None, id="nothing"),
        pytest.param(NOW - timedelta(days=3), id="before the registration"),
        pytest.param(NOW, id="now"),
        pytest.param(NOW + CLOCKS_DIFFER, id="by a clock that is ahead"),
    ],
)
async def test_whatever_time_is_said_the_recording_counts(
    alliance: TestAlliance, said: datetime | None
) -> None:
    id = await registered_yesterday(alliance)
    answer = await visit(alliance, id, said)
    assert isinstance(answer, FollowUpRecorded)
    assert (answer.follow_up.occurred_at, answer.follow_up.recorded_at) == (said, NOW)
    assert answer.registration.facts.last_touch_at == answer.registration.visited_at == NOW
