"""Submitting a unit's day: what stands on the sheet is kept as it is (3.1.1, 3.1.2)."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Final

from baobei.operations.actor import Actor, Office
from baobei.operations.daily_reports import (
    ALREADY_SUBMITTED,
    LOOK_BACK_DAYS,
    NOT_OWED,
    NOT_OWNER,
    NOT_YET,
    NOTHING_RECORDED,
    DailyReport,
    DailyReportRecorded,
    first_day,
    refuse_report,
    report_of,
)
from baobei.operations.free_text import sealed_if_any
from baobei.operations.report_digest import line_digest, report_digest
from baobei.operations.report_lines import draw
from baobei.operations.report_people import recipients_of, submits
from baobei.operations.results import Refused
from baobei.operations.transaction import in_transaction
from baobei.policy.calendar import local_date, start_of_day
from baobei.store import contacts, daily_reports, ledger, organisation, policies, report_days
from baobei.store.connection import Connection
from baobei.store.ledger import Act
from baobei.store.organisation_models import Alliance
from baobei.store.report_models import FrozenLine, ReportLine, SubmittedReport

SUBMITTED: Final = "report.submitted"
# Stands for the digest of what was erased before it was ever submitted, and is no digest of anything.
_GONE: Final = bytes(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitDailyReport:
    """Which unit's day, in the alliance's time zone, and what the manager has to say about it."""

    unit_code: str
    day: date
    remark: str | None = None


async def submit_daily_report(
    office: Office, actor: Actor, request: SubmitDailyReport
) -> DailyReportRecorded | Refused:
    """Submit a unit's day, by its manager (where there is none, by the operations manager); late, but not refused,
    from the closing time on.

    On the sheet is what was recorded at or before the instant of submission and was in the database by then; what came
    after it is told beside it (`recorded_after`). A day without records is submitted as such, for
    `LOOK_BACK_DAYS`. Refuses with NOT_OWNER, NOT_YET, ALREADY_SUBMITTED, NOT_OWED or NOTHING_RECORDED.
    """
    return await in_transaction(
        office, partial(_submit, office=office, actor=actor, request=request), within=actor
    )


async def _submit(
    connection: Connection, *, office: Office, actor: Actor, request: SubmitDailyReport
) -> DailyReportRecorded | Refused:
    alliance, day = actor.alliance, request.day
    units = await organisation.units_by_codes(connection, alliance.id, [request.unit_code])
    unit = units.get(request.unit_code)
    if unit is None or not await submits(connection, actor, unit):
        return refuse_report(NOT_OWNER)
    # Before the clock is read: whoever looks for missed reports meanwhile comes wholly before or after.
    await report_days.hold_days(connection, alliance.id, [unit.id], day)
    at = await office.clock.now(connection)
    report = await report_of(connection, alliance, unit, day, at=at)
    if day > local_date(at, alliance.time_zone):
        return refuse_report(NOT_YET)
    if report.submitted is not None:
        return refuse_report(ALREADY_SUBMITTED)
    if day < await first_day(connection, alliance, unit, at=at):
        return refuse_report(NOT_OWED)
    lines = await draw(connection, alliance, unit, day, at=at)
    if not lines and day < local_date(at, alliance.time_zone) - timedelta(days=LOOK_BACK_DAYS):
        return refuse_report(NOTHING_RECORDED)
    frozen = await _frozen(connection, office, alliance, lines)
    submitted = await _submitted(connection, office, actor, request, report, frozen)
    await daily_reports.insert(connection, alliance.id, submitted, frozen)
    after = await report_of(connection, alliance, unit, day, at=at)
    await ledger.append(connection, alliance.id, [_act(after, submitted)])
    return DailyReportRecorded(report=after)


async def _frozen(
    connection: Connection, office: Office, alliance: Alliance, lines: tuple[ReportLine, ...]
) -> tuple[FrozenLine, ...]:
    sealed = await contacts.by_ids(connection, alliance.id, [line.contact_id for line in lines])
    return tuple(
        FrozenLine(line=line, digest=line_digest(office, alliance.id, line, sealed[line.contact_id]) or _GONE)
        for line in lines
    )


async def _submitted(
    connection: Connection,
    office: Office,
    actor: Actor,
    request: SubmitDailyReport,
    report: DailyReport,
    frozen: tuple[FrozenLine, ...],
) -> SubmittedReport:
    alliance = actor.alliance
    version = await policies.in_force(connection, alliance, start_of_day(report.day, alliance.time_zone))
    recipients, copied = await recipients_of(connection, alliance, report.unit)
    submitted = SubmittedReport(
        id=report.id,
        unit_id=report.unit.id,
        day=report.day,
        closes_at=report.closes_at,
        policy_version_id=version.id,
        submitted_at=report.as_of,
        submitted_by_id=actor.staff.id,
        remark=sealed_if_any(office, actor, request.remark),
        recipient_ids=recipients,
        copied_ids=copied,
        line_count=len(frozen),
        entry_count=sum(len(each.line.entries) for each in frozen),
        digest=_GONE,
    )
    digest = report_digest(office, alliance.id, submitted, [each.digest for each in frozen])
    return replace(submitted, digest=digest)


def _act(report: DailyReport, submitted: SubmittedReport) -> Act:
    return Act(
        kind=SUBMITTED,
        subject_id=report.id,
        occurred_at=submitted.submitted_at,
        actor_id=submitted.submitted_by_id,
        detail={
            "unit": str(report.unit.id),
            "day": report.day.isoformat(),
            "state": report.state.value,
            "clause": report.clause,
            "closes_at": report.closes_at.isoformat(),
            "lines": submitted.line_count,
            "entries": submitted.entry_count,
            "digest": submitted.digest.hex(),
            "to": [str(id) for id in submitted.recipient_ids],
            "copied_to": [str(id) for id in submitted.copied_ids],
        },
        reason=submitted.remark,
    )
