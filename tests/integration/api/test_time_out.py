"""An operation that takes too long is given up: its statements end, its connections come back, nothing is written."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx2
import pytest

from alliances import ADDRESS, TestAlliance, new_alliance
from baobei.store.walls import PooledConnection
from graphql_client import GraphQLClient
from in_process import api_on

APPLICATION = "the operation that is given up"
RUNNING = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND state <> 'idle'"
SIZE = 4
MEASURE = "mutation ($id: ID!) { recordMeasurement(registrationId: $id) { __typename } }"
PAGE = "{ registrations { edges { node { id } } } }"
WITH_LOADERS = (
    "{ registrations { edges { node { followUps { edges { cursor } } owner { unit { code } } } } } }"
)


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    alliance = await new_alliance(fresh_pool)
    await alliance.travel("2026-11-01T10:00:00+08:00")
    return alliance


@asynccontextmanager
async def impatient(
    url: str, alliance: str
) -> AsyncIterator[tuple[GraphQLClient, "asyncpg.Pool[asyncpg.Record]"]]:
    """An API that gives an operation up after a moment, on a database that would wait for long."""
    waits = {"lock_timeout": "0", "statement_timeout": "0", "application_name": APPLICATION}
    async with (
        asyncpg.create_pool(
            url, min_size=SIZE, max_size=SIZE, server_settings=waits, connection_class=PooledConnection
        ) as pool,
        api_on(pool, alliance, operation_timeout_s=1) as client,
    ):
        yield client, pool


async def eventually(holds: Callable[[], Awaitable[bool]]) -> bool:
    for _ in range(200):
        if await holds():
            return True
        await asyncio.sleep(0.05)
    return False


async def assert_given_up(answer: httpx2.Response, holder: Any, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    """While the lock is still held: what waited for it has ended, and every connection is free."""
    (error,) = answer.json()["errors"]
    request_id = answer.headers["x-request-id"]
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert error["extensions"] == {"code": "UNAVAILABLE", "requestId": request_id}
    assert request_id in error["message"]

    async def ended() -> bool:
        return pool.get_idle_size() == SIZE and await holder.fetchval(RUNNING, APPLICATION) == 0

    assert await eventually(ended)


@pytest.mark.parametrize(
    ("table", "query"),
    [
        pytest.param("registration", PAGE, id="in a resolver"),
        pytest.param("follow_up", WITH_LOADERS, id="in a loader"),
        pytest.param("unit", WITH_LOADERS, id="while it is found out who asks"),
    ],
)
async def test_a_read_that_waits_for_a_lock_is_cancelled_in_the_database(
    alliance: TestAlliance, fresh_database_url: str, table: str, query: str
) -> None:
    await alliance.admitted("G01", phone="13800138000", address=ADDRESS.format(1))
    async with (
        impatient(fresh_database_url, alliance.code) as (client, pool),
        alliance.office.pool.acquire() as holder,
        holder.transaction(),
    ):
        await holder.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        answer = await client.post("HEAD", query)
        await assert_given_up(answer, holder, pool)


async def test_a_change_that_waits_for_a_lock_is_undone_and_the_service_goes_on(
    alliance: TestAlliance, fresh_database_url: str
) -> None:
    id = await alliance.admitted("G01", phone="13800138000", address=ADDRESS.format(1))
    acts = "SELECT count(*) FROM audit_event"
    before = await alliance.count(acts)
    async with impatient(fresh_database_url, alliance.code) as (client, pool):
        async with alliance.office.pool.acquire() as holder, holder.transaction():
            await holder.execute("SELECT FROM registration WHERE registration_id = $1 FOR UPDATE", id)
            answer = await client.post("G01", MEASURE, {"id": str(id)})
            await assert_given_up(answer, holder, pool)
        assert await alliance.count(acts) == before
        recorded = await client.one("G01", MEASURE, id=str(id))
    assert recorded["__typename"] == "RegistrationChanged"
