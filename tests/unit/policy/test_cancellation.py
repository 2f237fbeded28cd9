"""Section 7: an order called off gives back what it had taken, unless its place has been taken."""

import pytest

from baobei.policy.terms import Channel
from builders import ADDRESS, OTHER_ADDRESS, OTHER_PHONE, PHONE, Story, at, policy


def converted(story: Story | None = None) -> Story:
    told = story or Story()
    told.register("R1", "2026-11-01 10:00", by="F01")
    told.order("O1", "2026-11-05 10:00")
    return told


def test_the_registration_is_live_again_with_the_cancellation_as_a_touch() -> None:
    story = converted()
    assert story.cancel("O1", "2026-11-20 10:00") is None
    assert story.standing("R1", "2026-11-30 23:59:59").status == "PROTECTED"
    assert story.standing("R1", "2026-12-01 00:00").status == "LAPSED"


def test_its_expiry_is_satisfied_for_good() -> None:
    story = converted()
    story.cancel("O1", "2026-11-20 10:00")
    assert story.standing("R1", "2026-11-20 10:00").expires_at is None
    assert story.extend("R1", "2026-11-21 10:00") == "NOT_APPLICABLE"


def test_it_is_a_candidate_again() -> None:
    story = converted()
    story.cancel("O1", "2026-11-20 10:00")
    assert story.order("O2", "2026-11-21 10:00").registration == "R1"


def test_a_closed_order_can_be_called_off() -> None:
    story = converted()
    assert story.close("O1", "2026-11-06 10:00") is None
    assert story.cancel("O1", "2026-11-20 10:00") is None
    assert story.standing("R1", "2026-11-20 10:00").status == "PROTECTED"


@pytest.mark.parametrize(
    ("phone", "address"), [(PHONE, OTHER_ADDRESS), (OTHER_PHONE, ADDRESS), (PHONE, ADDRESS)]
)
def test_another_registration_after_the_order_takes_the_place(phone: str, address: str) -> None:
    story = converted()
    story.register("R2", "2026-11-06 10:00", by="F02", new_need=True, phone=phone, address=address)
    story.cancel("O1", "2026-11-20 10:00")
    worth = story.standing("R1", "2026-11-20 10:00")
    assert (worth.status, worth.clause, worth.ended_at) == ("LOST", None, at("2026-11-20 10:00"))


def test_a_registration_of_the_same_owner_takes_the_place_too() -> None:
    story = converted()
    story.register("R2", "2026-11-06 10:00", by="F01", new_need=True)
    story.cancel("O1", "2026-11-20 10:00")
    assert story.standing("R1", "2026-11-20 10:00").status == "LOST"


def test_one_that_was_withdrawn_since_has_taken_the_place_all_the_same() -> None:
    story = converted()
    story.register("R2", "2026-11-06 10:00", by="F02", new_need=True)
    story.withdraw("R2", "2026-11-07 10:00", by="F02")
    story.cancel("O1", "2026-11-20 10:00")
    assert story.standing("R1", "2026-11-20 10:00").status == "LOST"


def test_a_registration_of_another_customer_takes_no_place() -> None:
    story = converted()
    story.register("R2", "2026-11-06 10:00", by="F02", phone=OTHER_PHONE, address=OTHER_ADDRESS)
    story.cancel("O1", "2026-11-20 10:00")
    assert story.standing("R1", "2026-11-20 10:00").status == "PROTECTED"


def test_a_registration_before_the_order_takes_no_place() -> None:
    story = Story()
    story.register("R1", "2026-11-01 10:00", by="F01", phone=PHONE, address=OTHER_ADDRESS)
    story.register("R2", "2026-11-02 10:00", by="F02", phone=OTHER_PHONE, address=ADDRESS)
    assert story.order("O1", "2026-11-05 10:00").registration == "R1"
    story.cancel("O1", "2026-11-06 10:00")
    assert story.standing("R1", "2026-11-06 10:00").status == "PROTECTED"


def test_another_order_after_the_order_takes_the_place() -> None:
    story = converted()
    story.order("O2", "2026-11-06 10:00")
    story.cancel("O1", "2026-11-20 10:00")
    assert story.standing("R1", "2026-11-20 10:00").status == "LOST"


def test_another_order_that_is_cancelled_too_takes_no_place() -> None:
    story = converted()
    story.order("O2", "2026-11-06 10:00")
    story.cancel("O2", "2026-11-07 10:00")
    story.cancel("O1", "2026-11-20 10:00")
    assert story.standing("R1", "2026-11-20 10:00").status == "PROTECTED"


def test_an_order_before_the_registration_takes_no_place() -> None:
    story = Story()
    story.order("O0", "2026-10-01 10:00")
    story.register("R1", "2026-11-01 10:00", by="F01", new_need=True)
    story.order("O1", "2026-11-05 10:00")
    story.cancel("O1", "2026-11-20 10:00")
    assert story.standing("R1", "2026-11-20 10:00").status == "PROTECTED"


@pytest.mark.parametrize("curable", [True, False])
def test_whose_place_was_taken_is_lost_and_neither_expired_nor_lapsed(curable: bool) -> None:
    story = converted(Story(policy(lapse_curable=curable)))
    story.order("O2", "2026-11-06 10:00")
    story.cancel("O1", "2026-12-20 10:00")
    assert story.standing("R1", "2026-12-24 10:00").status == "LOST"


def test_the_lost_candidates_stay_lost() -> None:
    story = Story()
    story.register("R1", "2026-11-01 10:00", by="F01", phone=PHONE, address=OTHER_ADDRESS)
    story.register("R2", "2026-11-02 10:00", by="F02", phone=OTHER_PHONE, address=ADDRESS)
    story.order("O1", "2026-11-05 10:00")
    story.cancel("O1", "2026-11-06 10:00")
    assert story.standing("R2", "2026-11-06 10:00").status == "LOST"


def test_live_candidates_lost_to_a_taker_stay_lost() -> None:
    story = Story()
    story.register("R1", "2026-11-01 10:00", channel=Channel.STORE)
    story.order("O1", "2026-11-12 00:00")
    story.cancel("O1", "2026-11-13 10:00")
    assert story.standing("R1", "2026-11-13 10:00").status == "LOST"


def test_a_lost_candidate_is_looked_at_again_once_the_order_is_cancelled() -> None:
    story = Story()
    story.register("R1", "2026-11-01 10:00", channel=Channel.STORE)
    story.order("O1", "2026-11-12 00:00")
    story.cancel("O1", "2026-11-13 10:00")
    candidate = story.order("O2", "2026-11-14 10:00").candidates[0]
    assert (candidate.standing.status, candidate.clause) == ("LOST", None)


def test_where_a_lapse_ends_a_claim_the_cancellation_is_a_touch_too() -> None:
    story = converted(Story(policy(lapse_curable=False)))
    story.cancel("O1", "2026-12-20 10:00")
    assert story.standing("R1", "2026-12-30 23:59:59").status == "PROTECTED"
    assert story.standing("R1", "2026-12-31 00:00").live is False


def test_nothing_is_recorded_on_a_registration_while_its_order_stands() -> None:
    assert converted().follow_up("R1", "2026-11-06 10:00") == "NOT_LIVE"


def test_after_the_cancellation_the_owner_records_again() -> None:
    story = converted()
    story.cancel("O1", "2026-11-20 10:00")
    assert story.follow_up("R1", "2026-11-21 10:00") is None


@pytest.mark.parametrize("act", ["close", "cancel"])
def test_a_cancelled_order_is_neither_closed_nor_cancelled_again(act: str) -> None:
    story = converted()
    story.cancel("O1", "2026-11-20 10:00")
    before = story.order_of("O1")
    assert getattr(story, act)("O1", "2026-11-21 10:00") == "NOT_APPLICABLE"
    assert story.order_of("O1") == before


def test_a_closed_order_is_not_closed_again() -> None:
    story = converted()
    story.close("O1", "2026-11-06 10:00")
    assert story.close("O1", "2026-11-07 10:00") == "NOT_APPLICABLE"
