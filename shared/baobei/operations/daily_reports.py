"""Daily reports as they are read: a unit's day with its state. What stands on the sheet, `report_lines` draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Final
from uuid import UUID

from baobei.operations import access, report_beginnings
from baobei.operations.actor import Actor, Office
from baobei.operations.results import NOT_OWNER as NOT_OWNER
from baobei.operations.results import Refused
from baobei.operations.transaction import lent
from baobei.policy.calendar import local_date, start_of_day
from baobei.policy.daily_reports import ReportState, closes_at, report_clause, report_state
from baobei.policy.terms import ClauseNumber, RefusalCode, Text
from baobei.store import daily_reports, organisation, policies, report_days
from baobei.store.connection import Connection
from baobei.store.organisation_models import Alliance, Unit
from baobei.store.paging import Page
from baobei.store.policy_models import PublishedPolicy
from baobei.store.report_models import SubmittedReport, report_id_of

NOT_YET: Final = "NOT_YET"
NOT_OWED: Final = "NOT_OWED"
NOTHING_RECORDED: Final = "NOTHING_RECORDED"
# Older days on which nothing was recorded are nobody's news any more, and are submitted no more.
LOOK_BACK_DAYS: Final = 31
ALREADY_SUBMITTED: Final = "ALREADY_SUBMITTED"
LONGEST_RANGE_DAYS: Final = 92
# As many as a page and a printed sheet show: what is added can be read.
MOST_CORRECTIONS: Final = 100

_SENTENCES: Final = {
    NOT_OWNER: Text(
        zh="日报由本门店的店长或本业务部的主管报送和更正；没有在岗店长或主管的，由运营经理代为报送和更正。",
        en="A daily report is submitted and corrected by the manager of its own store or field department, or by the "
        "operations manager where it has no manager.",
    ),
    NOT_OWED: Text(
        zh="这一天还没有开始报送日报，不用补报。",
        en="The unit did not owe reports yet on this day; there is nothing to submit.",
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
    RefusalCode.LIMIT: Text(
        zh=f"这份日报的更正说明已达{MOST_CORRECTIONS}条，不能再补充。",
        en=f"{MOST_CORRECTIONS} corrections have been added to this report; no more can be added.",
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
class ReportPage:
    """A page of a list of reports; `more`: the list goes on after it."""

    reports: tuple[DailyReport, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyReportRecorded:
    """The report after it was submitted or corrected."""

    report: DailyReport


def refuse_report(code: str) -> Refused:
    """Return a refusal with its sentence."""
    return Refused(code=code, message=_SENTENCES[code])


async def find_report(office: Office, actor: Actor, unit_code: str, day: date) -> DailyReport | None:
    """Return a unit's day; None for a unit that there is not, or whose reports the actor may not read.

    None also for a day before the first on which the unit owed a report.
    """
    async with lent(office, actor) as connection:
        found = await organisation.units_by_codes(connection, actor.alliance.id, [unit_code])
        unit = found.get(unit_code)
        if unit is None or not access.may_read_report(actor.staff, unit=unit):
            return None
        at = await office.clock.now(connection)
        report = await report_of(connection, actor.alliance, unit, day, at=at)
        if report.submitted is None and day < await first_day(connection, actor.alliance, unit, at=at):
            return None
        return report


async def find_reports(
    office: Office,
    actor: Actor,
    *,
    unit_code: str | None,
    first: date,
    last: date,
    state: ReportState | None = None,
    page: Page,
) -> ReportPage | None:
    """Return the days of the units that the actor may read from `first` to `last`, the newest first, then by unit.

    Days that have not come are left out; so are those before a unit owed reports, and those of a unit in which nobody
    works, unless they were submitted. `state` leaves out those in another. None when `page.after` is none of these days.
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
            return None if page.after is not None else ReportPage(reports=(), more=False)
        submitted = await daily_reports.of_units(connection, alliance.id, ids, first=first, last=last)
        begins = await report_beginnings.first_days(connection, alliance, ids, at=at)
        versions = await policies.all_versions(connection, alliance)
    listed = (
        (day, unit) for day in days for unit in units if (unit.id, day) in submitted or day >= begins[unit.id]
    )
    if page.after is not None and all(report_id_of(unit.id, day) != page.after for day, unit in listed):
        return None
    drawn = (
        _report(unit, day, _version_of(versions, alliance, day), submitted.get((unit.id, day)), at=at)
        for day, unit in listed
    )
    found = tuple(islice((each for each in drawn if state in (None, each.state)), page.first + 1))
    return ReportPage(reports=found[: page.first], more=len(found) > page.first)


async def first_day(connection: Connection, alliance: Alliance, unit: Unit, *, at: datetime) -> date:
    """Return the first day on which a unit owed a report, as things stand at an instant."""
    return (await report_beginnings.first_days(connection, alliance, [unit.id], at=at))[unit.id]


async def report_of(
    connection: Connection, alliance: Alliance, unit: Unit, day: date, *, at: datetime
) -> DailyReport:
    """Return a unit's day as it stands at an instant."""
    submitted = await daily_reports.of_units(connection, alliance.id, [unit.id], first=day, last=day)
    version = await _version(connection, alliance, day)
    return _report(unit, day, version, submitted.get((unit.id, day)), at=at)


async def _units(connection: Connection, alliance: Alliance, unit_code: str | None) -> Sequence[Unit]:
    if unit_code is None:
        return await report_days.reporting_units(connection, alliance.id)
    return list((await organisation.units_by_codes(connection, alliance.id, [unit_code])).values())


async def _version(connection: Connection, alliance: Alliance, day: date) -> PublishedPolicy:
    """Return the version in force when a day begins: a day keeps the closing time that it began with."""
    return await policies.in_force(connection, alliance, start_of_day(day, alliance.time_zone))


def _version_of(versions: Sequence[PublishedPolicy], alliance: Alliance, day: date) -> PublishedPolicy:
    """Return the same of all versions, for lists: they are few, and read once."""
    return policies.in_force_of(versions, alliance, start_of_day(day, alliance.time_zone))


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
