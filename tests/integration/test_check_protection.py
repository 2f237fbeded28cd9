"""May I register this customer now? The question, its limit, and what it keeps."""

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, new_alliance
from baobei.operations.check_protection import (
    CheckProtection,
    ProtectionCheck,
    check_protection,
)
from baobei.operations.errors import TooOften, UnusableInput
from baobei.operations.place_order import PlaceOrder, place_order

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


async def test_what_was_asked_is_kept_blind(alliance: TestAlliance) -> None:
    await asked(alliance, "G01", phone=PHONE)
    kept = await alliance.office.pool.fetchval(
        "SELECT detail::text FROM audit_event WHERE kind = 'staff.checked_protection'"
    )
    assert '"phone": "' in kept
    assert "13800138000" not in kept


async def test_a_customer_that_cannot_be_compared_is_no_question(alliance: TestAlliance) -> None:
    with pytest.raises(UnusableInput):
        await asked(alliance, "G01", phone="12345", address="幸福小区")
