"""What the store hands out of handovers: frozen values."""

import enum
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baobei.policy.handovers import DistributionMethod
from baobei.vault import SealedText


class HandoverState(enum.StrEnum):
    """Where a handover is. Up to FAILED equal to the CHECK of `handover`; the last three are those of a request that
    was decided otherwise, whose handover is stored as ASKED and never begins."""

    ASKED = "ASKED"
    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    TOO_LATE = "TOO_LATE"


class HandoverOutcome(enum.StrEnum):
    """What became of a registration; all but MOVED were left as they were.

    NOT_REACHED is never stored: it is what an ended handover says of what its turn never came for.
    """

    MOVED = "MOVED"
    ENDED = "ENDED"
    NOT_THEIRS = "NOT_THEIRS"
    RECEIVER_LEFT = "RECEIVER_LEFT"
    NO_RECEIVER = "NO_RECEIVER"
    NOT_REACHED = "NOT_REACHED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """A handover and how far it has come.

    Instants are business time. `total` counts the registrations that are to be handed over (0 until it started),
    `requests_total` the requests of the person's own; `more`: more was theirs than one handover takes. `approval_id` is
    the request that it waited for, None when the department head began it at once.
    """

    id: UUID
    alliance_id: int
    from_staff_id: UUID
    method: DistributionMethod
    receiver_ids: tuple[UUID, ...]
    reason: SealedText
    asked_by_id: UUID
    asked_at: datetime
    approval_id: UUID | None
    state: HandoverState
    started_by_id: UUID | None = None
    started_at: datetime | None = None
    total: int = 0
    moved: int = 0
    skipped: int = 0
    more: bool = False
    ended_at: datetime | None = None
    requests_total: int = 0
    requests_moved: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverClaim:
    """A handover held for work: `fence` says which claim this is, `attempts` counts those since any progress."""

    handover: Handover
    fence: int
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverItem:
    """A registration of a handover: who gets it, and what became of it (None until it was its turn)."""

    position: int
    registration_id: UUID
    to_staff_id: UUID | None
    outcome: HandoverOutcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InHand:
    """A live registration of an owner, and the unit in which whoever made it works now."""

    registration_id: UUID
    registrant_unit_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedRequest:
    """A request of a handover that concerns no registration: who takes it over, and what became of it, as an item."""

    position: int
    approval_id: UUID
    to_staff_id: UUID | None
    outcome: HandoverOutcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestInHand:
    """A request of a person's that waits, and the unit in which whoever made the attempt, or asked, works now."""

    approval_id: UUID
    unit_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a receiver gets: how many are meant for them (None: for nobody), and how many are theirs by now."""

    to_staff_id: UUID | None
    total: int
    moved: int
