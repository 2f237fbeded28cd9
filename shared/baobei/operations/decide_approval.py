"""Deciding a request: the effect comes with the decision, in one transaction."""

from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.errors import Forbidden
from baobei.operations.free_text import sealed
from baobei.operations.registration_changes import Change, HeldRegistration, hold_customer_of, record
from baobei.operations.results import (
    ALREADY_DECIDED,
    NOT_OWNER,
    ApprovalRecorded,
    Refused,
    refuse,
)
from baobei.operations.transaction import in_transaction
from baobei.policy.extensions import extend
from baobei.policy.records import Extended
from baobei.policy.terms import RefusalCode
from baobei.store import approvals, ledger
from baobei.store.connection import Connection
from baobei.store.ledger import Act
from baobei.store.models import Approval, ApprovalStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideApproval:
    """A request, whether it is granted, and a note on why."""

    approval_id: UUID | None
    approve: bool
    note: str


async def decide_approval(
    office: Office, actor: Actor, request: DecideApproval
) -> ApprovalRecorded | Refused:
    """Grant or reject an extension, by the department head and never in their own case.

    What could be granted when it was asked, and cannot any more, is decided as TOO_LATE. Raises `Forbidden`
    for any other role; refuses with NOT_OWNER (no such request), ALREADY_DECIDED or OWN_CASE.

    Source: policy.md section 8.
    """
    if not access.is_department_head(actor.staff):
        raise Forbidden(operation="decideApproval")
    return await in_transaction(
        office, partial(_decide, office=office, actor=actor, request=request), within=actor
    )


async def _decide(
    connection: Connection, *, office: Office, actor: Actor, request: DecideApproval
) -> ApprovalRecorded | Refused:
    if request.approval_id is None:
        return refuse(NOT_OWNER)
    asked = await approvals.by_ids(connection, actor.alliance.id, [request.approval_id])
    if request.approval_id not in asked:
        return refuse(NOT_OWNER)
    # The customer first, then the request: the order in which everybody holds them.
    held = await hold_customer_of(connection, office, actor, asked[request.approval_id].registration_id)
    approval = await approvals.lock_by_id(connection, actor.alliance.id, request.approval_id)
    if held is None or approval is None:
        return refuse(NOT_OWNER)
    if approval.status is not ApprovalStatus.PENDING:
        return refuse(ALREADY_DECIDED)
    if actor.staff.id in (approval.requested_by_id, held.owner.id):
        return refuse(RefusalCode.OWN_CASE)
    effect = _effect(request, approval, held)
    decided = replace(
        approval,
        status=_status(request, effect),
        decided_by_id=actor.staff.id,
        decided_at=held.at,
        decision_note=sealed(office, actor, request.note),
    )
    await approvals.decide(connection, actor.alliance.id, decided)
    await _write(connection, actor, decided, held, effect)
    return ApprovalRecorded(approval=decided)


def _effect(
    request: DecideApproval, approval: Approval, held: HeldRegistration
) -> Extended | RefusalCode | None:
    """Return the extension that a grant brings, why it cannot be granted any more, or None if rejected."""
    if not request.approve or approval.days is None:
        return None
    return extend(held.stored.facts, days=approval.days, at=held.at, file=held.held.facts)


def _status(request: DecideApproval, effect: Extended | RefusalCode | None) -> ApprovalStatus:
    if not request.approve:
        return ApprovalStatus.REJECTED
    return ApprovalStatus.APPROVED if isinstance(effect, Extended) else ApprovalStatus.TOO_LATE


async def _write(
    connection: Connection,
    actor: Actor,
    decided: Approval,
    held: HeldRegistration,
    effect: Extended | RefusalCode | None,
) -> None:
    act = Act(
        kind="approval.decided",
        subject_id=decided.id,
        occurred_at=held.at,
        actor_id=actor.staff.id,
        detail={
            "kind": decided.kind.value,
            "status": decided.status.value,
            "registration": str(held.stored.id),
            "why": effect.value if isinstance(effect, RefusalCode) else None,
        },
        reason=decided.decision_note,
    )
    if isinstance(effect, Extended):
        change = Change(stored=held.stored, event=effect, detail={"approval": str(decided.id)})
        await record(connection, actor, [change], at=held.at, more=[act])
    else:
        await ledger.append(connection, actor.alliance.id, [act])
