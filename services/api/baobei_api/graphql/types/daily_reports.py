"""Daily reports: a unit's day, the customers on its sheet, and what was added later."""

from datetime import date, datetime
from typing import Annotated, TypeAlias, Union
from uuid import UUID

import strawberry

from baobei.operations import daily_reports as reading
from baobei.operations.shown_reports import ShownLine
from baobei.policy.daily_reports import ReportState
from baobei.policy.terms import ClauseNumber, StandingStatus
from baobei.vault import SealedText
from baobei_api.graphql import checks, inputs, report_reads
from baobei_api.graphql.context import Context, Info
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types.people import Customer, Staff, Unit
from baobei_api.graphql.types.policy import Clause
from baobei_api.graphql.types.results import Refused
from baobei_api.graphql.types.shared import PageInfo

# The field of this name would hide it.
Day: TypeAlias = date
AfterPosition: TypeAlias = Annotated[
    int | None,
    strawberry.argument(description="The `position` of the last line before; the beginning when left out."),
]


@strawberry.type(description="What was recorded of a customer on the day.")
class DailyReportEntry:
    """A record of the day."""

    kind: str = strawberry.field(
        description="REGISTRATION, MEASUREMENT, or how the customer was contacted: a FollowUpKind."
    )
    recorded_at: datetime = strawberry.field(description="When the server recorded it.")
    recorded_by: str = strawberry.field(description="The name of whose record it is, as it was on the day.")
    said: str = strawberry.field(description="What was noted; empty where nothing was.")


@strawberry.type(description="A customer on the sheet, with all that was recorded of them on the day.")
class DailyReportLine:
    """A line of the sheet."""

    position: int = strawberry.field(description="The place on the sheet, from 1.")
    registration_id: strawberry.ID = strawberry.field(description="The id of the registration.")
    registration_number: str = strawberry.field(description="What people call the registration by.")
    customer: Customer = strawberry.field(description="Who it is, as the viewer may see them.")
    source: str = strawberry.field(
        description="Where the customer came from, as it was known then; empty where it was not said."
    )
    need: str = strawberry.field(
        description="What the customer needed, as it was known then; empty where it was not said."
    )
    standing: StandingStatus = strawberry.field(
        description="What the registration was worth at the end of that day, or when the report was submitted or read if"
        " that was before; of one that was another unit's by then, at the last record on the sheet."
    )
    follow_up_due_at: datetime | None = strawberry.field(
        description="The next step as of then: the first instant at which the next follow-up is overdue; null once it has"
        " ended."
    )
    days_left: int | None = strawberry.field(
        description="How many days the protection runs on after that day; null where it does not protect."
    )
    entries: list[DailyReportEntry] = strawberry.field(
        description="The registration, the follow-ups and the measuring visits of the day, in the order of recording."
    )


@strawberry.type(description="What was added to a report after it was submitted; never changed.")
class DailyReportCorrection:
    """A correction."""

    corrected_at: datetime = strawberry.field(description="When it was added.")
    corrected_by_id: strawberry.Private[UUID]
    sealed: strawberry.Private[SealedText]

    @resolved("What there was to say.")
    async def text(self, info: Info) -> str:
        """Return the text, opened for the viewer."""
        writer = await info.context.loaders.staff_by_id.load(self.corrected_by_id)
        return info.context.convert.disclosure.text(self.sealed, owner=writer)

    @resolved("Who added it.")
    async def corrected_by(self, info: Info) -> Staff:
        """Return who added it."""
        return info.context.convert.staff(await info.context.loaders.staff_by_id.load(self.corrected_by_id))


@strawberry.type(
    description="意向客户跟踪表, 工作日志汇总: the day of a store or a field department, drawn from its records."
)
class DailyReport:
    """A unit's day."""

    id: strawberry.ID = strawberry.field(description="The id of the unit's day, submitted or not.")
    unit: Unit = strawberry.field(description="Whose day it is.")
    date: Day = strawberry.field(description="The day, in the alliance's time zone.")
    state: ReportState = strawberry.field(description="Where it stands now.")
    closes_at: datetime = strawberry.field(description="The first instant at which it is late.")
    submitted_at: datetime | None = strawberry.field(description="When it was submitted; null until then.")
    digest: str | None = strawberry.field(
        description="A keyed SHA-256 over all that stands on the sheet, in hexadecimal; null until it is submitted."
    )
    clause_number: strawberry.Private[ClauseNumber | None]
    report: strawberry.Private[reading.DailyReport]

    @resolved("By which clause it is owed, as it reads now; null where none says so.")
    async def clause(self, info: Info) -> Clause | None:
        """Return the clause."""
        now = await info.context.now()
        document = (await info.context.loaders.policy_in_force_by_instant.load(now)).policy
        if self.clause_number is None or self.clause_number not in document.clauses:
            return None
        return info.context.convert.clause(self.clause_number, document)

    @resolved("Who submitted it; null until then.")
    async def submitted_by(self, info: Info) -> Staff | None:
        """Return who submitted it."""
        submitted = self.report.submitted
        if submitted is None:
            return None
        return info.context.convert.staff(
            await info.context.loaders.staff_by_id.load(submitted.submitted_by_id)
        )

    @resolved("What the manager had to say about the day when submitting it; null for nothing.")
    async def remark(self, info: Info) -> str | None:
        """Return the remark."""
        return await report_reads.remark(info.context, self.report)

    @resolved(
        "Whom it went to: the operations managers of that moment, else the department heads. Empty until it is submitted."
    )
    async def recipients(self, info: Info) -> list[Staff]:
        """Return the recipients."""
        submitted = self.report.submitted
        ids = [] if submitted is None else list(submitted.recipient_ids)
        return [
            info.context.convert.staff(each) for each in await info.context.loaders.staff_by_id.load_many(ids)
        ]

    @resolved("Who had a copy: of a field department's, the marketing managers of that moment.")
    async def copied_to(self, info: Info) -> list[Staff]:
        """Return who had a copy."""
        submitted = self.report.submitted
        ids = [] if submitted is None else list(submitted.copied_ids)
        return [
            info.context.convert.staff(each) for each in await info.context.loaders.staff_by_id.load_many(ids)
        ]

    @resolved(
        "Whether all is as it was submitted, by the digests; null until it is. What was erased since is passed over."
    )
    async def intact(self, info: Info) -> bool | None:
        """Return whether nothing was changed."""
        return await report_reads.intact(info.context, self.report)

    @resolved("How many records of the day came after it was submitted, and are not on the sheet.")
    async def recorded_after(self, info: Info) -> int:
        """Return how many are not on the sheet."""
        return await report_reads.recorded_after(info.context, self.report)

    @resolved("How many customers stand on the sheet.")
    async def line_count(self, info: Info) -> int:
        """Return the number of lines."""
        return await report_reads.line_count(info.context, self.report)

    @resolved("The sheet, a line a customer: as it was submitted, else as it would be submitted now.")
    async def lines(
        self, info: Info, first: inputs.First = 50, after: AfterPosition = 0
    ) -> list[DailyReportLine]:
        """Return lines."""
        size = checks.page_size(first, "first", default=50)
        found = await report_reads.lines(info.context, self.report, first=size, after=after or 0)
        return [_line(info.context, line) for line in found]

    @resolved(
        "报送后补记: what was recorded of the day after it was submitted, a line a customer, drawn anew and counted from 1;"
        " not on the sheet, and in no digest. Empty until it is submitted."
    )
    async def lines_recorded_after(
        self, info: Info, first: inputs.First = 50, after: AfterPosition = 0
    ) -> list[DailyReportLine]:
        """Return lines that are not on the sheet."""
        size = checks.page_size(first, "first", default=50)
        found = await report_reads.lines_after(info.context, self.report, first=size, after=after or 0)
        return [_line(info.context, line) for line in found]

    @resolved("What was added after it was submitted, oldest first.")
    async def corrections(self, info: Info, first: inputs.First = 50) -> list[DailyReportCorrection]:
        """Return corrections."""
        size = checks.page_size(first, "first", default=50)
        found = await report_reads.corrections(info.context, self.report, at_most=size)
        return [
            DailyReportCorrection(
                corrected_at=info.context.convert.local(each.corrected_at),
                corrected_by_id=each.corrected_by_id,
                sealed=each.text,
            )
            for each in found
        ]


@strawberry.type(description="A report in a list.")
class DailyReportEdge:
    """An edge."""

    node: DailyReport = strawberry.field(description="The report.")
    cursor: str = strawberry.field(description="Where it stands in the list.")


@strawberry.type(description="A page of reports.")
class DailyReportConnection:
    """A page."""

    edges: list[DailyReportEdge] = strawberry.field(description="The reports, the newest day first.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.type(description="A report that was submitted or corrected.")
class DailyReportRecorded:
    """A recorded report."""

    report: DailyReport = strawberry.field(description="The report as it stands.")


DailyReportResult: TypeAlias = Annotated[
    Union[DailyReportRecorded, Refused],  # noqa: UP007 - strawberry names this union
    strawberry.union("DailyReportResult", description="What submitting or correcting a report comes to."),
]


def _line(context: Context, line: ShownLine) -> DailyReportLine:
    return DailyReportLine(
        position=line.position,
        registration_id=strawberry.ID(str(line.registration_id)),
        registration_number=line.number,
        customer=Customer(
            name=line.customer.name,
            phone=line.customer.phone,
            address=line.customer.address,
            masked=line.customer.masked,
            erased=line.customer.erased,
        ),
        source=line.source,
        need=line.need,
        standing=line.status,
        follow_up_due_at=context.convert.optional_local(line.follow_up_due_at),
        days_left=line.days_left,
        entries=[
            DailyReportEntry(
                kind=entry.kind,
                recorded_at=context.convert.local(entry.recorded_at),
                recorded_by=entry.recorded_by,
                said=entry.said,
            )
            for entry in line.entries
        ],
    )
