"""An alliance of its own for every test, in one service that runs as a process."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx2
import pytest

from graphql_client import GraphQLClient
from running_service import RunningService
from stories import SHANGHAI, STORY_BEGINS, Story, make_alliance


@pytest.fixture
async def http(service: RunningService) -> AsyncIterator[httpx2.AsyncClient]:
    """HTTP to the running service."""
    async with httpx2.AsyncClient(base_url=service.base_url, timeout=30) as client:
        yield client


@pytest.fixture
async def client(service: RunningService, http: httpx2.AsyncClient) -> GraphQLClient:
    """The staff of an alliance of this test's own."""
    key = (service.data / "secrets" / "dev_token_key").read_text().strip()
    return GraphQLClient(http=http, token_key=key, alliance=await make_alliance(service.database_url))


@pytest.fixture
async def story(client: GraphQLClient) -> Story:
    """The same, on the first morning of a month that no earlier test has reached."""
    begins = STORY_BEGINS
    while (
        answer := await client.http.post("/dev/clock", json={"now": begins.isoformat()})
    ).status_code == 409:
        stands = datetime.fromisoformat(answer.json()["now"]).astimezone(SHANGHAI)
        begins = (
            stands.replace(day=1, hour=10, minute=0, second=0, microsecond=0) + timedelta(days=31)
        ).replace(day=1)
    assert answer.status_code == 200, answer.text
    return Story(client=client, begins=begins)
