"""Orders as they are stored; instants are aware, in UTC."""

import enum
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baobei.policy.records import Order


class OrderStatus(enum.StrEnum):
    """Where an order is: deposit taken, complete, or called off."""

    PLACED = "PLACED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredOrder:
    """An order as stored; amounts are in fen (1/100 yuan).

    `price_violation`: its amount is below its list price, and no approved special price covers it (B.5.3).
    """

    id: UUID
    external_ref: str
    status: OrderStatus
    facts: Order
    contact_id: UUID
    placed_by_id: UUID
    taken_by_id: UUID | None
    amount_fen: int | None
    placed_at: datetime
    closed_at: datetime | None
    cancelled_at: datetime | None
    policy_version_id: UUID
    erased_at: datetime | None = None
    list_fen: int | None = None
    special_price_approval_id: UUID | None = None
    price_violation: bool = False
