"""More days for a field registration in a special case (3.3.3; policy.md section 8)."""

from datetime import datetime

from baobei.policy.customer_file import CustomerFile
from baobei.policy.records import Extended, Registration, apply
from baobei.policy.standing import expires_at, expiry_applies, standing
from baobei.policy.terms import RefusalCode, StandingStatus


def extend(
    registration: Registration, *, days: int, at: datetime, file: CustomerFile
) -> Extended | RefusalCode:
    """Decide an extension of `days` days approved at `at`.

    Late is allowed after an expiry only, and only while nothing has taken the registration's place
    since. The codes come in the order NOT_LIVE, NOT_APPLICABLE, LIMIT, TOO_LATE.

    Source: 3.3.3; policy.md section 8, `EXTENSION`.
    """
    worth = standing(registration, at)
    if not worth.live and worth.status is not StandingStatus.EXPIRED:
        return RefusalCode.NOT_LIVE
    if not expiry_applies(registration):
        return RefusalCode.NOT_APPLICABLE
    policy = registration.policy
    if (
        not 1 <= days <= policy.extension_max_days
        or registration.extension_count >= policy.extension_max_count
    ):
        return RefusalCode.LIMIT
    extension = Extended(at=at, days=days)
    if worth.ended_at is not None and (
        _passed(apply(registration, extension), at)
        or _place_taken(registration, since=worth.ended_at, file=file)
    ):
        return RefusalCode.TOO_LATE
    return extension


def _passed(extended: Registration, at: datetime) -> bool:
    new_deadline = expires_at(extended)
    return new_deadline is not None and at >= new_deadline


def _place_taken(registration: Registration, *, since: datetime, file: CustomerFile) -> bool:
    """Whether the customer was registered or ordered at or since the expiry."""
    match = registration.policy.match
    return any(
        other.id != registration.id and other.made.at >= since
        for other in file.registrations_of(registration.keys, match)
    ) or any(order.placed.at >= since for order in file.orders_of(registration.keys, match))
