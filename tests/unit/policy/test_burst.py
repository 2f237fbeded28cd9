"""Registrations that share a review: only those of which the calendar makes the same."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baobei.policy.burst import Burst, Course, course_of
from baobei.policy.calendar import Counting
from baobei.policy.notices import NoticeKind, review
from baobei.policy.records import Registration
from baobei.policy.terms import Channel
from builders import at, policy, registration
from strategies import policies

FIRST = at("2000-01-01 00:00")
MIDNIGHT = at("2026-11-17 00:00")


def course(facts: Registration) -> Course:
    return course_of(
        facts.policy,
        facts.channel,
        made_at=facts.made.at,
        touched_at=facts.last_touch_at,
        measured=facts.measured_at is not None,
        deposit_taken=facts.deposit_taken,
        extended_days=facts.extended_days,
        customer_class=facts.customer_class,
    )


def numbers(
    book: Sequence[Registration], *, now: datetime = MIDNIGHT, since: datetime = FIRST
) -> tuple[Burst, list[int]]:
    burst = Burst(at=now)
    found = [
        burst.number_of(course(facts), lambda facts=facts: facts, touched_at=facts.last_touch_at, since=since)
        for facts in book
    ]
    return burst, found


def test_what_was_made_on_one_day_is_reviewed_once() -> None:
    book = [registration(made=f"2026-11-01 {hour:02}:{hour * 2:02}") for hour in range(24)]
    burst, found = numbers(book)
    assert (found, len(burst.reviews)) == ([0] * 24, 1)
    assert burst.reviews[0].told[-1].kind is NoticeKind.EXPIRED


@pytest.mark.parametrize(
    "other",
    [
        registration(made="2026-11-02 00:00"),
        registration(made="2026-11-01 10:00", channel=Channel.STORE),
        registration(made="2026-11-01 10:00", policy=policy(lapse_days=9)),
        registration(made="2026-11-01 10:00", customer_class="A"),
        registration(made="2026-11-01 10:00", last_touch_at=at("2026-11-02 09:00")),
        registration(made="2026-11-01 10:00", measured_at=at("2026-11-01 11:00")),
        registration(made="2026-11-01 10:00", deposit_taken=True),
        registration(made="2026-11-01 10:00", extended_days=1),
    ],
    ids=["the next day", "channel", "policy", "class", "touched", "measured", "deposit taken", "extended"],
)
def test_what_the_calendar_tells_apart_has_a_review_of_its_own(other: Registration) -> None:
    assert numbers([registration(made="2026-11-01 10:00"), other])[1] == [0, 1]


def test_where_days_elapse_only_what_was_made_at_one_instant_is_reviewed_once() -> None:
    elapsed = policy(counting=Counting.ELAPSED)
    book = [registration(made=f"2026-11-01 10:00:{second:02}", policy=elapsed) for second in (0, 1, 0)]
    assert numbers(book)[1] == [0, 1, 0]


def test_what_has_been_told_up_to_another_instant_has_a_review_of_its_own() -> None:
    burst, facts = Burst(at=MIDNIGHT), registration(made="2026-11-01 10:00")
    for since, number in ((FIRST, 0), (MIDNIGHT, 1), (FIRST, 0)):
        seen = burst.number_of(course(facts), lambda: facts, touched_at=facts.last_touch_at, since=since)
        assert seen == number


def test_touches_of_one_day_on_both_sides_of_a_notice_have_reviews_of_their_own() -> None:
    # In 2010 clocks were turned back at 00:01 in Newfoundland: after midnight it was the day before once more.
    newfoundland = policy(time_zone="America/St_Johns", lapse_days=1, lapse_reminder_days=(1,))
    reminder = datetime(2010, 11, 7, 2, 30, tzinfo=UTC)
    book = [
        registration(made=reminder + timedelta(minutes=minutes), channel=Channel.STORE, policy=newfoundland)
        for minutes in (-600, 30)
    ]
    assert course(book[0]) == course(book[1])
    burst, found = numbers(book, now=reminder + timedelta(hours=2))
    told = [[notice.kind for notice in burst.reviews[n].told] for n in found]
    assert told == [[NoticeKind.LAPSING_SOON], []]


_hours = st.integers(0, 24 * 20)


@given(
    policies=st.lists(policies, min_size=1, max_size=2),
    book=st.lists(
        st.fixed_dictionaries(
            {
                "policy": st.integers(0, 1),
                "channel": st.sampled_from(list(Channel)),
                "made": _hours,
                "touched": st.sampled_from([0, 0, 1, 9, 24, 71, 24 * 11]),
                "measured": st.booleans(),
                "deposit_taken": st.booleans(),
                "extended_days": st.sampled_from([0, 0, 5]),
            }
        ),
        min_size=1,
        max_size=40,
    ),
    since=_hours,
    now=st.integers(0, 24 * 60),
)
def test_each_registration_has_the_review_that_it_has_alone(
    policies: list[Any], book: list[dict[str, Any]], since: int, now: int
) -> None:
    beginning = at("2026-10-20 10:00")
    facts = [
        registration(
            made=(made := beginning + timedelta(hours=each["made"])),
            channel=each["channel"],
            policy=policies[each["policy"] % len(policies)],
            last_touch_at=made + timedelta(hours=each["touched"]),
            measured_at=made if each["measured"] else None,
            deposit_taken=each["deposit_taken"],
            extended_days=each["extended_days"],
        )
        for each in book
    ]
    told_until = beginning + timedelta(hours=since)
    instant = beginning + timedelta(hours=now)
    burst, found = numbers(facts, now=instant, since=told_until)
    assert [burst.reviews[n] for n in found] == [review(each, since=told_until, at=instant) for each in facts]
