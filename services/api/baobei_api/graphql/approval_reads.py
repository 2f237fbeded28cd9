"""What is read of a request: whose customer it is about, how it ended, and of a handover from whom to whom."""

import strawberry

from baobei.operations.request_endings import ending_of
from baobei.policy.terms import Text
from baobei.store.approval_models import Approval, ApprovalKind, ApprovalStatus
from baobei.store.handover_models import HandoverState
from baobei.store.organisation_models import Staff
from baobei_api.graphql.context import Context
from baobei_api.graphql.types.handover_summary import HandoverSummary


async def owner_of(context: Context, approval: Approval) -> Staff | None:
    """Return whose customer a request is about: the owner of the registration, else who would receive; None: nobody's."""
    owner_id = approval.receiver_id
    if approval.registration_id is not None:
        owner_id = (await context.loaders.registration_by_id.load(approval.registration_id)).owner_id
    return None if owner_id is None else await context.loaders.staff_by_id.load(owner_id)


async def reader_of(context: Context, approval: Approval) -> Staff | None:
    """Return as whose customer's the texts of a request are read: in full by who asked, and by who sees that customer."""
    viewer = context.actor.staff
    return viewer if approval.requested_by_id == viewer.id else await owner_of(context, approval)


async def ending_for(context: Context, approval: Approval) -> Text | None:
    """Return how a request ended, None while it waits."""
    if approval.status is ApprovalStatus.PENDING or approval.decided_at is None:
        return None
    loaders, decider_id = context.loaders, approval.decided_by_id
    by_name = None if decider_id is None else (await loaders.staff_by_id.load(decider_id)).name
    why = await loaders.why_by_approval.load(approval.id)
    return ending_of(context.actor.alliance, approval, by_name=by_name, why=why)


async def handover_summary(context: Context, approval: Approval) -> HandoverSummary | None:
    """Return the handover that a request is for, None for any other request; counted as of now until it is begun."""
    if approval.kind is not ApprovalKind.HANDOVER:
        return None
    found = await context.loaders.handover_by_approval.load(approval.id)
    registrations, requests = found.total, found.requests_total
    asked, begun = found.state is HandoverState.ASKED, found.started_at is not None
    if asked:
        held = await context.loaders.held_by_staff.load(found.from_staff_id)
        registrations, requests = held.registrations, held.requests
    return HandoverSummary(
        id=strawberry.ID(str(found.id)),
        state=found.state,
        method=found.method,
        registration_count=registrations,
        request_count=requests,
        pending_request_count=requests if asked else None,
        passing_request_count=requests if begun else None,
        from_staff_id=found.from_staff_id,
        receiver_ids=found.receiver_ids,
    )
