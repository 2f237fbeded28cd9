"""May I register this customer now? The question, its limit, and what it keeps."""

import asyncio
import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, new_alliance
from baobei.operations.check_protection import (
    CheckProtection,
    ProtectionCheck,
    check_protection,
)
from baobei.operations.check_rules import CheckRules
from baobei.operations.errors import TooOften, UnusableInput
from baobei.operations.place_order import PlaceOrder, place_order
from baobei.operations.withdraw_registration import WithdrawRegistration, withdraw_registration
from baobei.store.walls import PooledConnection

PHONE, OTHER = "138 0013 8000", "13900139000"


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    made = await new_alliance(fresh_pool)
    await made.travel("2026-11-01T10:00:00+08:00")
    return made


async def asked(alliance: TestAlliance, by: str, **facts: str) -> ProtectionCheck:
    return await check_protection(alliance.office, await alliance.actor(by), CheckProtection(**facts))


async def test_an_unknown_customer_is_free(alliance: TestAlliance) -> None:
    assert await asked(alliance, "G01", phone=PHONE) == ProtectionCheck(available=True)


async def test_a_claim_of_another_says_until_when_and_nothing_else(alliance: TestAlliance) -> None:
    await alliance.admitted("G01", phone=PHONE, address=ADDRESS.format(1))
    answer = await asked(alliance, "G02", address=ADDRESS.format(1))
    assert not answer.available
    assert answer.own_registration is None
    assert answer.protected_until is not None
    assert answer.protected_until.isoformat() == "2026-11-11T16:00:00+00:00"


async def test_a_claim_of_ones_own_is_shown(alliance: TestAlliance) -> None:
    id = await alliance.admitted("G01", phone=PHONE, address=ADDRESS.format(1))
    answer = await asked(alliance, "G01", phone=PHONE)
    assert not answer.available
    assert answer.own_registration is not None
    assert answer.own_registration.id == id


async def test_a_customer_with_a_deal_is_not_free(alliance: TestAlliance) -> None:
    order = PlaceOrder(external_ref="A-1", name="王", phone=PHONE)
    await place_order(alliance.office, await alliance.actor("OPS"), order)
    assert await asked(alliance, "G01", phone=PHONE) == ProtectionCheck(available=False)


async def test_a_salesperson_whose_month_is_used_up_may_not(alliance: TestAlliance) -> None:
    for n in range(20):
        assert (await asked(alliance, "F01", phone=OTHER)).available
        await alliance.admitted("F01", phone=f"137001370{n:02}", address=ADDRESS.format(n + 1))
    assert await asked(alliance, "F01", phone=OTHER) == ProtectionCheck(available=False)
    assert await asked(alliance, "F02", phone=OTHER) == ProtectionCheck(available=True)


async def test_who_registers_in_no_channel_may_not(alliance: TestAlliance) -> None:
    assert await asked(alliance, "HEAD", phone=PHONE) == ProtectionCheck(available=False)


async def test_one_person_asks_thirty_times_a_minute_and_no_more(alliance: TestAlliance) -> None:
    for _ in range(alliance.office.checks.per_minute):
        await asked(alliance, "G01", phone=PHONE)
    with pytest.raises(TooOften):
        await asked(alliance, "G01", phone=OTHER)
    assert (await asked(alliance, "G02", phone=PHONE)).available


async def test_that_somebody_asked_is_kept_and_not_about_whom(alliance: TestAlliance) -> None:
    await asked(alliance, "G01", phone=PHONE)
    kept = await alliance.office.pool.fetchval(
        "SELECT detail::text FROM audit_event WHERE kind = 'staff.checked_protection'"
    )
    assert kept == '{"available": true}'


async def test_a_customer_that_cannot_be_compared_is_no_question(alliance: TestAlliance) -> None:
    with pytest.raises(UnusableInput):
        await asked(alliance, "G01", phone="12345", address="幸福小区")


async def test_thirty_questions_at_once_are_answered_and_no_more(alliance: TestAlliance) -> None:
    at_once = [asked(alliance, "G01", phone=PHONE) for _ in range(alliance.office.checks.per_minute + 5)]
    answers = await asyncio.gather(*at_once, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, TooOften)]
    assert len(refused) == 5
    assert all(1 <= error.retry_after_s <= 60 for error in refused)
    assert await alliance.count("SELECT count(*) FROM audit_event WHERE kind = $1", CHECKED) == 30


CHECKED, PROBING = "staff.checked_protection", "staff.probing_suspected"
FEW = CheckRules(per_minute=100, probing_checks=10, registrations_percent=20)


def with_rules(alliance: TestAlliance, rules: CheckRules) -> TestAlliance:
    return replace(alliance, office=replace(alliance.office, checks=rules))


async def suspicions(alliance: TestAlliance, kind: str = PROBING) -> int:
    told = await alliance.count("SELECT count(*) FROM outbox_event WHERE event_type = $1", kind)
    kept = await alliance.count("SELECT count(*) FROM audit_event WHERE kind = $1", kind)
    assert told == kept
    return kept


async def ask_about(alliance: TestAlliance, count: int, by: str = "G01") -> list[bool]:
    """Ask about so many customers, and say after which of them it looked like probing."""
    return [(await asked(alliance, by, phone=f"139{n:08d}")).probing_suspected for n in range(count)]


async def test_many_questions_and_no_registration_look_like_probing(alliance: TestAlliance) -> None:
    watched = with_rules(alliance, FEW)
    assert await ask_about(watched, 9) == [False] * 9
    assert await suspicions(watched) == 0
    assert await ask_about(watched, 1) == [True]
    assert await suspicions(watched) == 1


async def test_probing_is_told_with_ids_and_counts_alone(alliance: TestAlliance) -> None:
    watched = with_rules(alliance, FEW)
    await watched.admitted("G01", phone=OTHER, address=ADDRESS.format(1))
    await ask_about(watched, 10)
    row = await watched.office.pool.fetchrow(
        "SELECT subject_id, payload::text FROM outbox_event WHERE event_type = $1", PROBING
    )
    assert row["subject_id"] == (await watched.actor("G01")).staff.id
    assert json.loads(row["payload"]) == {
        "checks": 10,
        "registrations": 1,
        "since": "2026-11-01T02:00:00+00:00",
    }


async def test_as_many_registrations_as_are_expected_are_no_probing(alliance: TestAlliance) -> None:
    watched = with_rules(alliance, FEW)
    for n in range(2):
        await watched.admitted("G01", phone=f"137{n:08d}", address=ADDRESS.format(n + 1))
    await ask_about(watched, 30)
    assert await suspicions(watched) == 0


async def test_questions_of_several_people_are_not_added_up(alliance: TestAlliance) -> None:
    watched = with_rules(alliance, FEW)
    await ask_about(watched, 9, by="G01")
    await ask_about(watched, 9, by="G02")
    assert await suspicions(watched) == 0


async def test_questions_of_two_days_are_not_added_up(alliance: TestAlliance) -> None:
    watched = with_rules(alliance, FEW)
    await ask_about(watched, 9)
    await watched.travel(BEGINS + timedelta(hours=24))
    await ask_about(watched, 1)
    assert await suspicions(watched) == 0


async def test_a_person_is_suspected_once_a_day(alliance: TestAlliance) -> None:
    watched = with_rules(alliance, FEW)
    await ask_about(watched, 25)
    await watched.travel(BEGINS + timedelta(hours=23, minutes=59))
    await ask_about(watched, 15)
    assert await suspicions(watched) == 1
    await watched.travel(BEGINS + timedelta(hours=24))
    await ask_about(watched, 1)
    assert await suspicions(watched) == 2


async def test_no_percentage_suspects_nobody(alliance: TestAlliance) -> None:
    watched = with_rules(alliance, replace(FEW, registrations_percent=0))
    await ask_about(watched, 20)
    assert await suspicions(watched) == 0


BEGINS = datetime.fromisoformat("2026-11-01T10:00:00+08:00")


@dataclass(slots=True)
class Sent:
    """The statements that connections send."""

    statements: list[str] = field(default_factory=list)

    async def watch(self, connection: Any) -> None:
        connection.add_query_logger(lambda sent: self.statements.append(sent.query))


async def test_what_is_known_of_others_shows_in_no_field_and_in_no_statement_more(
    alliance: TestAlliance, fresh_database_url: str
) -> None:
    """Never heard of, lapsed, withdrawn, expired long ago: one answer, after the same statements."""
    addresses = {"lapsed": 1, "withdrawn": 2, "protected": 3}
    for number in (1, 2):
        await alliance.admitted("G01", phone=f"1380000000{number}", address=ADDRESS.format(number))
    held = await alliance.admitted("F01", phone="13800000004", address=ADDRESS.format(4))
    withdrawn = await alliance.admitted("G01", phone="13800000005", address=ADDRESS.format(5))
    give_up = WithdrawRegistration(registration_id=withdrawn, reason="客户不买了")
    await withdraw_registration(alliance.office, await alliance.actor("G01"), give_up)
    await alliance.travel(BEGINS + timedelta(days=20))
    await alliance.admitted("G01", phone="13800000003", address=ADDRESS.format(addresses["protected"]))
    order = PlaceOrder(external_ref="A-1", name="王", phone="13800000006")
    await place_order(alliance.office, await alliance.actor("OPS"), order)
    assert held
    sent = Sent()
    async with asyncpg.create_pool(
        fresh_database_url, min_size=1, max_size=1, init=sent.watch, connection_class=PooledConnection
    ) as pool:
        watched = replace(alliance, office=replace(alliance.office, pool=pool))
        answers: dict[str, ProtectionCheck] = {}
        statements: dict[str, list[str]] = {}
        for name, phone in {
            "warmed up": "13800000001", "unknown": "13900000000", "lapsed": "13800000001",
            "expired": "13800000004", "withdrawn": "13800000005",
            "protected": "13800000003", "after a deal": "13800000006",
        }.items():  # fmt: skip
            actor = await watched.actor("G02")
            sent.statements.clear()
            answers[name] = await check_protection(watched.office, actor, CheckProtection(phone=phone))
            statements[name] = list(sent.statements)
    free = ProtectionCheck(available=True)
    assert [answers[name] for name in ("unknown", "lapsed", "expired", "withdrawn")] == [free] * 4
    assert answers["after a deal"] == ProtectionCheck(available=False)
    assert answers["protected"] == replace(
        ProtectionCheck(available=False), protected_until=answers["protected"].protected_until
    )
    assert answers["protected"].protected_until is not None
    assert [statements[name] for name in ("lapsed", "expired", "withdrawn")] == [statements["unknown"]] * 3
