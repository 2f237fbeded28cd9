"""What operations answer: closed unions of what was done and why it was not."""

from dataclasses import dataclass
from typing import Final

from baobei.policy.document import Policy
from baobei.policy.explain import explain_refusal
from baobei.policy.terms import ClauseNumber, StandingStatus, Text
from baobei.store.approval_models import Approval
from baobei.store.dispute_models import Dispute
from baobei.store.order_models import StoredOrder
from baobei.store.registration_models import StoredRegistration

NOT_OWNER: Final = "NOT_OWNER"
UNKNOWN_STAFF: Final = "UNKNOWN_STAFF"
NO_CHANNEL: Final = "NO_CHANNEL"
ALREADY_DECIDED: Final = "ALREADY_DECIDED"
TOO_MUCH_EVIDENCE: Final = "TOO_MUCH_EVIDENCE"
ALREADY_REQUESTED: Final = "ALREADY_REQUESTED"
EXTERNAL_REF_REUSED: Final = "EXTERNAL_REF_REUSED"
UNKNOWN_CLASS: Final = "UNKNOWN_CLASS"
UNKNOWN_SOURCE: Final = "UNKNOWN_SOURCE"
IN_THE_FUTURE: Final = "IN_THE_FUTURE"
REVEAL_LIMIT: Final = "REVEAL_LIMIT"
IDEMPOTENCY_KEY_REUSED: Final = "IDEMPOTENCY_KEY_REUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A change that was not made: `code` is stable, `message` is for people, `clause` is the rule."""

    code: str
    message: Text
    clause: ClauseNumber | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationChanged:
    """The registration after the change."""

    registration: StoredRegistration


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRecorded:
    """The order after the change."""

    order: StoredOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRecorded:
    """The request after it was made or decided."""

    approval: Approval


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeRecorded:
    """The dispute after the change."""

    dispute: Dispute


def refuse(
    code: str,
    clause: ClauseNumber | None = None,
    *,
    ended_as: StandingStatus | None = None,
    policy: Policy | None = None,
) -> Refused:
    """Return a refusal with its sentence."""
    message = explain_refusal(code, clause, ended_as=ended_as, policy=policy)
    return Refused(code=code, message=message, clause=clause)
