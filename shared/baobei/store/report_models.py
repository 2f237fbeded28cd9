"""What the store hands out of daily reports: frozen values, as `models` has them for all else."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import NAMESPACE_OID, UUID, uuid5

from baobei.policy.terms import StandingStatus
from baobei.vault import SealedText

REGISTERED: Final = "REGISTRATION"
MEASURED: Final = "MEASUREMENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportEntry:
    """What was recorded of a customer: `kind` is REGISTERED, MEASURED or that of the follow-up; `note` may be none.

    `act_sequence` is the place of the act of a measuring visit, which has no row of its own; None of anything else.
    """

    kind: str
    record_id: UUID
    registration_id: UUID
    recorded_at: datetime
    recorded_by_id: UUID
    recorded_by_name: str
    note: SealedText | None
    act_sequence: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLine:
    """A customer on the sheet: the registration as it stood, and what was recorded of it on the day, in order.

    `number` is what people call the registration by, `owner_id` whose it is now; `follow_up_due_at` is None once it has
    ended, `days_left` where it does not protect.
    """

    registration_id: UUID
    number: str
    owner_id: UUID
    contact_id: UUID
    source: str | None
    need: SealedText | None
    status: StandingStatus
    follow_up_due_at: datetime | None
    days_left: int | None
    entries: tuple[ReportEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenLine:
    """A line of a submitted report with its keyed digest."""

    line: ReportLine
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedReport:
    """A report as it was submitted; appended, never changed. `closes_at` is the first instant that was late."""

    id: UUID
    unit_id: UUID
    day: date
    closes_at: datetime
    policy_version_id: UUID
    submitted_at: datetime
    submitted_by_id: UUID
    remark: SealedText | None
    recipient_ids: tuple[UUID, ...]
    copied_ids: tuple[UUID, ...]
    line_count: int
    entry_count: int
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What was added to a submitted report afterwards."""

    id: UUID
    report_id: UUID
    corrected_at: datetime
    corrected_by_id: UUID
    text: SealedText


def report_id_of(unit_id: UUID, day: date) -> UUID:
    """Return the id of a unit's day, the same whether it was submitted or missed."""
    return uuid5(NAMESPACE_OID, f"daily report/{unit_id}/{day.isoformat()}")
