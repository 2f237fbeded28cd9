"""The served schema, and its text as it is committed beside this file."""

from functools import lru_cache
from pathlib import Path
from typing import Final

import strawberry
from graphql import GraphQLSchema, print_schema
from strawberry.schema.config import StrawberryConfig

from baobei_api.graphql.governed import governed
from baobei_api.graphql.mutations import Mutation
from baobei_api.graphql.queries import Query
from baobei_api.graphql.scalars import SCALARS
from baobei_api.graphql.scopes import enforce_scopes

SCHEMA_FILE: Final = Path(__file__).with_name("schema.graphql")


@lru_cache(maxsize=1)
def build_schema() -> GraphQLSchema:
    """Return the schema as graphql-core executes it.

    Raises `RuleMissing` for a field that does not say who may, `NoScopeStated` for one that names no scope.
    """
    schema = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
    )
    served = governed(schema._schema)
    enforce_scopes(served)
    return served


def schema_text(schema: GraphQLSchema) -> str:
    """Return the schema in the schema language, as it is committed."""
    return print_schema(schema) + "\n"


def write_schema_file() -> None:
    """Write the committed schema anew: `python -m baobei_api.graphql.schema`."""
    SCHEMA_FILE.write_text(schema_text(build_schema()), encoding="utf-8")


if __name__ == "__main__":
    write_schema_file()
