"""Disputing a decision: until when, how often, and in what a dispute ends (policy.md sections 1 and 7)."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
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
    """By what somebody has a stake in who is credited; of several, the first counts.

    OWNER: who made, owns or once owned a registration of the customer, however it ended; REFUSED: for whom an attempt
    came to none.
    """

    TAKER = "TAKER"
    CREDITED = "CREDITED"
    OWNER = "OWNER"
    REFUSED = "REFUSED"


class CaseEventKind(enum.StrEnum):
    """What a case event says happened."""

    REGISTERED = "REGISTERED"
    ATTEMPT_REFUSED = "ATTEMPT_REFUSED"
    ATTEMPT_WAITING = "ATTEMPT_WAITING"
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
    REQUEST_WITHDRAWN = "REQUEST_WITHDRAWN"
    REQUEST_PASSED_ON = "REQUEST_PASSED_ON"
    ORDER_PLACED = "ORDER_PLACED"
    ORDER_CLOSED = "ORDER_CLOSED"
    ORDER_CANCELLED = "ORDER_CANCELLED"
    DECIDED = "DECIDED"
    RULED = "RULED"
    REVERSED = "REVERSED"
    DISPUTED = "DISPUTED"
    STATEMENT = "STATEMENT"
    DISPUTE_DECIDED = "DISPUTE_DECIDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """A dispute of the decision in force that somebody else opened or took back; `by_opener`: who opened it did so."""

    opened_at: datetime
    ended_at: datetime
    by_opener: bool = True


def disputable_until(
    decided_at: datetime, policy: Policy, *, taken_back: Iterable[TakenBack] = ()
) -> datetime:
    """Return the first instant at which a person can no longer dispute a decision.

    While a dispute is open nobody can open another: when it is taken back, the days begin again for everybody but who
    both opened it and took it back, so that nobody is shut out by somebody else. One that was itself opened in such
    days begins none, unless another than who opened it took it back: then they begin each time.
    `policy` is the version that the order keeps. Aware, UTC, exclusive.

    Source: policy.md section 2; `dispute_days`.
    """

    def days_from(instant: datetime) -> datetime:
        return deadline(instant, policy.dispute_days, counting=policy.counting, time_zone=policy.time_zone)

    first = until = days_from(decided_at)
    for each in sorted(taken_back, key=lambda each: each.ended_at):
        if each.opened_at < (first if each.by_opener else until):
            until = max(until, days_from(each.ended_at))
    return until


def refuse_dispute(
    order: Order,
    *,
    decided_at: datetime,
    at: datetime,
    has_open: bool,
    gains_nothing: bool,
    upheld: bool,
    decided: int,
    taken_back: Iterable[TakenBack] = (),
) -> RefusalCode | None:
    """Return why the decision in force cannot be disputed at `at`, or None when it can.

    `decided_at` is that of the decision in force; `gains_nothing`: it credits the person alone, and upheld it would
    shut out everybody else; `upheld`: a dispute of it was rejected; `decided` counts the disputes of the order that
    were ruled on or rejected; `taken_back` are those of this decision that somebody else opened or took back. Whether
    the person has a stake is the caller's to check. The codes come in the order CANCELLED, ALREADY_OPEN,
    CREDITED_WHOLE, NOT_APPLICABLE (upheld), LIMIT, TOO_LATE.

    Source: 3.3.2; `dispute_days`, `dispute_rounds`.
    """
    if order.cancelled:
        return RefusalCode.CANCELLED
    if has_open:
        return RefusalCode.ALREADY_OPEN
    if gains_nothing:
        return RefusalCode.CREDITED_WHOLE
    if upheld:
        return RefusalCode.NOT_APPLICABLE
    if decided >= order.policy.dispute_rounds:
        return RefusalCode.LIMIT
    until = disputable_until(decided_at, order.policy, taken_back=taken_back)
    return None if at < until else RefusalCode.TOO_LATE
