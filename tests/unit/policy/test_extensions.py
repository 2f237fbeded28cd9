"""Section 8, EXTENSION (3.3.3): on time, late, too late, and where it does not apply."""

import pytest

from baobei.policy.calendar import Counting
from baobei.policy.document import Policy
from baobei.policy.terms import Channel
from builders import ADDRESS, OTHER_ADDRESS, OTHER_PHONE, PHONE, Story, at, policy


def registered(rules: Policy | None = None, **facts: object) -> Story:
    story = Story(rules or policy())
    story.register("R1", "2026-11-01 10:00", **facts)
    return story


def test_an_extension_counts_from_the_old_deadline() -> None:
    story = registered()
    assert story.extend("R1", "2026-11-10 10:00", days=5) is None
    assert story.standing("R1", "2026-11-10 10:00").expires_at == at("2026-11-22 00:00")


@pytest.mark.parametrize(
    ("now", "status"),
    [("2026-11-21 23:59:59", "LAPSED"), ("2026-11-22 00:00", "EXPIRED"), ("2026-11-22 00:00:01", "EXPIRED")],
)
def test_the_extended_registration_expires_at_the_new_deadline(now: str, status: str) -> None:
    story = registered()
    story.extend("R1", "2026-11-10 10:00", days=5)
    assert story.standing("R1", now).status == status


def test_an_extension_is_a_touch() -> None:
    story = registered()
    story.extend("R1", "2026-11-10 10:00", days=15)
    assert story.standing("R1", "2026-11-20 23:59:59").status == "PROTECTED"
    assert story.standing("R1", "2026-11-21 00:00").status == "LAPSED"


def test_elapsed_days_move_the_deadline_by_24_hours_each() -> None:
    story = registered(policy(counting=Counting.ELAPSED))
    story.extend("R1", "2026-11-10 10:00", days=2)
    assert story.standing("R1", "2026-11-10 10:00").expires_at == at("2026-11-18 10:00")


@pytest.mark.parametrize(
    ("days", "refusal"), [(0, "LIMIT"), (-1, "LIMIT"), (1, None), (15, None), (16, "LIMIT")]
)
def test_an_extension_is_of_1_to_15_days(days: int, refusal: str | None) -> None:
    assert registered().extend("R1", "2026-11-10 10:00", days=days) == refusal


def test_a_refused_extension_changes_nothing() -> None:
    story = registered()
    before = story.registration("R1")
    assert story.extend("R1", "2026-11-10 10:00", days=16) == "LIMIT"
    assert story.registration("R1") == before


def test_a_registration_is_extended_once() -> None:
    story = registered()
    story.extend("R1", "2026-11-10 10:00", days=1)
    assert story.extend("R1", "2026-11-11 10:00", days=1) == "LIMIT"


def test_where_the_policy_allows_two_the_days_add_up() -> None:
    story = registered(policy(extension_max_count=2))
    story.extend("R1", "2026-11-10 10:00", days=15)
    assert story.extend("R1", "2026-11-11 10:00", days=10) is None
    assert story.standing("R1", "2026-11-11 10:00").expires_at == at("2026-12-12 00:00")


def test_where_the_policy_allows_none_every_one_is_over_the_limit() -> None:
    assert registered(policy(extension_max_count=0)).extend("R1", "2026-11-10 10:00") == "LIMIT"


def test_a_store_registration_does_not_expire_and_is_not_extended() -> None:
    assert registered(channel=Channel.STORE).extend("R1", "2026-11-10 10:00") == "NOT_APPLICABLE"


def test_a_measured_registration_is_not_extended() -> None:
    story = registered()
    story.measure("R1", "2026-11-05 10:00")
    assert story.extend("R1", "2026-11-10 10:00") == "NOT_APPLICABLE"


def test_not_applicable_is_named_before_the_limit() -> None:
    assert registered(channel=Channel.STORE).extend("R1", "2026-11-10 10:00", days=99) == "NOT_APPLICABLE"


def test_a_withdrawn_registration_is_not_live() -> None:
    story = registered()
    story.withdraw("R1", "2026-11-05 10:00")
    assert story.extend("R1", "2026-11-10 10:00", days=99) == "NOT_LIVE"


def test_a_registration_that_lapsed_for_good_is_not_live() -> None:
    assert registered(policy(lapse_curable=False)).extend("R1", "2026-11-12 00:00") == "NOT_LIVE"


@pytest.mark.parametrize("when", ["2026-11-17 00:00", "2026-11-17 00:00:01", "2026-12-01 23:59:59"])
def test_a_late_extension_makes_an_expired_registration_live_again(when: str) -> None:
    story = registered()
    assert story.standing("R1", when).status == "EXPIRED"
    assert story.extend("R1", when, days=15) is None
    assert story.standing("R1", when).status == "PROTECTED"


def test_a_late_extension_protects_again_after_somebody_has_asked_in_vain() -> None:
    story = registered(policy(monthly_quota=1))
    assert story.register("R2", "2026-11-17 10:00", by="F01").outcome == "OVER_QUOTA"
    assert story.extend("R1", "2026-11-17 11:00", days=15) is None
    assert story.register("R3", "2026-11-17 12:00", by="F02").outcome == "ALREADY_PROTECTED"


def test_a_late_extension_leaves_the_new_deadline_at_the_old_one_and_the_days() -> None:
    story = registered()
    story.extend("R1", "2026-11-25 10:00", days=15)
    assert story.standing("R1", "2026-12-01 23:59:59").status == "PROTECTED"
    assert story.standing("R1", "2026-12-02 00:00").status == "EXPIRED"


@pytest.mark.parametrize(
    ("when", "days", "refusal"),
    [
        ("2026-11-21 23:59:59", 5, None),
        ("2026-11-22 00:00", 5, "TOO_LATE"),
        ("2026-11-22 00:00:01", 5, "TOO_LATE"),
    ],
)
def test_it_is_too_late_when_the_new_deadline_too_has_passed(
    when: str, days: int, refusal: str | None
) -> None:
    assert registered().extend("R1", when, days=days) == refusal


@pytest.mark.parametrize(
    ("phone", "address"), [(PHONE, OTHER_ADDRESS), (OTHER_PHONE, ADDRESS), (PHONE, ADDRESS)]
)
def test_it_is_too_late_when_the_customer_was_registered_since(phone: str, address: str) -> None:
    story = registered()
    assert (
        story.register("R2", "2026-11-18 10:00", by="F02", phone=phone, address=address).outcome
        == "PROTECTED"
    )
    assert story.extend("R1", "2026-11-19 10:00") == "TOO_LATE"


def test_it_is_too_late_when_the_customer_was_registered_at_the_expiry_itself() -> None:
    story = registered()
    story.register("R2", "2026-11-17 00:00", by="F02")
    assert story.extend("R1", "2026-11-19 10:00") == "TOO_LATE"


def test_it_is_too_late_when_that_registration_was_withdrawn_in_the_meantime() -> None:
    story = registered()
    story.register("R2", "2026-11-18 10:00", by="F02")
    story.withdraw("R2", "2026-11-18 11:00", by="F02")
    assert story.extend("R1", "2026-11-19 10:00") == "TOO_LATE"


@pytest.mark.parametrize("placed", ["2026-11-17 00:00", "2026-11-18 10:00"])
def test_it_is_too_late_when_the_customer_ordered_at_or_since_the_expiry(placed: str) -> None:
    story = registered()
    story.order("O1", placed)
    assert story.extend("R1", "2026-11-19 10:00") == "TOO_LATE"


def test_an_order_that_was_cancelled_makes_nothing_too_late() -> None:
    story = registered()
    story.order("O1", "2026-11-18 10:00")
    story.cancel("O1", "2026-11-18 11:00")
    assert story.extend("R1", "2026-11-19 10:00") is None


def test_an_order_before_the_registration_makes_nothing_too_late() -> None:
    story = Story()
    story.order("O0", "2026-10-20 10:00")
    story.register("R1", "2026-11-01 10:00", new_need=True)
    assert story.extend("R1", "2026-11-18 10:00") is None


def test_the_limit_is_named_before_too_late() -> None:
    story = registered()
    story.register("R2", "2026-11-18 10:00", by="F02")
    assert story.extend("R1", "2026-11-19 10:00", days=16) == "LIMIT"


def test_a_lapse_for_good_that_would_have_fallen_after_an_undone_expiry_does_not_count() -> None:
    story = registered(policy(lapse_curable=False))
    story.follow_up("R1", "2026-11-10 10:00")
    assert story.standing("R1", "2026-11-24 10:00").status == "EXPIRED"
    assert story.extend("R1", "2026-11-24 10:00", days=15) is None
    assert story.standing("R1", "2026-11-24 10:00").status == "PROTECTED"


def test_one_second_before_the_expiry_an_extension_is_an_ordinary_one() -> None:
    story = registered()
    assert story.extend("R1", "2026-11-16 23:59:59", days=1) is None
    assert story.standing("R1", "2026-11-17 23:59:59").live is True
    assert story.standing("R1", "2026-11-18 00:00").live is False
