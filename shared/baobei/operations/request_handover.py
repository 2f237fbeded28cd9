"""Asking the department head for a handover: of a member of one's unit, by their manager."""

from dataclasses import dataclass
from functools import partial

from baobei.clock import new_id
from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.deciders import refuse_undecidable
from baobei.operations.free_text import sealed
from baobei.operations.hand_over import draw_up
from baobei.operations.handover_distribution import HandoverRequest, parties_of
from baobei.operations.repeated import idempotency_key
from baobei.operations.request_kinds import ask_once, file_request
from baobei.operations.results import UNKNOWN_STAFF, ApprovalRecorded, Refused, refuse
from baobei.operations.transaction import in_transaction
from baobei.store import handovers, organisation
from baobei.store.approval_models import Approval, ApprovalKind, ApprovalStatus
from baobei.store.connection import Connection
from baobei.store.handover_models import Handover, HandoverState


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestHandover:
    """A handover that is asked for, and why."""

    request: HandoverRequest
    reason: str
    idempotency_key: str | None = None


async def request_handover(
    office: Office, actor: Actor, asked: RequestHandover
) -> ApprovalRecorded | Refused:
    """Ask for a handover, by whoever reads what the person leaves behind. Nothing moves until it is approved.

    Refused at once where it could not be granted now: UNKNOWN_STAFF, NOT_APPLICABLE, HANDOVER_UNDER_WAY,
    NOTHING_TO_HAND_OVER, OWN_CASE where it would be the own case of every department head.

    Source: policy.md section 8.
    """
    return await in_transaction(
        office, partial(_request, office=office, actor=actor, asked=asked), within=actor
    )


async def _request(
    connection: Connection, *, office: Office, actor: Actor, asked: RequestHandover
) -> ApprovalRecorded | Refused:
    request = asked.request
    key = idempotency_key(
        office,
        actor,
        "requestHandover",
        asked.idempotency_key,
        leaver=request.from_staff_code,
        method=request.method.value,
        to=list(request.to_staff_codes),
        reason=asked.reason,
    )
    return await ask_once(connection, actor, key, partial(_ask, connection, office, actor, asked))


async def _ask(
    connection: Connection, office: Office, actor: Actor, asked: RequestHandover
) -> ApprovalRecorded | Refused:
    alliance_id, request = actor.alliance.id, asked.request
    leaver = await organisation.staff_by_code(connection, alliance_id, request.from_staff_code)
    if leaver is None or not access.may_read_leaver(actor.staff, person=leaver):
        return refuse(UNKNOWN_STAFF)
    parties = await parties_of(connection, actor, leaver, request.to_staff_codes)
    if isinstance(parties, Refused):
        return parties
    undecidable = await refuse_undecidable(connection, alliance_id, parties={actor.staff.id, *parties.ids})
    if undecidable is not None:
        return undecidable
    at = await office.clock.now(connection)
    approval = Approval(
        id=new_id(),
        kind=ApprovalKind.HANDOVER,
        status=ApprovalStatus.PENDING,
        registration_id=None,
        reason=sealed(office, actor, asked.reason),
        requested_by_id=actor.staff.id,
        requested_at=at,
        decided_by_id=None,
        decided_at=None,
        decision_note=None,
        days=None,
    )
    asked_for = Handover(
        id=new_id(),
        alliance_id=alliance_id,
        from_staff_id=leaver.id,
        method=request.method,
        receiver_ids=tuple(receiver.id for receiver in parties.receivers),
        reason=approval.reason,
        asked_by_id=actor.staff.id,
        asked_at=at,
        approval_id=approval.id,
        state=HandoverState.ASKED,
    )
    distribution = await draw_up(connection, parties, asked_for, at=at)
    if isinstance(distribution, Refused):
        return distribution
    await file_request(connection, actor, approval)
    await handovers.insert(connection, asked_for)
    return ApprovalRecorded(approval=approval)
