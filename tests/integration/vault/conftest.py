"""An alliance with a database of its own, and somebody on that database whom no trigger holds."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from alliances import TestAlliance, new_alliance
from baobei_cli.embedded import SUPERUSER
from conftest import Servers


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    """An alliance with a database of its own."""
    return await new_alliance(fresh_pool)


@pytest.fixture
async def superuser_pool(
    servers: Servers, fresh_pool: "asyncpg.Pool[asyncpg.Record]"
) -> AsyncIterator["asyncpg.Pool[asyncpg.Record]"]:
    """The same database as the superuser sees it: what an earlier version wrote can be written here."""
    name = await fresh_pool.fetchval("SELECT current_database()")
    url = servers.postgres.url(database=name, user=SUPERUSER)
    async with asyncpg.create_pool(url, min_size=1, max_size=1, timeout=10) as opened:
        yield opened
