"""The served schema keeps what integrators were promised, and its diff is reviewed."""

from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
)

from baobei_api.graphql import schema as served_schema

PROMISED = Path(__file__).parents[2] / "cases" / "core.graphql"
WITH_FIELDS = (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType)


@pytest.fixture(scope="module")
def served() -> GraphQLSchema:
    return served_schema.build_schema()


@pytest.fixture(scope="module")
def promised() -> GraphQLSchema:
    return build_schema(PROMISED.read_text(encoding="utf-8"))


def test_nothing_that_was_promised_is_broken(promised: GraphQLSchema, served: GraphQLSchema) -> None:
    assert find_breaking_changes(promised, served) == []


def test_every_promised_type_has_its_promised_type_of_each_field(
    promised: GraphQLSchema, served: GraphQLSchema
) -> None:
    promised_types = {
        f"{type_.name}.{name}": str(field.type)
        for type_ in promised.type_map.values()
        if isinstance(type_, WITH_FIELDS) and not type_.name.startswith("__")
        for name, field in type_.fields.items()
    }
    served_types = {
        f"{type_.name}.{name}": str(field.type)
        for type_ in served.type_map.values()
        if isinstance(type_, WITH_FIELDS)
        for name, field in type_.fields.items()
    }
    assert {name: served_types.get(name) for name in promised_types} == promised_types


def test_the_committed_schema_is_the_served_one(served: GraphQLSchema) -> None:
    committed = served_schema.SCHEMA_FILE.read_text(encoding="utf-8")
    assert committed == served_schema.schema_text(served), "run: python -m baobei_api.graphql.schema"


def test_every_type_field_and_argument_is_described(served: GraphQLSchema) -> None:
    undescribed = []
    for type_ in served.type_map.values():
        if type_.name.startswith("__") or type_.name in {"Int", "String", "Boolean", "ID"}:
            continue
        if not type_.description:
            undescribed.append(type_.name)
        if isinstance(type_, GraphQLEnumType) or not isinstance(type_, WITH_FIELDS):
            continue
        for name, field in type_.fields.items():
            if not field.description:
                undescribed.append(f"{type_.name}.{name}")
            if isinstance(type_, GraphQLInputObjectType):
                continue
            undescribed += [
                f"{type_.name}.{name}({argument})"
                for argument, described in getattr(field, "args", {}).items()
                if not described.description
            ]
    assert undescribed == []
