"""Taking a dispute back."""

from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.dispute_changes import end_dispute, hold_dispute, refuse_in_dispute
from baobei.operations.free_text import sealed
from baobei.operations.results import ALREADY_DECIDED, NOT_OWNER, DisputeRecorded, Refused
from baobei.operations.transaction import in_transaction
from baobei.policy.disputes import DisputeStatus
from baobei.policy.explain_dispute import NOT_OPENER, explain_dispute_refusal
from baobei.store import ledger
from baobei.store.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawDispute:
    """A dispute to take back, and why."""

    dispute_id: UUID | None
    reason: str


async def withdraw_dispute(
    office: Office, actor: Actor, request: WithdrawDispute
) -> DisputeRecorded | Refused:
    """Take an open dispute back, by whoever opened it; the decision stays as it was.

    Their manager may do it for them, unless they have a stake in the order themselves or have spoken for another side.
    Refuses with NOT_OWNER (not theirs to take back, or no such dispute) or ALREADY_DECIDED.
    """
    return await in_transaction(
        office, partial(_withdraw, office=office, actor=actor, request=request), within=actor
    )


async def _withdraw(
    connection: Connection, *, office: Office, actor: Actor, request: WithdrawDispute
) -> DisputeRecorded | Refused:
    held = await hold_dispute(connection, office, actor, request.dispute_id)
    if isinstance(held, Refused) or not access.may_withdraw_dispute(
        actor.staff, opened_by=held.opened_by, parties=held.parties, speakers=held.heard.speakers
    ):
        return Refused(code=NOT_OWNER, message=explain_dispute_refusal(NOT_OPENER, None, None))
    if held.dispute.status is not DisputeStatus.OPEN:
        return refuse_in_dispute(ALREADY_DECIDED)
    ended = replace(
        held.dispute,
        status=DisputeStatus.WITHDRAWN,
        ended_at=held.at,
        ended_by_id=actor.staff.id,
        reason=sealed(office, actor, request.reason),
    )
    withdrawn = await end_dispute(connection, actor, ended)
    await ledger.append(connection, actor.alliance.id, [withdrawn])
    return DisputeRecorded(dispute=ended)
