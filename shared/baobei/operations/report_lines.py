"""What stands on the sheet of a unit's day: kept since it was submitted, or drawn from the records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from baobei.operations.daily_reports import DailyReport
from baobei.policy.calendar import start_of_day
from baobei.policy.daily_reports import days_left
from baobei.policy.records import Registration
from baobei.policy.standing import standing
from baobei.store import daily_reports, recorded_days, registration_pasts
from baobei.store.connection import Connection
from baobei.store.organisation_models import Alliance, Unit
from baobei.store.registration_models import StoredRegistration
from baobei.store.registration_pasts import PastRegistration, Said
from baobei.store.report_models import ReportEntry, ReportLine

# A day ends before the midnight that ends it, by the smallest step that the records know.
_STEP: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which lines of a sheet are wanted: those after a place, so many at most (None: all of them)."""

    after: int = 0
    first: int | None = None

    @property
    def up_to(self) -> int | None:
        """Return the place of the last line, None for that of the sheet."""
        return None if self.first is None else self.after + self.first


WHOLE: Final = Part()
NOTHING_KNOWN: Final[frozenset[UUID]] = frozenset()


async def lines_of(
    connection: Connection, alliance: Alliance, report: DailyReport, part: Part = WHOLE
) -> tuple[ReportLine, ...]:
    """Return what stands on the sheet: as it was submitted, or as it would be submitted at `as_of`."""
    if report.submitted is None:
        return await draw(connection, alliance, report.unit, report.day, at=report.as_of, part=part)
    up_to = daily_reports.LAST_LINE if part.up_to is None else part.up_to
    frozen = await daily_reports.lines(connection, alliance, report.id, after=part.after, up_to=up_to)
    return tuple(each.line for each in frozen)


async def lines_after(
    connection: Connection, alliance: Alliance, report: DailyReport, part: Part = WHOLE
) -> tuple[ReportLine, ...]:
    """Return what was recorded of the day and is not on the sheet, as it came after it was submitted; drawn anew."""
    if report.submitted is None:
        return ()
    known = await daily_reports.record_ids(connection, alliance.id, report.id)
    return await draw(
        connection, alliance, report.unit, report.day, at=report.as_of, part=part, without=known
    )


async def count_lines(connection: Connection, alliance: Alliance, report: DailyReport) -> int:
    """Return how many customers stand on the sheet."""
    if report.submitted is not None:
        return report.submitted.line_count
    entries = await _recorded(connection, alliance, report.unit, report.day, at=report.as_of)
    return len({entry.registration_id for entry in entries})


async def recorded_after(connection: Connection, alliance: Alliance, report: DailyReport) -> int:
    """Return how many records of the day are not on the sheet, as they came after it was submitted."""
    if report.submitted is None:
        return 0
    entries = await _recorded(connection, alliance, report.unit, report.day, at=report.as_of)
    known = await daily_reports.record_ids(connection, alliance.id, report.id)
    return sum(entry.record_id not in known for entry in entries)


async def draw(
    connection: Connection,
    alliance: Alliance,
    unit: Unit,
    day: date,
    *,
    at: datetime,
    part: Part = WHOLE,
    without: frozenset[UUID] = NOTHING_KNOWN,
) -> tuple[ReportLine, ...]:
    """Return a unit's day from the records: a line a customer, in the order in which they first come up.

    What was recorded at or before `at` and is in the database, but no record of `without`; registrations as they stood
    at the end of that day, or at `at` if that was before. One that belonged to another unit by then stands as it did
    when somebody of this unit recorded the last of it on that day: what came after is not this unit's to read.

    Source: 3.1.1, 3.1.2; policy.md section 9.
    """
    by_registration: dict[UUID, list[ReportEntry]] = {}
    for entry in await _recorded(connection, alliance, unit, day, at=at):
        if entry.record_id not in without:
            by_registration.setdefault(entry.registration_id, []).append(entry)
    wanted = dict(list(by_registration.items())[part.after : part.up_to])
    if not wanted:
        return ()
    until = min(at, start_of_day(day + timedelta(days=1), alliance.time_zone) - _STEP)
    pasts = await registration_pasts.pasts(connection, alliance, wanted, until=until)
    then = await _as_seen(connection, alliance, unit, wanted, pasts, until=until)
    instants = {id: instant for id, (instant, _) in then.items()}
    said = await registration_pasts.said_by(connection, alliance.id, instants)
    return tuple(
        _line(pasts[id].stored, entries, then[id], said[id], alliance) for id, entries in wanted.items()
    )


async def _as_seen(
    connection: Connection,
    alliance: Alliance,
    unit: Unit,
    entries: Mapping[UUID, Sequence[ReportEntry]],
    pasts: Mapping[UUID, PastRegistration],
    *,
    until: datetime,
) -> dict[UUID, tuple[datetime, Registration]]:
    """Return each registration as the unit saw it last, with the instant of that."""
    facts = {id: past.at(until) for id, past in pasts.items()}
    owners = {UUID(each.owner) for each in facts.values()}
    units = await recorded_days.units_at(connection, alliance.id, owners, until)
    seen: dict[UUID, tuple[datetime, Registration]] = {}
    for id, each in facts.items():
        if units[UUID(each.owner)] == unit.id:
            seen[id] = (until, each)
        else:
            last = entries[id][-1].recorded_at
            seen[id] = (last, pasts[id].at(last))
    return seen


async def _recorded(
    connection: Connection, alliance: Alliance, unit: Unit, day: date, *, at: datetime
) -> tuple[ReportEntry, ...]:
    begins = start_of_day(day, alliance.time_zone)
    ends = start_of_day(day + timedelta(days=1), alliance.time_zone)
    return await recorded_days.recorded(connection, alliance.id, unit, begins=begins, ends=ends, until=at)


def _line(
    stored: StoredRegistration,
    entries: Sequence[ReportEntry],
    then: tuple[datetime, Registration],
    said: Said,
    alliance: Alliance,
) -> ReportLine:
    at, facts = then
    worth = standing(facts, at)
    return ReportLine(
        registration_id=stored.id,
        number=stored.number,
        owner_id=stored.owner_id,
        contact_id=stored.contact_id,
        source=said.source,
        need=said.need,
        status=worth.status,
        follow_up_due_at=worth.follow_up_due_at if worth.live else None,
        days_left=days_left(worth, alliance.time_zone),
        entries=tuple(entries),
    )
