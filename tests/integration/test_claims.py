"""The uncontested claim and the ordinary way leave the same rows behind."""

import json
from typing import Any

import asyncpg

from alliances import ADDRESS, TestAlliance, new_alliance
from baobei.operations.customer_profile import Details
from baobei.store.registration_models import Segment

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


async def test_both_ways_write_the_same_facts_acts_and_events(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    alliance = await new_alliance(fresh_pool)
    await alliance.travel("2026-11-01T10:00:00+08:00")
    said = Details(customer_class="A", segment=Segment.COMPANY, need="办公家具", source="网络")
    await alliance.register("F01", phone="13800138001", address=ADDRESS.format(1), details=said)
    for_another = {"for_staff_code": "F01", "details": said}
    await alliance.register("SUP", phone="13800138002", address=ADDRESS.format(2), **for_another)
    for query in (ATTEMPTS, ACTS, EVENTS, STATES):
        uncontested, ordinary = await _rows(alliance, query)
        assert uncontested == ordinary, query


async def _rows(alliance: TestAlliance, query: str) -> list[dict[str, Any]]:
    """The rows, with the names of what their details hold."""
    rows = [dict(row) for row in await alliance.office.pool.fetch(query)]
    return [{**row, "detail": sorted(json.loads(row["detail"]))} if "detail" in row else row for row in rows]
