"""Requests that need an approver: asking, attaching evidence, taking back, and the approver's inbox."""

from typing import Annotated, assert_never

import strawberry

from baobei.operations import results as outcomes
from baobei.operations.attach_evidence import EvidenceAttached as Attached
from baobei.operations.attach_evidence import attach_evidence
from baobei.operations.deciders import inbox_of
from baobei.operations.request_cross_region import request_cross_region
from baobei.operations.request_special_price import request_special_price
from baobei.operations.withdraw_approval import withdraw_approval
from baobei.store import approvals
from baobei.store.approval_models import Approval
from baobei.store.paging import Page
from baobei_api.graphql import answers, checks, inputs, request_inputs
from baobei_api.graphql.context import Context, Info
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types import inbox, results
from baobei_api.graphql.types.shared import PageInfo

_HOUR_S = 3600


@strawberry.type(description="What can be read of requests.")
class RequestQueries:
    """The query of the inbox."""

    @resolved("What waits for the viewer's decision, oldest first; never their own case.")
    async def approval_inbox(
        self, info: Info, first: inputs.First = 20, after: inputs.After = strawberry.UNSET
    ) -> inbox.ApprovalInboxConnection:
        """Return a page of what waits."""
        context, page = info.context, checks.page(first, after, kind="a", default=20)
        found, has_next = await _waiting(context, page)
        now = await context.now()
        edges = [
            inbox.ApprovalInboxEdge(
                node=context.convert.approval(each),
                cursor=checks.cursor("a", each.id),
                waiting_hours=max(0, int((now - each.requested_at).total_seconds() // _HOUR_S)),
            )
            for each in found
        ]
        page_info = PageInfo(
            has_next_page=has_next,
            has_previous_page=page.after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        )
        return inbox.ApprovalInboxConnection(edges=edges, page_info=page_info)


@strawberry.type(description="What can be asked for.")
class RequestMutations:
    """The mutations of requests."""

    @resolved("跨区域: ask the store manager of the customer's region that an attempt may stand (B.5.4).")
    async def request_cross_region(
        self,
        info: Info,
        input: Annotated[
            request_inputs.RequestCrossRegionInput, strawberry.argument(description="What is asked for.")
        ],
    ) -> results.ApprovalResult:
        """Ask for an attempt of another region."""
        context, asked = info.context, request_inputs.request_cross_region(input)
        answer = await request_cross_region(context.office, context.actor, asked)
        return answers.approval_changed(context, answer)

    @resolved("特价申请: ask the department head for a price below the list, before it is quoted (B.5.3).")
    async def request_special_price(
        self,
        info: Info,
        input: Annotated[
            request_inputs.RequestSpecialPriceInput, strawberry.argument(description="What is asked for.")
        ],
    ) -> results.ApprovalResult:
        """Ask for a special price."""
        context, asked = info.context, request_inputs.request_special_price(input)
        answer = await request_special_price(context.office, context.actor, asked)
        return answers.approval_changed(context, answer)

    @resolved(
        "Attach a text or a link to a request that waits; files go over REST. By who asked, or whose it is by now."
    )
    async def attach_evidence(
        self,
        info: Info,
        input: Annotated[
            request_inputs.AttachEvidenceInput, strawberry.argument(description="The evidence.")
        ],
    ) -> inbox.AttachEvidenceResult:
        """Attach evidence in words."""
        context, asked = info.context, request_inputs.attach_evidence(input)
        answer = await attach_evidence(context.office, context.actor, asked)
        context.renew()
        match answer:
            case Attached(evidence=evidence):
                return inbox.EvidenceAttached(
                    evidence=context.convert.evidence(evidence, owner=context.actor.staff)
                )
            case outcomes.Refused():
                return answers.refused(answer)
            case _:
                assert_never(answer)

    @resolved("Take a request back that waits: it becomes CANCELLED. By who asked, or whose it is by now.")
    async def withdraw_approval(
        self,
        info: Info,
        approval_id: Annotated[strawberry.ID, strawberry.argument(description="The request.")],
    ) -> results.ApprovalResult:
        """Withdraw a request."""
        context, id = info.context, checks.record_id(approval_id, "approvalId")
        answer = await withdraw_approval(context.office, context.actor, id)
        return answers.approval_changed(context, answer)


async def _waiting(context: Context, page: Page) -> tuple[tuple[Approval, ...], bool]:
    """Return a page of what waits for the viewer, and whether more follow."""
    actor, now = context.actor, await context.now()
    async with context.connection() as connection:
        inbox = await inbox_of(connection, actor.alliance, actor.staff, at=now)
        found, has_next = await approvals.inbox(connection, actor.alliance.id, inbox, page)
        if page.after is not None and not found:
            known = await approvals.by_ids(connection, actor.alliance.id, [page.after])
            if not known:
                raise checks.unknown_cursor()
    return found, has_next
