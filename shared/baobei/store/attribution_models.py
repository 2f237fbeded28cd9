"""Decisions on orders as they are stored; instants are aware, in UTC."""

import enum
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baobei.policy.terms import ClauseNumber, StandingStatus, Verdict
from baobei.vault import SealedText


class AttributionVerdict(enum.StrEnum):
    """The verdict of a decision, of a ruling, or of the reversal that a cancelled order brings."""

    REGISTRANT = "REGISTRANT"
    TAKER = "TAKER"
    UNASSIGNED = "UNASSIGNED"
    RULED = "RULED"
    REVERSED = "REVERSED"

    @classmethod
    def of(cls, verdict: Verdict) -> "AttributionVerdict":
        """Return the stored word for a verdict of the policy."""
        return cls(verdict.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCredit:
    """A share of an order in basis points."""

    staff_id: UUID
    share_bp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCandidate:
    """A registration that a decision looked at, with its facts as they were at that instant.

    `registrant_id` and `passed_on_at` are written by the store and read back: who made it, and when it last passed to its
    owner, None where it never did. Both None in decisions from before they were kept.
    """

    registration_id: UUID
    registration_number: str
    owner_id: UUID
    status: StandingStatus
    holds: bool
    clause: ClauseNumber | None
    registered_at: datetime
    last_touch_at: datetime
    lapses_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None
    registrant_id: UUID | None = None
    passed_on_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAttribution:
    """A decision, ruling or reversal on an order; appended, never changed."""

    id: UUID
    order_id: UUID
    verdict: AttributionVerdict
    credits: tuple[StoredCredit, ...]
    clause: ClauseNumber | None
    registration_id: UUID | None
    needs_review: bool
    candidates: tuple[StoredCandidate, ...]
    policy_version_id: UUID
    decided_at: datetime
    digest: str
    ruled_by_id: UUID | None
    reason: SealedText | None
