"""Whose a request is by now, whoever asked: what it concerns, or would give, is theirs."""

from uuid import UUID

from baobei.operations import access
from baobei.operations.actor import Actor
from baobei.store import approvals, registrations
from baobei.store.approval_models import Approval
from baobei.store.connection import Connection


async def owner_id_of(connection: Connection, actor: Actor, approval: Approval) -> UUID | None:
    """Return who owns the registration that a request concerns, else who would be given it, or took it over.

    None: it concerns nobody's customer, or is still whose it was when it was asked.
    """
    if approval.registration_id is None:
        return approval.receiver_id
    found = await registrations.by_ids(connection, actor.alliance, [approval.registration_id])
    return found[approval.registration_id].owner_id


async def lock_own_request(connection: Connection, actor: Actor, id: UUID | None) -> Approval | None:
    """Hold a request that the actor may add to and take back; None for any other, and for none."""
    approval = None if id is None else await approvals.lock_by_id(connection, actor.alliance.id, id)
    if approval is None:
        return None
    owner_id = await owner_id_of(connection, actor, approval)
    may = access.may_withdraw_request(actor.staff, asked_by_id=approval.requested_by_id, owner_id=owner_id)
    return approval if may else None
