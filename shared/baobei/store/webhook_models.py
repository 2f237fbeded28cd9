"""Webhook subscriptions, deliveries and attempts as the store hands them out."""

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from baobei.webhooks.letters import Failure

# What a receiver is told when somebody asks for a test; no event of the trade.
TEST_EVENT: Final = "webhook.test"


class DeliveryState(enum.StrEnum):
    """Where a delivery is: PENDING and RETRYING are on their way, the others have come to an end.

    PENDING → DELIVERED | RETRYING | DEAD | CANCELLED; RETRYING the same. Sent again by hand, what has come to
    an end is PENDING once more.
    """

    PENDING = "PENDING"
    RETRYING = "RETRYING"
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"
    CANCELLED = "CANCELLED"


class DisabledReason(enum.StrEnum):
    """Why nothing is sent to a webhook any more."""

    BY_HAND = "BY_HAND"
    GONE = "GONE"
    DELETED = "DELETED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A subscription without its secrets; `event_types` None means every type.

    Until `previous_secret_until` (exclusive, wall time) letters carry the signature of the secret before, too.
    """

    id: UUID
    url: str
    event_types: tuple[str, ...] | None
    include_personal_data: bool
    created_by_id: UUID
    created_at: datetime
    previous_secret_until: datetime | None
    disabled_at: datetime | None
    disabled_reason: DisabledReason | None

    @property
    def active(self) -> bool:
        """Whether events are sent to it."""
        return self.disabled_at is None

    @property
    def deleted(self) -> bool:
        """Whether only its log is left."""
        return self.disabled_reason is DisabledReason.DELETED


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event on its way to a webhook, or how that ended; instants are wall time."""

    id: UUID
    webhook_id: UUID
    event_id: UUID
    event_type: str
    subject_id: UUID
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime | None
    created_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedAttempt:
    """An attempt as it was logged: `failure` None means delivered."""

    number: int
    attempted_at: datetime
    duration_ms: int
    status_code: int | None
    failure: Failure | None
    excerpt: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery that this process may send until its lease ends, with what there is to send.

    `fence` is the number of the claim: a result is written only while it is the newest. `troubled`: the latest
    letter of the webhook failed or took long. `payload` is None when the event has been purged.
    """

    alliance_id: int
    delivery_id: UUID
    webhook_id: UUID
    fence: int
    attempt: int
    url: str
    secret_sealed: bytes
    previous_secret_sealed: bytes | None
    previous_secret_until: datetime | None
    troubled: bool
    event_id: UUID
    event_type: str
    subject_id: UUID
    occurred_at: datetime | None
    payload: dict[str, Any] | None
