"""Section 7: who is credited with an order, and why each other candidate is not."""

from dataclasses import replace

import pytest

from baobei.policy.attribution import Attribution, attribute
from baobei.policy.customer_file import CustomerFile
from baobei.policy.identity import Match
from baobei.policy.records import End, Order, RecordedEnd, Registration
from baobei.policy.terms import Channel, OrderId
from builders import (
    ADDRESS,
    OTHER_ADDRESS,
    OTHER_PHONE,
    PHONE,
    Story,
    at,
    order,
    policy,
    registration,
)

STORE = {"channel": Channel.STORE}
THIRD_PHONE, THIRD_ADDRESS = "+8613700137000", "静安区南京西路8号2栋301"
BY_PHONE = policy(match=Match.PHONE)


def decide(placed: Order, *registrations: Registration, orders: tuple[Order, ...] = ()) -> Attribution:
    return attribute(placed, CustomerFile(registrations=registrations, orders=orders))


def told(decision: Attribution) -> tuple[str, list[tuple[str, int]], str | None, str | None]:
    credited = [(credit.staff, credit.share_bp) for credit in decision.credits]
    return (decision.verdict, credited, decision.registration, decision.clause)


def looked_at(decision: Attribution) -> list[tuple[str, str, str | None, bool]]:
    return [(c.registration.id, c.standing.status, c.clause, c.holds) for c in decision.candidates]


def test_a_customer_nobody_registered_is_the_taker_s_by_no_clause() -> None:
    decision = decide(order())
    assert told(decision) == ("TAKER", [("F09", 10_000)], None, None)
    assert decision.candidates == ()


def test_with_neither_registration_nor_taker_the_order_is_unassigned() -> None:
    assert told(decide(order(taken_by=None))) == ("UNASSIGNED", [], None, None)


@pytest.mark.parametrize("taker", ["F09", "F01", None])
def test_a_protected_registration_holds_whoever_took_the_order(taker: str | None) -> None:
    decision = decide(order(taken_by=taker), registration())
    assert told(decision) == ("REGISTRANT", [("F01", 10_000)], "R1", "3.3.1")
    assert looked_at(decision) == [("R1", "PROTECTED", "3.3.1", True)]


@pytest.mark.parametrize(
    ("placed", "expected"),
    [
        ("2026-11-11 23:59:59", ("REGISTRANT", [("F01", 10_000)], "R1", "3.3.1")),
        ("2026-11-12 00:00", ("TAKER", [("F09", 10_000)], None, "3.3.2")),
        ("2026-11-12 00:00:01", ("TAKER", [("F09", 10_000)], None, "3.3.2")),
    ],
)
def test_ten_days_without_contact_cost_the_credit_to_a_colleague(
    placed: str, expected: tuple[str, list[tuple[str, int]], str | None, str]
) -> None:
    assert told(decide(order(placed=placed), registration())) == expected


def test_a_lapsed_registration_holds_when_its_owner_took_the_order() -> None:
    decision = decide(order(placed="2026-11-12 00:00", taken_by="F01"), registration())
    assert told(decision) == ("REGISTRANT", [("F01", 10_000)], "R1", "3.3.1")
    assert looked_at(decision) == [("R1", "LAPSED", "3.3.1", True)]


def test_a_lapsed_registration_holds_when_nobody_is_named_as_taker() -> None:
    decision = decide(order(placed="2026-11-12 00:00", taken_by=None), registration())
    assert told(decision) == ("REGISTRANT", [("F01", 10_000)], "R1", "3.3.1")


def test_after_a_transfer_the_owner_of_now_is_credited() -> None:
    decision = decide(order(), registration(by="F01", owner="F02"))
    assert told(decision) == ("REGISTRANT", [("F02", 10_000)], "R1", "3.3.1")


def test_a_lapsed_registration_s_owner_is_the_one_of_now() -> None:
    moved = registration(by="F01", owner="F02")
    assert told(decide(order(placed="2026-11-12 00:00", taken_by="F02"), moved))[0] == "REGISTRANT"
    assert told(decide(order(placed="2026-11-12 00:00", taken_by="F01"), moved)) == (
        "TAKER",
        [("F01", 10_000)],
        None,
        "3.3.2",
    )


def test_where_a_lapse_cannot_be_cured_it_is_void_even_for_its_owner() -> None:
    ended = registration(policy=policy(lapse_curable=False), **STORE)
    assert told(decide(order(placed="2026-11-12 00:00", taken_by="F01"), ended)) == (
        "TAKER",
        [("F01", 10_000)],
        None,
        "3.3.2",
    )
    assert told(decide(order(placed="2026-11-12 00:00", taken_by=None), ended)) == (
        "UNASSIGNED",
        [],
        None,
        "3.3.2",
    )


def test_an_expired_registration_is_void_by_3_3_3_even_for_its_owner() -> None:
    decision = decide(order(placed="2026-11-17 00:00", taken_by="F01"), registration())
    assert told(decision) == ("TAKER", [("F01", 10_000)], None, "3.3.3")
    assert looked_at(decision) == [("R1", "EXPIRED", "3.3.3", False)]


def test_one_second_before_its_expiry_a_touched_registration_holds() -> None:
    touched = registration(last_touch_at=at("2026-11-10 10:00"))
    assert told(decide(order(placed="2026-11-16 23:59:59"), touched))[0] == "REGISTRANT"


def test_the_earliest_protected_one_holds_and_the_later_gives_way_by_3_3_1() -> None:
    first = registration("R1", "2026-11-01 10:00", by="F01", address=OTHER_ADDRESS)
    second = registration("R2", "2026-11-02 10:00", sequence=2, by="F02", phone=OTHER_PHONE)
    decision = decide(order(), second, first)
    assert told(decision) == ("REGISTRANT", [("F01", 10_000)], "R1", "3.3.1")
    assert looked_at(decision) == [("R1", "PROTECTED", "3.3.1", True), ("R2", "PROTECTED", "3.3.1", False)]


def test_at_one_instant_the_one_recorded_first_is_the_earliest() -> None:
    first = registration("R9", sequence=1, by="F01", address=OTHER_ADDRESS)
    second = registration("R1", sequence=2, by="F02", phone=OTHER_PHONE)
    assert decide(order(), second, first).registration == "R9"


def test_a_later_protected_one_comes_before_an_earlier_lapsed_one() -> None:
    lapsed = registration("R1", "2026-10-20 10:00", by="F01", address=OTHER_ADDRESS, **STORE)
    protected = registration("R2", "2026-11-02 10:00", sequence=2, by="F02", phone=OTHER_PHONE)
    decision = decide(order(taken_by="F01"), lapsed, protected)
    assert told(decision) == ("REGISTRANT", [("F02", 10_000)], "R2", "3.3.1")
    assert looked_at(decision) == [("R1", "LAPSED", "3.3.2", False), ("R2", "PROTECTED", "3.3.1", True)]


def test_of_two_lapsed_ones_the_one_whose_owner_took_the_order_holds() -> None:
    one = registration("R1", "2026-10-20 10:00", by="F01", address=OTHER_ADDRESS, **STORE)
    two = registration("R2", "2026-10-21 10:00", sequence=2, by="F02", phone=OTHER_PHONE, **STORE)
    decision = decide(order(placed="2026-11-05 10:00", taken_by="F02"), one, two)
    assert looked_at(decision) == [("R1", "LAPSED", "3.3.2", False), ("R2", "LAPSED", "3.3.1", True)]


def test_of_two_lapsed_ones_without_a_taker_the_earliest_holds() -> None:
    one = registration("R1", "2026-10-20 10:00", by="F01", address=OTHER_ADDRESS, **STORE)
    two = registration("R2", "2026-10-21 10:00", sequence=2, by="F02", phone=OTHER_PHONE, **STORE)
    decision = decide(order(placed="2026-11-05 10:00", taken_by=None), two, one)
    assert looked_at(decision) == [("R1", "LAPSED", "3.3.1", True), ("R2", "LAPSED", "3.3.2", False)]


def test_the_clause_of_a_taker_is_that_of_the_last_candidate() -> None:
    expired = registration("R1", "2026-10-01 10:00", by="F01")
    lapsed = registration("R2", "2026-10-20 10:00", sequence=2, by="G01", **STORE)
    assert told(decide(order(placed="2026-11-05 10:00"), expired, lapsed))[3] == "3.3.2"


def test_a_lost_last_candidate_has_no_clause() -> None:
    expired = registration("R1", "2026-10-01 10:00", by="F01")
    lost = registration(
        "R2",
        "2026-10-20 10:00",
        sequence=2,
        by="G01",
        end=End(kind=RecordedEnd.LOST, at=at("2026-10-21 10:00")),
        **STORE,
    )
    decision = decide(order(placed="2026-11-05 10:00"), expired, lost)
    assert told(decision) == ("TAKER", [("F09", 10_000)], None, None)
    assert looked_at(decision) == [("R1", "EXPIRED", "3.3.3", False), ("R2", "LOST", None, False)]


def test_a_superseded_one_is_void_by_3_3_2() -> None:
    story = Story()
    story.register("R1", "2026-11-01 10:00", by="G01", channel=Channel.STORE)
    story.register("R2", "2026-11-12 10:00", by="F02")
    assert looked_at(story.order("O1", "2026-11-13 10:00")) == [
        ("R1", "SUPERSEDED", "3.3.2", False),
        ("R2", "PROTECTED", "3.3.1", True),
    ]


def test_a_withdrawn_one_is_no_candidate() -> None:
    withdrawn = registration(end=End(kind=RecordedEnd.WITHDRAWN, at=at("2026-11-02 10:00")))
    assert told(decide(order(), withdrawn)) == ("TAKER", [("F09", 10_000)], None, None)


def test_one_made_after_the_order_is_no_candidate() -> None:
    later = registration(made="2026-11-03 15:00", sequence=101)
    assert decide(order(placed="2026-11-03 15:00", sequence=100), later).candidates == ()


def test_one_made_at_the_instant_of_the_order_but_recorded_before_it_is_a_candidate() -> None:
    just_before = registration(made="2026-11-03 15:00", sequence=99)
    assert decide(order(placed="2026-11-03 15:00", sequence=100), just_before).registration == "R1"


def test_one_of_another_customer_is_no_candidate() -> None:
    other = registration(phone=OTHER_PHONE, address=OTHER_ADDRESS)
    assert decide(order(), other).candidates == ()


def test_an_order_with_a_phone_alone_is_matched_by_the_phone() -> None:
    by_phone = registration("R1", address=OTHER_ADDRESS)
    by_address = registration("R2", sequence=2, by="F02", phone=OTHER_PHONE)
    assert looked_at(decide(order(address=None), by_phone, by_address)) == [
        ("R1", "PROTECTED", "3.3.1", True)
    ]


def test_under_phone_match_the_address_is_no_key() -> None:
    by_address = registration("R1", phone=OTHER_PHONE)
    assert decide(order(policy=BY_PHONE), by_address).candidates == ()


def test_match_is_that_of_the_order_s_version_not_the_registration_s() -> None:
    by_address = registration("R1", phone=OTHER_PHONE, policy=BY_PHONE)
    assert decide(order(), by_address).registration == "R1"


@pytest.mark.parametrize(("policy", "address"), [(policy(), None), (BY_PHONE, ADDRESS)])
def test_an_order_without_a_usable_key_in_force_is_refused_and_not_placed(policy, address) -> None:
    story = Story(policy)
    assert story.place("O1", "2026-11-03 15:00", phone=None, address=address) == "INCOMPLETE"
    assert story.book.order(OrderId("O1")) is None


def test_an_earlier_order_between_the_registration_and_this_one_served_it() -> None:
    expired = registration("R1", "2026-10-01 10:00")
    between = order("O1", "2026-10-20 10:00", sequence=10)
    assert decide(order("O2"), expired, orders=(between,)).candidates == ()


def test_an_order_before_the_registration_did_not_serve_it() -> None:
    earlier = order("O1", "2026-10-30 10:00", sequence=0)
    assert decide(order("O2"), registration(), orders=(earlier,)).registration == "R1"


def test_a_cancelled_order_between_served_nothing() -> None:
    cancelled = order("O1", "2026-11-02 10:00", sequence=10, cancelled_at=at("2026-11-02 11:00"))
    assert decide(order("O2"), registration(), orders=(cancelled,)).registration == "R1"


def test_an_order_between_may_match_the_registration_by_the_key_that_this_order_has_not() -> None:
    story = Story()
    story.register("R1", "2026-10-01 10:00", phone=PHONE, address=ADDRESS)
    story.order("O1", "2026-10-20 10:00", phone=OTHER_PHONE, address=ADDRESS)
    assert story.order("O2", "2026-11-03 15:00", phone=PHONE, address=None).candidates == ()


def test_the_latest_order_between_counts_though_an_older_one_has_the_same_key() -> None:
    story = Story()
    story.order("O0", "2026-09-01 10:00", phone=None, address=ADDRESS)
    story.register("R1", "2026-10-01 10:00", phone=PHONE, address=ADDRESS, new_need=True)
    story.order("O1", "2026-10-20 10:00", phone=None, address=ADDRESS)
    assert story.order("O2", "2026-11-03 15:00", phone=PHONE, address=None).candidates == ()


def test_an_order_between_that_matches_only_this_order_serves_nothing() -> None:
    by_phone = registration("R1", "2026-10-01 10:00", phone=PHONE, address=ADDRESS)
    between = order("O1", "2026-10-20 10:00", sequence=10, phone=OTHER_PHONE, address=OTHER_ADDRESS)
    placed = order("O2", phone=PHONE, address=OTHER_ADDRESS)
    assert looked_at(decide(placed, by_phone, orders=(between,))) == [("R1", "EXPIRED", "3.3.3", False)]


def test_under_phone_match_an_order_between_at_the_same_address_serves_nothing() -> None:
    between = order("O1", "2026-11-02 10:00", sequence=10, phone=OTHER_PHONE)
    assert decide(order("O2", policy=BY_PHONE), registration(), orders=(between,)).registration == "R1"


def test_an_order_converts_the_holder_and_the_other_live_ones_are_lost() -> None:
    story = Story()
    story.register("R1", "2026-11-01 10:00", by="F01", address=OTHER_ADDRESS)
    story.register("R2", "2026-11-02 10:00", by="F02", phone=OTHER_PHONE)
    story.order("O1", "2026-11-03 15:00")
    held, gave_way = story.standing("R1", "2026-11-03 15:00"), story.standing("R2", "2026-11-03 15:00")
    assert (held.status, held.clause, held.ended_at) == ("CONVERTED", "3.3.1", at("2026-11-03 15:00"))
    assert (gave_way.status, gave_way.clause, gave_way.ended_at) == ("LOST", None, at("2026-11-03 15:00"))


def test_live_candidates_are_lost_to_a_taker() -> None:
    story = Story()
    story.register("R1", "2026-11-01 10:00", channel=Channel.STORE)
    story.order("O1", "2026-11-12 00:00")
    assert story.standing("R1", "2026-11-12 00:00").status == "LOST"


def test_a_candidate_that_had_ended_keeps_how_it_ended() -> None:
    story = Story()
    story.register("R1", "2026-11-01 10:00")
    story.order("O1", "2026-11-17 00:00")
    assert story.standing("R1", "2026-11-17 00:00").status == "EXPIRED"


def test_a_converted_registration_is_no_candidate_of_the_next_order() -> None:
    story = Story()
    story.register("R1", "2026-11-01 10:00")
    story.order("O1", "2026-11-03 15:00")
    assert told(story.order("O2", "2026-11-04 15:00")) == ("TAKER", [("F09", 10_000)], None, None)


def test_a_converted_registration_is_no_candidate_even_where_the_key_of_its_order_is_out_of_force() -> None:
    converted = registration(
        end=End(kind=RecordedEnd.CONVERTED, at=at("2026-11-02 10:00"), order=OrderId("O1"))
    )
    by_address = order("O1", "2026-11-02 10:00", sequence=10, phone=OTHER_PHONE)
    assert decide(order("O2", policy=BY_PHONE), converted, orders=(by_address,)).candidates == ()


def test_two_owners_among_the_live_candidates_need_a_review() -> None:
    one = registration("R1", by="F01", address=OTHER_ADDRESS)
    two = registration("R2", sequence=2, by="F02", phone=OTHER_PHONE)
    assert decide(order(), one, two).needs_review is True


def test_two_registrations_of_one_owner_need_no_review() -> None:
    one = registration("R1", by="F01", address=OTHER_ADDRESS)
    two = registration("R2", sequence=2, by="F01", phone=OTHER_PHONE)
    assert decide(order(), one, two).needs_review is False


def test_a_candidate_that_has_ended_needs_no_review() -> None:
    expired = registration("R1", "2026-10-01 10:00", by="F01")
    live = registration("R2", sequence=2, by="F02")
    assert decide(order(), expired, live).needs_review is False


def test_a_lapsed_and_a_protected_one_of_two_owners_need_a_review() -> None:
    lapsed = registration("R1", "2026-10-20 10:00", by="G01", address=OTHER_ADDRESS, **STORE)
    protected = registration("R2", sequence=2, by="F02", phone=OTHER_PHONE)
    assert decide(order(), lapsed, protected).needs_review is True


def test_the_same_decision_has_the_same_digest_whatever_else_is_in_the_file() -> None:
    unrelated = registration("R7", sequence=7, phone=THIRD_PHONE, address=THIRD_ADDRESS)
    later = order("O7", "2026-12-01 10:00", sequence=700)
    assert (
        decide(order(), registration()).digest
        == decide(order(), unrelated, registration(), orders=(later,)).digest
    )


def test_the_digest_does_not_depend_on_the_zone_an_instant_is_written_in() -> None:
    placed = order()
    elsewhere = replace(
        placed, placed=placed.placed._replace(at=placed.placed.at.astimezone(policy().time_zone))
    )
    assert decide(elsewhere, registration()).digest == decide(placed, registration()).digest


@pytest.mark.parametrize(
    ("placed", "registered"),
    [
        (order(taken_by="F08"), registration()),
        (order(placed="2026-11-03 15:00:01"), registration()),
        (order(), registration(owner="F02")),
        (order(), registration(last_touch_at=at("2026-11-02 10:00"))),
    ],
)
def test_another_input_has_another_digest(placed: Order, registered: Registration) -> None:
    assert decide(placed, registered).digest != decide(order(), registration()).digest


def test_the_digest_holds_no_personal_data() -> None:
    assert (
        decide(order(phone=None), registration(phone=OTHER_PHONE)).digest
        == decide(order(), registration()).digest
    )
