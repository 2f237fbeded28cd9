"""An alliance with webhooks, and a receiver on this machine."""

from collections.abc import AsyncIterator

import asyncpg
import httpx2
import pytest
from starlette.applications import Starlette

from baobei.settings import Settings
from baobei_api.app import request_log, routes
from baobei_api.metrics import Metrics
from graphql_client import GraphQLClient
from webhook_client import KEY
from webhook_desk import WebhookDesk, new_desk
from webhook_receiver import Receiver, receiving


@pytest.fixture
async def desk(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> WebhookDesk:
    """An alliance of this test's own, on a database of its own."""
    return await new_desk(fresh_pool)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver that takes everything until told otherwise."""
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def client(desk: WebhookDesk) -> AsyncIterator[GraphQLClient]:
    """The staff of the alliance at an API in this process."""
    settings = Settings(database_url="postgresql://unused", clock="travel", dev_token_key=KEY)
    metrics = Metrics()
    app = Starlette(
        routes=routes(settings, desk.alliance.office, metrics), middleware=[request_log(settings, metrics)]
    )
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://api") as http:
        yield GraphQLClient(http=http, token_key=KEY, alliance=desk.alliance.code)
