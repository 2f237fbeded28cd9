"""P.2: a customer of whom everything ended before the retention may be erased."""

from typing import Any

import pytest

from baobei.policy.customer_file import CustomerFile
from baobei.policy.records import End, RecordedEnd
from baobei.policy.retention import kept_since, may_be_erased
from baobei.policy.terms import Channel
from builders import SHANGHAI, at, order, registration

NOW = at("2028-11-20 12:00")
SINCE = at("2026-11-20 00:00")


@pytest.mark.parametrize(
    ("now", "years", "since"),
    [
        ("2028-11-20 00:00", 2, "2026-11-20 00:00"),
        ("2028-11-20 23:59", 2, "2026-11-20 00:00"),
        ("2028-02-29 10:00", 1, "2027-02-28 00:00"),
        ("2028-02-29 10:00", 4, "2024-02-28 00:00"),
    ],
)
def test_what_is_kept_begins_at_a_local_midnight(now: str, years: int, since: str) -> None:
    assert kept_since(at(now), years=years, time_zone=SHANGHAI) == at(since)


def ended(when: str) -> dict[str, Any]:
    return {"end": End(kind=RecordedEnd.WITHDRAWN, at=at(when))}


@pytest.mark.parametrize(
    ("recorded", "may"),
    [
        (registration(made="2026-11-01 10:00", **ended("2026-11-19 23:59")), True),
        (registration(made="2026-11-01 10:00", **ended("2026-11-20 00:00")), False),
        # Expired by the calendar: 15 days after it was made.
        (registration(made="2026-11-03 10:00"), True),
        (registration(made="2026-11-04 10:00"), False),
        # A store's never expires: it lapses, 10 days after the last touch.
        (registration(made="2026-11-08 10:00", channel=Channel.STORE), True),
        (registration(made="2026-11-09 10:00", channel=Channel.STORE), False),
        (
            registration(
                made="2026-11-01 10:00", channel=Channel.STORE, last_touch_at=at("2026-11-21 10:00")
            ),
            False,
        ),
    ],
)
def test_a_registration_has_to_have_ended_before_it(recorded: Any, may: bool) -> None:
    file = CustomerFile(registrations=(recorded,))
    assert may_be_erased(file, since=SINCE, at=NOW) is may


def test_a_protected_registration_is_kept() -> None:
    file = CustomerFile(registrations=(registration(made="2028-11-19 10:00", channel=Channel.STORE),))
    assert not may_be_erased(file, since=NOW, at=NOW)


@pytest.mark.parametrize(
    ("state", "may"),
    [
        ({}, False),
        ({"closed_at": at("2026-11-19 12:00")}, True),
        ({"cancelled_at": at("2026-11-19 12:00")}, True),
        ({"closed_at": at("2026-11-20 00:00")}, False),
        ({"closed_at": at("2026-11-01 12:00"), "cancelled_at": at("2026-11-21 12:00")}, False),
    ],
)
def test_an_order_has_to_be_closed_or_cancelled_before_it(state: dict[str, Any], may: bool) -> None:
    file = CustomerFile(orders=(order(placed="2026-10-01 10:00", **state),))
    assert may_be_erased(file, since=SINCE, at=NOW) is may
