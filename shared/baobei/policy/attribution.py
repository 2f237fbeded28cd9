"""Who is credited with an order, and why (业绩界定; policy.md section 7)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from baobei.policy.customer_file import CustomerFile
from baobei.policy.receipts import digest
from baobei.policy.records import Order, RecordedEnd, Registration
from baobei.policy.standing import Standing, standing
from baobei.policy.terms import (
    WHOLE_CREDIT,
    ClauseNumber,
    Clauses,
    Credit,
    RegistrationId,
    StaffId,
    StandingStatus,
    Verdict,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A registration that was looked at, as it stood at the instant the order was placed.

    `holds` is True for at most one; `clause` is why it holds or is void, None for a lost one.
    """

    registration: Registration
    standing: Standing
    holds: bool
    clause: ClauseNumber | None

    @property
    def owner(self) -> StaffId:
        """Return who owned the registration when the order was placed."""
        return self.registration.owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """The decision on one order; `credits` sum to 10 000 basis points or are empty (UNASSIGNED).

    `clause` is 3.3.1 for REGISTRANT, else that of the last candidate, None where there is none.
    """

    verdict: Verdict
    credits: tuple[Credit, ...]
    registration: RegistrationId | None
    clause: ClauseNumber | None
    needs_review: bool
    candidates: tuple[Candidate, ...]
    digest: str

    @property
    def lost(self) -> tuple[RegistrationId, ...]:
        """Return the live candidates that the order ends as lost."""
        return tuple(c.registration.id for c in self.candidates if c.standing.live and not c.holds)


def attribute(order: Order, file: CustomerFile) -> Attribution:
    """Decide an order at the instant it was placed, under the policy it keeps.

    `file` holds the records of the customer at that instant; those made after the order are not
    looked at.

    Source: policy.md section 7, 1-5.
    """
    looked_at = [(r, standing(r, order.placed.at)) for r in _candidates(order, file)]
    holder = _holder(order, looked_at)
    candidates = tuple(
        Candidate(
            registration=registration,
            standing=worth,
            holds=registration is holder,
            clause=Clauses.FIRST_COME if registration is holder else _void_by(worth.status),
        )
        for registration, worth in looked_at
    )
    verdict, credited = _verdict(order, holder)
    credits = () if credited is None else (Credit(staff=credited, share_bp=WHOLE_CREDIT),)
    live_owners = {c.owner for c in candidates if c.standing.live}
    last_clause = candidates[-1].clause if candidates else None
    return Attribution(
        verdict=verdict,
        credits=credits,
        registration=holder.id if holder else None,
        clause=Clauses.FIRST_COME if holder else last_clause,
        needs_review=len(live_owners) > 1,
        candidates=candidates,
        digest=_digest(order, candidates, verdict=verdict, credits=credits),
    )


def _candidates(order: Order, file: CustomerFile) -> list[Registration]:
    """Return the registrations to look at, earliest first: made before, not withdrawn, not served yet."""
    match = order.policy.match
    earlier_orders = CustomerFile(
        orders=tuple(o for o in file.orders if o.id != order.id and o.placed < order.placed)
    )
    return [
        r
        for r in file.registrations_of(order.keys, match)
        if r.made < order.placed
        and (r.end is None or r.end.kind not in (RecordedEnd.WITHDRAWN, RecordedEnd.CONVERTED))
        and not earlier_orders.has_order_since(r, r.made, match)
    ]


def _holder(order: Order, looked_at: list[tuple[Registration, Standing]]) -> Registration | None:
    """Return the earliest protected one, else the earliest live lapsed one nobody else took it from."""
    for registration, worth in looked_at:
        if worth.protected:
            return registration
    for registration, worth in looked_at:
        if worth.live and order.taken_by in (None, registration.owner):
            return registration
    return None


def _void_by(status: StandingStatus) -> ClauseNumber | None:
    if status is StandingStatus.PROTECTED:
        return Clauses.FIRST_COME
    if status in (StandingStatus.LAPSED, StandingStatus.SUPERSEDED):
        return Clauses.FOLLOW_UP
    if status is StandingStatus.EXPIRED:
        return Clauses.EXPIRY
    return None


def _verdict(order: Order, holder: Registration | None) -> tuple[Verdict, StaffId | None]:
    if holder is not None:
        return Verdict.REGISTRANT, holder.owner
    if order.taken_by is not None:
        return Verdict.TAKER, order.taken_by
    return Verdict.UNASSIGNED, None


def _digest(
    order: Order, candidates: tuple[Candidate, ...], *, verdict: Verdict, credits: tuple[Credit, ...]
) -> str:
    """Return the receipt: SHA-256 over inputs, policy and outcome, without any personal data."""
    receipt = {
        "order": {"id": order.id, "placed_at": _utc(order.placed.at), "taken_by": order.taken_by},
        "policy": order.policy.digest,
        "candidates": [_facts(candidate) for candidate in candidates],
        "verdict": verdict.value,
        "credits": [[credit.staff, credit.share_bp] for credit in credits],
    }
    return digest(receipt)


def _facts(candidate: Candidate) -> dict[str, Any]:
    registration, worth = candidate.registration, candidate.standing
    return {
        "registration": registration.id,
        "registered_at": _utc(registration.made.at),
        "registrant": registration.registrant,
        "owner": registration.owner,
        "channel": registration.channel.value,
        "policy": registration.policy.digest,
        "last_touch_at": _utc(registration.last_touch_at),
        "measured_at": _utc(registration.measured_at),
        "deposit_taken": registration.deposit_taken,
        "extended_days": registration.extended_days,
        "standing": worth.status.value,
        "lapses_at": _utc(worth.lapses_at),
        "expires_at": _utc(worth.expires_at),
        "ended_at": _utc(worth.ended_at),
        "holds": candidate.holds,
        "clause": candidate.clause,
    }


def _utc(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(UTC).isoformat()
