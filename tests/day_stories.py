"""What tests of a person's day have in common: customers, contacts, and what the day then shows."""

from datetime import datetime, timedelta
from uuid import UUID

from alliances import ADDRESS, TestAlliance
from baobei.operations.customer_profile import NOTHING_SAID, Details
from baobei.operations.my_day import MyDay, my_day
from baobei.operations.plan_follow_ups import plan_follow_ups
from baobei.operations.record_follow_up import FollowUpRecorded, RecordFollowUp, record_follow_up
from baobei.policy.terms import FollowUpKind

MORNING = datetime.fromisoformat("2026-11-01T10:00:00+08:00")


async def registered(
    alliance: TestAlliance, by: str = "G01", number: int = 1, details: Details = NOTHING_SAID
) -> UUID:
    return await alliance.admitted(
        by, phone=f"1380013{8000 + number:04}", address=ADDRESS.format(number), details=details
    )


async def touched(alliance: TestAlliance, id: UUID, kind: FollowUpKind, by: str = "G01") -> None:
    request = RecordFollowUp(registration_id=id, kind=kind, note="联系")
    answer = await record_follow_up(alliance.office, await alliance.actor(by), request)
    assert isinstance(answer, FollowUpRecorded), answer


async def day_of(alliance: TestAlliance, staff_code: str) -> MyDay:
    return await my_day(alliance.office, await alliance.actor(staff_code))


async def neglected(alliance: TestAlliance, *, until: str) -> None:
    """Travel on from the morning day by day, the worker making tasks and nobody doing them."""
    instant = MORNING - timedelta(hours=1)
    while (instant := instant + timedelta(days=1)) <= datetime.fromisoformat(until):
        await alliance.travel(instant)
        await plan_follow_ups(alliance.office)


async def steps_of_day(alliance: TestAlliance, staff_code: str = "G01") -> list[str]:
    return [each.task.step for each in (await day_of(alliance, staff_code)).tasks]
