"""Daily reports as they are read: a unit's day with its state, and what stands on its sheet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.results import Refused
from baobei.operations.transaction import lent
from baobei.policy.calendar import local_date, start_of_day
from baobei.policy.daily_reports import ReportState, closes_at, days_left, report_clause, report_state
from baobei.policy.standing import standing
from baobei.policy.terms import ClauseNumber, Text
from baobei.store import (
    daily_reports,
    organisation,
    policies,
    recorded_days,
    registrations,
    report_days,
    texts,
)
from baobei.store.connection import Connection
from baobei.store.organisation_models import Alliance, Unit
from baobei.store.policy_models import PublishedPolicy
from baobei.store.registration_models import StoredRegistration
from baobei.store.report_models import ReportEntry, ReportLine, SubmittedReport, report_id_of
from baobei.vault import SealedText

NOT_OWNER: Final = "NOT_OWNER"
NOT_YET: Final = "NOT_YET"
NOTHING_RECORDED: Final = "NOTHING_RECORDED"
# Older days on which nothing was recorded are nobody's news any more, and are submitted no more.
LOOK_BACK_DAYS: Final = 31
ALREADY_SUBMITTED: Final = "ALREADY_SUBMITTED"
LONGEST_RANGE_DAYS: Final = 92

_SENTENCES: Final = {
    NOT_OWNER: Text(
        zh="日报由本门店的店长或本业务部的主管报送和更正。",
        en="A daily report is submitted and corrected by the manager of its own store or field department.",
    ),
    NOT_YET: Text(
        zh="这一天还没有到，不能报送。", en="This day has not come yet; there is nothing to submit."
    ),
    NOTHING_RECORDED: Text(
        zh=f"这一天没有任何记录，而且已超过{LOOK_BACK_DAYS}天，不能再报送。",
        en=f"Nothing was recorded on this day, and it is more than {LOOK_BACK_DAYS} days ago; it can no longer be submitted.",
    ),
    ALREADY_SUBMITTED: Text(
        zh="这一天的日报已经报送，内容不能再改；需要补充的，请写更正说明。",
        en="The report of this day has been submitted and stays as it is; what is to be added goes into a correction.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyReport:
    """A unit's day as it stands at `as_of`; `submitted` is None while nobody has submitted it.

    `id` is that of the unit's day from the first; `closes_at` is the first instant that is late.
    """

    id: UUID
    unit: Unit
    day: date
    state: ReportState
    closes_at: datetime
    clause: ClauseNumber | None
    submitted: SubmittedReport | None
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyReportRecorded:
    """The report after it was submitted or corrected."""

    report: DailyReport


def refuse_report(code: str) -> Refused:
    """Return a refusal with its sentence."""
    return Refused(code=code, message=_SENTENCES[code])


async def find_report(office: Office, actor: Actor, unit_code: str, day: date) -> DailyReport | None:
    """Return a unit's day; None for a unit that there is not, or whose reports the actor may not read."""
    async with lent(office, actor) as connection:
        found = await organisation.units_by_codes(connection, actor.alliance.id, [unit_code])
        unit = found.get(unit_code)
        if unit is None or not access.may_read_report(actor.staff, unit=unit):
            return None
        at = await office.clock.now(connection)
        return await report_of(connection, actor.alliance, unit, day, at=at)


async def find_reports(
    office: Office, actor: Actor, *, unit_code: str | None, first: date, last: date
) -> tuple[DailyReport, ...]:
    """Return the days of the units that the actor may read from `first` to `last`, the newest first, then by unit.

    Days that have not come are left out; so are those of a unit in which nobody works, unless they were submitted.
    """
    alliance = actor.alliance
    async with lent(office, actor) as connection:
        at = await office.clock.now(connection)
        last = min(last, local_date(at, alliance.time_zone))
        days = [last - timedelta(days=back) for back in range((last - first).days + 1)]
        owing = await _units(connection, alliance, unit_code)
        units = [unit for unit in owing if access.may_read_report(actor.staff, unit=unit)]
        ids = [unit.id for unit in units]
        if not days or not units:
            return ()
        submitted = await daily_reports.of_units(connection, alliance.id, ids, first=first, last=last)
        versions = {day: await _version(connection, alliance, day) for day in days}
    return tuple(
        _report(unit, day, versions[day], submitted.get((unit.id, day)), at=at)
        for day in days
        for unit in units
    )


async def report_of(
    connection: Connection, alliance: Alliance, unit: Unit, day: date, *, at: datetime
) -> DailyReport:
    """Return a unit's day as it stands at an instant."""
    submitted = await daily_reports.of_units(connection, alliance.id, [unit.id], first=day, last=day)
    version = await _version(connection, alliance, day)
    return _report(unit, day, version, submitted.get((unit.id, day)), at=at)


async def lines_of(connection: Connection, alliance: Alliance, report: DailyReport) -> tuple[ReportLine, ...]:
    """Return what stands on the sheet: as it was submitted, or as it would be submitted at `as_of`."""
    if report.submitted is not None:
        frozen = await daily_reports.lines(connection, alliance, report.id)
        return tuple(each.line for each in frozen)
    return await draw(connection, alliance, report.unit, report.day, at=report.as_of)


async def recorded_after(connection: Connection, alliance: Alliance, report: DailyReport) -> int:
    """Return how many records of the day are not on the sheet, as they came after it was submitted."""
    if report.submitted is None:
        return 0
    entries = await _recorded(connection, alliance, report.unit, report.day, at=report.as_of)
    frozen = await daily_reports.lines(connection, alliance, report.id)
    known = {entry.record_id for each in frozen for entry in each.line.entries}
    return sum(entry.record_id not in known for entry in entries)


async def draw(
    connection: Connection, alliance: Alliance, unit: Unit, day: date, *, at: datetime
) -> tuple[ReportLine, ...]:
    """Return a unit's day from the records: a line a customer, in the order in which they first come up.

    What was recorded at or before `at` and is in the database; registrations as they stand at `at`.

    Source: 3.1.1, 3.1.2; policy.md section 9.
    """
    by_registration: dict[UUID, list[ReportEntry]] = {}
    for entry in await _recorded(connection, alliance, unit, day, at=at):
        by_registration.setdefault(entry.registration_id, []).append(entry)
    stored = await registrations.by_ids(connection, alliance, by_registration)
    need_ids = {id: need for id in stored if (need := stored[id].profile.need_id) is not None}
    written = await texts.by_ids(connection, alliance.id, need_ids.values()) if need_ids else {}
    needs = {id: written[need] for id, need in need_ids.items()}
    return tuple(
        _line(stored[id], entries, needs, alliance, at=at) for id, entries in by_registration.items()
    )


async def _recorded(
    connection: Connection, alliance: Alliance, unit: Unit, day: date, *, at: datetime
) -> tuple[ReportEntry, ...]:
    begins = start_of_day(day, alliance.time_zone)
    ends = start_of_day(day + timedelta(days=1), alliance.time_zone)
    return await recorded_days.recorded(connection, alliance.id, unit, begins=begins, ends=ends, until=at)


async def _units(connection: Connection, alliance: Alliance, unit_code: str | None) -> Sequence[Unit]:
    if unit_code is None:
        return await report_days.reporting_units(connection, alliance.id)
    return list((await organisation.units_by_codes(connection, alliance.id, [unit_code])).values())


async def _version(connection: Connection, alliance: Alliance, day: date) -> PublishedPolicy:
    """Return the version in force when a day begins: a day keeps the closing time that it began with."""
    return await policies.in_force(connection, alliance, start_of_day(day, alliance.time_zone))


def _report(
    unit: Unit, day: date, version: PublishedPolicy, submitted: SubmittedReport | None, *, at: datetime
) -> DailyReport:
    channel, policy = unit.kind.channel, version.policy
    due = closes_at(day, policy) if submitted is None else submitted.closes_at
    submitted_at = None if submitted is None else submitted.submitted_at
    return DailyReport(
        id=report_id_of(unit.id, day),
        unit=unit,
        day=day,
        state=report_state(closes_at=due, submitted_at=submitted_at, at=at),
        closes_at=due,
        clause=None if channel is None else report_clause(channel, policy),
        submitted=submitted,
        as_of=at,
    )


def _line(
    stored: StoredRegistration,
    entries: Sequence[ReportEntry],
    needs: Mapping[UUID, SealedText],
    alliance: Alliance,
    *,
    at: datetime,
) -> ReportLine:
    worth = standing(stored.facts, at)
    return ReportLine(
        registration_id=stored.id,
        number=stored.number,
        owner_id=stored.owner_id,
        contact_id=stored.contact_id,
        source=stored.profile.source,
        need=needs.get(stored.id),
        status=worth.status,
        follow_up_due_at=worth.follow_up_due_at if worth.live else None,
        days_left=days_left(worth, alliance.time_zone),
        entries=tuple(entries),
    )
