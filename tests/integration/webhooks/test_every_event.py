"""A month in which everything happens, as a receiver hears of it: each type with the fields that the docs promise."""

import re
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, publish
from baobei.operations.add_statement import AddStatement, add_statement
from baobei.operations.cancel_order import CancelOrder, cancel_order
from baobei.operations.check_protection import CheckProtection, check_protection
from baobei.operations.check_rules import CheckRules
from baobei.operations.close_order import CloseOrder, close_order
from baobei.operations.correct_daily_report import CorrectDailyReport, correct_daily_report
from baobei.operations.daily_reports import DailyReportRecorded
from baobei.operations.decide_approval import DecideApproval, decide_approval
from baobei.operations.hand_over import HandOver, hand_over
from baobei.operations.handover_distribution import HandoverRequest
from baobei.operations.jobs import run_due
from baobei.operations.open_dispute import OpenDispute, open_dispute
from baobei.operations.place_order import PlaceOrder, place_order
from baobei.operations.request_extension import ApprovalRecorded, RequestExtension, request_extension
from baobei.operations.request_special_price import RequestSpecialPrice, request_special_price
from baobei.operations.results import DisputeRecorded, OrderRecorded
from baobei.operations.rule_on_order import CreditShare, RuleOnOrder, rule_on_order
from baobei.operations.submit_daily_report import SubmitDailyReport, submit_daily_report
from baobei.operations.transfer_registration import TransferRegistration, transfer_registration
from baobei.operations.withdraw_approval import withdraw_approval
from baobei.operations.withdraw_registration import WithdrawRegistration, withdraw_registration
from baobei.policy.handovers import DistributionMethod
from baobei.store.ledger import TOLD
from builders import policy
from webhook_desk import WebhookDesk, new_desk
from webhook_receiver import Received, Receiver, receiving

BEGINS = datetime.fromisoformat("2026-11-02T10:00:00+08:00")
DOCUMENT = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([a-z_]+\.[a-z_]+)` \|([^|]*)\|([^|]*)\|", re.MULTILINE)
PROMISED = {
    kind: (subject.strip(), frozenset(re.findall(r"`([a-z_]+)`", fields)))
    for kind, subject, fields in ROW.findall(DOCUMENT)
}
OPTIONAL = {
    "registration.admitted": {"home"},
    "registration.expiring_soon": {"managers"},
    "registration.transferred": {"handover", "approval"},
}
Heard = dict[str, list[Received]]
PROBING = CheckRules(per_minute=100, probing_checks=5, registrations_percent=20)
DRIFT = "UPDATE quota_tally SET made = made + 1 WHERE staff_id = $1"


def who(number: int) -> dict[str, str]:
    return {"phone": f"1380013{number:04}", "address": ADDRESS.format(number)}


async def a_month(alliance: TestAlliance) -> None:
    office, ops, head = alliance.office, await alliance.actor("OPS"), await alliance.actor("HEAD")
    await publish(alliance, policy(monthly_quota=2))
    await alliance.travel(BEGINS)
    await run_due(office)
    await alliance.admitted("F01", **who(1))
    kept = await alliance.admitted("F01", **who(2))
    await alliance.register("F01", **who(3))
    ordered = await place_order(
        office, ops, PlaceOrder(external_ref="A-1", name="王", phone=who(1)["phone"], taken_by_code="G01")
    )
    assert isinstance(ordered, OrderRecorded)
    quarrel = OpenDispute(order_id=ordered.order.id, statement="客户是我带来的")
    disputed = await open_dispute(office, await alliance.actor("G01"), quarrel)
    assert isinstance(disputed, DisputeRecorded)
    more = AddStatement(dispute_id=disputed.dispute.id, text="当天在场")
    await add_statement(office, await alliance.actor("F01"), more)
    to_all = (CreditShare(staff_code="G02", share_bp=10_000),)
    await rule_on_order(office, head, RuleOnOrder(order_id=ordered.order.id, credits=to_all, reason="特殊"))
    await close_order(office, ops, CloseOrder(order_id=ordered.order.id))
    await cancel_order(office, ops, CancelOrder(order_id=ordered.order.id, reason="退单"))
    moved = await alliance.admitted("G01", **who(5))
    transfer = TransferRegistration(registration_id=moved, to_staff_code="G02", reason="交接")
    await transfer_registration(office, head, transfer)
    back = HandoverRequest(
        from_staff_code="G02", method=DistributionMethod.ROUND_ROBIN, to_staff_codes=("G01", "G03")
    )
    await hand_over(office, head, HandOver(request=back, reason="休假"))
    await run_due(office)
    given_up = WithdrawRegistration(registration_id=moved, reason="放弃")
    await withdraw_registration(office, await alliance.actor("G01"), given_up)
    asked = await request_extension(
        office,
        await alliance.actor("F01"),
        RequestExtension(registration_id=kept, days=1, reason="客户出差"),
    )
    assert isinstance(asked, ApprovalRecorded)
    decision = DecideApproval(approval_id=asked.approval.id, approve=True, note="同意")
    await decide_approval(office, head, decision)
    for price in (90_00, 95_00):
        bargain = RequestSpecialPrice(phone=who(8)["phone"], list_fen=100_00, asked_fen=price, reason="竞价")
        wanted = await request_special_price(office, await alliance.actor("G01"), bargain)
        assert isinstance(wanted, ApprovalRecorded)
    await withdraw_approval(office, await alliance.actor("G01"), wanted.approval.id)
    cheap = PlaceOrder(
        external_ref="A-2", name="王", phone=who(8)["phone"], amount_fen=80_00, list_fen=100_00
    )
    await place_order(office, ops, cheap)
    await alliance.admitted("G03", **who(6))
    today = SubmitDailyReport(unit_code="YW", day=BEGINS.date(), remark="人少")
    recorded = await submit_daily_report(office, await alliance.actor("SUP"), today)
    assert isinstance(recorded, DailyReportRecorded), recorded
    correction = CorrectDailyReport(report_id=recorded.report.id, text="漏了一位")
    await correct_daily_report(office, await alliance.actor("SUP"), correction)
    await office.pool.execute(DRIFT, (await alliance.actor("F01")).staff.id)
    for number in range(PROBING.probing_checks):
        asked = CheckProtection(phone=who(100 + number)["phone"])
        await check_protection(replace(office, checks=PROBING), await alliance.actor("G02"), asked)
    for day in range(1, 20):
        await alliance.travel(BEGINS + timedelta(days=day))
        await run_due(office)
        if day == 12:
            await alliance.admitted("G01", **who(6))


@pytest.fixture(scope="module")
async def heard(database_url: str) -> Heard:
    """What a receiver of everything was sent in that month, by type; each letter verified."""
    async with asyncpg.create_pool(database_url, min_size=1, max_size=8) as pool, receiving() as receiver:
        desk: WebhookDesk = await new_desk(pool)
        issued = await desk.webhook(receiver.url())
        await a_month(desk.alliance)
        await desk.relay_all()
        return sorted_by_type(receiver, issued.secret)


def sorted_by_type(receiver: Receiver, secret: str) -> dict[str, list[Received]]:
    found: dict[str, list[Received]] = defaultdict(list)
    for letter in receiver.received:
        found[letter.verified(secret)["type"]].append(letter)
    return found


def data(heard: Heard, kind: str) -> list[dict[str, Any]]:
    return [letter.event["data"] for letter in heard[kind]]


def test_every_type_that_is_told_has_its_row() -> None:
    assert set(PROMISED) == TOLD | {"webhook.test"}


def test_everything_was_heard_of(heard: Heard) -> None:
    assert sorted(heard) == sorted(kind for kind in TOLD if not kind.startswith("settlement."))


@pytest.mark.parametrize("kind", sorted(TOLD))
def test_a_letter_has_the_fields_of_its_row(heard: Heard, kind: str) -> None:
    _, fields = PROMISED[kind]

    for given in data(heard, kind):
        optional = OPTIONAL.get(kind, set())
        assert set(given) | optional == fields | {"id"}


def test_the_last_reminder_before_an_expiry_names_the_owner_and_their_manager(heard: Heard) -> None:
    reminders = data(heard, "registration.expiring_soon")

    assert {given["days_left"]: "managers" in given for given in reminders} == {3: False, 1: True}
    assert all(given["owner"] and given["deadline"] for given in reminders)
    assert {len(given["managers"]) for given in reminders if "managers" in given} == {1}


def test_a_drift_of_the_quota_is_told_with_what_was_counted_and_recounted(heard: Heard) -> None:
    (drift,) = data(heard, "quota.drift_repaired")

    assert (drift["channel"], drift["month"]) == ("FIELD", "2026-11-01")
    assert drift["counted"]["made"] == drift["recounted"]["made"] + 1


def test_no_letter_holds_a_word_of_anybody(heard: Heard) -> None:
    bodies = "".join(letter.body.decode() for letters in heard.values() for letter in letters)

    assert re.findall("[\u4e00-\u9fff]|1380013", bodies) == []
