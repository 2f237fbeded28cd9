"""Whatever a fuzzer sends to the REST part, as described and otherwise, has an answer that is described."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from alliances import new_alliance
from baobei_api.app import ALWAYS, TRAVELLING
from baobei_api.rest.openapi import describe
from fuzz.test_graphql_fuzz import fuzzed
from graphql_client import GraphQLClient
from in_process import api_on

CASES, SOAK_CASES = 40, 1_000
STAFF = "HEAD"
# A stream of events does not end by itself.
ENDLESS = "/v1/events"
OPERATIONS = {
    found.ok().label: found.ok()
    for found in schemathesis.openapi.from_dict(
        describe((ALWAYS | TRAVELLING) - {ENDLESS})
    ).get_all_operations()
    if isinstance(found, Ok)
}
# Jobs are run for whatever time it is: that of a fuzzed clock would be thousands of years of them.
JOBS = "POST /dev/jobs"


def request_of(operation: str, data: st.DataObject) -> dict[str, Any]:
    """Return a request as httpx sends it: as described, or where there is something to get wrong, otherwise."""
    described = OPERATIONS[operation]
    raw = described.definition.raw
    modes = [GenerationMode.POSITIVE]
    if "requestBody" in raw or "parameters" in raw:
        modes.append(GenerationMode.NEGATIVE)
    case = data.draw(described.as_strategy(generation_mode=data.draw(st.sampled_from(modes))))
    sent: dict[str, Any] = case.as_transport_kwargs(base_url="http://api")
    sent.pop("cookies")
    if "data" in sent and isinstance(sent["data"], bytes | str):
        sent["content"] = sent.pop("data")
    return sent


async def answered_as_described(client: GraphQLClient, operation: str, data: st.DataObject) -> None:
    sent = request_of(operation, data)
    sent["headers"] = dict(sent["headers"]) | client.headers(STAFF)
    answer = await client.http.request(**sent)
    assert answer.status_code < 500, (answer.status_code, answer.text, sent)
    described = OPERATIONS[operation].definition.raw["responses"]
    assert str(answer.status_code) in described, (answer.status_code, sent)


@pytest.fixture
async def client(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> AsyncIterator[GraphQLClient]:
    alliance = await new_alliance(fresh_pool)
    async with api_on(fresh_pool, alliance.code) as served:
        yield served


@pytest.mark.parametrize("operation", OPERATIONS)
@fuzzed(CASES)
@given(data=st.data())
async def test_every_answer_is_described(client: GraphQLClient, operation: str, data: st.DataObject) -> None:
    await answered_as_described(client, operation, data)


@pytest.mark.soak
@pytest.mark.parametrize("operation", sorted(set(OPERATIONS) - {JOBS}))
@fuzzed(SOAK_CASES)
@given(data=st.data())
async def test_soak_every_answer_is_described(
    client: GraphQLClient, operation: str, data: st.DataObject
) -> None:
    await answered_as_described(client, operation, data)
