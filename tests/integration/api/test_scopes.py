"""Every field of the roots asks a key for its scope, and for no other."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from alliances import TestAlliance
from baobei.store.api_key_models import KeyScope
from baobei_api.graphql.schema import build_schema
from baobei_api.graphql.scopes import SCOPE_OF, NoScopeStated, enforce_scopes
from graphql_client import GraphQLClient
from in_process import api_on
from staffed import ask_by_key, issued, staffed_alliance

SCHEMA = build_schema()


@pytest.fixture(scope="module")
async def alliance(database_url: str) -> AsyncIterator[TestAlliance]:
    async with asyncpg.create_pool(database_url, min_size=1, max_size=2, timeout=10) as pool:
        yield await staffed_alliance(pool)


@pytest.fixture(scope="module")
async def client(alliance: TestAlliance) -> AsyncIterator[GraphQLClient]:
    async with api_on(alliance.office.pool, alliance.code) as client:
        yield client


def literal(type_: GraphQLInputType) -> str:
    """Some value of a type, as a document writes it."""
    match type_:
        case GraphQLNonNull(of_type=of):
            return literal(of)
        case GraphQLList(of_type=of):
            return f"[{literal(of)}]"
        case GraphQLEnumType(values=values):
            return next(iter(values))
        case GraphQLInputObjectType(fields=fields):
            inner = (
                f"{name}: {literal(field.type)}"
                for name, field in fields.items()
                if is_required_input_field(field)
            )
            return "{" + ", ".join(inner) + "}"
        case _:
            return {"Int": "1", "Boolean": "true"}.get(type_.name, '"x"')


def document_of(name: str, schema: GraphQLSchema) -> str:
    """A document that asks for one root field, with the arguments that it must have."""
    root, _, field_name = name.partition(".")
    field = schema.type_map[root].fields[field_name]
    given = [f"{arg}: {literal(of.type)}" for arg, of in field.args.items() if is_required_argument(of)]
    arguments = f"({', '.join(given)})" if given else ""
    selection = "" if is_leaf_type(get_named_type(field.type)) else "{ __typename }"
    return f"{root.lower()} {{ {field_name}{arguments} {selection} }}"


async def test_a_key_with_the_scope_may_and_one_with_all_others_may_not(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    only = {scope: (await issued(alliance, scope, for_everybody=True)).text for scope in KeyScope}
    without = {
        scope: (await issued(alliance, *(set(KeyScope) - {scope}), for_everybody=True)).text
        for scope in KeyScope
    }
    every = (await issued(alliance, for_everybody=True)).text
    for name, needed in SCOPE_OF.items():
        query = document_of(name, SCHEMA)
        refused = (
            await ask_by_key(client, every if needed is None else without[needed], query, "ADM")
        ).json()
        (error,) = refused["errors"]
        expected = (
            "this is for people, never for an API key"
            if needed is None
            else f"the API key lacks the scope {needed}"
        )
        assert (error["message"], error["extensions"]) == (expected, {"code": "FORBIDDEN"}), name
        if needed is not None:
            answer = (await ask_by_key(client, only[needed], query, "ADM")).json()
            assert "scope" not in str(answer.get("errors", "")), name


async def test_a_fragment_is_no_way_round(client: GraphQLClient, alliance: TestAlliance) -> None:
    text = (await issued(alliance, KeyScope.ORDERS)).text
    for query in (
        "query { ... on Query { me { code } } }",
        "query { ...all } fragment all on Query { other: orders { edges { cursor } } }",
    ):
        answer = (await ask_by_key(client, text, query)).json()
        assert answer["data"] is None
        assert [error["message"] for error in answer["errors"]] == ["the API key lacks the scope READ"]


async def test_a_person_needs_no_scope(client: GraphQLClient) -> None:
    assert await client.ask("G01", "{ me { code } }") == {"me": {"code": "G01"}}


def test_a_field_without_a_rule_is_named_and_not_served() -> None:
    known = {name: scope for name, scope in SCOPE_OF.items() if name != "Mutation.placeOrder"}
    with pytest.raises(NoScopeStated, match=r"Mutation\.placeOrder"):
        enforce_scopes(build_schema(), known)


def test_a_rule_without_a_field_is_named() -> None:
    with pytest.raises(NoScopeStated, match=r"Query\.everything"):
        enforce_scopes(build_schema(), {**SCOPE_OF, "Query.everything": KeyScope.READ})
