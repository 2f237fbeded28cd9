"""From which day on a unit owes reports: what `report.missed` is told by, and what is listed as missing."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

from baobei.policy.calendar import local_date
from baobei.store import report_days
from baobei.store.connection import Connection
from baobei.store.organisation_models import Alliance


async def next_day(connection: Connection, alliance: Alliance, *, today: date) -> date:
    """Return the first day whose closing time has not been seen to.

    The day after the newest that was; before the first of them that of the first customer, else today.
    """
    newest = await report_days.newest_closed(connection, alliance.id, up_to=today)
    if newest is not None:
        return newest + timedelta(days=1)
    told_at = await report_days.first_told_at(connection, alliance.id)
    return today if told_at is None else min(today, local_date(told_at, alliance.time_zone))


async def first_days(
    connection: Connection, alliance: Alliance, unit_ids: Collection[UUID], *, at: datetime
) -> dict[UUID, date]:
    """Return the first day on which each unit owed a report: the first that it missed or submitted.

    For a unit that has neither missed nor submitted one, it is the first day whose closing time is still to be seen to.
    Never later than today.
    """
    today = local_date(at, alliance.time_zone)
    latest = min(today, await next_day(connection, alliance, today=today))
    known = await report_days.first_known(connection, alliance.id, unit_ids)
    return {id: min(latest, known.get(id, latest)) for id in unit_ids}
