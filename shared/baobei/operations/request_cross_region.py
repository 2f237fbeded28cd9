"""Asking that an attempt of another region may stand, when its reason was not given with it (B.5.4)."""

from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.cross_regions import cross_region_request
from baobei.operations.repeated import idempotency_key
from baobei.operations.request_endings import how_it_ended
from baobei.operations.request_kinds import ask_once, file_request
from baobei.operations.results import (
    ALREADY_DECIDED,
    ALREADY_REQUESTED,
    NOT_OWNER,
    ApprovalRecorded,
    Refused,
    refuse,
)
from baobei.operations.transaction import in_transaction
from baobei.policy.phrases import sentences
from baobei.policy.terms import Clauses, RefusalCode, Text
from baobei.store import approvals, attempts, organisation
from baobei.store.approval_models import ApprovalStatus
from baobei.store.attempt_models import AttemptOutcome
from baobei.store.connection import Connection

_TRY_AGAIN: Final = Text(
    zh="要为这位客户再次申请，请重新报备，新的报备会另行申请。",
    en="To ask again for this customer, register them anew: a request is made for the new attempt.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCrossRegion:
    """A stored attempt that waits, and why it should stand outside its registrant's region."""

    attempt_id: UUID | None
    reason: str
    idempotency_key: str | None = None


async def request_cross_region(
    office: Office, actor: Actor, request: RequestCrossRegion
) -> ApprovalRecorded | Refused:
    """Ask the store manager of the customer's region, by whose attempt it is or their manager for them.

    Refuses with NOT_OWNER, NOT_APPLICABLE (the attempt does not wait), ALREADY_REQUESTED or ALREADY_DECIDED.

    Source: B.5.4; policy.md section 8.
    """
    return await in_transaction(
        office, partial(_request, office=office, actor=actor, request=request), within=actor
    )


async def _request(
    connection: Connection, *, office: Office, actor: Actor, request: RequestCrossRegion
) -> ApprovalRecorded | Refused:
    key = idempotency_key(
        office,
        actor,
        "requestCrossRegion",
        request.idempotency_key,
        attempt=request.attempt_id,
        reason=request.reason,
    )
    return await ask_once(connection, actor, key, partial(_ask, connection, office, actor, request))


async def _ask(
    connection: Connection, office: Office, actor: Actor, request: RequestCrossRegion
) -> ApprovalRecorded | Refused:
    id = request.attempt_id
    found = {} if id is None else await attempts.by_ids(connection, actor.alliance.id, [id])
    attempt = None if id is None else found.get(id)
    if attempt is None or attempt.registrant_id is None:
        return refuse(NOT_OWNER)
    people = await organisation.staff_by_ids(connection, actor.alliance.id, [attempt.registrant_id])
    if not access.may_act_on(actor.staff, owner=people[attempt.registrant_id]):
        return refuse(NOT_OWNER)
    if attempt.outcome is not AttemptOutcome.AWAITING_APPROVAL:
        return refuse(RefusalCode.NOT_APPLICABLE)
    if (before := await approvals.id_by_attempt(connection, actor.alliance.id, attempt.id)) is not None:
        return await _asked_before(connection, actor, before)
    approval = cross_region_request(
        office,
        actor,
        attempt_id=attempt.id,
        registrant_id=attempt.registrant_id,
        stores=[UUID(each) for each in attempt.detail["stores"]],
        reason=request.reason,
        at=max(await office.clock.now(connection), attempt.attempted_at),
    )
    await file_request(connection, actor, approval)
    return ApprovalRecorded(approval=approval)


async def _asked_before(connection: Connection, actor: Actor, id: UUID) -> Refused:
    """Refuse to ask twice about one attempt: it waits, or was decided, and then a new attempt is the way."""
    approval = (await approvals.by_ids(connection, actor.alliance.id, [id]))[id]
    if approval.status is ApprovalStatus.PENDING:
        return refuse(ALREADY_REQUESTED, Clauses.CROSS_REGION)
    ended = await how_it_ended(connection, actor.alliance, approval)
    message = ended if approval.status is ApprovalStatus.APPROVED else sentences([ended, _TRY_AGAIN])
    return Refused(code=ALREADY_DECIDED, message=message, clause=Clauses.CROSS_REGION)
