"""What the store hands out: frozen values, one class an aggregate, ids as UUID.

Instants are aware, in UTC. What people wrote, and who a customer is, comes sealed; `operations.disclosure` opens it
for whoever may read it. `Contact` is what is about to be sealed.
"""

import enum
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from baobei.policy.document import Policy
from baobei.policy.identity import CustomerKeys
from baobei.policy.records import Order, Registration
from baobei.policy.terms import (
    AdmissionOutcome,
    Channel,
    ClauseNumber,
    StandingStatus,
    Verdict,
)
from baobei.policy.terms import FollowUpKind as FollowUpKind
from baobei.vault import SealedText

NO_KEYS: Final = CustomerKeys(phone=None, address=None)


class Role(enum.StrEnum):
    """What a staff member is in the alliance (policy.md section 1)."""

    GUIDE = "GUIDE"
    STORE_MANAGER = "STORE_MANAGER"
    SALESPERSON = "SALESPERSON"
    SUPERVISOR = "SUPERVISOR"
    OPERATIONS_MANAGER = "OPERATIONS_MANAGER"
    MARKETING_MANAGER = "MARKETING_MANAGER"
    DEPARTMENT_HEAD = "DEPARTMENT_HEAD"
    CONSULTANT = "CONSULTANT"
    FINANCE = "FINANCE"
    ADMINISTRATOR = "ADMINISTRATOR"
    INTEGRATION = "INTEGRATION"


class UnitKind(enum.StrEnum):
    """What a unit is; a store's staff register in STORE, a field department's in FIELD."""

    HEADQUARTERS = "HEADQUARTERS"
    STORE = "STORE"
    FIELD_DEPARTMENT = "FIELD_DEPARTMENT"

    @property
    def channel(self) -> Channel | None:
        """Return the channel of the unit's registrations; headquarters registers nobody."""
        return {UnitKind.STORE: Channel.STORE, UnitKind.FIELD_DEPARTMENT: Channel.FIELD}.get(self)


class Segment(enum.StrEnum):
    """What kind of customer it is."""

    INDIVIDUAL = "INDIVIDUAL"
    COMPANY = "COMPANY"
    PROJECT = "PROJECT"


class OrderStatus(enum.StrEnum):
    """Where an order is: deposit taken, complete, or called off."""

    PLACED = "PLACED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


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


class AttemptOutcome(enum.StrEnum):
    """What became of an attempt: an outcome of the policy, or NOT_CONSIDERED when it never got there."""

    PROTECTED = "PROTECTED"
    INCOMPLETE = "INCOMPLETE"
    AFTER_DEAL = "AFTER_DEAL"
    DUPLICATE_OWN = "DUPLICATE_OWN"
    ALREADY_PROTECTED = "ALREADY_PROTECTED"
    COOLING_DOWN = "COOLING_DOWN"
    OVER_QUOTA = "OVER_QUOTA"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    NOT_CONSIDERED = "NOT_CONSIDERED"

    @classmethod
    def of(cls, outcome: AdmissionOutcome) -> "AttemptOutcome":
        """Return the stored word for an outcome of the policy."""
        return cls(outcome.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alliance:
    """The tenant: one organisation with one time zone."""

    id: int
    code: str
    name: str
    time_zone: ZoneInfo
    closing_time: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A store, a field department or the headquarters."""

    id: UUID
    code: str
    name: str
    kind: UnitKind
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """A staff member; `code` is what people and tokens call them by."""

    id: UUID
    code: str
    name: str
    unit_id: UUID
    unit_kind: UnitKind
    roles: frozenset[Role]
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPolicy:
    """A version of the alliance's policy and the instant from which it is in force (inclusive)."""

    id: UUID
    effective_from: datetime
    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A customer's name, phone and address as they were written; None where nothing was given."""

    name: str
    phone: str | None
    address: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How a customer is sorted for lists; None where nothing was said. `need_id` is that of a sealed text.

    `customer_class` is the present one; the one that counts for the clocks is that of the facts.
    """

    customer_class: str | None = None
    segment: Segment | None = None
    source: str | None = None
    need_id: UUID | None = None


UNSORTED: Final = Profile()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRegistration:
    """A registration as stored: its facts for the policy, and what people see of it.

    `stored_status` is the copy that was up to date when it was last saved; `due_at` is the instant of its next
    notice: all before it has been told, and None says that nothing is left. No decision reads either. An erased
    registration has no keys: it matches nobody any more. `visited_at` is the last store visit, from which its plan
    runs; None without one.
    """

    id: UUID
    number: str
    facts: Registration
    registrant_id: UUID
    owner_id: UUID
    contact_id: UUID
    new_need: bool
    policy_version_id: UUID
    stored_status: StandingStatus
    due_at: datetime | None
    erased_at: datetime | None = None
    profile: Profile = UNSORTED
    visited_at: datetime | None = None

    @property
    def registered_at(self) -> datetime:
        """Return the instant of admission."""
        return self.facts.made.at


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A recorded contact; `occurred_at` is what the user says, `recorded_at` is what counts."""

    id: UUID
    registration_id: UUID
    kind: FollowUpKind
    note: SealedText
    recorded_at: datetime
    occurred_at: datetime | None
    recorded_by_id: UUID


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


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffQuota:
    """A person's quota in a calendar month; `limit` is None where the channel has none."""

    staff_id: UUID
    month: date
    limit: int | None
    used: int

    @property
    def remaining(self) -> int | None:
        """How many are left; None without a limit."""
        return None if self.limit is None else max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt to register as it was answered; append-only. `detail` holds ids and instants only."""

    id: UUID
    attempted_at: datetime
    registrant_id: UUID | None
    recorded_by_id: UUID
    outcome: AttemptOutcome
    code: str
    clause: ClauseNumber | None
    registration_id: UUID | None
    policy_version_id: UUID
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Where a keyset page starts and how long it is; `after` is the last id of the page before."""

    first: int
    after: UUID | None = None
