"""The API in the process of the test, without a socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx2
from starlette.applications import Starlette

from alliances import office_on
from baobei.settings import Settings
from baobei_api.app import middleware, routes
from baobei_api.metrics import Metrics
from graphql_client import GraphQLClient

KEY = "k" * 32


@asynccontextmanager
async def api_on(pool: "asyncpg.Pool[asyncpg.Record]", alliance: str) -> AsyncIterator[GraphQLClient]:
    """Serve an alliance from this process and yield a client of it."""
    settings = Settings(database_url="postgresql://unused", clock="travel", dev_token_key=KEY)  # type: ignore[arg-type]
    metrics = Metrics()
    app = Starlette(
        routes=routes(settings, office_on(pool), metrics), middleware=middleware(settings, metrics)
    )
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://api") as http:
        yield GraphQLClient(http=http, token_key=KEY, alliance=alliance)
