"""Writing down which units had not submitted their day at its closing time; each is told once."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from baobei.operations.actor import Desk
from baobei.operations.daily_reports import LOOK_BACK_DAYS
from baobei.operations.report_beginnings import next_day
from baobei.operations.transaction import ALL_ALLIANCES, in_transaction, lent
from baobei.policy.calendar import local_date, start_of_day
from baobei.policy.daily_reports import closes_at, report_clause
from baobei.policy.document import Policy
from baobei.store import ledger, organisation, policies, report_days
from baobei.store.connection import Connection
from baobei.store.ledger import Act
from baobei.store.organisation_models import Alliance, Unit
from baobei.store.report_models import report_id_of

MISSED: Final = "report.missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedNoted:
    """How many days of alliances were seen to, and how many reports were missed on them."""

    days: int
    missed: int


async def note_missed_reports(desk: Desk) -> MissedNoted:
    """See to every closing time of the last `LOOK_BACK_DAYS` days that has passed, the earliest first.

    One `report.missed` for each unit and day.

    A unit that somebody works in owes a report each day, also of a day on which nobody recorded anything. The event
    happened at the closing time, however late it is noted, and stands when the report is submitted after all. Run
    again, or by several at once, it tells nothing twice.

    Source: 3.1.1, 3.1.2; policy.md section 9.
    """
    async with lent(desk, ALL_ALLIANCES) as connection:
        alliances = await organisation.alliances(connection)
    days = missed = 0
    for alliance in alliances:
        while (
            noted := await in_transaction(desk, partial(_note, desk=desk, alliance=alliance), within=alliance)
        ) is not None:
            days, missed = days + 1, missed + noted
    return MissedNoted(days=days, missed=missed)


async def _note(connection: Connection, *, desk: Desk, alliance: Alliance) -> int | None:
    """See to the next day; return how many reports were missed, None when no closing time has passed."""
    now = await desk.clock.now(connection)
    day = await _next_day(connection, alliance, today=local_date(now, alliance.time_zone))
    if day is None:
        return None
    begins = start_of_day(day, alliance.time_zone)
    policy = (await policies.in_force(connection, alliance, begins)).policy
    due = closes_at(day, policy)
    if now < due:
        return None
    units = {unit.id: unit for unit in await report_days.reporting_units(connection, alliance.id)}
    # Who is submitting now is waited for, and who begins after this is late.
    await report_days.hold_days(connection, alliance.id, list(units), day)
    missed = await report_days.insert_missed(
        connection, alliance.id, list(units), day=day, closes_at=due, at=now
    )
    await report_days.close(connection, alliance.id, day, at=now)
    acts = [_act(units[id], day, due, policy) for id in missed]
    if acts:
        await ledger.append(connection, alliance.id, acts)
    return len(missed)


async def _next_day(connection: Connection, alliance: Alliance, *, today: date) -> date | None:
    """Return the next day to see to, None where today was; what is older than `LOOK_BACK_DAYS` is passed over."""
    day = await next_day(connection, alliance, today=today)
    return None if day > today else max(day, today - timedelta(days=LOOK_BACK_DAYS))


def _act(unit: Unit, day: date, due: datetime, policy: Policy) -> Act:
    channel = unit.kind.channel
    return Act(
        kind=MISSED,
        subject_id=report_id_of(unit.id, day),
        occurred_at=due,
        actor_id=None,
        detail={
            "unit": str(unit.id),
            "day": day.isoformat(),
            "clause": None if channel is None else report_clause(channel, policy),
            "closes_at": due.isoformat(),
        },
    )
