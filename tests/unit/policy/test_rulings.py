"""Section 7: the department head's ruling (特殊情况由部门负责人裁决), and who may not rule."""

import pytest

from baobei.policy.rulings import refuse_ruling
from baobei.policy.terms import Credit, StaffId
from builders import ADDRESS, OTHER_ADDRESS, OTHER_PHONE, PHONE, Story, order


def ordered() -> Story:
    story = Story()
    story.register("R1", "2026-11-01 10:00", by="F01", phone=PHONE, address=OTHER_ADDRESS)
    story.register("R2", "2026-11-02 10:00", by="F02", phone=OTHER_PHONE, address=ADDRESS)
    story.order("O1", "2026-11-03 15:00", taken_by="F09")
    return story


def test_a_ruling_with_shares_that_sum_to_the_whole_stands() -> None:
    assert ordered().rule("O1", F01=6_000, F02=4_000) is None


@pytest.mark.parametrize(
    "shares",
    [
        {},
        {"F01": 9_999},
        {"F01": 10_001},
        {"F01": 10_000, "F02": 0},
        {"F01": 10_001, "F02": -1},
        {"F01": 5_000, "F02": 5_001},
    ],
)
def test_shares_that_are_not_a_whole_are_refused(shares: dict[str, int]) -> None:
    assert ordered().rule("O1", **shares) == "BAD_SHARES"


def test_a_person_named_twice_is_refused() -> None:
    twice = [Credit(staff=StaffId("F01"), share_bp=5_000), Credit(staff=StaffId("F01"), share_bp=5_000)]
    refusal = refuse_ruling(
        order(), ruled_by=StaffId("HEAD"), credits=twice, ever_credited=(), candidate_owners=()
    )
    assert refusal == "BAD_SHARES"


@pytest.mark.parametrize(("share", "refusal"), [(1, None), (0, "BAD_SHARES")])
def test_a_share_is_at_least_one_basis_point(share: int, refusal: str | None) -> None:
    assert ordered().rule("O1", F01=10_000 - share, F02=share) == refusal


@pytest.mark.parametrize("ruler", ["F09", "F01", "F02", "F03"])
def test_nobody_rules_on_a_case_of_their_own(ruler: str) -> None:
    """The taker, whom the decision credits, who owns a candidate, whom the ruling would credit."""
    assert ordered().rule("O1", by=ruler, F03=10_000) == "OWN_CASE"


def test_whom_an_earlier_ruling_credited_does_not_rule() -> None:
    story = ordered()
    assert story.rule("O1", by="HEAD", F04=10_000) is None
    assert story.rule("O1", by="HEAD", F05=10_000) is None
    assert story.rule("O1", by="F04", F05=10_000) == "OWN_CASE"


def test_a_refused_ruling_credits_nobody() -> None:
    story = ordered()
    assert story.rule("O1", by="HEAD", F04=9_999) == "BAD_SHARES"
    assert story.rule("O1", by="F04", F05=10_000) is None


def test_a_cancelled_order_cannot_be_ruled_on() -> None:
    story = ordered()
    story.cancel("O1", "2026-11-04 10:00")
    assert story.rule("O1", by="F01", F01=1) == "CANCELLED"


def test_bad_shares_are_named_before_the_own_case() -> None:
    assert ordered().rule("O1", by="F01", F01=9_999) == "BAD_SHARES"


def test_a_ruling_changes_no_registration() -> None:
    story = ordered()
    before = list(story.book.registrations())
    story.rule("O1", F03=10_000)
    assert list(story.book.registrations()) == before


def test_an_unassigned_order_can_be_ruled_on() -> None:
    story = Story()
    story.order("O1", "2026-11-03 15:00", taken_by=None)
    assert story.rule("O1", F03=10_000) is None
