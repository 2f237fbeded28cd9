"""Whatever a fuzzer asks of any operation in any role has an answer of a promised kind."""

import io
import math
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes
from schemathesis.core.result import Ok

from alliances import TestAlliance, office_on
from baobei_api.graphql.errors import ErrorCode
from baobei_api.graphql.schema import build_schema, schema_text
from fuzz.known import AMOUNTS, INSTANTS, MONTHS, Known, make_past
from graphql_client import GraphQLClient
from in_process import api_on
from stories import make_alliance

ROLES = ("G01", "PDM", "HEAD", "ADM")
CASES, SOAK_CASES = 2_000, 50_000
PROMISED = {code.value for code in ErrorCode} - {ErrorCode.INTERNAL.value, ErrorCode.UNAVAILABLE.value}

for scalar, written in (("DateTime", INSTANTS), ("Date", MONTHS), ("Decimal", AMOUNTS)):
    schemathesis.graphql.scalar(scalar, st.sampled_from(written).map(nodes.String))

OPERATIONS = {
    found.ok().label: found.ok()
    for found in schemathesis.graphql.from_file(io.StringIO(schema_text(build_schema()))).get_all_operations()
    if isinstance(found, Ok)
}
EACH = math.ceil(CASES / len(OPERATIONS) / len(ROLES))
SOAK_EACH = math.ceil(SOAK_CASES / len(OPERATIONS) / len(ROLES))


def fuzzed(examples: int) -> settings:
    """Return settings under which every run asks the same, whoever runs it."""
    return settings(
        max_examples=examples,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@dataclass(slots=True)
class Asked:
    """The API with an alliance that has a past, and what it answered so far."""

    client: GraphQLClient
    known: Known
    answers: Counter[str] = field(default_factory=Counter)
    cases: int = 0

    async def answers_in_a_promised_way(self, role: str, query: str) -> None:
        """Ask, and hold the answer against what is promised of every answer."""
        answer = await self.client.post(role, query)
        assert answer.status_code < 500, (answer.status_code, answer.text, query)
        body: dict[str, Any] = answer.json()
        codes = {error["extensions"]["code"] for error in body.get("errors", ())}
        assert codes <= PROMISED, (body, query)
        assert body.get("data") or codes, (body, query)
        self.cases += 1
        self.answers.update(codes or {_kind(body["data"])})


async def ask_in_every_role(asked: Asked, operation: str, data: st.DataObject) -> None:
    """Ask one thing in each role: who may not is answered in a promised way too."""
    case = data.draw(OPERATIONS[operation].as_strategy())
    chance = data.draw(st.randoms(use_true_random=False))
    query = asked.known.put_into(case.body, chance)
    for role in ROLES:
        await asked.answers_in_a_promised_way(role, query)


def _kind(data: dict[str, Any]) -> str:
    (value,) = data.values()
    return "nothing" if value is None else "something"


@pytest.fixture(scope="module")
async def asked(database_url: str) -> AsyncIterator[Asked]:
    async with asyncpg.create_pool(database_url, min_size=1, max_size=8) as pool:
        code = await make_alliance(database_url)
        await TestAlliance(office=office_on(pool), code=code).travel("2026-11-01T10:00:00+08:00")
        async with api_on(pool, code, reads_per_minute=10_000_000) as client:
            yield Asked(client=client, known=await make_past(client))


@pytest.mark.parametrize("operation", OPERATIONS)
@fuzzed(EACH)
@given(data=st.data())
async def test_every_answer_is_of_a_promised_kind(asked: Asked, operation: str, data: st.DataObject) -> None:
    await ask_in_every_role(asked, operation, data)


def test_so_many_cases_were_asked_and_they_went_deep(asked: Asked) -> None:
    """The last of this file: it looks at what the others asked."""
    assert asked.cases >= CASES
    assert asked.answers["something"] > asked.cases / 4
    assert asked.answers["BAD_USER_INPUT"]
    assert asked.answers["FORBIDDEN"]


@pytest.mark.soak
@pytest.mark.parametrize("operation", OPERATIONS)
@fuzzed(SOAK_EACH)
@given(data=st.data())
async def test_soak_every_answer_is_of_a_promised_kind(
    asked: Asked, operation: str, data: st.DataObject
) -> None:
    await ask_in_every_role(asked, operation, data)


@pytest.mark.soak
def test_soak_so_many_cases_were_asked(asked: Asked) -> None:
    assert asked.cases >= SOAK_CASES
