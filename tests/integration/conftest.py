"""Connections for the tests that talk to PostgreSQL themselves."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from asyncpg.pool import PoolConnectionProxy

# Enough for a race, few enough for the server's hundred.
POOL_SIZE = 32


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator["asyncpg.Pool[asyncpg.Record]"]:
    """Connections to this module's database."""
    async with asyncpg.create_pool(database_url, min_size=1, max_size=POOL_SIZE, timeout=10) as opened:
        yield opened


@pytest.fixture
async def connection(
    pool: "asyncpg.Pool[asyncpg.Record]",
) -> AsyncIterator["PoolConnectionProxy[asyncpg.Record]"]:
    """One connection to this module's database, outside any transaction."""
    async with pool.acquire() as acquired:
        yield acquired


@pytest.fixture
async def fresh_pool(fresh_database_url: str) -> AsyncIterator["asyncpg.Pool[asyncpg.Record]"]:
    """Connections to a database of this test's own: its clock starts where the test says."""
    async with asyncpg.create_pool(fresh_database_url, min_size=1, max_size=POOL_SIZE, timeout=10) as opened:
        yield opened
