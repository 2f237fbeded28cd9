"""Upholding a decision that was disputed: the department head's other answer beside a ruling."""

from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.dispute_changes import (
    HeldDispute,
    end_dispute,
    hold_dispute,
    refuse_in_dispute,
)
from baobei.operations.errors import Forbidden
from baobei.operations.free_text import sealed
from baobei.operations.order_parties import candidate_owners, ever_credited
from baobei.operations.results import ALREADY_DECIDED, DisputeRecorded, Refused, refuse
from baobei.operations.transaction import in_transaction
from baobei.policy.disputes import DisputeStatus
from baobei.policy.rulings import is_own_case
from baobei.policy.terms import Clauses, RefusalCode, StaffId
from baobei.store import ledger
from baobei.store.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectDispute:
    """A dispute whose decision stands, and why."""

    dispute_id: UUID | None
    reason: str


async def reject_dispute(office: Office, actor: Actor, request: RejectDispute) -> DisputeRecorded | Refused:
    """Uphold the decision that is disputed, by the department head and never in their own case.

    Raises `Forbidden` for any other role; refuses with NOT_OWNER (no such dispute), ALREADY_DECIDED or OWN_CASE.

    Source: 3.3.2; policy.md section 7, "A ruling".
    """
    if not access.is_department_head(actor.staff):
        raise Forbidden(operation="rejectDispute")
    return await in_transaction(
        office, partial(_reject, office=office, actor=actor, request=request), within=actor
    )


async def _reject(
    connection: Connection, *, office: Office, actor: Actor, request: RejectDispute
) -> DisputeRecorded | Refused:
    held = await hold_dispute(connection, office, actor, request.dispute_id)
    if isinstance(held, Refused):
        return held
    if held.dispute.status is not DisputeStatus.OPEN:
        return refuse_in_dispute(ALREADY_DECIDED)
    if await _own_case(connection, actor, held):
        return refuse(RefusalCode.OWN_CASE, Clauses.FOLLOW_UP)
    ended = replace(
        held.dispute,
        status=DisputeStatus.UPHELD,
        ended_at=held.at,
        ended_by_id=actor.staff.id,
        reason=sealed(office, actor, request.reason),
    )
    upheld = await end_dispute(connection, actor, ended)
    await ledger.append(connection, actor.alliance.id, [upheld])
    return DisputeRecorded(dispute=ended)


async def _own_case(connection: Connection, actor: Actor, held: HeldDispute) -> bool:
    owners = await candidate_owners(connection, actor.alliance, held.decisions)
    return is_own_case(
        held.order.facts,
        StaffId(str(actor.staff.id)),
        ever_credited={StaffId(str(id)) for id in ever_credited(held.decisions)},
        candidate_owners={StaffId(str(id)) for id in owners},
        spoke={StaffId(str(id)) for id in held.heard.speakers},
    )
