"""Requests that wait pass to colleagues in a handover: from then on they are whose they would be for.

Who asked, and what was attempted, stay as they were recorded.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.store import approvals, handover_requests, ledger, organisation
from baobei.store.approval_models import Approval, ApprovalStatus
from baobei.store.connection import Connection
from baobei.store.handover_models import HandedRequest, Handover, HandoverOutcome
from baobei.store.ledger import Act
from baobei.store.organisation_models import Staff


async def settle_requests(
    connection: Connection,
    office: Office,
    actor: Actor,
    handover: Handover,
    requests: Sequence[HandedRequest],
) -> None:
    """Hold requests of a handover, judge each as it stands, and let those pass on that can.

    Source: policy.md section 8.
    """
    alliance_id = actor.alliance.id
    held = await approvals.lock_by_ids(connection, alliance_id, [each.approval_id for each in requests])
    wanted = {each.to_staff_id for each in requests if each.to_staff_id is not None}
    receivers = await organisation.hold_staff_by_ids(connection, alliance_id, wanted)
    outcomes = [(each, _outcome(handover, each, held[each.approval_id], receivers)) for each in requests]
    now = await office.clock.now(connection)
    at = max([now, *(asked.requested_at for asked in held.values())])
    await handover_requests.settle(connection, alliance_id, handover.id, outcomes, at=at)
    acts = [
        Act(
            kind="approval.passed_on",
            subject_id=each.approval_id,
            occurred_at=at,
            actor_id=actor.staff.id,
            detail={
                "kind": held[each.approval_id].kind.value,
                "from": str(handover.from_staff_id),
                "to": str(each.to_staff_id),
                "handover": str(handover.id),
            },
        )
        for each, outcome in outcomes
        if outcome is HandoverOutcome.MOVED
    ]
    await ledger.append(connection, alliance_id, acts)


def _outcome(
    handover: Handover, request: HandedRequest, held: Approval, receivers: Mapping[UUID, Staff]
) -> HandoverOutcome:
    """Return what becomes of a request, as it stands now that it is held."""
    if held.status is not ApprovalStatus.PENDING:
        return HandoverOutcome.ENDED
    if (held.receiver_id or held.requested_by_id) != handover.from_staff_id:
        return HandoverOutcome.NOT_THEIRS
    if request.to_staff_id is None:
        return HandoverOutcome.NO_RECEIVER
    may = access.may_be_given(receivers[request.to_staff_id])
    return HandoverOutcome.MOVED if may else HandoverOutcome.RECEIVER_LEFT
