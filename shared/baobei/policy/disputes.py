"""Disputing a decision: until when, how often, and in what a dispute ends (policy.md sections 1 and 7)."""

import enum
from datetime import datetime

from baobei.policy.calendar import deadline
from baobei.policy.document import Policy
from baobei.policy.records import Order
from baobei.policy.terms import RefusalCode


class DisputeStatus(enum.StrEnum):
    """Where a dispute is; all but OPEN are final."""

    OPEN = "OPEN"
    RULED = "RULED"
    UPHELD = "UPHELD"
    WITHDRAWN = "WITHDRAWN"
    VOID = "VOID"


class Stake(enum.StrEnum):
    """By what somebody has a stake in who is credited; of several, the first counts."""

    TAKER = "TAKER"
    CREDITED = "CREDITED"
    OWNER = "OWNER"
    REFUSED = "REFUSED"


class CaseEventKind(enum.StrEnum):
    """What an entry of the evidence says happened."""

    REGISTERED = "REGISTERED"
    ATTEMPT_REFUSED = "ATTEMPT_REFUSED"
    FOLLOWED_UP = "FOLLOWED_UP"
    MEASURED = "MEASURED"
    EXTENDED = "EXTENDED"
    TRANSFERRED = "TRANSFERRED"
    LAPSED = "LAPSED"
    EXPIRED = "EXPIRED"
    SUPERSEDED = "SUPERSEDED"
    WITHDRAWN = "WITHDRAWN"
    CONVERTED = "CONVERTED"
    LOST = "LOST"
    REINSTATED = "REINSTATED"
    REQUESTED = "REQUESTED"
    REQUEST_DECIDED = "REQUEST_DECIDED"
    ORDER_PLACED = "ORDER_PLACED"
    ORDER_CLOSED = "ORDER_CLOSED"
    ORDER_CANCELLED = "ORDER_CANCELLED"
    DECIDED = "DECIDED"
    RULED = "RULED"
    REVERSED = "REVERSED"
    DISPUTED = "DISPUTED"
    STATEMENT = "STATEMENT"
    DISPUTE_DECIDED = "DISPUTE_DECIDED"


def disputable_until(decided_at: datetime, policy: Policy) -> datetime:
    """Return the first instant at which a decision can no longer be disputed.

    `policy` is the version that the order keeps. Aware, UTC, exclusive.

    Source: policy.md section 2; `dispute_days`.
    """
    return deadline(decided_at, policy.dispute_days, counting=policy.counting, time_zone=policy.time_zone)


def refuse_dispute(
    order: Order, *, decided_at: datetime, at: datetime, has_open: bool, upheld: bool, decided: int
) -> RefusalCode | None:
    """Return why the decision in force cannot be disputed at `at`, or None when it can.

    `decided_at` is that of the decision in force; `upheld`: a dispute of it was rejected; `decided` counts the
    disputes of the order that were ruled on or rejected. Whether the person has a stake is the caller's to check.
    The codes come in the order CANCELLED, ALREADY_OPEN, NOT_APPLICABLE (upheld), LIMIT, TOO_LATE.

    Source: 3.3.2; `dispute_days`, `dispute_rounds`.
    """
    if order.cancelled:
        return RefusalCode.CANCELLED
    if has_open:
        return RefusalCode.ALREADY_OPEN
    if upheld:
        return RefusalCode.NOT_APPLICABLE
    if decided >= order.policy.dispute_rounds:
        return RefusalCode.LIMIT
    return None if at < disputable_until(decided_at, order.policy) else RefusalCode.TOO_LATE
