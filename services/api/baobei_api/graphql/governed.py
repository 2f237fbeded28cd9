"""The schema under the rules of `who_may.py`: no field without one, and each role kept to its own before anything is read."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema

from baobei.operations.errors import Forbidden
from baobei.operations.rules import Rule
from baobei_api.graphql.context import Context
from baobei_api.graphql.who_may import FIELDS, PARTS

TABLE: Final = "services/api/baobei_api/graphql/who_may.py"


class RuleMissing(Exception):
    """Fields that no rule covers, and rules that no field has; the message says where to put it right."""

    def __init__(self, *, without: list[str], unknown: list[str]) -> None:
        self.without, self.unknown = tuple(without), tuple(unknown)
        problems = [f"{field} has no rule: say in {TABLE} who may see or do it" for field in without]
        problems += [f"{field} has a rule in {TABLE}, and the schema has no such field" for field in unknown]
        super().__init__("\n".join(problems))


def governed(schema: GraphQLSchema) -> GraphQLSchema:
    """Return the schema, with what is for some roles alone refused to all others before anything is read.

    Raises `RuleMissing` unless every field has a rule, and every rule a field.
    """
    fields = dict(_fields(schema))
    stated = set(FIELDS) | {
        f"{name}.{part}" for name, (_, parts) in PARTS.items() for part in parts.split() if part != "*"
    }
    whole = {name for name, (_, parts) in PARTS.items() if parts == "*"}
    without = [path for path in fields if path not in stated and path.partition(".")[0] not in whole]
    types = {path.partition(".")[0] for path in fields}
    unknown = sorted((stated - fields.keys()) | (whole - types))
    if without or unknown:
        raise RuleMissing(without=without, unknown=unknown)
    for path, may in FIELDS.items():
        if may.by_role_alone and not may.asked_later:
            _refuse_others(fields[path], may.rule, operation=path.partition(".")[2])
    return schema


def _fields(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLField]]:
    for name, type in schema.type_map.items():
        if isinstance(type, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__"):
            for field, definition in type.fields.items():
                yield f"{name}.{field}", definition


def _refuse_others(field: GraphQLField, rule: Rule, *, operation: str) -> None:
    resolve: Callable[..., Any] | None = field.resolve
    if resolve is None:
        raise TypeError(f"{operation} is not resolved")

    def allowed(source: object, info: GraphQLResolveInfo[Context], **arguments: Any) -> Any:
        context: Context = info.context
        if not rule.everywhere(context.actor.staff):
            raise Forbidden(operation=operation)
        return resolve(source, info, **arguments)

    field.resolve = allowed
