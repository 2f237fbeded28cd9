"""What has been recorded: a registration, an order, and the events that change them.

Frozen values. `fold` turns the events of a registration up to an instant into its state at that
instant, so that any past instant can be asked for; the functions that a live service calls one event
at a time are the same ones.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from baobei.policy.document import Policy
from baobei.policy.identity import CustomerKeys
from baobei.policy.terms import Channel, Moment, OrderId, RegistrationId, StaffId


class RecordedEnd(enum.StrEnum):
    """The ends that somebody's act brings about; expiry and a lapse for good are computed instead."""

    CONVERTED = "CONVERTED"
    LOST = "LOST"
    WITHDRAWN = "WITHDRAWN"
    SUPERSEDED = "SUPERSEDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How and when a registration was ended by an act; `order` where an order did it."""

    kind: RecordedEnd
    at: datetime
    order: OrderId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """An admitted registration as it stands after the events folded into it.

    `policy` is the version in force when it was made: it governs the whole life of the registration
    (policy.md section 5). Instants are aware; `extended_days` is the sum of the approved extensions.
    `customer_class` is the class given at registration: its days hold for life.
    """

    id: RegistrationId
    made: Moment
    registrant: StaffId
    owner: StaffId
    channel: Channel
    keys: CustomerKeys
    policy: Policy
    last_touch_at: datetime
    measured_at: datetime | None = None
    deposit_taken: bool = False
    extended_days: int = 0
    extension_count: int = 0
    end: End | None = None
    customer_class: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as recorded; `policy` is the version in force when it was placed, and it keeps it."""

    id: OrderId
    placed: Moment
    taken_by: StaffId | None
    keys: CustomerKeys
    policy: Policy
    closed_at: datetime | None = None
    cancelled_at: datetime | None = None
    converted: RegistrationId | None = None

    @property
    def cancelled(self) -> bool:
        """Whether the order has been called off."""
        return self.cancelled_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedUp:
    """The owner recorded a contact with the customer."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The on-site measuring visit was recorded."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """The registration passed to another owner."""

    at: datetime
    to: StaffId


@dataclass(frozen=True, slots=True, kw_only=True)
class Extended:
    """The department head approved `days` more days."""

    at: datetime
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An act ended the registration."""

    at: datetime
    kind: RecordedEnd
    order: OrderId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reinstated:
    """The order credited to the registration was cancelled and it is live again."""

    at: datetime


RegistrationEvent = FollowedUp | Measured | Transferred | Extended | Ended | Reinstated


def apply(registration: Registration, event: RegistrationEvent) -> Registration:
    """Return the registration after one more event; whether the event was allowed is decided before.

    Source: policy.md section 5 (what is a touch), sections 7 and 8 (the two ways back).
    """
    match event:
        case FollowedUp(at=at):
            return replace(registration, last_touch_at=at)
        case Measured(at=at):
            first = registration.measured_at or at
            return replace(registration, last_touch_at=at, measured_at=first)
        case Transferred(at=at, to=to):
            return replace(registration, last_touch_at=at, owner=to)
        case Extended(at=at, days=days):
            return replace(
                registration,
                last_touch_at=at,
                extended_days=registration.extended_days + days,
                extension_count=registration.extension_count + 1,
            )
        case Ended(at=at, kind=kind, order=order):
            return replace(registration, end=End(kind=kind, at=at, order=order))
        case Reinstated(at=at):
            return replace(registration, last_touch_at=at, deposit_taken=True, end=None)
        case _:
            assert_never(event)


def fold(registration: Registration, events: Iterable[RegistrationEvent], *, until: datetime) -> Registration:
    """Return the registration with every event recorded at or before `until`, in order, applied."""
    for event in events:
        if event.at > until:
            break
        registration = apply(registration, event)
    return registration


def as_admitted(facts: Registration) -> Registration:
    """Return the facts as they were the instant the registration was admitted."""
    return replace(
        facts,
        owner=facts.registrant,
        last_touch_at=facts.made.at,
        measured_at=None,
        deposit_taken=False,
        extended_days=0,
        extension_count=0,
        end=None,
    )
