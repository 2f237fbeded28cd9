"""Whatever people record and whenever a sweep looks, each notice of each deadline is written once."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliances import TestAlliance, new_alliance, publish
from baobei.history_events import read_event
from baobei.operations.sweep_deadlines import sweep_deadlines
from baobei.policy.document import Policy
from baobei.policy.notices import notices
from baobei.policy.records import Registration, apply
from baobei.replay import Replay
from baobei.store import ledger, registrations
from baobei.store.organisation_models import Role
from service_run import ServiceRun, whose_it_is_comes_first
from strategies import BEGINNING, History, histories, policies, to_lines

RESET_CLOCK = "DELETE FROM dev_clock"
LONG_AFTER = timedelta(days=120)
IDS = "SELECT registration_id FROM registration WHERE alliance_id = $1"
WRITTEN = """
SELECT subject_id, kind, occurred_at, detail
  FROM audit_event
 WHERE alliance_id = $1
   AND subject_kind = 'registration'
   AND kind = ANY($2)
 ORDER BY sequence
"""
SENT = """
SELECT subject_id, event_type, occurred_at, payload
  FROM outbox_event
 WHERE alliance_id = $1
   AND event_type = ANY($2)
 ORDER BY outbox_id
"""
FACTS = ["registration.follow_up_overdue", "registration.lapsed", "registration.expired"]
REMINDERS = ["registration.follow_up_due", "registration.lapsing_soon", "registration.expiring_soon"]

Told = tuple[UUID, str, Any, int]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories, policy=policies, sweeps=st.lists(st.booleans(), min_size=25, max_size=25))
async def test_each_notice_is_written_once_and_sweeps_decide_nothing(
    pool: "asyncpg.Pool[asyncpg.Record]", history: History, policy: Policy, sweeps: list[bool]
) -> None:
    lines = to_lines([_channel_of_the_unit(event) for event in history])
    replayed = [
        (read_event(line), answer.outcome)
        for line, answer in zip(lines, Replay(policy).answers(lines), strict=True)
        if "error" not in answer.outcome
    ]
    await pool.execute(RESET_CLOCK)
    alliance = await new_alliance(
        pool,
        guides=["G01"],
        salespeople=["F01", "F02"],
        roles=[Role.DEPARTMENT_HEAD],
        time_zone=policy.time_zone.key,
    )
    await publish(alliance, policy)
    run = ServiceRun(alliance)
    for (event, wanted), sweep in zip(replayed, sweeps, strict=False):
        if sweep:
            await alliance.travel(event.at)
            await sweep_deadlines(alliance.office, chunk=2)
        decided = await run.outcome(event)
        assert decided == wanted or whose_it_is_comes_first(decided, wanted)
    last = replayed[-1][0].at + LONG_AFTER
    await alliance.travel(last)
    await sweep_deadlines(alliance.office)
    await _notices_are_those_of_the_policy(alliance, until=last)


def _channel_of_the_unit(event: dict[str, Any]) -> dict[str, Any]:
    """In a service the channel is that of the registrant's unit."""
    if event["type"] != "register":
        return event
    return {**event, "channel": "STORE" if event["by"].startswith("G") else "FIELD"}


async def _notices_are_those_of_the_policy(alliance: TestAlliance, *, until: Any) -> None:
    known = (await alliance.actor("HEAD")).alliance
    async with alliance.office.pool.acquire() as connection:
        ids = [row["registration_id"] for row in await connection.fetch(IDS, known.id)]
        admitted = await registrations.as_of(connection, known, ids, BEGINNING - timedelta(days=1))
        events = await ledger.registration_events(connection, known.id, ids, until=until)
        written = [_told(row) for row in await connection.fetch(WRITTEN, known.id, FACTS + REMINDERS)]
        sent = [_told(row) for row in await connection.fetch(SENT, known.id, FACTS + REMINDERS)]
    expected = {told for id in ids for told in _expected(admitted[id], events.get(id, []), until=until)}
    assert len(set(written)) == len(written)
    assert set(written) <= expected
    assert {told for told in expected if told[1] in FACTS} <= set(written)
    assert written == sent


def _expected(facts: Registration, events: list[Any], *, until: Any) -> list[Told]:
    """What somebody who looks all the time would tell: of each state, what falls until the next event."""
    told = []
    for event in [*events, None]:
        next_at = until if event is None else event.at
        told += [
            (UUID(facts.id), f"registration.{n.kind.value.lower()}", n.at, n.days_left)
            for n in notices(facts)
            if n.at <= next_at
        ]
        facts = facts if event is None else apply(facts, event)
    return told


def _told(row: Any) -> Told:
    return row[0], row[1], row[2], json.loads(row[3])["days_left"]
