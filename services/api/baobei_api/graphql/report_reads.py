"""What is read of a daily report for the viewer; who may has been asked when the report was found."""

from baobei.operations.daily_reports import DailyReport
from baobei.operations.report_lines import Part
from baobei.operations.shown_reports import ShownLine, shown_after, shown_lines
from baobei.store import daily_reports as stored
from baobei.store.daily_reports import LAST_LINE
from baobei.store.report_models import Correction
from baobei_api.graphql.context import Context


async def lines(context: Context, report: DailyReport, *, first: int, after: int) -> tuple[ShownLine, ...]:
    """Return so many lines after a place on the sheet, as the viewer may see them."""
    return await shown_lines(context.office, context.actor, report, _part(first, after))


async def lines_after(
    context: Context, report: DailyReport, *, first: int, after: int
) -> tuple[ShownLine, ...]:
    """Return so many lines of what came after the report was submitted, after a place among them."""
    return await shown_after(context.office, context.actor, report, _part(first, after))


async def line_count(context: Context, report: DailyReport) -> int:
    """Return how many lines the sheet has."""
    return await context.loaders.line_count_by_report.load(report)


async def recorded_after(context: Context, report: DailyReport) -> int:
    """Return how many records of the day are not on the sheet."""
    return await context.loaders.recorded_after_by_report.load(report)


async def intact(context: Context, report: DailyReport) -> bool | None:
    """Return whether a report is as it was submitted, None for one that was not."""
    return await context.loaders.intact_by_report.load(report)


async def remark(context: Context, report: DailyReport) -> str | None:
    """Return the manager's remark, None for none."""
    submitted = report.submitted
    if submitted is None:
        return None
    writer = await context.loaders.staff_by_id.load(submitted.submitted_by_id)
    return context.convert.disclosure.optional_text(submitted.remark, owner=writer)


async def corrections(context: Context, report: DailyReport, *, at_most: int) -> tuple[Correction, ...]:
    """Return what was added to a report, oldest first, sealed."""
    async with context.connection() as connection:
        return await stored.corrections(connection, context.actor.alliance.id, report.id, at_most=at_most)


def _part(first: int, after: int) -> Part:
    return Part(after=min(max(after, 0), LAST_LINE - first), first=first)
