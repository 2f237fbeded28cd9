"""The uncontested claim and the ordinary way leave the same rows behind."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, new_alliance
from baobei.clock import SystemClock, new_id
from baobei.operations.customer_profile import Details
from baobei.operations.register_customer import RegisterCustomer, RegistrationAdmitted, register_customer
from baobei.operations.results import Refused
from baobei.operations.withdraw_registration import WithdrawRegistration, withdraw_registration
from baobei.store.claims import CLAIM_UNKNOWN_CUSTOMER
from baobei.store.organisation import HOLD_STAFF_BY_CODE, HOLD_STAFF_BY_IDS
from baobei.store.registration_models import Segment
from baobei.store.walls import PooledConnection

ATTEMPTS = """
SELECT registrant_id, channel, new_need, outcome, code, clause, detail, customer_class, segment, source,
       need_id IS NOT NULL AS needed
  FROM attempt
 ORDER BY sequence
"""
ACTS = "SELECT kind, subject_kind, detail FROM audit_event WHERE kind LIKE 'registration.%' ORDER BY sequence"
EVENTS = (
    "SELECT event_type, payload AS detail FROM outbox_event WHERE event_type LIKE 'reg%' ORDER BY outbox_id"
)
STATES = """
SELECT registrant_id, owner_id, channel, new_need, quota_month, last_touch_at, measured_at, deposit_taken,
       extended_days, extension_count, end_kind, lapses_at, expires_at, lapse_curable, stored_status, due_at,
       registered_class, customer_class, segment, source, need_id IS NOT NULL AS needed,
       claimed_phone IS NOT NULL AS by_phone, claimed_address IS NOT NULL AS by_address
  FROM registration
 ORDER BY sequence
"""

VERSIONS = "SELECT policy_version_id FROM registration ORDER BY sequence"
NEWER_FROM = datetime(2026, 11, 2, tzinfo=UTC)
NEXT_VERSION = """
INSERT INTO policy_version (alliance_id, policy_version_id, code, version, effective_from, digest, document)
SELECT alliance_id, $2, code, 'next', $3, 'next', document
  FROM policy_version
 WHERE alliance_id = $1
"""
RECORDED_BY = "SELECT s.code FROM attempt a JOIN staff s ON s.staff_id = a.recorded_by_id ORDER BY a.sequence"


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    """The only alliance of its database."""
    alliance = await new_alliance(fresh_pool)
    await alliance.travel("2026-11-01T10:00:00+08:00")
    return alliance


async def test_both_ways_write_the_same_facts_acts_and_events(alliance: TestAlliance) -> None:
    await _known_customer(alliance, phone="13800138009")
    said = Details(customer_class="A", segment=Segment.COMPANY, need="办公家具", source="网络")
    for_another = {"for_staff_code": "F01", "details": said}
    await alliance.register("F01", phone="13800138001", address=ADDRESS.format(1), details=said)
    await alliance.register("SUP", phone="13800138002", address=ADDRESS.format(2), **for_another)
    await alliance.register("SUP", phone="13800138009", address=ADDRESS.format(3), **for_another)
    for query in (ATTEMPTS, ACTS, EVENTS, STATES):
        uncontested, for_a_colleague, ordinary = (await _rows(alliance, query))[-3:]
        assert uncontested == ordinary, query
        assert for_a_colleague == ordinary, query
    assert [row["code"] for row in await _rows(alliance, RECORDED_BY)][-3:] == ["F01", "SUP", "SUP"]


async def _known_customer(alliance: TestAlliance, *, phone: str) -> None:
    """Let a customer be known, and nobody's: the next registration has to be decided the ordinary way."""
    id = await alliance.admitted("F02", phone=phone, address=ADDRESS.format(9))
    given_up = WithdrawRegistration(registration_id=id, reason="登记错了")
    assert not isinstance(
        await withdraw_registration(alliance.office, await alliance.actor("F02"), given_up), Refused
    )


async def test_an_uncontested_claim_is_one_statement_once_the_policy_is_known(
    alliance: TestAlliance, fresh_database_url: str
) -> None:
    sent: list[str] = []

    async def watch(connection: Any) -> None:
        connection.add_query_logger(lambda query: sent.append(query.query))

    async with asyncpg.create_pool(
        fresh_database_url, min_size=1, max_size=1, init=watch, connection_class=PooledConnection
    ) as pool:
        watched = replace(alliance, office=replace(alliance.office, pool=pool, clock=SystemClock()))
        f01, sup = await alliance.actor("F01"), await alliance.actor("SUP")
        for number, (by, code) in enumerate([(f01, None), (f01, None), (sup, "F01")]):
            sent.clear()
            request = RegisterCustomer(
                name="王小明",
                phone=f"1380013800{number}",
                address=ADDRESS.format(number),
                for_staff_code=code,
            )
            assert isinstance(await register_customer(watched.office, by, request), RegistrationAdmitted)
            if number == 1:
                assert sent == [CLAIM_UNKNOWN_CUSTOMER]
        # Whoever asks and their colleague are held meanwhile, in a transaction.
        assert sent == ["BEGIN;", HOLD_STAFF_BY_IDS, HOLD_STAFF_BY_CODE, CLAIM_UNKNOWN_CUSTOMER, "COMMIT;"]


async def test_a_policy_that_another_process_has_published_decides_from_its_first_instant(
    alliance: TestAlliance,
) -> None:
    await alliance.admitted("F01", phone="13800138001", address=ADDRESS.format(1))
    actor = await alliance.actor("F01")
    newer = new_id()
    await alliance.office.pool.execute(NEXT_VERSION, actor.alliance.id, newer, NEWER_FROM)
    await alliance.travel(NEWER_FROM - timedelta(microseconds=1))
    await alliance.admitted("F01", phone="13800138002", address=ADDRESS.format(2))
    await alliance.travel(NEWER_FROM)
    await alliance.admitted("F01", phone="13800138003", address=ADDRESS.format(3))
    versions = [row["policy_version_id"] for row in await _rows(alliance, VERSIONS)]
    assert versions[0] == versions[1]
    assert versions[2] == newer


async def _rows(alliance: TestAlliance, query: str) -> list[dict[str, Any]]:
    """The rows, with the names of what their details hold."""
    rows = [dict(row) for row in await alliance.office.pool.fetch(query)]
    return [{**row, "detail": sorted(json.loads(row["detail"]))} if "detail" in row else row for row in rows]
