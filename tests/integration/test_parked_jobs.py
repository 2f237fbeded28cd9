"""Parked ticks: seen, run again or put aside by a command, each written down as an act."""

import base64
import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import asyncpg
import pytest

from alliances import TestAlliance, new_alliance
from baobei.operations.actor import Office
from baobei.operations.jobs import NAMES, SWEEP
from baobei.operations.park_hint import park_hint
from baobei.operations.parked_jobs import NotDone, list_parked, park_unknown, retry_parked
from baobei.operations.ticks import Outcome, TickEnd, run_ticks
from baobei.store.ticks import Tick
from running_service import baobei

NOON = datetime.fromisoformat("2026-11-01T12:00:00+08:00")
ACTS = "SELECT kind, alliance_id, actor_id, detail, reason_id FROM audit_event WHERE subject_kind = 'job' ORDER BY alliance_id"
TICKS = "SELECT job, done_at IS NOT NULL AS done, parked_at IS NOT NULL AS parked, attempts FROM job_tick ORDER BY tick_id"


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    """An alliance at noon, on a database of this test's own."""
    made = await new_alliance(fresh_pool)
    await made.travel(NOON)
    return made


async def fail(_office: Office, _tick: Tick) -> Outcome:
    raise ValueError("13800138000")


async def parked_sweep(alliance: TestAlliance) -> int:
    """Park a tick of the sweep and return its number."""
    (ran,) = await run_ticks(alliance.office, [replace(SWEEP, run=fail, tries=1)])
    assert ran.end is TickEnd.PARKED
    return ran.tick.id


async def rows(alliance: TestAlliance, query: str) -> list[dict[str, Any]]:
    return [dict(row) for row in await alliance.office.pool.fetch(query)]


def environment_of(url: str) -> dict[str, str]:
    """What a command needs to work beside the alliance's own office."""
    return {
        "BAOBEI_DATABASE_URL": url,
        "BAOBEI_VAULT_KEYS": f"1:{base64.b64encode(bytes(range(32))).decode()}",
        "BAOBEI_VAULT_INDEX_KEY": base64.b64encode(bytes(range(32, 64))).decode(),
    }


async def command(url: str, *arguments: str) -> tuple[int, str, str]:
    ran = baobei("jobs", *arguments, environment=environment_of(url))
    return ran.returncode, ran.stdout, ran.stderr


async def test_what_is_parked_is_listed_and_runs_again_when_asked(
    alliance: TestAlliance, fresh_database_url: str
) -> None:
    number = await parked_sweep(alliance)

    _, listed, _ = await command(fresh_database_url, "list")
    status, told, _ = await command(fresh_database_url, "retry", str(number), "--reason", "修好了")
    _, listed_after, _ = await command(fresh_database_url, "list")
    ends = [ran.end for ran in await run_ticks(alliance.office, [SWEEP])]

    assert listed.startswith(f"{number}  sweep_deadlines  -  2026-11-01T04:00:00+00:00  tries=1  parked=")
    assert "error=ValueError" in listed
    assert "13800138000" not in listed
    assert (status, told) == (0, f"to be run again: {number} sweep_deadlines 2026-11-01T04:00:00+00:00\n")
    assert (listed_after, ends) == ("", [TickEnd.DONE])


async def test_running_again_is_an_act_of_every_alliance_that_the_job_is_for(alliance: TestAlliance) -> None:
    await new_alliance(alliance.office.pool)
    number = await parked_sweep(alliance)
    await retry_parked(alliance.office, number, known=NAMES, reason="修好了")

    acts = await rows(alliance, ACTS)
    assert [(act["kind"], act["actor_id"], act["reason_id"] is not None) for act in acts] == [
        ("job.retried", None, True)
    ] * 2
    # The reason is sealed, for each alliance anew.
    assert acts[0]["reason_id"] != acts[1]["reason_id"]
    assert json.loads(acts[0]["detail"]) == {
        "tick": number,
        "job": "sweep_deadlines",
        "period": "2026-11-01T04:00:00+00:00",
        "tries": 1,
    }


async def test_what_is_not_parked_cannot_be_run_again(
    alliance: TestAlliance, fresh_database_url: str
) -> None:
    (ran,) = await run_ticks(alliance.office, [SWEEP])
    before = await rows(alliance, TICKS)

    for number in (str(ran.tick.id), "999999"):
        for asked in ("retry", "dismiss"):
            status, _, told = await command(fresh_database_url, asked, number)
            assert (status, told) == (2, f"baobei: {number}: nothing of that number is parked\n")
    assert (await command(fresh_database_url, "retry", "0"))[0] == 2
    assert await rows(alliance, TICKS) == before
    assert await rows(alliance, ACTS) == []


async def test_a_hint_is_never_run_but_can_be_put_aside(
    alliance: TestAlliance, fresh_database_url: str
) -> None:
    await park_hint(alliance.office, name="send_reminder", reason="UNKNOWN_JOB", given_at=NOON)
    ((tick),) = (await list_parked(alliance.office)).shown

    status, _, told = await command(fresh_database_url, "retry", str(tick.id))
    assert (status, "this version has no such job" in told) == (2, True)
    status, _, _ = await command(fresh_database_url, "dismiss", str(tick.id))

    assert status == 0
    assert (await list_parked(alliance.office)).count == 0
    assert [row["kind"] for row in await rows(alliance, ACTS)] == ["job.dismissed"]
    assert await rows(alliance, TICKS) == [
        {"job": "hint:send_reminder", "done": True, "parked": False, "attempts": 0}
    ]


async def test_a_tick_that_only_an_older_version_could_run_is_parked_after_a_day(
    alliance: TestAlliance,
) -> None:
    pool = alliance.office.pool
    await pool.execute(
        "INSERT INTO job_tick (job, period, planned_at) VALUES ('of_old', now(), now() - interval '25 hours'),"
        " ('of_new', now(), now() - interval '23 hours'), ($1, now(), now() - interval '25 hours')",
        SWEEP.name,
    )
    assert await park_unknown(alliance.office, known=NAMES) == 1

    (parked,) = (await list_parked(alliance.office)).shown
    assert (parked.job, parked.outcome) == ("of_old", {"error": "UNKNOWN_JOB"})
    assert isinstance(await retry_parked(alliance.office, parked.id, known=NAMES), NotDone)
