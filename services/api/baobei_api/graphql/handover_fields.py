"""Handing a person's registrations over: looked at first, asked for or decided, and watched."""

from typing import Annotated, TypeAlias, assert_never

import strawberry

from baobei.operations import results as outcomes
from baobei.operations.hand_over import HandOver, hand_over
from baobei.operations.hand_over import HandoverBegun as Begun
from baobei.operations.handover_answers import find_handover
from baobei.operations.handover_distribution import Distribution, preview_handover
from baobei.operations.request_handover import RequestHandover, request_handover
from baobei.store import handover_models as models
from baobei_api.graphql import answers, checks, handover_inputs, inputs, requests
from baobei_api.graphql.context import Context, Info
from baobei_api.graphql.errors import BadInput
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types import handover_requests, handovers
from baobei_api.graphql.types.results import ApprovalResult

SAMPLE = 20
DIGEST_CHARS = 64

HandoverArgument: TypeAlias = Annotated[
    handover_inputs.HandoverInput, strawberry.argument(description="Who hands over, and to whom.")
]
KeyArgument: TypeAlias = Annotated[str | None, strawberry.argument(description=inputs.KEY_DESCRIPTION)]


@strawberry.type(description="What can be read of handovers.")
class HandoverQueries:
    """The queries of handovers."""

    @resolved(
        "交接预览: what a handover would do now, before anybody decides it. For administrators, department heads,"
        " operations managers and the person's manager; for anybody else the person is UNKNOWN_STAFF."
    )
    async def preview_handover(self, info: Info, input: HandoverArgument) -> handovers.PreviewHandoverResult:
        """Return what a handover would do."""
        context = info.context
        answer = await preview_handover(context.office, context.actor, handover_inputs.handover(input))
        match answer:
            case Distribution():
                return _preview(answer)
            case outcomes.Refused():
                return answers.refused(answer)
            case _:
                assert_never(answer)

    @resolved(
        "交接进度: a handover and how far it has come, by its id or by that of the request for it; null for whoever"
        " may not read what the person leaves behind, and for what there is not."
    )
    async def handover(
        self,
        info: Info,
        id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The id of the handover.")
        ] = strawberry.UNSET,
        approval_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The id of the request for it.")
        ] = strawberry.UNSET,
    ) -> handovers.Handover | None:
        """Return a handover."""
        context, by_id, by_approval = info.context, checks.given(id), checks.given(approval_id)
        if by_id is None and by_approval is None:
            raise BadInput("id", "an id or an approvalId")
        asked_id = None if by_id is None else checks.record_id(by_id, "id")
        asked_approval = None if by_approval is None else checks.record_id(by_approval, "approvalId")
        if (by_id is not None and asked_id is None) or (by_approval is not None and asked_approval is None):
            return None
        found = await find_handover(context.office, context.actor, id=asked_id, approval_id=asked_approval)
        return None if found is None else _handover(context, found.handover, found.shares)


@strawberry.type(description="What can be changed by handovers.")
class HandoverMutations:
    """The mutations of handovers."""

    @resolved(
        "交接: let a leaver's or absentee's live registrations pass to colleagues; a touch of each, and nothing else of"
        " them changes. Their requests that wait pass on too. For department heads, never in their own case. The worker"
        " carries it out."
    )
    async def hand_over(
        self,
        info: Info,
        input: HandoverArgument,
        reason: inputs.Reason,
        distribution_digest: Annotated[
            str | None,
            strawberry.argument(
                description="The `distributionDigest` of the preview that was looked at; anything else is DISTRIBUTION_CHANGED."
            ),
        ] = strawberry.UNSET,
        idempotency_key: KeyArgument = strawberry.UNSET,
    ) -> handovers.HandOverResult:
        """Begin a handover."""
        context = info.context
        asked = HandOver(
            request=handover_inputs.handover(input),
            reason=requests.reason_of(reason),
            distribution_digest=checks.optional_filled(
                distribution_digest, "distributionDigest", at_most=DIGEST_CHARS
            ),
            idempotency_key=_key(idempotency_key),
        )
        answer = await hand_over(context.office, context.actor, asked)
        context.renew()
        match answer:
            case Begun(handover=begun):
                found = await find_handover(context.office, context.actor, id=begun.id, approval_id=None)
                shares = () if found is None else found.shares
                return handovers.HandoverBegun(handover=_handover(context, begun, shares))
            case outcomes.Refused():
                return answers.refused(answer)
            case _:
                assert_never(answer)

    @resolved(
        "交接申请: ask the department head for a handover. For administrators, department heads, operations managers"
        " and the person's manager; nothing moves until it is approved."
    )
    async def request_handover(
        self,
        info: Info,
        input: HandoverArgument,
        reason: inputs.Reason,
        idempotency_key: KeyArgument = strawberry.UNSET,
    ) -> ApprovalResult:
        """Ask for a handover."""
        context = info.context
        asked = RequestHandover(
            request=handover_inputs.handover(input),
            reason=requests.reason_of(reason),
            idempotency_key=_key(idempotency_key),
        )
        answer = await request_handover(context.office, context.actor, asked)
        return answers.approval_changed(context, answer)


def _key(given: str | None) -> str | None:
    return checks.optional_filled(given, "idempotencyKey", at_most=checks.KEY_CHARS)


def _preview(distribution: Distribution) -> handovers.HandoverPreview:
    without = [item for item in distribution.items if item.to_staff_id is None]
    return handovers.HandoverPreview(
        total=len(distribution.items),
        movable=distribution.movable,
        more=distribution.more,
        request_count=distribution.requests,
        passing_request_count=len(distribution.passing),
        passing_requests=[handover_requests.request_line(each) for each in distribution.passing[:SAMPLE]],
        distribution_digest=distribution.digest,
        shares=[_share(share) for share in distribution.shares],
        sample=[handovers.line_view(item) for item in distribution.items[:SAMPLE]],
        not_movable=[handovers.line_view(item) for item in without[:SAMPLE]],
        from_staff_id=distribution.parties.leaver.id,
    )


def _share(share: models.Share) -> handovers.HandoverShare:
    return handovers.HandoverShare(total=share.total, moved=share.moved, to_staff_id=share.to_staff_id)


def _handover(
    context: Context, found: models.Handover, shares: tuple[models.Share, ...]
) -> handovers.Handover:
    convert = context.convert
    asker = context.actor.staff if found.asked_by_id == context.actor.staff.id else None
    return handovers.Handover(
        id=strawberry.ID(str(found.id)),
        state=found.state,
        method=found.method,
        reason=convert.disclosure.text(found.reason, owner=asker),
        total=found.total,
        moved=found.moved,
        skipped=found.skipped,
        more=found.more,
        asked_at=convert.local(found.asked_at),
        started_at=convert.optional_local(found.started_at),
        ended_at=convert.optional_local(found.ended_at),
        request_total=found.requests_total,
        requests_moved=found.requests_moved,
        approval_id=None if found.approval_id is None else strawberry.ID(str(found.approval_id)),
        shares=[_share(share) for share in shares],
        handover_id=found.id,
        from_staff_id=found.from_staff_id,
        receiver_ids=found.receiver_ids,
        asked_by_id=found.asked_by_id,
        started_by_id=found.started_by_id,
    )
