"""A price below the list: covered by an approved special price, or flagged as a violation; never refused (B.5.3)."""

from dataclasses import dataclass
from uuid import UUID

from baobei.operations.actor import Actor
from baobei.policy.document import Policy
from baobei.policy.identity import CustomerKeys, Match
from baobei.store import special_prices
from baobei.store.connection import Connection
from baobei.store.ledger import Act
from baobei.store.order_models import StoredOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Whether an order violates the list, and the special price that it used, if any."""

    violation: bool = False
    approval_id: UUID | None = None


async def judge_price(
    connection: Connection,
    actor: Actor,
    keys: CustomerKeys,
    policy: Policy,
    *,
    amount_fen: int | None,
    list_fen: int | None,
    named: UUID | None,
) -> Price:
    """Return whether an order violates the list, and hold the special price that covers it; it is never refused.

    An order that states no list price is held to the highest that was put before an approver for this customer since
    their last order that stands, whatever became of the request: leaving it out hides nothing. One that states its own is
    another sale, and is held to that. A special price covers one order of its customer, down to the price that was
    approved and of a list price no higher than the approver saw; it is free again when that order is cancelled.

    Source: B.5.3; policy.md section 8.
    """
    if amount_fen is None:
        return Price()
    in_force = (
        keys if policy.match is Match.PHONE_OR_ADDRESS else CustomerKeys(phone=keys.phone, address=None)
    )
    held_to = list_fen
    if held_to is None:
        held_to = await special_prices.listed_fen(connection, actor.alliance.id, in_force, named=named)
    if held_to is None or amount_fen >= held_to:
        return Price()
    covered = await special_prices.lock_covering(
        connection, actor.alliance.id, in_force, paid_fen=amount_fen, stated_fen=list_fen, id=named
    )
    return Price(violation=True) if covered is None else Price(approval_id=covered.id)


def acts_of_price(order: StoredOrder, *, actor_id: UUID) -> list[Act]:
    """Return the act that an order went below the list without approval, if it did."""
    if not order.price_violation:
        return []
    return [
        Act(
            kind="order.price_violation",
            subject_id=order.id,
            occurred_at=order.placed_at,
            actor_id=actor_id,
            detail={"taken_by": None if order.taken_by_id is None else str(order.taken_by_id)},
        )
    ]
