"""The queries and mutations of disputes (业绩异议)."""

from typing import Annotated

import strawberry

from baobei.operations.add_statement import add_statement
from baobei.operations.open_dispute import open_dispute
from baobei.operations.reject_dispute import RejectDispute, reject_dispute
from baobei.operations.withdraw_dispute import WithdrawDispute, withdraw_dispute
from baobei.policy.disputes import DisputeStatus
from baobei_api.graphql import checks, dispute_inputs, dispute_reads, dispute_views, inputs, requests
from baobei_api.graphql.context import Info
from baobei_api.graphql.dispute_inputs import DisputeRef
from baobei_api.graphql.errors import ApiError, ErrorCode
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types.disputes import Dispute, DisputeConnection, DisputeResult, Precedent


@strawberry.type(description="What can be read of disputes.")
class DisputeQueries:
    """The queries of disputes."""

    @resolved(
        "A dispute with its case events, for its parties, their managers and whoever sees the alliance."
    )
    async def dispute(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Dispute | None:
        """Return a dispute."""
        asked = checks.record_id(id, "id")
        found = None if asked is None else await dispute_reads.dispute(info.context, asked)
        return None if found is None else dispute_views.dispute_view(info.context, found)

    @resolved("The disputes that the viewer may see, newest first.")
    async def disputes(
        self,
        info: Info,
        status: Annotated[
            DisputeStatus | None, strawberry.argument(description="Only those that are there.")
        ] = strawberry.UNSET,
        order_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only those of this order.")
        ] = strawberry.UNSET,
        first: inputs.First = 20,
        after: inputs.After = strawberry.UNSET,
    ) -> DisputeConnection:
        """Return a page of disputes."""
        page = checks.page(first, after, kind=dispute_views.CURSOR_KIND, default=20)
        of_order = checks.given(order_id)
        id = None if of_order is None else checks.record_id(of_order, "orderId")
        if of_order is not None and id is None:
            return dispute_views.dispute_page(info.context, (), page=page, has_next=False)
        found, has_next = await dispute_reads.dispute_page(
            info.context, status=checks.given(status), order_id=id, page=page
        )
        return dispute_views.dispute_page(info.context, found, page=page, has_next=has_next)

    @resolved(
        "Earlier rulings on orders that the policy had decided by the same clause: those in force first, then those that"
        " were replaced or reversed, each newest first, without anything of their customers; for department heads."
        " NOT_FOUND when there is no such dispute."
    )
    async def precedents(
        self, info: Info, dispute_id: DisputeRef, first: inputs.First = 10
    ) -> list[Precedent]:
        """Return rulings to compare with."""
        context, size = info.context, checks.page_size(first, "first", default=10)
        id = checks.record_id(dispute_id, "disputeId")
        found = await dispute_reads.precedents(context, id, first=size)
        if found is None:
            raise ApiError(ErrorCode.NOT_FOUND, "disputeId: no such dispute", field="disputeId")
        published = await context.loaders.policy_in_force_by_instant.load(await context.now())
        return [dispute_views.precedent_view(context, each, published.policy) for each in found]


@strawberry.type(description="What can be changed of disputes.")
class DisputeMutations:
    """The mutations of disputes."""

    @resolved(
        "业绩异议: dispute who is credited with an order, by somebody with a stake in it or their manager for them."
    )
    async def open_dispute(
        self,
        info: Info,
        input: Annotated[dispute_inputs.OpenDisputeInput, strawberry.argument(description="The dispute.")],
    ) -> DisputeResult:
        """Open a dispute."""
        asked, context = dispute_inputs.open_dispute(input), info.context
        return dispute_views.changed(context, await open_dispute(context.office, context.actor, asked))

    @resolved("Add a statement to an open dispute, by any side; at most 20 of each person.")
    async def add_statement(
        self,
        info: Info,
        input: Annotated[dispute_inputs.AddStatementInput, strawberry.argument(description="The statement.")],
    ) -> DisputeResult:
        """Add a statement."""
        asked, context = dispute_inputs.add_statement(input), info.context
        return dispute_views.changed(context, await add_statement(context.office, context.actor, asked))

    @resolved(
        "Take a dispute back, by whoever opened it; or by their manager for them, who has no stake in the order and has"
        " not spoken for another side."
    )
    async def withdraw_dispute(
        self, info: Info, dispute_id: DisputeRef, reason: inputs.Reason
    ) -> DisputeResult:
        """Withdraw a dispute."""
        context = info.context
        asked = WithdrawDispute(
            dispute_id=checks.record_id(dispute_id, "disputeId"), reason=requests.reason_of(reason)
        )
        return dispute_views.changed(context, await withdraw_dispute(context.office, context.actor, asked))

    @resolved(
        "Uphold the decision that is disputed; for department heads, never in their own case."
        " To decide otherwise, `ruleOnOrder`: it ends the dispute as RULED."
    )
    async def reject_dispute(
        self, info: Info, dispute_id: DisputeRef, reason: inputs.Reason
    ) -> DisputeResult:
        """Uphold the decision."""
        context = info.context
        asked = RejectDispute(
            dispute_id=checks.record_id(dispute_id, "disputeId"), reason=requests.reason_of(reason)
        )
        return dispute_views.changed(context, await reject_dispute(context.office, context.actor, asked))
