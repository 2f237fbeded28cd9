"""The service decides a recorded history as the policy alone does: one rule, two ways to run it."""

import json
from pathlib import Path
from typing import Any

import asyncpg
from hypothesis import HealthCheck, given, settings

from alliances import new_alliance, publish
from baobei.history_events import read_event
from baobei.policy.document import Policy
from baobei.replay import Replay
from baobei.store.organisation_models import Role
from service_run import ServiceRun, whose_it_is_comes_first
from strategies import History, histories, policies, to_lines

CASES = Path(__file__).parents[1] / "cases"
RESET_CLOCK = "DELETE FROM dev_clock"


async def test_the_service_decides_the_sample_history_as_a_replay_does(
    pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    events = [read_event(line) for line in (CASES / "history-sample.jsonl").read_bytes().splitlines()]
    expected = [
        json.loads(line) for line in (CASES / "history-sample.outcomes.jsonl").read_text().splitlines()
    ]
    people = {event["by"] for event in events if event.type == "register"}
    alliance = await new_alliance(
        pool,
        guides=sorted(code for code in people if code.startswith("G")),
        salespeople=sorted(code for code in people if code.startswith("F")),
        roles=[Role.DEPARTMENT_HEAD],
    )
    run = ServiceRun(alliance)
    outcomes = [await run.outcome(event) for event in events]
    assert _differences(outcomes, expected) == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories, policy=policies)
async def test_the_service_decides_any_history_under_any_policy_as_a_replay_does(
    pool: "asyncpg.Pool[asyncpg.Record]", history: History, policy: Policy
) -> None:
    by_unit = [_channel_of_the_unit(event) for event in history]
    replayed = [(line, answer.outcome) for line, answer in _replayed(by_unit, policy)]
    known = [(read_event(line), outcome) for line, outcome in replayed if "error" not in outcome]
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
    outcomes = [await run.outcome(event) for event, _ in known]
    assert _differences(outcomes, [outcome for _, outcome in known]) == []


def _replayed(history: History, policy: Policy) -> Any:
    lines = to_lines(history)
    return zip(lines, Replay(policy).answers(lines), strict=True)


def _channel_of_the_unit(event: dict[str, Any]) -> dict[str, Any]:
    """In a service the channel is that of the registrant's unit."""
    if event["type"] != "register":
        return event
    return {**event, "channel": "STORE" if event["by"].startswith("G") else "FIELD"}


def _differences(outcomes: list[dict[str, Any]], expected: list[dict[str, Any]]) -> list[Any]:
    return [
        (number, decided, wanted)
        for number, (decided, wanted) in enumerate(zip(outcomes, expected, strict=True), start=1)
        if decided != wanted and not whose_it_is_comes_first(decided, wanted)
    ]
