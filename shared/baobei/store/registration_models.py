"""Registrations, their customers and follow-ups as they are stored; instants are aware, in UTC.

What people wrote, and who a customer is, comes sealed; `operations.disclosure` opens it for whoever may read it.
`Contact` is what is about to be sealed.
"""

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from baobei.policy.records import Registration
from baobei.policy.terms import FollowUpKind, StandingStatus
from baobei.vault import SealedText


class Segment(enum.StrEnum):
    """What kind of customer it is."""

    INDIVIDUAL = "INDIVIDUAL"
    COMPANY = "COMPANY"
    PROJECT = "PROJECT"


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
