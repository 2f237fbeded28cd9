"""Asking for more days in a special case (3.3.3)."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from baobei.clock import new_id
from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.deciders import refuse_undecidable
from baobei.operations.free_text import sealed
from baobei.operations.registration_changes import hold_customer_of
from baobei.operations.repeated import idempotency_key
from baobei.operations.request_kinds import ask_once, file_request
from baobei.operations.results import (
    NOT_OWNER,
    ApprovalRecorded,
    Refused,
    refuse,
)
from baobei.operations.transaction import in_transaction
from baobei.policy.extensions import extend
from baobei.policy.standing import standing
from baobei.policy.terms import Clauses, RefusalCode
from baobei.store.approval_models import Approval, ApprovalKind, ApprovalStatus
from baobei.store.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestExtension:
    """How many more days are asked for a registration, and why."""

    registration_id: UUID | None
    days: int
    reason: str
    idempotency_key: str | None = None


async def request_extension(
    office: Office, actor: Actor, request: RequestExtension
) -> ApprovalRecorded | Refused:
    """Ask the department head for an extension, by the owner or their manager for them.

    Refused at once where it could not be granted now: NOT_OWNER, NOT_LIVE, NOT_APPLICABLE, LIMIT, TOO_LATE;
    OWN_CASE where it would be the own case of every department head.

    Source: 3.3.3; policy.md section 8.
    """
    return await in_transaction(
        office, partial(_request, office=office, actor=actor, request=request), within=actor
    )


async def _request(
    connection: Connection, *, office: Office, actor: Actor, request: RequestExtension
) -> ApprovalRecorded | Refused:
    key = idempotency_key(
        office,
        actor,
        "requestExtension",
        request.idempotency_key,
        registration=request.registration_id,
        days=request.days,
        reason=request.reason,
    )
    return await ask_once(connection, actor, key, partial(_ask, connection, office, actor, request))


async def _ask(
    connection: Connection, office: Office, actor: Actor, request: RequestExtension
) -> ApprovalRecorded | Refused:
    opened = await hold_customer_of(connection, office, actor, request.registration_id)
    if opened is None or not access.may_act_on(actor.staff, owner=opened.owner):
        return refuse(NOT_OWNER)
    facts = opened.stored.facts
    if opened.stored.erased_at is not None:
        return refuse(RefusalCode.NOT_LIVE, ended_as=standing(facts, opened.at).status)
    decision = extend(facts, days=request.days, at=opened.at, file=opened.held.facts)
    if isinstance(decision, RefusalCode):
        worth = standing(facts, opened.at)
        ended_as = None if worth.live else worth.status
        clause = worth.clause if decision is RefusalCode.NOT_LIVE else Clauses.EXPIRY
        return refuse(decision, clause, ended_as=ended_as, policy=facts.policy)
    parties = {actor.staff.id, opened.owner.id}
    # A history names nobody who asks or decides: it vouches for both.
    if not office.vouched and (
        undecidable := await refuse_undecidable(connection, actor.alliance.id, parties=parties)
    ):
        return undecidable
    approval = Approval(
        id=new_id(),
        kind=ApprovalKind.EXTENSION,
        status=ApprovalStatus.PENDING,
        registration_id=opened.stored.id,
        reason=sealed(office, actor, request.reason),
        requested_by_id=actor.staff.id,
        requested_at=opened.at,
        decided_by_id=None,
        decided_at=None,
        decision_note=None,
        days=request.days,
    )
    await file_request(connection, actor, approval)
    return ApprovalRecorded(approval=approval)
