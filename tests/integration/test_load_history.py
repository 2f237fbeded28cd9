"""An alliance begins with its past, and from then on it is as if it had been recorded at the time."""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, new_alliance
from baobei.history_events import read_event
from baobei.operations.errors import Forbidden
from baobei.operations.load_history import HistoryNotLoadable, load_history
from baobei.operations.reconcile_quota import reconcile_quota
from baobei.operations.sweep_deadlines import sweep_deadlines
from baobei.policy.document import default_policy
from baobei.policy.standing import standing
from baobei.replay import Replay
from baobei.store import histories, registration_lists
from baobei.store.paging import Page
from baobei.store.registration_lists import RegistrationFilter, Scope

CASES = Path(__file__).parents[1] / "cases"
SAMPLE = (CASES / "history-sample.jsonl").read_bytes().splitlines(keepends=True)
AFTERWARDS = "2027-06-01T00:00:00+08:00"
REGISTER = {
    "type": "register",
    "at": "2026-03-01T10:00:00+08:00",
    "id": "r1",
    "by": "G01",
    "channel": "STORE",
    "name": "王",
    "phone": "13800138000",
    "address": ADDRESS.format(1),
}


async def alliance_of(
    pool: "asyncpg.Pool[asyncpg.Record]", lines: Iterable[bytes] = (), *, now: str = AFTERWARDS
) -> TestAlliance:
    people = {read_event(line)["by"] for line in lines if read_event(line).type == "register"}
    alliance = await new_alliance(
        pool,
        guides=sorted({code for code in people if code.startswith("G")} | {"G01", "G02"}),
        salespeople=sorted({code for code in people if code.startswith("F")} | {"F01"}),
    )
    await alliance.travel(now)
    await pool.execute(
        "UPDATE staff SET roles = roles || '{ADMINISTRATOR}' WHERE code = 'OPS'"
        " AND alliance_id = (SELECT alliance_id FROM alliance WHERE code = $1)",
        alliance.code,
    )
    return alliance


async def load(alliance: TestAlliance, lines: list[bytes], *, by: str = "OPS") -> list[dict[str, Any]]:
    outcomes: list[dict[str, Any]] = []
    await load_history(
        alliance.office, await alliance.actor(by), lambda: iter(lines), on_outcome=outcomes.append
    )
    return outcomes


def lines_of(*events: dict[str, Any]) -> list[bytes]:
    return [json.dumps(event).encode() for event in events]


async def written(alliance: TestAlliance, table: str) -> int:
    return await alliance.count(
        f"SELECT count(*) FROM {table} WHERE alliance_id = (SELECT alliance_id FROM alliance WHERE code = $1)",
        alliance.code,
    )


@pytest.mark.parametrize("events", [250, pytest.param(len(SAMPLE), marks=pytest.mark.soak)])
async def test_the_sample_history_is_loaded_with_the_outcomes_of_a_replay_and_stands_as_it_says(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]", events: int
) -> None:
    sample = SAMPLE[:events]
    alliance = await alliance_of(fresh_pool, SAMPLE)
    expected = (CASES / "history-sample.outcomes.jsonl").read_text().splitlines()[:events]
    assert await load(alliance, sample) == [json.loads(line) for line in expected]

    replay = Replay(default_policy())
    for number, line in enumerate(sample, start=1):
        replay.answer(line, number=number)
    at = datetime.fromisoformat(AFTERWARDS)
    replayed = sorted(
        (each.made.at, standing(each, at).status.value, standing(each, at).lapses_at, each.extended_days)
        for each in replay.book.registrations()
    )
    actor = await alliance.actor("HEAD")
    stored: list[Any] = []
    async with fresh_pool.acquire() as connection:
        more, after = True, None
        while more:
            found, more = await registration_lists.page(
                connection,
                actor.alliance,
                scope=Scope(),
                filter=RegistrationFilter(),
                page=Page(first=100, after=after),
                at=at,
            )
            stored += found
            after = found[-1].id
    assert (
        sorted(
            (
                each.registered_at,
                standing(each.facts, at).status.value,
                standing(each.facts, at).lapses_at,
                each.facts.extended_days,
            )
            for each in stored
        )
        == replayed
    )
    # What people see in lists is up to date, the ledger of quotas agrees, and nothing is left to be told.
    assert all(each.stored_status == standing(each.facts, at).status for each in stored)
    assert (await reconcile_quota(alliance.office)).repaired == ()
    assert (await sweep_deadlines(alliance.office)).registrations == 0
    assert await written(alliance, "outbox_event") == 0
    assert await written(alliance, "audit_event") > events


async def test_what_is_recorded_after_the_load_is_decided_by_the_past(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    alliance = await alliance_of(fresh_pool, now="2026-03-05T10:00:00+08:00")
    await load(alliance, lines_of(REGISTER))
    answer = await alliance.register("G02", phone="138 0013 8000", address=ADDRESS.format(2))
    assert (answer.code, answer.protected_until) == (  # type: ignore[union-attr]
        "ALREADY_PROTECTED",
        datetime.fromisoformat("2026-03-12T00:00:00+08:00"),
    )
    assert await written(alliance, "outbox_event") == 1


@pytest.mark.parametrize(
    ("events", "problem"),
    [
        ([REGISTER, {"type": "follow_up", "at": "2026-03-02T10:00:00+08:00", "registration": "r2", "by": "G01"}],
         "line 2: UNKNOWN_REFERENCE"),
        ([{**REGISTER, "by": "G77"}], "line 1: nobody who works for the alliance has the code 'G77'"),
        ([{**REGISTER, "channel": "FIELD"}], "line 1: 'G01' registers in FIELD there"),
        ([{**REGISTER, "at": "2028-01-01T00:00:00+08:00"}], "which is not past"),
        ([], "there is no event in it"),
    ],
)  # fmt: skip
async def test_a_history_that_cannot_be_loaded_whole_is_not_loaded_at_all(
    pool: "asyncpg.Pool[asyncpg.Record]", events: list[dict[str, Any]], problem: str
) -> None:
    alliance = await alliance_of(pool)
    with pytest.raises(HistoryNotLoadable) as refused:
        await load(alliance, lines_of(*events))
    assert problem in str(refused.value)
    assert [await written(alliance, table) for table in ("attempt", "registration", "contact")] == [0, 0, 0]


ORDER = {
    "type": "order",
    "at": "2026-03-02T10:00:00+08:00",
    "id": "A-1",
    "taken_by": "G01",
    "name": "王",
    "phone": "13800138000",
    "address": ADDRESS.format(1),
    "amount": "12800.00",
}


@pytest.mark.parametrize(
    ("event", "problem"),
    [
        ({**ORDER, "amount": "-1"}, "amount: expected yuan"),
        ({**ORDER, "amount": "1.005"}, "amount: expected yuan"),
        ({**ORDER, "amount": "99999999999999.999"}, "amount: expected yuan"),
        ({**ORDER, "amount": "10000000000"}, "amount: expected yuan"),
        ({**ORDER, "id": "A\x001"}, "id: expected text without NUL"),
        ({**ORDER, "id": " "}, "id: expected text that is not blank"),
        ({**ORDER, "id": "9" * 101}, "id: expected at most 100 characters, got 101"),
        ({**ORDER, "name": "王\x00"}, "name: expected text without NUL"),
        ({**ORDER, "taken_by": "G\x0001"}, "taken_by: expected text without NUL"),
        ({**REGISTER, "id": "r2", "name": "王" * 101}, "name: expected at most 100 characters, got 101"),
        ({**REGISTER, "id": "r2", "class": "Z"}, "class: expected one that the policy has: A, B, C"),
        ({**REGISTER, "id": "r2", "segment": "老客户"}, "segment: expected one of INDIVIDUAL, COMPANY, PROJECT"),
    ],
)  # fmt: skip
async def test_what_the_daily_operation_would_not_take_is_named_and_nothing_is_loaded(
    pool: "asyncpg.Pool[asyncpg.Record]", event: dict[str, Any], problem: str
) -> None:
    alliance = await alliance_of(pool)
    with pytest.raises(HistoryNotLoadable) as refused:
        await load(alliance, lines_of(REGISTER, event))
    assert f"line 2: {problem}" in str(refused.value)
    assert [await written(alliance, table) for table in ("attempt", "contact", "customer_order")] == [0, 0, 0]


async def test_class_and_segment_of_a_history_are_those_of_the_registration(
    pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    alliance = await alliance_of(pool)
    await load(alliance, lines_of({**REGISTER, "class": "A", "segment": "PROJECT"}, ORDER))
    (row,) = await alliance.office.pool.fetch(
        "SELECT r.customer_class, r.segment FROM registration r JOIN alliance a USING (alliance_id) WHERE a.code = $1",
        alliance.code,
    )
    assert (row["customer_class"], row["segment"]) == ("A", "PROJECT")
    assert await written(alliance, "customer_order") == 1


async def test_a_load_that_is_broken_off_has_written_nothing(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    alliance = await alliance_of(pool)
    later = {**REGISTER, "id": "r2", "phone": "13900139000", "address": ADDRESS.format(2), "by": "G02"}

    def break_off(outcome: dict[str, Any]) -> None:
        if outcome["registration"] == "r2":
            raise ConnectionResetError

    lines = lines_of(REGISTER, later)
    with pytest.raises(ConnectionResetError):
        await load_history(
            alliance.office, await alliance.actor("OPS"), lambda: iter(lines), on_outcome=break_off
        )
    assert [await written(alliance, table) for table in ("attempt", "registration", "contact")] == [0, 0, 0]


async def test_an_alliance_with_a_past_takes_no_other(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    alliance = await alliance_of(pool)
    await load(alliance, lines_of(REGISTER))
    with pytest.raises(HistoryNotLoadable, match="has registrations or orders already"):
        await load(alliance, lines_of(REGISTER))
    assert await written(alliance, "registration") == 1


async def test_only_an_administrator_vouches_for_the_past(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    alliance = await alliance_of(pool)
    for code in ("HEAD", "PDM", "G01"):
        with pytest.raises(Forbidden):
            await load(alliance, lines_of(REGISTER), by=code)
    assert await written(alliance, "attempt") == 0


async def test_nobody_registers_in_the_alliance_while_its_past_is_loaded(
    pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    alliance, other = await alliance_of(pool), await new_alliance(pool)
    boss = await alliance.actor("HEAD")
    async with pool.acquire() as loading, loading.transaction(), pool.acquire() as meanwhile:
        assert await histories.hold_empty_alliance(loading, boss.alliance.id)
        await meanwhile.execute("SET lock_timeout = 200")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await meanwhile.execute(
                "INSERT INTO contact (alliance_id, contact_id, name_sealed) VALUES ($1, $2, '')",
                boss.alliance.id,
                boss.staff.id,
            )
        await meanwhile.execute("RESET lock_timeout")
        await other.admitted("G01", phone="13800138000", address=ADDRESS.format(1))
    assert await written(alliance, "contact") == 0
