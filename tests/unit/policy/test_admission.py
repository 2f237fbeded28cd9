"""Section 4: what happens to an attempt to register, check by check (3.2.1, 3.2.2, 3.3.1, 3.3.2)."""

import pytest

from baobei.policy.admission import (
    Admission,
    AlreadyProtected,
    Attempt,
    CoolingDown,
    DuplicateOwn,
    Incomplete,
    OverQuota,
    admit,
)
from baobei.policy.customer_file import CustomerFile
from baobei.policy.document import DealPoint, Policy
from baobei.policy.identity import Match
from baobei.policy.quota import Quota
from baobei.policy.records import End, RecordedEnd
from baobei.policy.terms import Channel
from builders import (
    ADDRESS,
    NAME,
    OTHER_ADDRESS,
    OTHER_PHONE,
    PHONE,
    Story,
    at,
    attempt,
    order,
    policy,
    quota,
    registration,
)

SHIPPED = policy()
CLOSING = policy(deal_point=DealPoint.CLOSING)
BY_PHONE = policy(match=Match.PHONE)
UNUSED = quota()
COOLING = policy(reclaim_cooldown_days=7)


def decided(
    attempt: Attempt,
    *,
    registrations: tuple = (),
    orders: tuple = (),
    policy: Policy = SHIPPED,
    quota: Quota = UNUSED,
) -> Admission:
    return admit(
        attempt, file=CustomerFile(registrations=registrations, orders=orders), quota=quota, policy=policy
    )


def outcome(story_decision: Admission) -> tuple[str, str]:
    return (story_decision.outcome, story_decision.clause)


# 3.2.2


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        ({"name": ""}, ("name",)),
        ({"name": " \u3000\u200b"}, ("name",)),
        ({"phone": None}, ("phone",)),
        ({"address": None}, ("address",)),
        ({"name": "", "phone": None, "address": None}, ("address", "name", "phone")),
    ],
)
def test_an_attempt_needs_all_three_facts(facts: dict[str, str | None], missing: tuple[str, ...]) -> None:
    decision = decided(attempt(**facts))
    assert isinstance(decision, Incomplete)
    assert (decision.clause, decision.fields) == ("3.2.2", missing)


def test_incomplete_is_looked_at_before_the_deal() -> None:
    assert outcome(decided(attempt("2026-11-04 10:00", name=""), orders=(order(),))) == (
        "INCOMPLETE",
        "3.2.2",
    )


def test_under_phone_match_the_address_is_still_required() -> None:
    assert outcome(decided(attempt(address=None), policy=BY_PHONE)) == ("INCOMPLETE", "3.2.2")


# 3.2.1


def test_an_attempt_after_the_customer_s_order_is_void() -> None:
    assert outcome(decided(attempt("2026-11-03 15:00:01"), orders=(order(),))) == ("AFTER_DEAL", "3.2.1")


def test_an_attempt_at_the_very_instant_of_the_order_but_recorded_after_it_is_void() -> None:
    late = attempt("2026-11-03 15:00", sequence=101)
    assert outcome(decided(late, orders=(order(sequence=100),))) == ("AFTER_DEAL", "3.2.1")


def test_a_cancelled_order_is_no_deal() -> None:
    cancelled = order(cancelled_at=at("2026-11-03 18:00"))
    assert outcome(decided(attempt("2026-11-04 10:00"), orders=(cancelled,))) == ("PROTECTED", "3.3.1")


def test_a_new_need_passes_by_the_deal() -> None:
    renewed = attempt("2026-11-04 10:00", new_need=True)
    assert outcome(decided(renewed, orders=(order(),))) == ("PROTECTED", "3.3.1")


def test_a_new_need_passes_by_nothing_else() -> None:
    renewed = attempt("2026-11-04 10:00", new_need=True)
    assert outcome(decided(renewed, registrations=(registration(),))) == ("ALREADY_PROTECTED", "3.3.1")
    assert outcome(decided(renewed, quota=quota(used=20))) == ("OVER_QUOTA", "3.4.2")


def test_the_deal_comes_before_the_claims() -> None:
    decision = decided(attempt("2026-11-04 10:00"), registrations=(registration(),), orders=(order(),))
    assert outcome(decision) == ("AFTER_DEAL", "3.2.1")


def test_under_closing_a_deposit_is_no_deal_yet() -> None:
    assert outcome(decided(attempt("2026-11-04 10:00"), orders=(order(),), policy=CLOSING)) == (
        "PROTECTED",
        "3.3.1",
    )


def test_under_closing_a_closed_order_is_the_deal() -> None:
    closed = order(closed_at=at("2026-11-04 09:00"))
    assert outcome(decided(attempt("2026-11-04 10:00"), orders=(closed,), policy=CLOSING)) == (
        "AFTER_DEAL",
        "3.2.1",
    )


def test_a_deal_found_by_the_address_alone_is_the_customer_s() -> None:
    by_address = order(phone=OTHER_PHONE)
    assert outcome(decided(attempt("2026-11-04 10:00"), orders=(by_address,)))[0] == "AFTER_DEAL"


def test_under_phone_match_a_deal_at_the_same_address_is_somebody_else_s() -> None:
    by_address = order(phone=OTHER_PHONE)
    assert (
        outcome(decided(attempt("2026-11-04 10:00"), orders=(by_address,), policy=BY_PHONE))[0] == "PROTECTED"
    )


# 3.3.1


def test_a_customer_nobody_registered_is_protected() -> None:
    assert outcome(decided(attempt())) == ("PROTECTED", "3.3.1")


@pytest.mark.parametrize(
    ("phone", "address"), [(PHONE, OTHER_ADDRESS), (OTHER_PHONE, ADDRESS), (PHONE, ADDRESS)]
)
def test_another_s_protection_is_found_by_either_key(phone: str, address: str) -> None:
    decision = decided(
        attempt("2026-11-02 10:00", phone=phone, address=address), registrations=(registration(),)
    )
    assert outcome(decision) == ("ALREADY_PROTECTED", "3.3.1")


def test_under_phone_match_the_same_address_is_another_customer() -> None:
    decision = decided(
        attempt("2026-11-02 10:00", phone=OTHER_PHONE), registrations=(registration(),), policy=BY_PHONE
    )
    assert outcome(decision) == ("PROTECTED", "3.3.1")


def test_already_protected_tells_until_the_earlier_of_lapse_and_expiry() -> None:
    touched = registration(last_touch_at=at("2026-11-10 10:00"))
    decision = decided(attempt("2026-11-11 10:00"), registrations=(touched,))
    assert decision == AlreadyProtected(protected_until=at("2026-11-17 00:00"))


def test_one_s_own_live_claim_answers_with_it() -> None:
    decision = decided(attempt("2026-11-02 10:00", by="F01"), registrations=(registration("R1"),))
    assert decision == DuplicateOwn(existing="R1")


def test_one_s_own_lapsed_claim_is_live_too() -> None:
    own = registration("R1")
    assert decided(attempt("2026-11-12 00:00", by="F01"), registrations=(own,)) == DuplicateOwn(existing="R1")


def test_the_owner_of_now_is_meant_not_the_registrant() -> None:
    moved = registration("R1", by="F01", owner="F02")
    assert decided(attempt("2026-11-02 10:00", by="F02"), registrations=(moved,)) == DuplicateOwn(
        existing="R1"
    )
    assert (
        outcome(decided(attempt("2026-11-02 10:00", by="F01"), registrations=(moved,)))[0]
        == "ALREADY_PROTECTED"
    )


def test_one_look_the_earliest_decides_another_s_protection_before_one_s_own() -> None:
    theirs = registration("R1", "2026-11-01 10:00", by="F01", address=OTHER_ADDRESS)
    own = registration("R2", "2026-11-02 10:00", sequence=2, by="F02", phone=OTHER_PHONE)
    decision = decided(attempt("2026-11-03 10:00", by="F02"), registrations=(own, theirs))
    assert decision == AlreadyProtected(protected_until=at("2026-11-12 00:00"))


def test_one_look_the_earliest_decides_one_s_own_before_another_s_protection() -> None:
    own = registration("R1", "2026-11-01 10:00", by="F02", address=OTHER_ADDRESS)
    theirs = registration("R2", "2026-11-02 10:00", sequence=2, by="F01", phone=OTHER_PHONE)
    decision = decided(attempt("2026-11-03 10:00", by="F02"), registrations=(theirs, own))
    assert decision == DuplicateOwn(existing="R1")


def test_another_s_lapsed_claim_is_passed_over_for_one_s_own_behind_it() -> None:
    lapsed = registration("R1", "2026-10-20 10:00", by="F01", address=OTHER_ADDRESS, channel=Channel.STORE)
    own = registration("R2", "2026-11-02 10:00", sequence=2, by="F02", phone=OTHER_PHONE)
    decision = decided(attempt("2026-11-03 10:00", by="F02"), registrations=(lapsed, own))
    assert decision == DuplicateOwn(existing="R2")


def test_of_two_at_one_instant_the_one_recorded_first_is_the_earlier() -> None:
    own = registration("R1", "2026-11-01 10:00", sequence=2, by="F02", address=OTHER_ADDRESS)
    theirs = registration("R2", "2026-11-01 10:00", sequence=1, by="F01", phone=OTHER_PHONE)
    decision = decided(attempt("2026-11-03 10:00", by="F02"), registrations=(own, theirs))
    assert decision.outcome == "ALREADY_PROTECTED"


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-11-11 23:59:59", ("ALREADY_PROTECTED", "3.3.1")),
        ("2026-11-12 00:00", ("PROTECTED", "3.3.1")),
        ("2026-11-12 00:00:01", ("PROTECTED", "3.3.1")),
    ],
)
def test_a_colleague_s_lapsed_customer_may_be_registered(when: str, expected: tuple[str, str]) -> None:
    assert outcome(decided(attempt(when), registrations=(registration(),))) == expected


def test_admission_supersedes_every_lapsed_registration_of_the_customer_by_3_3_2() -> None:
    story = Story()
    story.register("R1", "2026-10-20 10:00", by="G01", channel=Channel.STORE, address=OTHER_ADDRESS)
    story.register("R2", "2026-10-20 11:00", by="G02", channel=Channel.STORE, phone=OTHER_PHONE)
    assert outcome(story.register("R3", "2026-11-10 10:00", by="F02")) == ("PROTECTED", "3.3.1")
    one, two = story.standing("R1", "2026-11-10 10:00"), story.standing("R2", "2026-11-10 10:00")
    assert (one.status, one.clause, one.ended_at) == ("SUPERSEDED", "3.3.2", at("2026-11-10 10:00"))
    assert two.status == "SUPERSEDED"


def test_an_expired_registration_is_not_superseded() -> None:
    story = Story()
    story.register("R1", "2026-11-01 10:00", by="F01")
    story.register("R2", "2026-11-17 00:00", by="F02")
    assert story.standing("R1", "2026-11-17 00:00").status == "EXPIRED"


def test_an_expired_customer_may_be_registered_again_by_the_same_person() -> None:
    story = Story()
    story.register("R1", "2026-11-01 10:00", by="F01")
    assert outcome(story.register("R2", "2026-11-17 00:00", by="F01")) == ("PROTECTED", "3.3.1")


def test_a_refused_attempt_changes_nothing() -> None:
    story = Story()
    story.register("R1", "2026-11-01 10:00", by="F01")
    before = list(story.book.registrations())
    assert story.register("R2", "2026-11-02 10:00", by="F02").outcome == "ALREADY_PROTECTED"
    assert list(story.book.registrations()) == before


def test_after_a_withdrawal_the_customer_is_free() -> None:
    story = Story()
    story.register("R1", "2026-11-01 10:00", by="F01")
    story.withdraw("R1", "2026-11-02 10:00")
    assert story.register("R2", "2026-11-02 10:00", by="F02").outcome == "PROTECTED"


def test_a_name_is_never_a_key() -> None:
    story = Story()
    story.register("R1", "2026-11-01 10:00", by="F01", name=NAME)
    other = story.register(
        "R2", "2026-11-01 11:00", by="F02", name=NAME, phone=OTHER_PHONE, address=OTHER_ADDRESS
    )
    assert other.outcome == "PROTECTED"


def test_matching_is_direct_never_through_a_third_record() -> None:
    first = registration(
        "R1", phone=PHONE, address=ADDRESS, end=End(kind=RecordedEnd.WITHDRAWN, at=at("2026-11-02 10:00"))
    )
    second = registration("R2", sequence=2, phone=PHONE, address=OTHER_ADDRESS)
    third = attempt("2026-11-03 10:00", phone=OTHER_PHONE, address=ADDRESS)
    assert decided(third, registrations=(first, second)).outcome == "PROTECTED"


# reclaim_cooldown_days


@pytest.mark.parametrize(
    ("kind", "clause"), [(RecordedEnd.WITHDRAWN, "3.3.1"), (RecordedEnd.SUPERSEDED, "3.3.2")]
)
def test_cooling_down_cites_the_clause_of_the_end(kind: RecordedEnd, clause: str) -> None:
    ended = registration("R1", end=End(kind=kind, at=at("2026-11-05 10:00")))
    decision = decided(attempt("2026-11-06 10:00", by="F01"), registrations=(ended,), policy=COOLING)
    assert decision == CoolingDown(ended="R1", until=at("2026-11-13 00:00"), clause=clause)


def test_an_expiry_cools_down_by_3_3_3() -> None:
    decision = decided(
        attempt("2026-11-17 00:00", by="F01"), registrations=(registration("R1"),), policy=COOLING
    )
    assert decision == CoolingDown(ended="R1", until=at("2026-11-25 00:00"), clause="3.3.3")


def test_a_lapse_for_good_cools_down_by_3_3_2() -> None:
    lapsed = registration("R1", policy=policy(lapse_curable=False))
    decision = decided(attempt("2026-11-12 00:00", by="F01"), registrations=(lapsed,), policy=COOLING)
    assert decision == CoolingDown(ended="R1", until=at("2026-11-20 00:00"), clause="3.3.2")


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-11-12 23:59:59", "COOLING_DOWN"),
        ("2026-11-13 00:00", "PROTECTED"),
        ("2026-11-13 00:00:01", "PROTECTED"),
    ],
)
def test_the_cooldown_is_over_at_its_deadline(when: str, expected: str) -> None:
    ended = registration("R1", end=End(kind=RecordedEnd.WITHDRAWN, at=at("2026-11-05 10:00")))
    assert decided(attempt(when, by="F01"), registrations=(ended,), policy=COOLING).outcome == expected


def test_the_cooldown_is_the_owner_s_at_the_end_not_the_registrant_s() -> None:
    ended = registration(
        "R1", by="F01", owner="F02", end=End(kind=RecordedEnd.WITHDRAWN, at=at("2026-11-05 10:00"))
    )
    assert decided(attempt("2026-11-06 10:00", by="F02"), registrations=(ended,), policy=COOLING).outcome == (
        "COOLING_DOWN"
    )
    assert decided(attempt("2026-11-06 10:00", by="F01"), registrations=(ended,), policy=COOLING).outcome == (
        "PROTECTED"
    )


@pytest.mark.parametrize("kind", [RecordedEnd.LOST, RecordedEnd.CONVERTED])
def test_an_end_by_an_order_does_not_cool_down(kind: RecordedEnd) -> None:
    ended = registration("R1", end=End(kind=kind, at=at("2026-11-05 10:00")))
    decision = decided(attempt("2026-11-06 10:00", by="F01"), registrations=(ended,), policy=COOLING)
    assert decision.outcome == "PROTECTED"


def test_the_latest_end_gives_the_clause() -> None:
    withdrawn = registration("R1", end=End(kind=RecordedEnd.WITHDRAWN, at=at("2026-11-06 10:00")))
    superseded = registration(
        "R2", sequence=2, end=End(kind=RecordedEnd.SUPERSEDED, at=at("2026-11-05 10:00"))
    )
    decision = decided(
        attempt("2026-11-07 10:00", by="F01"), registrations=(withdrawn, superseded), policy=COOLING
    )
    assert decision.clause == "3.3.1"


def test_of_two_ends_at_one_instant_the_latest_registered_gives_the_clause() -> None:
    withdrawn = registration("R1", end=End(kind=RecordedEnd.WITHDRAWN, at=at("2026-11-06 10:00")))
    superseded = registration(
        "R2", sequence=2, end=End(kind=RecordedEnd.SUPERSEDED, at=at("2026-11-06 10:00"))
    )
    decision = decided(
        attempt("2026-11-07 10:00", by="F01"), registrations=(superseded, withdrawn), policy=COOLING
    )
    assert (decision.ended, decision.clause) == ("R2", "3.3.2")


def test_another_s_protection_is_named_before_the_cooldown() -> None:
    ended = registration("R1", end=End(kind=RecordedEnd.WITHDRAWN, at=at("2026-11-05 10:00")))
    theirs = registration("R2", "2026-11-05 11:00", sequence=2, by="F02")
    decision = decided(attempt("2026-11-06 10:00", by="F01"), registrations=(ended, theirs), policy=COOLING)
    assert decision.outcome == "ALREADY_PROTECTED"


def test_the_cooldown_is_named_before_the_quota() -> None:
    ended = registration("R1", end=End(kind=RecordedEnd.WITHDRAWN, at=at("2026-11-05 10:00")))
    decision = decided(
        attempt("2026-11-06 10:00", by="F01"), registrations=(ended,), policy=COOLING, quota=quota(used=20)
    )
    assert decision.outcome == "COOLING_DOWN"


def test_an_end_undone_by_a_late_extension_is_none() -> None:
    story = Story(COOLING)
    story.register("R1", "2026-11-01 10:00", by="F01")
    assert story.extend("R1", "2026-11-17 10:00") is None
    assert story.register("R2", "2026-11-17 11:00", by="F01").outcome == "DUPLICATE_OWN"


def test_without_a_cooldown_one_may_register_again_at_once() -> None:
    ended = registration("R1", end=End(kind=RecordedEnd.WITHDRAWN, at=at("2026-11-05 10:00")))
    assert decided(attempt("2026-11-05 10:00", by="F01"), registrations=(ended,)).outcome == "PROTECTED"


# 3.4.2


def test_over_quota_carries_the_quota() -> None:
    full = quota(used=20)
    assert decided(attempt(), quota=full) == OverQuota(quota=full)


def test_the_duplicate_is_named_before_the_quota() -> None:
    decision = decided(
        attempt("2026-11-02 10:00", by="F01"), registrations=(registration(),), quota=quota(used=20)
    )
    assert decision.outcome == "DUPLICATE_OWN"
