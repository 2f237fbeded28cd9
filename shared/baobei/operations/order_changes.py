"""What closing and cancelling an order have in common.

Both change what an attempt or another order of the customer is judged by, so both hold the customer first.
"""

from dataclasses import dataclass
from uuid import UUID

from baobei.operations import access
from baobei.operations.actor import Actor
from baobei.operations.results import NOT_OWNER, Refused, refuse
from baobei.store import customer_files, orders, organisation, registrations
from baobei.store.connection import Connection
from baobei.store.customer_files import HeldFile
from baobei.store.order_models import StoredOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOrder:
    """An order to settle, and the file of the customer whose registration it converted (or its own)."""

    order: StoredOrder
    file: HeldFile


async def hold_to_settle(connection: Connection, actor: Actor, order_id: UUID | None) -> HeldOrder | Refused:
    """Hold an order that the actor may close and cancel, and its customer before it.

    What an order was placed with and what it converted can be read before the hold: neither changes, but that the
    customer may be erased.
    """
    if order_id is None:
        return refuse(NOT_OWNER)
    found = (await orders.by_ids(connection, actor.alliance, [order_id])).get(order_id)
    if found is None:
        return refuse(NOT_OWNER)
    keys, converted = found.facts.keys, found.facts.converted
    if converted is None:
        file = await customer_files.hold(connection, actor.alliance, keys)
    else:
        id = UUID(converted)
        registration = (await registrations.by_ids(connection, actor.alliance, [id]))[id]
        file = await customer_files.hold_with(connection, actor.alliance, registration, besides=[keys])
    order = await _hold_order(connection, actor, order_id)
    return order if isinstance(order, Refused) else HeldOrder(order=order, file=file)


async def _hold_order(connection: Connection, actor: Actor, order_id: UUID) -> StoredOrder | Refused:
    order = await orders.lock_by_id(connection, actor.alliance, order_id)
    if order is None:
        return refuse(NOT_OWNER)
    taker = None
    if order.taken_by_id is not None:
        found = await organisation.staff_by_ids(connection, actor.alliance.id, [order.taken_by_id])
        taker = found[order.taken_by_id]
    if not access.may_settle_order(actor.staff, taker=taker, placed_by_id=order.placed_by_id):
        return refuse(NOT_OWNER)
    return order
