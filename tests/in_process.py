"""The API in the process of the test, without a socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx2
from starlette.applications import Starlette

from alliances import office_on
from baobei.settings import Settings
from baobei_api.app import middleware, routes
from baobei_api.metrics import Metrics
from baobei_api.rate_limits import counted_in_redis
from graphql_client import GraphQLClient

KEY = "k" * 32


def settings_of(**changes: Any) -> Settings:
    """Return settings of an API in this process."""
    return Settings(
        **{"database_url": "postgresql://unused", "clock": "travel", "dev_token_key": KEY, **changes}
    )


@asynccontextmanager
async def api_on(
    pool: "asyncpg.Pool[asyncpg.Record]", alliance: str, **changes: Any
) -> AsyncIterator[GraphQLClient]:
    """Serve an alliance from this process, with changes to the settings, and yield a client of it."""
    settings, metrics = settings_of(**changes), Metrics()
    app = Starlette(
        routes=routes(settings, office_on(pool), metrics), middleware=middleware(settings, metrics)
    )
    async with _client_of(app, alliance) as client:
        yield client


@asynccontextmanager
async def api_with_redis(
    pool: "asyncpg.Pool[asyncpg.Record]", alliance: str, **changes: Any
) -> AsyncIterator[GraphQLClient]:
    """The same, as one of several processes that count in the Redis of the settings."""
    settings, metrics = settings_of(**changes), Metrics()
    office = office_on(pool)
    async with counted_in_redis(settings, office.vault, metrics) as limits:
        app = Starlette(
            routes=routes(settings, office, metrics, limits), middleware=middleware(settings, metrics)
        )
        async with _client_of(app, alliance) as client:
            yield client


@asynccontextmanager
async def _client_of(app: Starlette, alliance: str) -> AsyncIterator[GraphQLClient]:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://api") as http:
        yield GraphQLClient(http=http, token_key=KEY, alliance=alliance)
