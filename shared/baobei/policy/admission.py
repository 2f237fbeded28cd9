"""What happens to an attempt to register (policy.md section 4).

The checks stand in the order of the law; the first that fails is the reason.
"""

from dataclasses import dataclass
from datetime import datetime

from baobei.policy.calendar import deadline
from baobei.policy.customer_file import CustomerFile
from baobei.policy.document import DealPoint, Policy
from baobei.policy.identity import CustomerKeys, usable_name
from baobei.policy.quota import Quota
from baobei.policy.records import Order, Registration
from baobei.policy.standing import Standing, standing
from baobei.policy.terms import (
    AdmissionOutcome,
    Channel,
    ClauseNumber,
    Clauses,
    Moment,
    OrderId,
    RegistrationId,
    RequiredFact,
    StaffId,
    StandingStatus,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt to register a customer; `keys` holds what of phone and address was usable."""

    made: Moment
    by: StaffId
    channel: Channel
    name: str
    keys: CustomerKeys
    new_need: bool = False
    customer_class: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incomplete:
    """Facts are missing or unusable; `fields` in alphabetical order (3.2.2)."""

    fields: tuple[RequiredFact, ...]
    outcome: AdmissionOutcome = AdmissionOutcome.INCOMPLETE
    clause: ClauseNumber = Clauses.THREE_FACTS


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterDeal:
    """The customer's deal had been made (3.2.1)."""

    order: OrderId
    outcome: AdmissionOutcome = AdmissionOutcome.AFTER_DEAL
    clause: ClauseNumber = Clauses.AFTER_DEAL


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateOwn:
    """The person already owns a live registration of the customer (3.3.1)."""

    existing: RegistrationId
    outcome: AdmissionOutcome = AdmissionOutcome.DUPLICATE_OWN
    clause: ClauseNumber = Clauses.FIRST_COME


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyProtected:
    """Somebody else's claim protects; only `protected_until` may be told to the person (3.3.1)."""

    protected_until: datetime
    outcome: AdmissionOutcome = AdmissionOutcome.ALREADY_PROTECTED
    clause: ClauseNumber = Clauses.FIRST_COME


@dataclass(frozen=True, slots=True, kw_only=True)
class CoolingDown:
    """The person's own registration of the customer ended a short while ago; free again at `until`."""

    ended: RegistrationId
    until: datetime
    clause: ClauseNumber
    outcome: AdmissionOutcome = AdmissionOutcome.COOLING_DOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class OverQuota:
    """The person's month is used up (3.4.2)."""

    quota: Quota
    outcome: AdmissionOutcome = AdmissionOutcome.OVER_QUOTA
    clause: ClauseNumber = Clauses.QUOTA


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """The registration is admitted and protects; the lapsed ones it takes over from end with it."""

    supersedes: tuple[RegistrationId, ...]
    outcome: AdmissionOutcome = AdmissionOutcome.PROTECTED
    clause: ClauseNumber = Clauses.FIRST_COME


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitingApproval:
    """It would be admitted, and is of another region: it waits for that region's store manager (B.4.2)."""

    outcome: AdmissionOutcome = AdmissionOutcome.AWAITING_APPROVAL
    clause: ClauseNumber = Clauses.CROSS_REGION


NotAdmitted = (
    Incomplete | AfterDeal | DuplicateOwn | AlreadyProtected | CoolingDown | OverQuota | AwaitingApproval
)
Admission = Admitted | NotAdmitted


def missing_facts(name: str, keys: CustomerKeys) -> tuple[RequiredFact, ...]:
    """Return the required facts that are absent or unusable, in alphabetical order (3.2.2)."""
    missing = []
    if keys.address is None:
        missing.append(RequiredFact.ADDRESS)
    if not usable_name(name):
        missing.append(RequiredFact.NAME)
    if keys.phone is None:
        missing.append(RequiredFact.PHONE)
    return tuple(missing)


def admit(attempt: Attempt, *, file: CustomerFile, quota: Quota, policy: Policy) -> Admission:
    """Decide an attempt under the policy in force at its instant.

    `file` holds the records of the customer before the attempt; `quota` is the person's in the month
    and channel of the attempt.

    Source: policy.md section 4.
    """
    if fields := missing_facts(attempt.name, attempt.keys):
        return Incomplete(fields=fields)
    return admit_complete(attempt, file=file, quota=quota, policy=policy)


def admit_complete(attempt: Attempt, *, file: CustomerFile, quota: Quota, policy: Policy) -> Admission:
    """Decide an attempt whose three facts were found to be there: checks 2 to 5."""
    if (obstacle := obstacle_to(attempt, file=file, policy=policy)) is not None:
        return obstacle
    if quota.used_up:
        return OverQuota(quota=quota)
    live = (
        registration.id
        for registration in file.registrations_of(attempt.keys, policy.match)
        if standing(registration, attempt.made.at).live
    )
    return Admitted(supersedes=tuple(live))


def held_back(decision: Admission, *, cross_region: bool) -> Admission:
    """Return what becomes of an attempt that may be of another region: what would be admitted waits.

    Source: B.4.2, B.5.4; policy.md section 8.
    """
    return AwaitingApproval() if cross_region and isinstance(decision, Admitted) else decision


def obstacle_to(
    attempt: Attempt, *, file: CustomerFile, policy: Policy
) -> AfterDeal | DuplicateOwn | AlreadyProtected | CoolingDown | None:
    """Return what about the customer stands in the way of an attempt, or None (checks 2 to 3c).

    Looks at the keys that the attempt has, so that a check before registering may know the phone alone.
    """
    if not attempt.new_need and (deal := _deal(attempt, file, policy)):
        return AfterDeal(order=deal.id)
    registrations = file.registrations_of(attempt.keys, policy.match)
    standings = [(registration, standing(registration, attempt.made.at)) for registration in registrations]
    claim = _live_claim(attempt.by, standings)
    return claim if claim is not None else _cooling_down(attempt, standings, policy)


def _deal(attempt: Attempt, file: CustomerFile, policy: Policy) -> Order | None:
    """Return the customer's first order whose deal point has been reached (check 2)."""
    for order in file.orders_of(attempt.keys, policy.match):
        if policy.deal_point is DealPoint.DEPOSIT or order.closed_at is not None:
            return order
    return None


def _live_claim(
    person: StaffId, standings: list[tuple[Registration, Standing]]
) -> DuplicateOwn | AlreadyProtected | None:
    """Look once at the live claims, earliest first; another's lapsed one is passed over (check 3)."""
    for registration, worth in standings:
        if not worth.live:
            continue
        if registration.owner == person:
            return DuplicateOwn(existing=registration.id)
        if worth.protected:
            return AlreadyProtected(protected_until=worth.protected_until)
    return None


_COOLING_ENDS = {
    StandingStatus.EXPIRED: Clauses.EXPIRY,
    StandingStatus.LAPSED: Clauses.FOLLOW_UP,
    StandingStatus.SUPERSEDED: Clauses.FOLLOW_UP,
    StandingStatus.WITHDRAWN: Clauses.FIRST_COME,
}


def _cooling_down(
    attempt: Attempt, standings: list[tuple[Registration, Standing]], policy: Policy
) -> CoolingDown | None:
    """Return the person's latest end of this customer that is too fresh (check 3c)."""
    if policy.reclaim_cooldown_days == 0:
        return None
    latest: CoolingDown | None = None
    latest_end: tuple[datetime, Moment] | None = None
    for registration, worth in standings:
        if worth.ended_at is None or worth.status not in _COOLING_ENDS or registration.owner != attempt.by:
            continue
        until = deadline(
            worth.ended_at,
            policy.reclaim_cooldown_days,
            counting=policy.counting,
            time_zone=policy.time_zone,
        )
        end = (worth.ended_at, registration.made)
        if attempt.made.at < until and (latest_end is None or end > latest_end):
            latest_end = end
            latest = CoolingDown(ended=registration.id, until=until, clause=_COOLING_ENDS[worth.status])
    return latest
