"""Each figure on both sides of its boundaries."""

import asyncpg
import pytest

from alliances import new_alliance, publish
from baobei.clock import TravelClock
from baobei.operations.read_figures import FigureGroup
from baobei.policy.calendar import Counting
from baobei.policy.classes import ClassDays
from baobei.policy.disputes import DisputeStatus
from baobei.policy.document import Policy
from baobei.store.attempt_models import AttemptOutcome
from baobei.store.figure_models import Credited, Figures, FollowedUp, Made
from builders import SHIPPED, policy
from figure_stage import FigureStage, Step, at

REGISTERED = ("11-01 10:00", "register", "F01")
ELAPSED = policy(counting=Counting.ELAPSED)


@pytest.fixture
async def stage(pool: "asyncpg.Pool[asyncpg.Record]") -> FigureStage:
    """A stage of its own; the clock of the database begins anew, in the autumn in which its alliance does."""
    await pool.execute("DELETE FROM dev_clock")
    async with pool.acquire() as connection:
        await TravelClock().set(connection, at("10-01 10:00"))
    return FigureStage(alliance=await new_alliance(pool))


@pytest.mark.parametrize(
    ("under", "steps", "met", "missed"),
    [
        (SHIPPED, [("11-04 23:59:59", "wait")], 0, 0),
        (SHIPPED, [("11-05 00:00", "wait")], 0, 1),
        (SHIPPED, [("11-04 23:59:59", "follow_up", "F01")], 1, 0),
        (SHIPPED, [("11-05 00:00", "follow_up", "F01")], 0, 1),
        (SHIPPED, [("11-04 23:59:59", "measure", "F01")], 1, 0),
        (SHIPPED, [("11-04 10:00", "follow_up", "F01"), ("11-20 10:00", "wait")], 1, 1),
        (SHIPPED, [("11-04 10:00", "withdraw", "F01"), ("11-20 10:00", "wait")], 0, 0),
        (SHIPPED, [("11-04 10:00", "order", 100), ("11-20 10:00", "wait")], 0, 0),
        (SHIPPED, [("11-05 00:00", "order", 100)], 0, 1),
        (SHIPPED, [("11-04 10:00", "order", 100), ("11-06 10:00", "cancel"), ("11-20 10:00", "wait")], 0, 1),
        (ELAPSED, [("11-04 09:59:59", "follow_up", "F01")], 1, 0),
        (ELAPSED, [("11-04 10:00", "follow_up", "F01")], 0, 1),
        (ELAPSED, [("11-04 09:59:59", "wait")], 0, 0),
        (ELAPSED, [("11-04 10:00", "wait")], 0, 1),
        # A contact on the day on which a window began moves its date on and meets nothing, however many there are.
        (SHIPPED, [("11-01 15:00", "follow_up", "F01"), ("11-20 10:00", "wait")], 0, 1),
        (SHIPPED, [("11-01 23:59:59.999999", "measure", "F01"), ("11-04 10:00", "withdraw", "F01")], 0, 0),
        (SHIPPED, [("11-02 00:00", "follow_up", "F01"), ("11-04 10:00", "withdraw", "F01")], 1, 0),
        (SHIPPED, [("11-02 10:00", "follow_up", "F01")] * 30 + [("11-20 10:00", "wait")], 1, 1),
        (ELAPSED, [("11-01 15:00", "follow_up", "F01"), ("11-20 10:00", "wait")], 0, 1),
        (ELAPSED, [("11-02 00:00", "follow_up", "F01"), ("11-04 10:00", "withdraw", "F01")], 1, 0),
        # Ended by the calendar before, or at, the date of the follow-up: there was nothing to follow up.
        (policy(expiry_days=2), [("11-20 10:00", "wait")], 0, 0),
        (policy(expiry_days=3), [("11-20 10:00", "wait")], 0, 0),
        (policy(expiry_days=4), [("11-20 10:00", "wait")], 0, 1),
        (policy(lapse_days=3, lapse_curable=False), [("11-20 10:00", "wait")], 0, 0),
        (policy(lapse_days=4, lapse_curable=False), [("11-20 10:00", "wait")], 0, 1),
        (policy(lapse_days=2), [("11-20 10:00", "wait")], 0, 1),
    ],
)
async def test_a_follow_up_is_met_before_its_date_and_missed_at_it(
    stage: FigureStage, under: Policy, steps: list[Step], met: int, missed: int
) -> None:
    await publish(stage.alliance, under)
    await stage.play(REGISTERED, *steps)
    assert (await stage.figures("F01")).followed_up == FollowedUp(met=met, missed=missed)


@pytest.mark.parametrize(
    ("counting", "customer_class", "just_before", "at_it"),
    [
        (Counting.CALENDAR_DAYS, "A", "11-02 23:59:59", "11-03 00:00"),
        (Counting.CALENDAR_DAYS, "B", "11-08 23:59:59", "11-09 00:00"),
        (Counting.CALENDAR_DAYS, "C", "11-04 23:59:59", "11-05 00:00"),
        (Counting.CALENDAR_DAYS, None, "11-04 23:59:59", "11-05 00:00"),
        (Counting.ELAPSED, "A", "11-02 09:59:59", "11-02 10:00"),
        (Counting.ELAPSED, "B", "11-08 09:59:59", "11-08 10:00"),
        (Counting.ELAPSED, "C", "11-04 09:59:59", "11-04 10:00"),
    ],
)
async def test_a_class_is_held_to_the_follow_up_days_of_its_own(
    stage: FigureStage, counting: Counting, customer_class: str | None, just_before: str, at_it: str
) -> None:
    own = {"A": ClassDays(follow_up_days=1), "B": ClassDays(follow_up_days=7), "C": ClassDays()}
    await publish(stage.alliance, policy(counting=counting, customer_classes=own))
    await stage.play(("11-01 10:00", "register", "F01", customer_class), (just_before, "wait"))
    assert (await stage.figures("F01")).followed_up == FollowedUp()
    await stage.play((at_it, "wait"))
    assert (await stage.figures("F01")).followed_up == FollowedUp(missed=1)


async def test_a_window_is_whose_the_registration_was_when_it_began(stage: FigureStage) -> None:
    await stage.play(
        REGISTERED,
        ("11-02 10:00", "follow_up", "F01"),
        ("11-03 10:00", "transfer", "F02"),
        ("11-07 00:00", "transfer", "F03"),
        ("11-08 10:00", "follow_up", "F03"),
    )
    found = {code: (await stage.figures(code)).followed_up for code in ("F01", "F02", "F03")}
    assert found == {
        "F01": FollowedUp(met=1, missed=0),
        "F02": FollowedUp(met=0, missed=1),
        "F03": FollowedUp(met=1, missed=0),
    }
    assert (await stage.figures("YW", group=FigureGroup.UNIT)).compliance_bp == 6667


async def test_a_window_belongs_to_the_local_month_in_which_it_began(stage: FigureStage) -> None:
    await stage.play(
        ("10-31 23:59:59.999999", "register", "F01"),
        ("11-01 00:00", "register", "F01"),
        ("11-20 10:00", "wait"),
    )
    for month in ("2026-10-01", "2026-11-01"):
        found = await stage.figures("F01", month)
        assert (found.followed_up, found.made.made, found.attempted) == (FollowedUp(missed=1), 1, 1), month


async def test_each_registration_is_held_to_the_version_it_was_made_under(stage: FigureStage) -> None:
    await stage.publish(policy(follow_up_days=1, lapse_days=2), "11-10 00:00")
    await stage.play(
        ("11-09 23:59:59", "register", "F01"), ("11-10 00:00", "register", "F01"), ("11-12 00:00", "wait")
    )
    found = await stage.figures("F01")
    assert (found.followed_up.missed, found.made.lapsed) == (1, 0)
    await stage.play(("11-13 00:00", "wait"))
    found = await stage.figures("F01")
    assert (found.followed_up.missed, found.made.lapsed) == (2, 1)


@pytest.mark.parametrize(
    ("under", "steps", "made"),
    [
        (SHIPPED, [("11-11 23:59:59", "wait")], Made(made=1)),
        (SHIPPED, [("11-12 00:00", "wait")], Made(made=1, lapsed=1)),
        (SHIPPED, [("11-11 23:59:59", "follow_up", "F01")], Made(made=1)),
        (SHIPPED, [("11-12 00:00", "follow_up", "F01")], Made(made=1, lapsed=1)),
        (SHIPPED, [("11-16 23:59:59", "wait")], Made(made=1, lapsed=1)),
        (SHIPPED, [("11-17 00:00", "wait")], Made(made=1, lapsed=1, expired=1)),
        (SHIPPED, [("11-10 10:00", "measure", "F01"), ("11-17 00:00", "wait")], Made(made=1)),
        (SHIPPED, [("11-03 10:00", "order", 100), ("12-20 10:00", "wait")], Made(made=1, converted=1)),
        (SHIPPED, [("11-03 10:00", "order", 100), ("11-04 10:00", "cancel")], Made(made=1)),
        (SHIPPED, [("11-03 10:00", "withdraw", "F01"), ("12-20 10:00", "wait")], Made(made=1)),
        # At one instant the expiry counts, and it ends the registration.
        (policy(lapse_days=15), [("11-17 00:00", "wait")], Made(made=1, expired=1)),
        (policy(lapse_curable=False), [("12-20 10:00", "wait")], Made(made=1, lapsed=1)),
        (policy(lapse_days=15, lapse_curable=False), [("11-17 00:00", "wait")], Made(made=1, expired=1)),
    ],
)
async def test_what_registrations_have_come_to_changes_at_their_deadlines(
    stage: FigureStage, under: Policy, steps: list[Step], made: Made
) -> None:
    await publish(stage.alliance, under)
    await stage.play(REGISTERED, *steps)
    assert (await stage.figures("F01")).made == made


async def test_a_registration_counts_for_who_made_it_and_a_store_has_no_expiry(stage: FigureStage) -> None:
    await stage.play(
        REGISTERED,
        ("11-02 10:00", "transfer", "F02"),
        ("11-02 10:00", "register", "G01"),
        ("12-20 10:00", "wait"),
    )
    assert (await stage.figures("F01")).made == Made(made=1, lapsed=1, expired=1)
    assert (await stage.figures("F02")).made == Made()
    assert (await stage.figures("G01")).made == Made(made=1, lapsed=1)


async def test_attempts_are_counted_by_what_became_of_them(stage: FigureStage) -> None:
    await stage.play(REGISTERED)
    again = {"phone": "13800150001", "address": "浦东新区锦绣路100弄1号楼2单元501室"}
    await stage.alliance.register("F02", **again)
    await stage.alliance.register("F02", phone="12345", address="幸福小区")
    found = await stage.figures("F02")
    assert found.attempts == {AttemptOutcome.ALREADY_PROTECTED: 1, AttemptOutcome.INCOMPLETE: 1}
    assert (found.attempted, found.made.made) == (2, 0)


async def test_a_cancelled_order_is_taken_back_in_the_month_of_the_cancellation(stage: FigureStage) -> None:
    await stage.play(
        ("11-25 10:00", "register", "F01"),
        ("11-30 23:59:59.999999", "order", 10_001),
        ("12-01 00:00", "cancel"),
    )
    for code, group in (("F01", FigureGroup.PERSON), ("YW", FigureGroup.UNIT)):
        november = await stage.figures(code, "2026-11-01", group)
        december = await stage.figures(code, "2026-12-01", group)
        assert november.credited == Credited(orders=1, amount_fen=10_001)
        assert december.credited == Credited(orders=-1, amount_fen=-10_001)


async def test_a_ruling_moves_the_credit_in_its_own_month_divided_as_everywhere(stage: FigureStage) -> None:
    await stage.play(
        ("11-25 10:00", "register", "F01"),
        ("11-26 10:00", "order", 10_001),
        ("12-02 10:00", "split", {"F01": 3_333, "F02": 3_333, "G01": 3_334}),
    )
    december = "2026-12-01"
    assert (await stage.figures("F01", "2026-11-01")).credited == Credited(orders=1, amount_fen=10_001)
    assert (await stage.figures("F01", december)).credited == Credited(orders=0, amount_fen=3_333 - 10_001)
    assert (await stage.figures("F02", december)).credited == Credited(orders=1, amount_fen=3_333)
    assert (await stage.figures("G01", december)).credited == Credited(orders=1, amount_fen=3_335)
    field = await stage.figures("YW", december, FigureGroup.UNIT)
    assert field.credited == Credited(orders=0, amount_fen=6_666 - 10_001)
    whole = await stage.figures("", december, FigureGroup.ALLIANCE)
    assert whole.credited == Credited(orders=0, amount_fen=0)


async def test_an_order_decided_and_taken_back_within_a_month_leaves_nothing(stage: FigureStage) -> None:
    await stage.play(
        REGISTERED,
        ("11-02 10:00", "order", 999),
        ("11-03 10:00", "split", {"F02": 5_000, "G01": 5_000}),
        ("11-04 10:00", "cancel"),
    )
    for code in ("F01", "F02", "G01"):
        assert (await stage.figures(code)).credited == Credited()


async def test_an_order_without_an_amount_counts_and_has_no_money(stage: FigureStage) -> None:
    await stage.play(REGISTERED, ("11-02 10:00", "order", None))
    assert (await stage.figures("F01")).credited == Credited(orders=1)


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        ([], DisputeStatus.OPEN),
        ([("12-02 10:00", "split", {"F01": 5000, "F02": 5000})], DisputeStatus.RULED),
        ([("12-02 10:00", "uphold")], DisputeStatus.UPHELD),
        ([("12-02 10:00", "cancel")], DisputeStatus.VOID),
    ],
)
async def test_a_dispute_counts_in_the_month_it_was_opened_for_who_opened_it_as_it_stands_now(
    stage: FigureStage, steps: list[Step], status: DisputeStatus
) -> None:
    await stage.play(
        REGISTERED,
        ("11-30 23:59:59", "order", 100),
        ("11-30 23:59:59.999999", "dispute", "F01"),
        *steps,
        ("12-20 10:00", "wait"),
    )
    assert (await stage.figures("F01")).disputes == {status: 1}
    assert (await stage.figures("YW", group=FigureGroup.UNIT)).disputed == 1
    assert (await stage.figures("F02")).disputes == {}
    assert (await stage.figures("F01", "2026-12-01")).disputes == {}


async def of_units(stage: FigureStage, month: str) -> dict[str, Figures]:
    return {code: await stage.figures(code, month, FigureGroup.UNIT) for code in ("PD", "YW")}


async def test_a_month_of_a_unit_stays_when_its_people_move(stage: FigureStage) -> None:
    await stage.play(
        REGISTERED,
        ("11-02 10:00", "follow_up", "F01"),
        ("11-02 11:00", "attempt", "F02"),
        ("11-03 10:00", "order", 3_333),
        ("11-04 10:00", "dispute", "F02"),
        ("11-20 10:00", "wait"),
    )
    november = await of_units(stage, "2026-11-01")
    person = await stage.figures("F01")
    assert (november["YW"].made.made, november["YW"].followed_up) == (1, FollowedUp(met=1))
    assert (november["YW"].credited, november["YW"].disputed) == (Credited(orders=1, amount_fen=3_333), 1)
    assert november["PD"] == Figures()
    await stage.play(("12-10 12:00", "move", "F01", "PD"), ("12-11 10:00", "register", "F01"))
    assert await of_units(stage, "2026-11-01") == november
    assert await stage.figures("F01") == person
    december = await of_units(stage, "2026-12-01")
    assert (december["YW"], december["PD"].made.made) == (Figures(), 1)


async def test_what_happens_at_the_instant_of_a_move_is_of_the_new_unit(stage: FigureStage) -> None:
    await stage.play(
        ("11-10 11:59:59.999999", "register", "F01"),
        ("11-10 12:00", "move", "F01", "PD"),
        ("11-10 12:00", "register", "F01"),
        ("11-10 18:00", "move", "F01", "YW"),
        ("11-10 18:00", "register", "F01"),
        ("11-20 10:00", "wait"),
    )
    november = await of_units(stage, "2026-11-01")
    assert {code: (each.attempted, each.made.made) for code, each in november.items()} == {
        "YW": (2, 2),
        "PD": (1, 1),
    }
    assert (november["YW"].followed_up.missed, november["PD"].followed_up.missed) == (2, 1)


async def test_a_credit_is_taken_back_from_the_unit_that_it_was_given_to(stage: FigureStage) -> None:
    await stage.play(
        REGISTERED,
        ("11-03 10:00", "order", 3_333),
        ("11-10 12:00", "move", "F01", "PD"),
        ("12-01 10:00", "cancel"),
    )
    november, december = await of_units(stage, "2026-11-01"), await of_units(stage, "2026-12-01")
    assert (november["YW"].credited, november["PD"].credited) == (
        Credited(orders=1, amount_fen=3_333),
        Credited(),
    )
    assert (december["YW"].credited, december["PD"].credited) == (
        Credited(orders=-1, amount_fen=-3_333),
        Credited(),
    )
    assert (await stage.figures("F01", "2026-12-01")).credited == Credited(orders=-1, amount_fen=-3_333)


async def test_what_two_shared_is_of_the_units_in_which_they_worked_when_it_was_decided(
    stage: FigureStage,
) -> None:
    await stage.play(
        REGISTERED,
        ("11-03 10:00", "order", 10_001),
        ("11-04 10:00", "move", "F02", "PD"),
        ("11-05 10:00", "split", {"F01": 5_000, "F02": 2_500, "G01": 2_500}),
        ("11-06 10:00", "move", "F02", "YW"),
    )
    november = await of_units(stage, "2026-11-01")
    assert november["YW"].credited.orders == november["PD"].credited.orders == 1
    assert november["YW"].credited.amount_fen == (await stage.figures("F01")).credited.amount_fen
    parts = [(await stage.figures(code)).credited.amount_fen for code in ("F02", "G01")]
    assert november["PD"].credited.amount_fen == sum(parts)
