"""Deciding a request: the effect comes with the decision, in one transaction."""

from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.deciders import decides_now
from baobei.operations.errors import Forbidden
from baobei.operations.free_text import sealed
from baobei.operations.request_kinds import Case, Granted, NoLonger, no_such_request
from baobei.operations.request_registry import KINDS
from baobei.operations.results import (
    ALREADY_DECIDED,
    ApprovalRecorded,
    Refused,
    refuse,
)
from baobei.operations.transaction import in_transaction
from baobei.policy.terms import RefusalCode
from baobei.store import approvals, ledger
from baobei.store.approval_models import Approval, ApprovalStatus
from baobei.store.connection import Connection
from baobei.store.ledger import Act

OPERATION = "decideApproval"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideApproval:
    """A request, whether it is granted, and a note on why."""

    approval_id: UUID | None
    approve: bool
    note: str


async def decide_approval(
    office: Office, actor: Actor, request: DecideApproval
) -> ApprovalRecorded | Refused:
    """Grant or reject a request, by whoever decides its kind and never in their own case.

    What could be granted when it was asked, and cannot any more, is decided as TOO_LATE. Raises `Forbidden`
    for whoever does not decide it; refuses with NOT_OWNER (no such request), ALREADY_DECIDED or OWN_CASE.

    Source: policy.md section 8.
    """
    if not access.decides_requests(actor.staff):
        raise Forbidden(operation=OPERATION)
    return await in_transaction(
        office, partial(_decide, office=office, actor=actor, request=request), within=actor
    )


async def _decide(
    connection: Connection, *, office: Office, actor: Actor, request: DecideApproval
) -> ApprovalRecorded | Refused:
    asked = await _asked(connection, actor, request)
    if asked is None:
        return no_such_request()
    kind = KINDS[asked.kind]
    # What it is about first, then the request: the order in which everybody holds them.
    case = await kind.hold(connection, office, actor, asked)
    approval = await approvals.lock_by_id(connection, actor.alliance.id, asked.id)
    if case is None or approval is None:
        return no_such_request()
    if approval.status is not ApprovalStatus.PENDING:
        return refuse(ALREADY_DECIDED)
    if actor.staff.id in (approval.requested_by_id, *case.parties):
        return refuse(RefusalCode.OWN_CASE)
    # Who may is what is so now, while it is held; of a history, the roles are vouched for.
    if not office.vouched and not await decides_now(
        connection, actor.alliance, approval, actor.staff, at=case.at
    ):
        raise Forbidden(operation=OPERATION)
    effect = await kind.grant(connection, office, actor, approval, case) if request.approve else None
    decided = replace(
        approval,
        status=_status(effect),
        registration_id=approval.registration_id or _made(effect),
        decided_by_id=actor.staff.id,
        decided_at=case.at,
        decision_note=sealed(office, actor, request.note),
    )
    await approvals.decide(connection, actor.alliance.id, decided)
    await _note(connection, actor, decided, case, effect)
    return ApprovalRecorded(approval=decided)


async def _asked(connection: Connection, actor: Actor, request: DecideApproval) -> Approval | None:
    """Return the request, None where there is none that a department head could see.

    Raises `Forbidden` for whoever does not decide it. To a store manager what there is not looks the same.
    """
    id = request.approval_id
    found = {} if id is None else await approvals.by_ids(connection, actor.alliance.id, [id])
    asked = None if id is None else found.get(id)
    if asked is None and access.is_department_head(actor.staff):
        return None
    if asked is None or not KINDS[asked.kind].decides(actor.staff, asked):
        raise Forbidden(operation=OPERATION)
    return asked


def _status(effect: Granted | NoLonger | None) -> ApprovalStatus:
    match effect:
        case None:
            return ApprovalStatus.REJECTED
        case Granted():
            return ApprovalStatus.APPROVED
        case NoLonger():
            return ApprovalStatus.TOO_LATE


def _made(effect: Granted | NoLonger | None) -> UUID | None:
    return effect.registration_id if isinstance(effect, Granted) else None


async def _note(
    connection: Connection, actor: Actor, decided: Approval, case: Case, effect: Granted | NoLonger | None
) -> None:
    """Write the act of a decision, after those of its effect."""
    act = Act(
        kind="approval.decided",
        subject_id=decided.id,
        occurred_at=case.at,
        actor_id=actor.staff.id,
        detail={
            "kind": decided.kind.value,
            "status": decided.status.value,
            "registration": None if decided.registration_id is None else str(decided.registration_id),
            "why": effect.why if isinstance(effect, NoLonger) else None,
            **({} if effect is None else effect.detail),
        },
        reason=decided.decision_note,
    )
    await ledger.append(connection, actor.alliance.id, [act])
