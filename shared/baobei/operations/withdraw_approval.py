"""Taking a request back before it is decided."""

from dataclasses import replace
from functools import partial
from uuid import UUID

from baobei.operations.actor import Actor, Office
from baobei.operations.request_kinds import no_such_request
from baobei.operations.request_owners import lock_own_request
from baobei.operations.results import (
    ALREADY_DECIDED,
    ApprovalRecorded,
    Refused,
    refuse,
)
from baobei.operations.transaction import in_transaction
from baobei.store import approvals, ledger
from baobei.store.approval_models import ApprovalStatus
from baobei.store.connection import Connection
from baobei.store.ledger import Act


async def withdraw_approval(
    office: Office, actor: Actor, approval_id: UUID | None
) -> ApprovalRecorded | Refused:
    """Take back a request that waits, by who asked or whose it is by now: it becomes CANCELLED.

    Refuses with NOT_OWNER (none of theirs) or ALREADY_DECIDED.
    """
    return await in_transaction(
        office, partial(_withdraw, office=office, actor=actor, approval_id=approval_id), within=actor
    )


async def _withdraw(
    connection: Connection, *, office: Office, actor: Actor, approval_id: UUID | None
) -> ApprovalRecorded | Refused:
    approval = await lock_own_request(connection, actor, approval_id)
    if approval is None:
        return no_such_request()
    if approval.status is not ApprovalStatus.PENDING:
        return refuse(ALREADY_DECIDED)
    at = max(await office.clock.now(connection), approval.requested_at)
    taken_back = replace(
        approval, status=ApprovalStatus.CANCELLED, decided_by_id=actor.staff.id, decided_at=at
    )
    await approvals.decide(connection, actor.alliance.id, taken_back)
    about = None if approval.registration_id is None else str(approval.registration_id)
    act = Act(
        kind="approval.withdrawn",
        subject_id=approval.id,
        occurred_at=at,
        actor_id=actor.staff.id,
        detail={"kind": approval.kind.value, "registration": about},
    )
    await ledger.append(connection, actor.alliance.id, [act])
    return ApprovalRecorded(approval=taken_back)
