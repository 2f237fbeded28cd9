"""What closing and cancelling an order have in common."""

from uuid import UUID

from baobei.operations import access
from baobei.operations.actor import Actor
from baobei.operations.results import NOT_OWNER, Refused, refuse
from baobei.store import orders, organisation
from baobei.store.connection import Connection
from baobei.store.models import StoredOrder


async def hold_order_to_settle(
    connection: Connection, actor: Actor, order_id: UUID | None
) -> StoredOrder | Refused:
    """Hold an order that the actor may close and cancel; one that does not exist is nobody's."""
    order = None if order_id is None else await orders.lock_by_id(connection, actor.alliance, order_id)
    if order is None:
        return refuse(NOT_OWNER)
    taker = None
    if order.taken_by_id is not None:
        found = await organisation.staff_by_ids(connection, actor.alliance.id, [order.taken_by_id])
        taker = found[order.taken_by_id]
    if not access.may_settle_order(actor.staff, taker=taker):
        return refuse(NOT_OWNER)
    return order
