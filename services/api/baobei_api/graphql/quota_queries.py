"""The queries of quotas; NOT_FOUND for whoever the viewer may not ask about."""

from typing import Annotated, Final, TypeAlias
from uuid import UUID

import strawberry

from baobei_api.graphql import checks, inputs, quota_reads
from baobei_api.graphql.context import Context, Info
from baobei_api.graphql.errors import ApiError, ErrorCode
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.quota_reads import LedgerPage
from baobei_api.graphql.scalars import DateText
from baobei_api.graphql.types.people import Quota
from baobei_api.graphql.types.quotas import QuotaEntry, QuotaEntryEdge, QuotaLedger
from baobei_api.graphql.types.shared import PageInfo

CURSOR_KIND: Final = "q"

Whose: TypeAlias = Annotated[
    str | None, strawberry.argument(description="Whose; the viewer's own when left out.")
]
Month: TypeAlias = Annotated[
    DateText | None,
    strawberry.argument(description="The first day of a calendar month; this month when left out."),
]


@strawberry.type(description="What can be read of quotas.")
class QuotaQueries:
    """The queries of quotas."""

    @resolved("A person's quota in a month; NOT_FOUND for whoever the viewer may not ask about.")
    async def quota(
        self, info: Info, staff_code: Whose = strawberry.UNSET, month: Month = strawberry.UNSET
    ) -> Quota:
        """Return a quota."""
        found = await quota_reads.quota(
            info.context,
            staff_code=checks.optional_filled(staff_code, "staffCode", at_most=checks.CODE_CHARS),
            month=checks.optional_month(month, "month"),
        )
        if found is None:
            raise _nobody()
        return info.context.convert.quota(found)

    @resolved(
        "What took and what gave back each slot of a person's month, earliest first;"
        " NOT_FOUND for whoever the viewer may not ask about."
    )
    async def quota_ledger(
        self,
        info: Info,
        staff_code: Whose = strawberry.UNSET,
        month: Month = strawberry.UNSET,
        first: inputs.First = 50,
        after: inputs.After = strawberry.UNSET,
    ) -> QuotaLedger:
        """Return a page of the ledger."""
        page = checks.page(first, after, kind=CURSOR_KIND, default=50)
        found = await quota_reads.ledger(
            info.context,
            staff_code=checks.optional_filled(staff_code, "staffCode", at_most=checks.CODE_CHARS),
            month=checks.optional_month(month, "month"),
            page=page,
        )
        if found is None:
            raise _nobody()
        return _ledger(info.context, found, after_cursor=page.after is not None)


def _nobody() -> ApiError:
    return ApiError(ErrorCode.NOT_FOUND, "staffCode: nobody that you may ask about", field="staffCode")


def _ledger(context: Context, found: LedgerPage, *, after_cursor: bool) -> QuotaLedger:
    limit = found.quota.limit
    edges = [
        QuotaEntryEdge(
            node=QuotaEntry(
                at=context.convert.local(entry.at),
                registration_number=entry.number,
                reason=entry.reason,
                change=entry.change,
                used=entry.used,
                remaining=None if limit is None else max(0, limit - entry.used),
            ),
            cursor=checks.cursor(CURSOR_KIND, UUID(int=entry.sequence)),
        )
        for entry in found.entries
    ]
    info = PageInfo(
        has_next_page=found.has_next,
        has_previous_page=after_cursor,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return QuotaLedger(quota=context.convert.quota(found.quota), edges=edges, page_info=info)
