"""Section 6: how many a person may register in a month (3.4.1, 3.4.2)."""

from datetime import date

import pytest

from baobei.policy.document import DealPoint
from baobei.policy.quota import Quota, Tally, quota_of
from baobei.policy.terms import Channel, StaffId
from builders import Story, at, policy

TWO = policy(monthly_quota=2)
TWO_CLOSING = policy(monthly_quota=2, deal_point=DealPoint.CLOSING)


def customer(number: int) -> dict[str, str]:
    return {"phone": f"+86138{number:08d}", "address": f"浦东新区锦绣路{number}弄3栋2单元501"}


def full_month(story: Story) -> Story:
    story.register("R1", "2026-11-01 10:00", **customer(1))
    story.register("R2", "2026-11-01 11:00", **customer(2))
    return story


def next_one(story: Story, when: str = "2026-11-20 10:00", **who: object) -> str:
    return story.register("R9", when, **customer(9), **who).outcome


def test_the_quota_itself_may_be_used() -> None:
    story = Story(TWO)
    story.register("R1", "2026-11-01 10:00", **customer(1))
    assert story.register("R2", "2026-11-01 11:00", **customer(2)).outcome == "PROTECTED"


def test_one_more_than_the_quota_is_refused_by_3_4_2() -> None:
    decision = full_month(Story(TWO)).register("R9", "2026-11-20 10:00", **customer(9))
    assert (decision.outcome, decision.clause) == ("OVER_QUOTA", "3.4.2")
    assert decision.quota == Quota(staff=StaffId("F01"), month=date(2026, 11, 1), limit=2, used=2)


def test_a_quota_of_nothing_admits_nothing() -> None:
    assert next_one(Story(policy(monthly_quota=0))) == "OVER_QUOTA"


def test_stores_have_no_quota() -> None:
    story = Story(policy(monthly_quota=0))
    assert next_one(story, by="G01", channel=Channel.STORE) == "PROTECTED"


def test_each_person_has_a_quota() -> None:
    assert next_one(full_month(Story(TWO)), by="F02") == "PROTECTED"


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-11-30 23:59:59", "OVER_QUOTA"),
        ("2026-12-01 00:00", "PROTECTED"),
        ("2026-12-01 00:00:01", "PROTECTED"),
    ],
)
def test_a_month_ends_at_the_local_midnight(when: str, expected: str) -> None:
    assert next_one(full_month(Story(TWO)), when) == expected


def test_the_last_second_of_a_month_counts_for_that_month() -> None:
    story = Story(policy(monthly_quota=1))
    story.register("R1", "2026-10-31 23:59:59", **customer(1))
    assert next_one(story, "2026-11-01 00:00") == "PROTECTED"


def test_in_another_zone_the_month_is_that_zone_s() -> None:
    story = Story(policy(monthly_quota=1, time_zone="America/New_York"))
    story.register("R1", "2026-11-01 11:59:59", **customer(1))
    assert next_one(story, "2026-11-01 12:00") == "PROTECTED"


def test_refused_attempts_use_nothing() -> None:
    story = Story(TWO)
    story.register("R1", "2026-11-01 10:00", **customer(1))
    story.register("R2", "2026-11-01 11:00", **{**customer(2), "phone": None})
    story.register("R3", "2026-11-01 12:00", **customer(1))
    assert next_one(story) == "PROTECTED"


def test_an_expired_registration_still_counts() -> None:
    assert next_one(full_month(Story(TWO)), "2026-11-20 10:00") == "OVER_QUOTA"


def test_a_withdrawn_registration_still_counts() -> None:
    story = full_month(Story(TWO))
    assert story.withdraw("R1", "2026-11-02 10:00") is None
    assert next_one(story) == "OVER_QUOTA"


def test_a_transferred_registration_counts_for_the_person_who_made_it() -> None:
    story = full_month(Story(TWO))
    assert story.transfer("R1", "2026-11-02 10:00", to="F02") is None
    assert next_one(story, "2026-11-03 10:00", by="F01") == "OVER_QUOTA"
    assert next_one(story, "2026-11-03 10:00", by="F02") == "PROTECTED"


def test_a_deposit_gives_the_slot_back_at_once() -> None:
    story = full_month(Story(TWO))
    story.order("O1", "2026-11-02 10:00", **customer(1))
    assert next_one(story, "2026-11-02 10:00") == "PROTECTED"


def test_under_closing_only_the_closing_gives_the_slot_back() -> None:
    story = full_month(Story(TWO_CLOSING))
    story.order("O1", "2026-11-02 10:00", **customer(1))
    assert next_one(story, "2026-11-03 10:00") == "OVER_QUOTA"
    story.close("O1", "2026-11-04 10:00")
    assert next_one(story, "2026-11-04 10:00") == "PROTECTED"


def test_a_cancelled_order_takes_the_slot_back() -> None:
    story = full_month(Story(TWO))
    story.order("O1", "2026-11-02 10:00", **customer(1))
    story.cancel("O1", "2026-11-03 10:00")
    assert next_one(story) == "OVER_QUOTA"


def test_a_cancelled_order_takes_the_slot_back_however_the_registration_then_stands() -> None:
    story = full_month(Story(TWO))
    story.order("O1", "2026-11-02 10:00", **customer(1))
    story.order("O2", "2026-11-02 11:00", **customer(1))
    story.cancel("O1", "2026-11-03 10:00")
    assert story.standing("R1", "2026-11-03 10:00").status == "LOST"
    assert next_one(story) == "OVER_QUOTA"


def test_under_closing_a_returned_closed_order_takes_the_slot_back() -> None:
    story = full_month(Story(TWO_CLOSING))
    story.order("O1", "2026-11-02 10:00", **customer(1))
    story.close("O1", "2026-11-04 10:00")
    story.cancel("O1", "2026-11-05 10:00")
    assert next_one(story) == "OVER_QUOTA"


def test_an_order_that_went_to_its_taker_gives_no_slot_back() -> None:
    story = full_month(Story(TWO))
    story.order("O1", "2026-11-20 09:00", taken_by="F09", **customer(1))
    assert next_one(story, "2026-11-20 10:00") == "OVER_QUOTA"


def test_a_slot_comes_back_to_the_month_it_was_taken_from() -> None:
    story = Story(policy(monthly_quota=1))
    story.register("R1", "2026-10-25 10:00", **customer(1))
    story.register("R2", "2026-11-01 10:00", **customer(2))
    story.order("O1", "2026-11-02 10:00", **customer(1))
    assert next_one(story, "2026-11-03 10:00") == "OVER_QUOTA"


def test_a_person_in_both_channels_uses_the_quota_channel_alone() -> None:
    tallies = {Channel.STORE: Tally(made=7), Channel.FIELD: Tally(made=3, converted=1)}
    quota = quota_of(
        staff=StaffId("F01"), month=date(2026, 11, 1), tallies=tallies, channel=Channel.FIELD, policy=policy()
    )
    assert (quota.used, quota.limit, quota.remaining) == (2, 20, 18)


def test_remaining_is_never_negative() -> None:
    assert Quota(staff=StaffId("F01"), month=date(2026, 11, 1), limit=20, used=21).remaining == 0


def test_without_a_limit_nothing_remains_to_be_counted() -> None:
    unlimited = Quota(staff=StaffId("G01"), month=date(2026, 11, 1), limit=None, used=500)
    assert (unlimited.remaining, unlimited.used_up) == (None, False)


def test_the_month_of_an_instant_is_local() -> None:
    story = Story(policy(monthly_quota=0))
    decision = story.register("R1", "2026-11-01 07:59", by="F01")
    assert decision.quota.month == date(2026, 11, 1)
    assert at("2026-11-01 07:59").isoformat() == "2026-10-31T23:59:00+00:00"
