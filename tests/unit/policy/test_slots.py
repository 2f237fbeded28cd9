"""The ledger of a quota: what takes a slot, what gives it back, and the balance after it."""

from datetime import date

import pytest

from baobei.policy.document import DealPoint, Policy
from baobei.policy.quota import Quota, QuotaChange, change_of
from baobei.policy.slots import SlotAct, SlotEvent, slot_entries
from baobei.policy.terms import Channel, OrderId, RegistrationId, StaffId
from builders import SHIPPED, at, policy

CLOSING = policy(deal_point=DealPoint.CLOSING)


def event(
    act: str, registration: str = "R1", order: str | None = None, channel: Channel = Channel.FIELD
) -> SlotEvent:
    return SlotEvent(
        sequence=1,
        at=at("2026-11-01 10:00"),
        act=SlotAct(act),
        registration=RegistrationId(registration),
        number=registration,
        channel=channel,
        order=None if order is None else OrderId(order),
    )


def ledger(*events: SlotEvent, under: Policy = SHIPPED) -> list[tuple[str, str, int]]:
    return [(entry.number, entry.reason.value, entry.used) for entry in slot_entries(events, policy=under)]


def test_a_registration_takes_a_slot_and_an_order_gives_it_back_at_its_deposit() -> None:
    assert ledger(
        event("REGISTERED"),
        event("REGISTERED", "R2"),
        event("ORDERED", order="O1"),
        event("CLOSED", order="O1"),
    ) == [
        ("R1", "REGISTERED", 1),
        ("R2", "REGISTERED", 2),
        ("R1", "DEAL", 1),
    ]


def test_with_the_deal_at_closing_the_deposit_gives_nothing_back() -> None:
    placed = event("REGISTERED"), event("ORDERED", order="O1")
    assert ledger(*placed, under=CLOSING) == [("R1", "REGISTERED", 1)]
    assert ledger(*placed, event("CLOSED", order="O1"), under=CLOSING)[-1] == ("R1", "DEAL", 0)


@pytest.mark.parametrize(
    ("under", "closed", "entries"),
    [
        (SHIPPED, False, ["REGISTERED", "DEAL", "ORDER_CANCELLED"]),
        (SHIPPED, True, ["REGISTERED", "DEAL", "ORDER_CANCELLED"]),
        (CLOSING, False, ["REGISTERED"]),
        (CLOSING, True, ["REGISTERED", "DEAL", "ORDER_CANCELLED"]),
    ],
)
def test_a_cancelled_order_takes_back_what_it_gave_and_no_more(
    under: Policy, closed: bool, entries: list[str]
) -> None:
    events = [event("REGISTERED"), event("ORDERED", order="O1")]
    events += [event("CLOSED", order="O1")] if closed else []
    found = ledger(*events, event("CANCELLED", order="O1"), under=under)
    assert [reason for _, reason, _ in found] == entries
    assert found[-1][2] == 1


def test_a_second_order_after_a_cancelled_one_gives_the_slot_back_again() -> None:
    found = ledger(
        event("REGISTERED"),
        event("ORDERED", order="O1"),
        event("CANCELLED", order="O1"),
        event("ORDERED", order="O2"),
    )
    assert [used for *_, used in found] == [1, 0, 1, 0]


def test_a_channel_without_quota_is_not_in_the_ledger() -> None:
    assert ledger(event("REGISTERED", channel=Channel.STORE)) == []


def quota(used: int, limit: int | None = 20) -> Quota:
    return Quota(staff=StaffId("F01"), month=date(2026, 11, 1), limit=limit, used=used)


@pytest.mark.parametrize(
    ("before", "after", "limit", "change"),
    [
        (18, 19, 20, None),
        (19, 20, 20, QuotaChange.USED_UP),
        (20, 21, 20, None),
        (21, 20, 20, None),
        (20, 19, 20, QuotaChange.REPLENISHED),
        (19, 18, 20, None),
        (0, 1, 1, QuotaChange.USED_UP),
        (0, 0, 0, None),
        (19, 20, None, None),
    ],
)
def test_the_last_slot_taken_or_given_back_is_what_people_are_told(
    before: int, after: int, limit: int | None, change: QuotaChange | None
) -> None:
    assert change_of(quota(before, limit), quota(after, limit)) == change
