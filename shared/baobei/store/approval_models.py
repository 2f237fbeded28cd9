"""Requests that need an approver, as they are stored; instants are aware, in UTC."""

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from baobei.policy.identity import CustomerKeys
from baobei.vault import SealedText

NO_KEYS: Final = CustomerKeys(phone=None, address=None)


class ApprovalKind(enum.StrEnum):
    """What is asked for (policy.md section 8)."""

    EXTENSION = "EXTENSION"
    CROSS_REGION = "CROSS_REGION"
    SPECIAL_PRICE = "SPECIAL_PRICE"
    SAME_DAY = "SAME_DAY"
    HANDOVER = "HANDOVER"


class ApprovalStatus(enum.StrEnum):
    """Where a request is; all but PENDING are final."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    TOO_LATE = "TOO_LATE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A request that needs an approver; `days` is set for extensions.

    `attempt_id` is what waits for a cross-region decision, `receiver_id` whose it would be, `approver_unit_ids` the
    stores whose managers decide it. A special price is for the customer of `keys`: `asked_fen` instead of `list_fen`.
    """

    id: UUID
    kind: ApprovalKind
    status: ApprovalStatus
    registration_id: UUID | None
    reason: SealedText
    requested_by_id: UUID
    requested_at: datetime
    decided_by_id: UUID | None
    decided_at: datetime | None
    decision_note: SealedText | None
    days: int | None = None
    attempt_id: UUID | None = None
    receiver_id: UUID | None = None
    approver_unit_ids: tuple[UUID, ...] = ()
    keys: CustomerKeys = NO_KEYS
    list_fen: int | None = None
    asked_fen: int | None = None
