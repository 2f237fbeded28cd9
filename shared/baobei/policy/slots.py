"""What took and what gave back each slot of a person's month (3.4.2; policy.md section 6)."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from baobei.policy.document import DealPoint, Policy
from baobei.policy.terms import Channel, OrderId, RegistrationId


class SlotAct(enum.StrEnum):
    """An act that may bear on a slot: a registration, or what befell an order credited to it."""

    REGISTERED = "REGISTERED"
    ORDERED = "ORDERED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


class SlotReason(enum.StrEnum):
    """Why a slot was taken or given back."""

    REGISTERED = "REGISTERED"
    DEAL = "DEAL"
    ORDER_CANCELLED = "ORDER_CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotEvent:
    """An act on a registration that a person made in the month, or on an order credited to it.

    `sequence` is its place in the order of recording; `number` is what people call the registration by.
    """

    sequence: int
    at: datetime
    act: SlotAct
    registration: RegistrationId
    number: str
    channel: Channel
    order: OrderId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotEntry:
    """A line of the ledger; `change` is +1 for a slot taken, -1 for one given back, `used` the balance after."""

    sequence: int
    at: datetime
    reason: SlotReason
    number: str
    change: int
    used: int


def slot_entries(events: Iterable[SlotEvent], *, policy: Policy) -> tuple[SlotEntry, ...]:
    """Return the ledger of a month under a policy; the events come in the order of recording.

    A registration in a quota channel takes a slot; an order credited to it gives the slot back once its deal
    point is reached, and its cancellation takes it again. The last balance is what the quota counts as used.

    Source: 3.4.2; policy.md section 6.
    """
    entries: list[SlotEntry] = []
    used = 0
    given_back: set[OrderId] = set()
    for event in events:
        if event.channel not in policy.quota_channels:
            continue
        reason = _reason(event, given_back, policy)
        if reason is None:
            continue
        if event.order is not None:
            (given_back.add if reason is SlotReason.DEAL else given_back.discard)(event.order)
        change = -1 if reason is SlotReason.DEAL else 1
        used += change
        entries.append(
            SlotEntry(
                sequence=event.sequence,
                at=event.at,
                reason=reason,
                number=event.number,
                change=change,
                used=used,
            )
        )
    return tuple(entries)


def _reason(event: SlotEvent, given_back: set[OrderId], policy: Policy) -> SlotReason | None:
    """Return why the event moves a slot, None where it does not."""
    match event.act:
        case SlotAct.REGISTERED:
            return SlotReason.REGISTERED
        case SlotAct.ORDERED:
            return SlotReason.DEAL if policy.deal_point is DealPoint.DEPOSIT else None
        case SlotAct.CLOSED:
            return SlotReason.DEAL if policy.deal_point is DealPoint.CLOSING else None
        case SlotAct.CANCELLED:
            return SlotReason.ORDER_CANCELLED if event.order in given_back else None
