"""What is stored twice says the same twice, and no decision depends on whether a job has run."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from alliances import TestAlliance, new_alliance
from baobei.history_events import read_event
from baobei.operations.sweep_deadlines import sweep_deadlines
from baobei.policy.standing import standing
from baobei.policy.terms import StandingStatus
from baobei.store import registration_lists, registrations
from baobei.store.organisation_models import Alliance, Role
from baobei.store.paging import Page
from baobei.store.registration_lists import RegistrationFilter, Scope
from baobei.store.registration_models import StoredRegistration
from service_run import ServiceRun, whose_it_is_comes_first

CASES = Path(__file__).parents[1] / "cases"
EVENTS = 900
SWEEP_EVERY = 25

RECOUNTED = """
SELECT r.registrant_id, r.quota_month, r.channel, count(*)::integer AS made,
       count(o.order_id)::integer AS converted, count(o.closed_at)::integer AS closed
  FROM registration r
  LEFT JOIN customer_order o
    ON o.alliance_id = r.alliance_id AND o.converted_registration_id = r.registration_id
       AND o.status <> 'CANCELLED'
 WHERE r.alliance_id = $1
 GROUP BY 1, 2, 3
 ORDER BY 1, 2, 3
"""

TALLIES = """
SELECT staff_id, month, channel, made, converted, closed
  FROM quota_tally
 WHERE alliance_id = $1
   AND made > 0
 ORDER BY 1, 2, 3
"""

CLAIMS = """
SELECT registration_id
  FROM registration
 WHERE alliance_id = $1
   AND claimed_phone IS NOT NULL
"""


@pytest.fixture
async def told(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]",
) -> tuple[TestAlliance, list[dict[str, Any]], datetime]:
    """An alliance that has lived through the sample history, swept now and then; and its outcomes."""
    lines = (CASES / "history-sample.jsonl").read_bytes().splitlines()[:EVENTS]
    events = [read_event(line) for line in lines]
    people = {event["by"] for event in events if event.type == "register"}
    alliance = await new_alliance(
        fresh_pool,
        guides=sorted(code for code in people if code.startswith("G")),
        salespeople=sorted(code for code in people if code.startswith("F")),
        roles=[Role.DEPARTMENT_HEAD],
    )
    run, outcomes = ServiceRun(alliance), []
    for number, event in enumerate(events):
        outcomes.append(await run.outcome(event))
        if number % SWEEP_EVERY == 0:
            await sweep_deadlines(alliance.office)
    return alliance, outcomes, events[-1].at


async def test_a_swept_book_decides_as_an_unswept_one_and_its_copies_agree(
    told: tuple[TestAlliance, list[dict[str, Any]], datetime],
) -> None:
    alliance, outcomes, last = told
    expected = (CASES / "history-sample.outcomes.jsonl").read_text().splitlines()[:EVENTS]
    assert [
        (decided, wanted)
        for decided, wanted in zip(outcomes, map(json.loads, expected), strict=True)
        if decided != wanted and not whose_it_is_comes_first(decided, wanted)
    ] == []
    known = (await alliance.actor("HEAD")).alliance
    everything = await _everything(alliance, known, last)
    await _states_are_the_fold_of_their_events(alliance, known, everything, last)
    await _tallies_are_what_a_recount_finds(alliance, known)
    for days in (0, 4, 9, 30):
        await _search_finds_what_the_policy_says(alliance, known, everything, last + timedelta(days=days))
    await _only_live_registrations_claim(alliance, known, everything, last)


async def _everything(alliance: TestAlliance, known: Alliance, at: datetime) -> dict[Any, StoredRegistration]:
    found, after, more = {}, None, True
    async with alliance.office.pool.acquire() as connection:
        while more:
            rows, more = await registration_lists.page(
                connection,
                known,
                scope=Scope(),
                filter=RegistrationFilter(),
                page=Page(first=100, after=after),
                at=at,
            )
            found.update({row.id: row for row in rows})
            after = rows[-1].id
    return found


async def _states_are_the_fold_of_their_events(
    alliance: TestAlliance, known: Alliance, everything: dict[Any, StoredRegistration], at: datetime
) -> None:
    async with alliance.office.pool.acquire() as connection:
        folded = await registrations.as_of(connection, known, list(everything), at)
    assert len(folded) > 200
    assert folded == {id: stored.facts for id, stored in everything.items()}


async def _tallies_are_what_a_recount_finds(alliance: TestAlliance, known: Alliance) -> None:
    async with alliance.office.pool.acquire() as connection:
        recounted = await connection.fetch(RECOUNTED, known.id)
        tallies = await connection.fetch(TALLIES, known.id)
    assert len(tallies) > 5
    assert [tuple(row) for row in tallies] == [tuple(row) for row in recounted]


async def _search_finds_what_the_policy_says(
    alliance: TestAlliance, known: Alliance, everything: dict[Any, StoredRegistration], at: datetime
) -> None:
    for status in StandingStatus:
        async with alliance.office.pool.acquire() as connection:
            rows, _ = await registration_lists.page(
                connection,
                known,
                scope=Scope(),
                filter=RegistrationFilter(statuses=frozenset({status})),
                page=Page(first=10_000),
                at=at,
            )
        meant = {id for id, stored in everything.items() if standing(stored.facts, at).status is status}
        assert {row.id for row in rows} == meant, status


async def _only_live_registrations_claim(
    alliance: TestAlliance, known: Alliance, everything: dict[Any, StoredRegistration], at: datetime
) -> None:
    await alliance.travel(at)
    await sweep_deadlines(alliance.office)
    async with alliance.office.pool.acquire() as connection:
        claiming = {row["registration_id"] for row in await connection.fetch(CLAIMS, known.id)}
    assert claiming == {id for id, stored in everything.items() if standing(stored.facts, at).live}
