"""Attempts to register as they are stored."""

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from baobei.policy.terms import AdmissionOutcome, ClauseNumber


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
