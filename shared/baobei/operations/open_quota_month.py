"""Opening a month: everybody with a quota is told that it has begun."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from baobei.operations.actor import Desk
from baobei.operations.transaction import ALL_ALLIANCES, in_transaction, lent
from baobei.policy.calendar import month_of, start_of_day
from baobei.store import organisation, policies, quota_openings
from baobei.store.connection import Connection
from baobei.store.organisation_models import Alliance, UnitKind

PEOPLE_A_CHUNK: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthOpened:
    """For how many people the present month was opened."""

    people: int


async def open_quota_month(desk: Desk, *, alliance_id: int | None = None) -> MonthOpened:
    """Write one `quota.month_opened` for each person in a quota channel, once a calendar month.

    Of one alliance, or of all when none is given.

    The month is that of the alliance's own time zone, and the event happened when it began. Run again, or by
    several at once, it tells only those who have not been told.

    Source: 3.4.2; policy.md section 6.
    """
    async with lent(desk, ALL_ALLIANCES) as connection:
        alliances = await organisation.alliances(connection)
    people = 0
    for alliance in alliances:
        if alliance_id not in (None, alliance.id):
            continue
        while (
            opened := await in_transaction(
                desk, partial(_open, desk=desk, alliance=alliance), within=alliance
            )
        ) is not None:
            people += opened
    return MonthOpened(people=people)


async def _open(connection: Connection, *, desk: Desk, alliance: Alliance) -> int | None:
    """Open the month for a chunk of people; None when nobody is left."""
    now = await desk.clock.now(connection)
    policy = (await policies.in_force(connection, alliance, now)).policy
    month = month_of(now, alliance.time_zone)
    people = await quota_openings.unopened(
        connection,
        alliance.id,
        month,
        unit_kinds=[kind for kind in UnitKind if kind.channel in policy.quota_channels],
        limit=PEOPLE_A_CHUNK,
    )
    if not people:
        return None
    return await quota_openings.open_month(
        connection,
        alliance.id,
        people,
        month=month,
        limit=policy.monthly_quota,
        at=start_of_day(month, alliance.time_zone),
    )
