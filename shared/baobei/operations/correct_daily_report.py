"""Adding to a submitted report what was wrong or missing in it; the report itself stays as it is."""

from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

from baobei.clock import new_id
from baobei.operations.actor import Actor, Office
from baobei.operations.daily_reports import (
    MOST_CORRECTIONS,
    NOT_OWNER,
    DailyReportRecorded,
    refuse_report,
    report_of,
)
from baobei.operations.free_text import sealed
from baobei.operations.repeated import answer_once, idempotency_key
from baobei.operations.report_people import submits
from baobei.operations.results import Refused
from baobei.operations.transaction import in_transaction
from baobei.policy.terms import RefusalCode
from baobei.store import daily_reports, ledger, organisation, report_days
from baobei.store.connection import Connection
from baobei.store.ledger import Act
from baobei.store.report_models import Correction

CORRECTED: Final = "report.corrected"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectDailyReport:
    """Which submitted report, and what is to be said about it."""

    report_id: UUID | None
    text: str
    idempotency_key: str | None = None


async def correct_daily_report(
    office: Office, actor: Actor, request: CorrectDailyReport
) -> DailyReportRecorded | Refused:
    """Append a correction to a submitted report, by whoever may submit the unit's; refuses with NOT_OWNER, LIMIT
    (`MOST_CORRECTIONS` of a report) or IDEMPOTENCY_KEY_REUSED.

    It is told to those whom the report went to.

    One that was not submitted is nobody's to correct, and looks like one that there is not.
    """
    return await in_transaction(
        office, partial(_correct, office=office, actor=actor, request=request), within=actor
    )


async def _correct(
    connection: Connection, *, office: Office, actor: Actor, request: CorrectDailyReport
) -> DailyReportRecorded | Refused:
    key = idempotency_key(
        office,
        actor,
        "correctDailyReport",
        request.idempotency_key,
        report=request.report_id,
        text=request.text,
    )
    return await answer_once(
        connection,
        key,
        work=partial(_append, connection, office, actor, request),
        kept=lambda recorded: {"report": str(recorded.report.id)},
        again=partial(_again, connection, office, actor),
    )


async def _again(
    connection: Connection, office: Office, actor: Actor, answer: dict[str, Any]
) -> DailyReportRecorded:
    """Return the report that was corrected, as it stands now."""
    alliance = actor.alliance
    submitted = await daily_reports.by_id(connection, alliance.id, UUID(answer["report"]))
    if submitted is None:
        raise RuntimeError("a report was corrected and is not there")
    units = await organisation.units_by_ids(connection, alliance.id, [submitted.unit_id])
    at = max(await office.clock.now(connection), submitted.submitted_at)
    report = await report_of(connection, alliance, units[submitted.unit_id], submitted.day, at=at)
    return DailyReportRecorded(report=report)


async def _append(
    connection: Connection, office: Office, actor: Actor, request: CorrectDailyReport
) -> DailyReportRecorded | Refused:
    alliance, id = actor.alliance, request.report_id
    submitted = None if id is None else await daily_reports.by_id(connection, alliance.id, id)
    if submitted is None:
        return refuse_report(NOT_OWNER)
    unit = (await organisation.units_by_ids(connection, alliance.id, [submitted.unit_id]))[submitted.unit_id]
    if not await submits(connection, actor, unit):
        return refuse_report(NOT_OWNER)
    # Of two at once each counts the other's.
    await report_days.hold_days(connection, alliance.id, [unit.id], submitted.day)
    if await daily_reports.count_corrections(connection, alliance.id, submitted.id) >= MOST_CORRECTIONS:
        return refuse_report(RefusalCode.LIMIT)
    at = max(await office.clock.now(connection), submitted.submitted_at)
    correction = Correction(
        id=new_id(),
        report_id=submitted.id,
        corrected_at=at,
        corrected_by_id=actor.staff.id,
        text=sealed(office, actor, request.text),
    )
    await daily_reports.insert_correction(connection, alliance.id, correction)
    act = Act(
        kind=CORRECTED,
        subject_id=submitted.id,
        occurred_at=at,
        actor_id=actor.staff.id,
        detail={
            "correction": str(correction.id),
            "unit": str(unit.id),
            "day": submitted.day.isoformat(),
            "to": [str(id) for id in submitted.recipient_ids],
            "copied_to": [str(id) for id in submitted.copied_ids],
        },
        reason=correction.text,
    )
    await ledger.append(connection, alliance.id, [act])
    return DailyReportRecorded(report=await report_of(connection, alliance, unit, submitted.day, at=at))
