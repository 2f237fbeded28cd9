"""Section 5: what a registration is worth, one second before a deadline, at it, and after (3.3.2, 3.3.3)."""

import pytest

from baobei.policy.calendar import Counting
from baobei.policy.records import (
    Ended,
    FollowedUp,
    Measured,
    RecordedEnd,
    Reinstated,
    Transferred,
    apply,
    fold,
)
from baobei.policy.standing import standing
from baobei.policy.terms import Channel, StaffId
from builders import Story, at, policy, registration

STORE = {"channel": Channel.STORE}
FOR_GOOD = policy(lapse_curable=False)


@pytest.mark.parametrize(
    ("now", "overdue"),
    [("2026-11-04 23:59:59", False), ("2026-11-05 00:00", True), ("2026-11-05 00:00:01", True)],
)
def test_a_follow_up_is_overdue_from_its_deadline_on(now: str, overdue: bool) -> None:
    assert standing(registration(), at(now)).follow_up_overdue is overdue


def test_an_overdue_follow_up_costs_no_protection() -> None:
    assert standing(registration(), at("2026-11-05 00:00")).status == "PROTECTED"


@pytest.mark.parametrize(
    ("now", "status", "clause"),
    [
        ("2026-11-01 10:00", "PROTECTED", "3.3.1"),
        ("2026-11-11 23:59:59", "PROTECTED", "3.3.1"),
        ("2026-11-12 00:00", "LAPSED", "3.3.2"),
        ("2026-11-12 00:00:01", "LAPSED", "3.3.2"),
    ],
)
def test_a_claim_lapses_at_the_end_of_the_tenth_day(now: str, status: str, clause: str) -> None:
    worth = standing(registration(**STORE), at(now))
    assert (worth.status, worth.clause, worth.live) == (status, clause, True)


@pytest.mark.parametrize(
    ("now", "status"),
    [
        ("2026-11-16 23:59:59", "LAPSED"),
        ("2026-11-17 00:00", "EXPIRED"),
        ("2026-11-17 00:00:01", "EXPIRED"),
        ("2027-11-17 00:00", "EXPIRED"),
    ],
)
def test_a_field_registration_expires_at_the_end_of_the_fifteenth_day(now: str, status: str) -> None:
    assert standing(registration(), at(now)).status == status


def test_an_expiry_ends_the_registration_at_its_deadline_by_3_3_3() -> None:
    worth = standing(registration(), at("2026-12-24 10:00"))
    assert (worth.live, worth.clause, worth.ended_at) == (False, "3.3.3", at("2026-11-17 00:00"))


def test_an_expired_registration_has_no_overdue_follow_up() -> None:
    assert standing(registration(), at("2026-12-24 10:00")).follow_up_overdue is False


def test_a_store_registration_never_expires() -> None:
    worth = standing(registration(**STORE), at("2027-11-17 00:00"))
    assert (worth.status, worth.live, worth.expires_at) == ("LAPSED", True, None)


def test_the_policy_says_which_channels_expire() -> None:
    stores = policy(expires_channels=frozenset({Channel.STORE}))
    assert standing(registration(policy=stores, **STORE), at("2026-11-17 00:00")).status == "EXPIRED"
    assert standing(registration(policy=stores), at("2026-11-17 00:00")).status == "LAPSED"


def test_a_measurement_satisfies_the_expiry_for_good() -> None:
    measured = apply(registration(), Measured(at=at("2026-11-16 23:59:59")))
    assert standing(measured, at("2026-11-17 00:00")).status == "PROTECTED"
    assert standing(measured, at("2027-11-17 00:00")).status == "LAPSED"


def test_the_first_measurement_is_the_one_remembered() -> None:
    once = apply(registration(), Measured(at=at("2026-11-03 10:00")))
    assert apply(once, Measured(at=at("2026-11-05 10:00"))).measured_at == at("2026-11-03 10:00")


def test_a_follow_up_does_not_move_the_expiry() -> None:
    touched = apply(registration(), FollowedUp(at=at("2026-11-16 10:00")))
    assert standing(touched, at("2026-11-17 00:00")).status == "EXPIRED"


@pytest.mark.parametrize(
    "touch",
    [
        FollowedUp(at=at("2026-11-11 10:00")),
        Measured(at=at("2026-11-11 10:00")),
        Transferred(at=at("2026-11-11 10:00"), to=StaffId("F02")),
    ],
)
def test_a_touch_starts_the_ten_days_again(touch: FollowedUp | Measured | Transferred) -> None:
    touched = apply(registration(**STORE), touch)
    assert standing(touched, at("2026-11-21 23:59:59")).status == "PROTECTED"
    assert standing(touched, at("2026-11-22 00:00")).status == "LAPSED"


def test_a_touch_on_a_lapsed_registration_cures_it() -> None:
    story = Story()
    story.register("R1", "2026-11-01 10:00", channel=Channel.STORE)
    assert story.follow_up("R1", "2026-11-12 00:00") is None
    assert story.standing("R1", "2026-11-12 00:00").status == "PROTECTED"


def test_a_transfer_leaves_the_channel_as_it_was() -> None:
    moved = apply(registration(), Transferred(at=at("2026-11-10 10:00"), to=StaffId("G01")))
    assert (moved.owner, moved.registrant, moved.channel) == ("G01", "F01", "FIELD")


def test_protected_until_is_the_earlier_of_lapse_and_expiry() -> None:
    touched = apply(registration(), FollowedUp(at=at("2026-11-10 10:00")))
    assert standing(registration(), at("2026-11-02 10:00")).protected_until == at("2026-11-12 00:00")
    assert standing(touched, at("2026-11-11 10:00")).protected_until == at("2026-11-17 00:00")


def test_elapsed_days_lapse_at_the_very_second() -> None:
    elapsed = registration(policy=policy(counting=Counting.ELAPSED))
    assert standing(elapsed, at("2026-11-11 09:59:59")).status == "PROTECTED"
    assert standing(elapsed, at("2026-11-11 10:00")).status == "LAPSED"
    assert standing(elapsed, at("2026-11-16 09:59:59")).status == "LAPSED"
    assert standing(elapsed, at("2026-11-16 10:00")).status == "EXPIRED"


def test_the_days_are_those_of_the_registration_s_own_version() -> None:
    short = registration(policy=policy(lapse_days=5))
    assert standing(short, at("2026-11-06 23:59:59")).status == "PROTECTED"
    assert standing(short, at("2026-11-07 00:00")).status == "LAPSED"


@pytest.mark.parametrize(
    ("zone", "made", "before", "deadline"),
    [
        ("America/New_York", "2026-10-25 10:00", "2026-11-05T04:59:59+00:00", "2026-11-05T05:00:00+00:00"),
        ("Europe/Berlin", "2026-03-20 10:00", "2026-03-30T21:59:59+00:00", "2026-03-30T22:00:00+00:00"),
        ("America/Santiago", "2026-08-26 10:00", "2026-09-06T03:59:59+00:00", "2026-09-06T04:00:00+00:00"),
        ("Africa/Cairo", "2026-04-13 10:00", "2026-04-23T21:59:59+00:00", "2026-04-23T22:00:00+00:00"),
    ],
)
def test_a_claim_lapses_at_the_midnight_of_its_own_zone(
    zone: str, made: str, before: str, deadline: str
) -> None:
    elsewhere = registration(made=at(made, zone), policy=policy(time_zone=zone))
    assert standing(elsewhere, at(before[:-6], "UTC")).status == "PROTECTED"
    assert standing(elsewhere, at(deadline[:-6], "UTC")).status == "LAPSED"


@pytest.mark.parametrize(
    ("now", "status", "live"),
    [("2026-11-11 23:59:59", "PROTECTED", True), ("2026-11-12 00:00", "LAPSED", False)],
)
def test_where_a_lapse_cannot_be_cured_it_ends_the_registration(now: str, status: str, live: bool) -> None:
    worth = standing(registration(policy=FOR_GOOD), at(now))
    assert (worth.status, worth.live) == (status, live)


def test_a_lapse_for_good_is_not_followed_by_an_expiry() -> None:
    worth = standing(registration(policy=FOR_GOOD), at("2026-12-24 10:00"))
    assert (worth.status, worth.clause, worth.ended_at) == ("LAPSED", "3.3.2", at("2026-11-12 00:00"))


def test_an_expiry_at_the_instant_of_a_lapse_for_good_counts_first() -> None:
    both = registration(policy=policy(lapse_curable=False, lapse_days=15))
    worth = standing(both, at("2026-11-17 00:00"))
    assert (worth.status, worth.clause) == ("EXPIRED", "3.3.3")


def test_an_expiry_before_a_lapse_for_good_stands() -> None:
    touched = apply(registration(policy=FOR_GOOD), FollowedUp(at=at("2026-11-10 10:00")))
    assert standing(touched, at("2026-12-24 10:00")).ended_at == at("2026-11-17 00:00")


def test_nothing_can_be_recorded_after_a_lapse_for_good() -> None:
    story = Story(FOR_GOOD)
    story.register("R1", "2026-11-01 10:00", channel=Channel.STORE)
    assert story.follow_up("R1", "2026-11-12 00:00") == "NOT_LIVE"


@pytest.mark.parametrize(
    ("kind", "clause"),
    [("CONVERTED", "3.3.1"), ("LOST", None), ("WITHDRAWN", "3.3.1"), ("SUPERSEDED", "3.3.2")],
)
def test_an_end_brought_about_by_an_act_stands_past_every_deadline(kind: str, clause: str | None) -> None:
    ended = apply(registration(), Ended(at=at("2026-11-05 10:00"), kind=RecordedEnd(kind)))
    worth = standing(ended, at("2026-12-24 10:00"))
    assert (worth.status, worth.clause, worth.ended_at) == (kind, clause, at("2026-11-05 10:00"))


def test_a_reinstated_registration_never_expires() -> None:
    back = apply(registration(), Reinstated(at=at("2026-11-10 10:00")))
    assert standing(back, at("2026-11-17 00:00")).status == "PROTECTED"
    assert standing(back, at("2026-11-21 00:00")).status == "LAPSED"


def test_fold_looks_at_what_was_recorded_up_to_the_instant() -> None:
    events = [FollowedUp(at=at("2026-11-05 10:00")), Measured(at=at("2026-11-08 10:00"))]
    folded = fold(registration(), events, until=at("2026-11-08 09:59:59"))
    assert (folded.last_touch_at, folded.measured_at) == (at("2026-11-05 10:00"), None)


def test_fold_includes_what_was_recorded_at_the_instant() -> None:
    events = [FollowedUp(at=at("2026-11-05 10:00")), Measured(at=at("2026-11-08 10:00"))]
    folded = fold(registration(), events, until=at("2026-11-08 10:00"))
    assert folded.measured_at == at("2026-11-08 10:00")


@pytest.mark.parametrize("act", ["follow_up", "measure", "withdraw"])
def test_only_the_owner_records_on_a_registration(act: str) -> None:
    story = Story()
    story.register("R1", "2026-11-01 10:00", by="F01")
    before = story.registration("R1")
    assert getattr(story, act)("R1", "2026-11-02 10:00", by="F02") == "NOT_OWNER"
    assert story.registration("R1") == before


@pytest.mark.parametrize("act", ["follow_up", "measure", "withdraw"])
def test_nobody_records_on_a_registration_that_has_ended(act: str) -> None:
    story = Story()
    story.register("R1", "2026-11-01 10:00")
    before = story.registration("R1")
    assert getattr(story, act)("R1", "2026-11-17 00:00") == "NOT_LIVE"
    assert story.registration("R1") == before


@pytest.mark.parametrize("act", ["follow_up", "measure", "withdraw"])
def test_an_end_is_named_before_the_owner(act: str) -> None:
    story = Story()
    story.register("R1", "2026-11-01 10:00", by="F01")
    assert getattr(story, act)("R1", "2026-11-17 00:00", by="F02") == "NOT_LIVE"


def test_a_transfer_to_the_owner_does_not_apply() -> None:
    story = Story()
    story.register("R1", "2026-11-01 10:00", by="F01")
    assert story.transfer("R1", "2026-11-02 10:00", to="F01") == "NOT_APPLICABLE"


def test_a_transfer_of_an_ended_registration_to_its_owner_is_not_live() -> None:
    story = Story()
    story.register("R1", "2026-11-01 10:00", by="F01")
    assert story.transfer("R1", "2026-11-17 00:00", to="F01") == "NOT_LIVE"


def test_after_a_transfer_the_new_owner_records() -> None:
    story = Story()
    story.register("R1", "2026-11-01 10:00", by="F01")
    assert story.transfer("R1", "2026-11-02 10:00", to="F02") is None
    assert story.follow_up("R1", "2026-11-03 10:00", by="F01") == "NOT_OWNER"
    assert story.follow_up("R1", "2026-11-03 10:00", by="F02") is None
