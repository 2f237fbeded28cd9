"""What is told of a registration and when: on each side of every instant."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baobei.policy.calendar import Counting
from baobei.policy.customer_file import CustomerFile
from baobei.policy.extensions import extend
from baobei.policy.notices import Notice, next_notice_at, notices, review, told_before
from baobei.policy.records import (
    Ended,
    Extended,
    FollowedUp,
    Measured,
    RecordedEnd,
    Registration,
    Reinstated,
    Transferred,
    apply,
)
from baobei.policy.standing import standing
from baobei.policy.terms import Channel, StaffId
from builders import at, policy, registration
from strategies import policies

STORE = Channel.STORE
FIRST = at("2000-01-01 00:00")


def told(facts: Registration, now: str, *, since: datetime = FIRST) -> list[str]:
    return [shown(notice) for notice in review(facts, since=since, at=at(now)).told]


def shown(notice: Notice) -> str:
    return f"{notice.kind} {notice.days_left}" if notice.days_left else notice.kind.value


def calendar(facts: Registration, zone: str = "Asia/Shanghai") -> list[tuple[str, str]]:
    """What is told and when, as a clock on the wall shows it."""
    local = facts.policy.time_zone
    return [(shown(n), n.at.astimezone(local).strftime("%m-%d %H:%M")) for n in notices(facts)]


def test_a_field_registration_that_nobody_touches_is_told_of_in_this_order() -> None:
    assert calendar(registration(made="2026-11-01 10:00")) == [
        ("FOLLOW_UP_DUE 1", "11-04 09:00"),
        ("FOLLOW_UP_OVERDUE", "11-05 00:00"),
        ("LAPSING_SOON 1", "11-11 00:00"),
        ("LAPSED", "11-12 00:00"),
        ("EXPIRING_SOON 3", "11-14 00:00"),
        ("EXPIRING_SOON 1", "11-16 00:00"),
        ("EXPIRED", "11-17 00:00"),
    ]


def test_a_store_registration_never_expires_and_nobody_is_told_that_it_does() -> None:
    kinds = [kind for kind, _ in calendar(registration(channel=STORE))]
    assert kinds == ["FOLLOW_UP_DUE 1", "FOLLOW_UP_OVERDUE", "LAPSING_SOON 1", "LAPSED"]


@pytest.mark.parametrize(
    ("before", "instant", "kind"),
    [
        ("2026-11-04 08:59:59", "2026-11-04 09:00:00", "FOLLOW_UP_DUE 1"),
        ("2026-11-04 23:59:59", "2026-11-05 00:00:00", "FOLLOW_UP_OVERDUE"),
        ("2026-11-10 23:59:59", "2026-11-11 00:00:00", "LAPSING_SOON 1"),
        ("2026-11-11 23:59:59", "2026-11-12 00:00:00", "LAPSED"),
        ("2026-11-13 23:59:59", "2026-11-14 00:00:00", "EXPIRING_SOON 3"),
        ("2026-11-15 23:59:59", "2026-11-16 00:00:00", "EXPIRING_SOON 1"),
        ("2026-11-16 23:59:59", "2026-11-17 00:00:00", "EXPIRED"),
    ],
)
def test_a_notice_is_told_from_its_instant_on_and_not_a_second_before(
    before: str, instant: str, kind: str
) -> None:
    facts = registration(made="2026-11-01 10:00")
    seen = review(facts, since=FIRST, at=at(before))
    assert kind not in [shown(notice) for notice in seen.told]
    assert seen.next_at == at(instant)
    assert told(facts, instant, since=at(instant)) == [kind]


def test_what_was_told_before_is_not_told_again() -> None:
    facts = registration(made="2026-11-01 10:00")
    assert told(facts, "2026-11-12 00:00", since=at("2026-11-12 00:00:01")) == []
    assert review(facts, since=None, at=at("2026-11-30 00:00")).told == ()


def test_a_late_look_leaves_reminders_out_and_no_fact() -> None:
    facts = registration(made="2026-11-01 10:00")
    assert told(facts, "2026-11-30 10:00") == ["FOLLOW_UP_OVERDUE", "LAPSED", "EXPIRED"]


@pytest.mark.parametrize(
    ("now", "kinds"),
    [
        ("2026-11-04 23:59:59", ["FOLLOW_UP_DUE 1"]),
        ("2026-11-05 00:00:00", ["FOLLOW_UP_OVERDUE"]),
        ("2026-11-11 23:59:59", ["FOLLOW_UP_OVERDUE", "LAPSING_SOON 1"]),
        ("2026-11-12 00:00:00", ["FOLLOW_UP_OVERDUE", "LAPSED"]),
        ("2026-11-16 10:00:00", ["FOLLOW_UP_OVERDUE", "LAPSED", "EXPIRING_SOON 3", "EXPIRING_SOON 1"]),
        ("2026-11-17 00:00:00", ["FOLLOW_UP_OVERDUE", "LAPSED", "EXPIRED"]),
    ],
)
def test_a_reminder_is_of_use_until_its_deadline(now: str, kinds: list[str]) -> None:
    assert told(registration(made="2026-11-01 10:00"), now) == kinds


def test_a_follow_up_moves_follow_up_and_lapse_and_leaves_the_expiry() -> None:
    touched = apply(registration(made="2026-11-01 10:00"), FollowedUp(at=at("2026-11-09 15:00")))
    assert calendar(touched) == [
        ("FOLLOW_UP_DUE 1", "11-12 09:00"),
        ("FOLLOW_UP_OVERDUE", "11-13 00:00"),
        ("EXPIRING_SOON 3", "11-14 00:00"),
        ("EXPIRING_SOON 1", "11-16 00:00"),
        ("EXPIRED", "11-17 00:00"),
    ]


@pytest.mark.parametrize(
    "event",
    [Measured(at=at("2026-11-13 10:00")), Reinstated(at=at("2026-11-13 10:00"))],
    ids=["measured", "an order cancelled"],
)
def test_where_the_expiry_is_satisfied_nobody_is_told_of_it(event: Any) -> None:
    kinds = [kind for kind, _ in calendar(apply(registration(), event))]
    assert kinds == ["FOLLOW_UP_DUE 1", "FOLLOW_UP_OVERDUE", "LAPSING_SOON 1", "LAPSED"]


def test_a_transfer_is_a_touch_and_its_notices_are_the_new_owner_s() -> None:
    moved = apply(registration(channel=STORE), Transferred(at=at("2026-11-05 10:00"), to=StaffId("G07")))
    assert (moved.owner, calendar(moved)[0]) == ("G07", ("FOLLOW_UP_DUE 1", "11-08 09:00"))


def test_an_extension_moves_the_expiry_with_its_reminders() -> None:
    longer = apply(registration(made="2026-11-01 10:00"), Extended(at=at("2026-11-16 10:00"), days=5))
    kinds = [entry for entry in calendar(longer) if entry[0].startswith("EXPIR")]
    assert kinds == [
        ("EXPIRING_SOON 3", "11-19 00:00"),
        ("EXPIRING_SOON 1", "11-21 00:00"),
        ("EXPIRED", "11-22 00:00"),
    ]


def test_a_reminder_that_would_fall_before_the_last_touch_is_none() -> None:
    late = extend(
        registration(made="2026-11-01 10:00"), days=2, at=at("2026-11-17 10:00"), file=CustomerFile()
    )
    assert isinstance(late, Extended)
    back = apply(registration(made="2026-11-01 10:00"), late)
    kinds = [entry for entry in calendar(back) if entry[0].startswith("EXPIR")]
    assert kinds == [("EXPIRING_SOON 1", "11-18 00:00"), ("EXPIRED", "11-19 00:00")]


def test_the_last_reminder_before_an_expiry_goes_to_the_manager_too() -> None:
    marked = [(shown(notice), notice.last) for notice in notices(registration()) if notice.last]
    assert marked == [("EXPIRING_SOON 1", True)]
    later = registration(policy=policy(expiry_reminder_days=(7, 5)))
    assert [notice.days_left for notice in notices(later) if notice.last] == [5]


@pytest.mark.parametrize("kind", list(RecordedEnd))
def test_nothing_is_told_of_a_registration_that_an_act_has_ended(kind: RecordedEnd) -> None:
    ended = apply(registration(), Ended(at=at("2026-11-02 10:00"), kind=kind))
    assert notices(ended) == ()
    assert review(ended, since=FIRST, at=at("2026-12-01 10:00")).told == ()
    assert next_notice_at(ended, after=FIRST) is None


def test_nothing_is_told_after_the_end_that_the_calendar_brings() -> None:
    slow = registration(made="2026-11-01 10:00", policy=policy(follow_up_days=20, lapse_days=30))
    assert [kind for kind, _ in calendar(slow)] == ["EXPIRING_SOON 3", "EXPIRING_SOON 1", "EXPIRED"]


def test_a_lapse_for_good_is_the_last_thing_told() -> None:
    for_good = registration(made="2026-11-01 10:00", policy=policy(lapse_curable=False))
    assert calendar(for_good)[-1] == ("LAPSED", "11-12 00:00")


def test_an_expiry_at_the_instant_of_a_lapse_is_told_alone() -> None:
    both = policy(lapse_days=15, lapse_curable=False)
    assert calendar(registration(made="2026-11-01 10:00", policy=both))[-1] == ("EXPIRED", "11-17 00:00")
    assert "LAPSED" not in [kind for kind, _ in calendar(registration(policy=both))]


@pytest.mark.parametrize(
    ("zone", "made", "due_at", "lapsing_soon_at", "lapsed_at"),
    [
        # 25 hours, 23 hours, a midnight that is skipped: the wall clock decides.
        ("America/New_York", "2026-10-29 10:00", "2026-11-01T14:00", "2026-11-08T05:00", "2026-11-09T05:00"),
        ("Europe/Berlin", "2026-03-26 10:00", "2026-03-29T07:00", "2026-04-04T22:00", "2026-04-05T22:00"),
        ("America/Santiago", "2026-09-02 10:00", "2026-09-05T13:00", "2026-09-12T03:00", "2026-09-13T03:00"),
        ("Africa/Cairo", "2026-04-12 10:00", "2026-04-15T07:00", "2026-04-21T22:00", "2026-04-22T22:00"),
        ("Asia/Kolkata", "2026-11-01 00:00", "2026-11-04T03:30", "2026-11-10T18:30", "2026-11-11T18:30"),
    ],
)
def test_reminders_go_by_the_wall_clock_of_their_own_zone(
    zone: str, made: str, due_at: str, lapsing_soon_at: str, lapsed_at: str
) -> None:
    elsewhere = registration(made=at(made, zone), channel=STORE, policy=policy(time_zone=zone))
    at_utc = {notice.kind.value: notice.at.isoformat()[:16] for notice in notices(elsewhere)}
    assert at_utc["FOLLOW_UP_DUE"] == due_at
    assert at_utc["LAPSING_SOON"] == lapsing_soon_at
    assert at_utc["LAPSED"] == lapsed_at


@pytest.mark.parametrize(
    ("made", "due_at"),
    [
        ("2026-11-01 10:00", "11-04 09:00"),  # overdue at 10:00 of that day
        ("2026-11-01 09:00", "11-03 09:00"),  # overdue at 09:00: the morning before
        ("2026-11-01 07:30", "11-03 09:00"),
    ],
)
def test_where_days_elapse_the_morning_is_the_last_one_before_the_deadline(made: str, due_at: str) -> None:
    elapsed = registration(made=made, policy=policy(counting=Counting.ELAPSED))
    assert calendar(elapsed)[0] == ("FOLLOW_UP_DUE 1", due_at)


def test_where_days_elapse_so_do_those_of_a_reminder() -> None:
    elapsed = registration(made="2026-11-01 10:00", policy=policy(counting=Counting.ELAPSED))
    assert ("LAPSING_SOON 1", "11-10 10:00") in calendar(elapsed)
    assert ("EXPIRING_SOON 3", "11-13 10:00") in calendar(elapsed)


def test_the_policy_says_at_what_time_and_how_long_before() -> None:
    ours = policy(reminder_time=time(18, 30), lapse_reminder_days=(5, 2), expiry_reminder_days=())
    assert calendar(registration(made="2026-11-01 10:00", policy=ours)) == [
        ("FOLLOW_UP_DUE 1", "11-04 18:30"),
        ("FOLLOW_UP_OVERDUE", "11-05 00:00"),
        ("LAPSING_SOON 5", "11-07 00:00"),
        ("LAPSING_SOON 2", "11-10 00:00"),
        ("LAPSED", "11-12 00:00"),
        ("EXPIRED", "11-17 00:00"),
    ]


def test_a_reminder_from_before_the_registration_was_made_is_none() -> None:
    short = policy(lapse_days=1, lapse_reminder_days=(3, 1), follow_up_days=1)
    assert calendar(registration(made="2026-11-01 10:00", channel=STORE, policy=short)) == [
        ("LAPSING_SOON 1", "11-02 00:00"),
        ("FOLLOW_UP_DUE 1", "11-02 09:00"),
        ("FOLLOW_UP_OVERDUE", "11-03 00:00"),
        ("LAPSED", "11-03 00:00"),
    ]


def test_a_touch_by_a_slower_clock_does_not_have_a_reminder_told_twice() -> None:
    before = registration(made="2026-11-01 10:00")
    swept_to = at("2026-11-16 00:00")  # the last reminder is told, the expiry is next
    due_at = review(before, since=FIRST, at=swept_to).next_at
    touched = apply(before, FollowedUp(at=swept_to - timedelta(milliseconds=5)))
    told_already = told_before(before, due_at)
    assert next_notice_at(touched, after=touched.last_touch_at) == swept_to
    assert next_notice_at(touched, after=touched.last_touch_at, told=told_already) == at("2026-11-17 00:00")


_touches = st.sampled_from(["follow up", "measure", "transfer", "extend", "order and cancel", "nothing"])
_steps = st.lists(
    st.tuples(
        st.sampled_from(
            [timedelta(0), timedelta(hours=7), timedelta(days=1), timedelta(days=4), timedelta(days=11)]
        ),
        _touches,
        st.booleans(),
    ),
    max_size=14,
)


@given(policy=policies, channel=st.sampled_from(list(Channel)), steps=_steps)
def test_each_notice_of_each_deadline_is_told_once_whoever_looks_and_whenever(
    policy: Any, channel: Channel, steps: list[tuple[timedelta, str, bool]]
) -> None:
    watched, left_alone = Desk(policy, channel), Desk(policy, channel)
    moment = watched.facts.made.at
    for gap, act, swept in steps:
        watched.sweep_all_until(moment + gap)
        if swept:
            left_alone.sweep(moment + gap)
        moment += gap
        assert watched.facts == left_alone.facts
        watched.act(act, moment)
        left_alone.act(act, moment)
    end = moment + timedelta(days=90)
    watched.sweep_all_until(end)
    left_alone.sweep(end)
    assert len(set(watched.told)) == len(watched.told)
    assert len(set(left_alone.told)) == len(left_alone.told)
    assert left_alone.facts_told == watched.facts_told
    assert set(left_alone.told) <= set(watched.told)
    assert standing(watched.facts, end) == standing(left_alone.facts, end)


class Desk:
    """One registration, kept as the service keeps it: its facts, and when there is something to tell next."""

    def __init__(self, policy: Any, channel: Channel) -> None:
        self.facts = registration(channel=channel, policy=policy)
        self.due_at = next_notice_at(self.facts, after=self.facts.made.at)
        self.told: list[Notice] = []

    @property
    def facts_told(self) -> list[Notice]:
        return [notice for notice in self.told if not notice.kind.reminds]

    def sweep(self, moment: datetime) -> None:
        if self.due_at is not None and self.due_at <= moment:
            seen = review(self.facts, since=self.due_at, at=moment)
            self.told += seen.told
            self.due_at = seen.next_at

    def sweep_all_until(self, moment: datetime) -> None:
        """Look at every instant at which there is something to tell."""
        while self.due_at is not None and self.due_at <= moment:
            self.sweep(self.due_at)

    def act(self, act: str, moment: datetime) -> None:
        events = self._events(act, moment)
        if not events:
            return
        self.told += review(self.facts, since=self.due_at, at=moment).told
        told = told_before(self.facts, self.due_at)
        for event in events:
            self.facts = apply(self.facts, event)
        self.due_at = next_notice_at(self.facts, after=moment, told=told)

    def _events(self, act: str, moment: datetime) -> list[Any]:
        if act == "extend":
            decided = extend(self.facts, days=5, at=moment, file=CustomerFile())
            return [decided] if isinstance(decided, Extended) else []
        if act == "nothing" or not standing(self.facts, moment).live:
            return []
        if act == "order and cancel":
            return [Ended(at=moment, kind=RecordedEnd.CONVERTED), Reinstated(at=moment)]
        return {
            "follow up": [FollowedUp(at=moment)],
            "measure": [Measured(at=moment)],
            "transfer": [Transferred(at=moment, to=StaffId("F02"))],
        }[act]
