"""Disputes, their statements, what they rest on, and rulings to compare with; ids as UUID, instants in UTC."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baobei.policy.disputes import CaseEventKind, DisputeStatus
from baobei.policy.terms import ClauseNumber
from baobei.store.attribution_models import AttributionVerdict, StoredCredit
from baobei.vault import SealedText


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A dispute of a decision (`attribution_id`); `reason` and `ended_*` are None while it is open."""

    id: UUID
    order_id: UUID
    attribution_id: UUID
    opened_by_id: UUID
    opened_at: datetime
    status: DisputeStatus
    ended_at: datetime | None
    ended_by_id: UUID | None
    reason: SealedText | None
    ruling_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What somebody said in a dispute; append-only."""

    id: UUID
    dispute_id: UUID
    text: SealedText
    made_by_id: UUID
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How much somebody said in a dispute, and when last."""

    made_by_id: UUID
    statements: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """Something that was recorded of the customer or the order, at its place in the order of recording.

    `record_id` is the attempt, follow-up, registration, request, order, attribution, dispute or statement;
    `side_id` whose it was then, `owner_id` whose it is now: a registration may have been transferred since; None for
    what is nobody's. `by_id` is None for what the calendar or the policy did.
    """

    sequence: int
    kind: CaseEventKind
    record_id: UUID
    at: datetime
    by_id: UUID | None
    side_id: UUID | None
    owner_id: UUID | None
    registration_id: UUID | None
    code: str | None
    clause: ClauseNumber | None
    text: SealedText | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedent:
    """An earlier ruling, with what the policy had decided on its order; nothing of its customer.

    `in_force`: neither another ruling nor a cancellation came after it.
    """

    id: UUID
    verdict: AttributionVerdict
    clause: ClauseNumber | None
    needs_review: bool
    alike: bool
    in_force: bool
    credits: tuple[StoredCredit, ...]
    ruled_by_id: UUID
    ruled_at: datetime
    reason: SealedText | None
