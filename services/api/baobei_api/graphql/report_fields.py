"""The queries and mutations of daily reports."""

import re
from datetime import date, timedelta
from typing import Annotated, Final, TypeAlias, assert_never

import strawberry

from baobei.operations import results as outcomes
from baobei.operations.correct_daily_report import CorrectDailyReport, correct_daily_report
from baobei.operations.daily_reports import (
    LONGEST_RANGE_DAYS,
    DailyReport,
    DailyReportRecorded,
    ReportPage,
    find_report,
    find_reports,
)
from baobei.operations.submit_daily_report import SubmitDailyReport, submit_daily_report
from baobei.policy.calendar import local_date
from baobei.policy.daily_reports import ReportState
from baobei.store.paging import Page
from baobei_api.graphql import answers, checks, inputs
from baobei_api.graphql.context import Context, Info
from baobei_api.graphql.errors import BadInput
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.scalars import DateText
from baobei_api.graphql.types import daily_reports as types
from baobei_api.graphql.types.results import Refused
from baobei_api.graphql.types.shared import page_info
from baobei_api.instants import EARLIEST_YEAR, LATEST_YEAR

CURSOR_KIND: Final = "t"
# What a list shows when no days are named.
LISTED_DAYS: Final = 7
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

UnitCode: TypeAlias = Annotated[str, strawberry.argument(description="What people call the unit by.")]
Day: TypeAlias = Annotated[DateText, strawberry.argument(description="A day in the alliance's time zone.")]


@strawberry.type(description="What can be read of daily reports.")
class ReportQueries:
    """The queries of reports."""

    @resolved(
        "日报: the report of a unit's day, whether or not it was submitted; null for a unit whose reports the viewer may"
        " not read, for headquarters, which has none, and for a day before the unit owed reports."
    )
    async def daily_report(self, info: Info, unit_code: UnitCode, date: Day) -> types.DailyReport | None:
        """Return a unit's day."""
        context, code = info.context, _code(unit_code)
        found = await find_report(context.office, context.actor, code, day(date, "date"))
        return None if found is None else report_view(context, found)

    @resolved(
        "The reports of each day of the units that the viewer may read, the newest day first, then by unit: those that"
        " are missing too, from the first day on which the unit owed one."
    )
    async def daily_reports(
        self,
        info: Info,
        unit_code: Annotated[
            str | None, strawberry.argument(description="Only this unit's.")
        ] = strawberry.UNSET,
        from_: Annotated[
            DateText | None,
            strawberry.argument(
                name="from", description="The first day; six days before the last when left out."
            ),
        ] = strawberry.UNSET,
        to: Annotated[
            DateText | None,
            strawberry.argument(
                description="The last day, at most 92 days with the first; today when left out."
            ),
        ] = strawberry.UNSET,
        state: Annotated[
            ReportState | None, strawberry.argument(description="Only those in this state.")
        ] = strawberry.UNSET,
        first: inputs.First = 20,
        after: inputs.After = strawberry.UNSET,
    ) -> types.DailyReportConnection:
        """Return a page of reports."""
        context = info.context
        code = checks.optional_filled(unit_code, "unitCode", at_most=checks.CODE_CHARS)
        page = checks.page(first, after, kind=CURSOR_KIND, default=20)
        begins, ends = await _range(context, checks.given(from_), checks.given(to))
        found = await find_reports(
            context.office,
            context.actor,
            unit_code=code,
            first=begins,
            last=ends,
            state=checks.given(state),
            page=page,
        )
        if found is None:
            raise checks.unknown_cursor()
        return _page(context, found, page)


@strawberry.type(description="What can be changed of daily reports.")
class ReportMutations:
    """The mutations of reports."""

    @resolved(
        "报送日报: submit a unit's day, by its manager, or by the operations manager where it has none. What stands on the"
        " sheet is kept as it is; what is recorded later is told beside it. From the closing time on it is late."
    )
    async def submit_daily_report(
        self,
        info: Info,
        unit_code: UnitCode,
        date: Day,
        remark: Annotated[
            str | None,
            strawberry.argument(description="What there is to say about the day, at most 2000 characters."),
        ] = strawberry.UNSET,
    ) -> types.DailyReportResult:
        """Submit a unit's day."""
        context = info.context
        asked = SubmitDailyReport(
            unit_code=_code(unit_code),
            day=day(date, "date"),
            remark=checks.optional_text(remark, "remark", at_most=checks.NOTE_CHARS),
        )
        return _answer(context, await submit_daily_report(context.office, context.actor, asked))

    @resolved(
        "更正: add to a submitted report what was wrong or missing in it, by whoever may submit the unit's; at most 100"
        " to a report."
    )
    async def correct_daily_report(
        self,
        info: Info,
        report_id: Annotated[strawberry.ID, strawberry.argument(description="The submitted report.")],
        text: Annotated[
            str, strawberry.argument(description="What there is to say, not blank, at most 2000 characters.")
        ],
        idempotency_key: Annotated[
            str | None, strawberry.argument(description=inputs.KEY_DESCRIPTION)
        ] = strawberry.UNSET,
    ) -> types.DailyReportResult:
        """Correct a report."""
        context = info.context
        asked = CorrectDailyReport(
            report_id=checks.record_id(report_id, "reportId"),
            text=checks.filled(text, "text", at_most=checks.NOTE_CHARS),
            idempotency_key=checks.optional_filled(
                idempotency_key, "idempotencyKey", at_most=checks.KEY_CHARS
            ),
        )
        return _answer(context, await correct_daily_report(context.office, context.actor, asked))


def day(written: DateText, path: str) -> date:
    """Return a day of the calendar."""
    try:
        read = date.fromisoformat(written) if _DATE.fullmatch(written) else None
    except ValueError:
        read = None
    if read is None or not EARLIEST_YEAR < read.year < LATEST_YEAR:
        raise BadInput(path, "a day, as 2026-11-01")
    return read


def report_view(context: Context, found: DailyReport) -> types.DailyReport:
    """Return a report as the viewer may see it."""
    submitted = found.submitted
    return types.DailyReport(
        id=strawberry.ID(str(found.id)),
        unit=context.convert.unit(found.unit),
        date=found.day,
        state=found.state,
        closes_at=context.convert.local(found.closes_at),
        clause_number=found.clause,
        submitted_at=None if submitted is None else context.convert.local(submitted.submitted_at),
        digest=None if submitted is None else submitted.digest.hex(),
        report=found,
    )


def _answer(
    context: Context, answer: DailyReportRecorded | outcomes.Refused
) -> types.DailyReportRecorded | Refused:
    context.renew()
    match answer:
        case DailyReportRecorded(report=report):
            return types.DailyReportRecorded(report=report_view(context, report))
        case outcomes.Refused():
            return answers.refused(answer)
        case _:
            assert_never(answer)


def _code(written: str) -> str:
    return checks.filled(written, "unitCode", at_most=checks.CODE_CHARS)


async def _range(context: Context, first: DateText | None, last: DateText | None) -> tuple[date, date]:
    today = local_date(await context.now(), context.actor.alliance.time_zone)
    ends = today if last is None else day(last, "to")
    begins = ends - timedelta(days=LISTED_DAYS - 1) if first is None else day(first, "from")
    if (ends - begins).days >= LONGEST_RANGE_DAYS:
        raise BadInput("from", f"at most {LONGEST_RANGE_DAYS} days up to the last one")
    return begins, ends


def _page(context: Context, found: ReportPage, page: Page) -> types.DailyReportConnection:
    edges = [
        types.DailyReportEdge(node=report_view(context, each), cursor=checks.cursor(CURSOR_KIND, each.id))
        for each in found.reports
    ]
    info = page_info([edge.cursor for edge in edges], page=page, has_next=found.more)
    return types.DailyReportConnection(edges=edges, page_info=info)
