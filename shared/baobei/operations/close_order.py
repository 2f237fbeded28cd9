"""Closing an order (成交): contract and payment are complete."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from baobei.operations.actor import Actor, Office
from baobei.operations.order_changes import hold_to_settle
from baobei.operations.quota_acts import count_order
from baobei.operations.results import OrderRecorded, Refused, refuse
from baobei.operations.transaction import in_transaction
from baobei.policy.terms import RefusalCode
from baobei.store import ledger, orders
from baobei.store.connection import Connection
from baobei.store.ledger import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseOrder:
    """An order to close."""

    order_id: UUID | None


async def close_order(office: Office, actor: Actor, request: CloseOrder) -> OrderRecorded | Refused:
    """Record that an order is complete; with the deal point CLOSING this is what frees the quota slot.

    By the taker, the taker's manager, the operations manager or the department head. Refuses with NOT_OWNER
    or NOT_APPLICABLE (closed or cancelled already).
    """
    return await in_transaction(
        office, partial(_close, office=office, actor=actor, request=request), within=actor
    )


async def _close(
    connection: Connection, *, office: Office, actor: Actor, request: CloseOrder
) -> OrderRecorded | Refused:
    held = await hold_to_settle(connection, actor, request.order_id)
    if isinstance(held, Refused):
        return held
    order = held.order
    if order.facts.cancelled or order.closed_at is not None:
        return refuse(RefusalCode.NOT_APPLICABLE)
    at = held.file.not_before(max(await office.clock.now(connection), order.placed_at))
    await orders.close(connection, actor.alliance.id, order.id, at=at)
    acts = [Act(kind="order.closed", subject_id=order.id, occurred_at=at, actor_id=actor.staff.id)]
    if order.facts.converted is not None:
        registration = held.file.registration(order.facts.converted)
        acts += await count_order(
            connection, actor.alliance, registration, actor_id=actor.staff.id, at=at, closed=1
        )
    await ledger.append(connection, actor.alliance.id, acts)
    found = await orders.by_ids(connection, actor.alliance, [order.id])
    return OrderRecorded(order=found[order.id])
