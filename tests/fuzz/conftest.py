"""Connections for the fuzzers."""

from collections.abc import AsyncIterator

import asyncpg
import pytest


@pytest.fixture
async def fresh_pool(fresh_database_url: str) -> AsyncIterator["asyncpg.Pool[asyncpg.Record]"]:
    """Connections to a database of this test's own."""
    async with asyncpg.create_pool(fresh_database_url, min_size=1, max_size=4, timeout=10) as opened:
        yield opened
