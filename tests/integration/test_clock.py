"""The travelled clock on a real database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone

import asyncpg
import pytest

from baobei.clock import ClockGoesBack, TravelClock, wall_now

MARCH = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
async def connection(fresh_database_url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection to a database whose clock was never read."""
    opened = await asyncpg.connect(fresh_database_url)
    yield opened
    await opened.close()


async def test_the_first_use_stops_it_at_wall_time(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    before = wall_now()
    first = await TravelClock().now(connection)

    assert before <= first <= wall_now()
    assert await TravelClock().now(connection) == first


async def test_all_first_uses_at_once_see_one_instant(fresh_database_url: str) -> None:
    async with asyncpg.create_pool(fresh_database_url, min_size=8, max_size=8) as pool:

        async def read() -> datetime:
            async with pool.acquire() as connection:
                return await TravelClock().now(connection)

        instants = await asyncio.gather(*(read() for _ in range(8)))

    assert len(set(instants)) == 1


async def test_it_stands_where_it_was_set(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    assert await TravelClock().set(connection, MARCH) == MARCH
    assert await TravelClock().now(connection) == MARCH


async def test_an_instant_with_another_offset_is_the_same_instant(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    shanghai = MARCH.astimezone(timezone(timedelta(hours=8)))

    assert (await TravelClock().set(connection, shanghai)).utcoffset() == timedelta(0)
    assert await TravelClock().now(connection) == MARCH


async def test_the_first_setting_may_choose_the_past(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    await TravelClock().now(connection)

    assert await TravelClock().set(connection, MARCH) == MARCH


async def test_one_microsecond_back_is_refused_and_it_stands_still(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    await TravelClock().set(connection, MARCH)

    with pytest.raises(ClockGoesBack) as refused:
        await TravelClock().set(connection, MARCH - timedelta(microseconds=1))

    assert refused.value.stands_at == MARCH
    assert await TravelClock().now(connection) == MARCH


async def test_the_same_instant_again_is_accepted(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    await TravelClock().set(connection, MARCH)

    assert await TravelClock().set(connection, MARCH) == MARCH


async def test_an_instant_without_offset_is_refused(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    with pytest.raises(ValueError, match="offset"):
        await TravelClock().set(connection, MARCH.replace(tzinfo=None))
