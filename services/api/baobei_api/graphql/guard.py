"""What a document may cost, measured before it is validated.

One walk over each definition, fragments measured once and remembered: linear in the document, however often
and deep its fragments are spread. What is measured is what executing would do, so a few hundred bytes of
nested fragments that stand for a million fields are refused as a million fields.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

from baobei_api.graphql.checks import LARGEST_PAGE
from baobei_api.graphql.errors import TooComplex
from baobei_api.graphql.overlaps import check_overlaps

MAX_TOKENS: Final = 1_500
MAX_CHARS: Final = 65_536
MAX_DEPTH: Final = 20
MAX_ALIASES: Final = 50
MAX_DIRECTIVES: Final = 50
MAX_FRAGMENTS: Final = 30
MAX_SPREADS: Final = 100
MAX_OPERATIONS: Final = 20
# Values in variables, each list, object and scalar, and how deep they nest.
MAX_VALUES: Final = 2_000
MAX_VALUE_DEPTH: Final = 20
# Fields that executing would resolve, lists at the size asked for.
MAX_COST: Final = 60_000
MUTATION_COST: Final = 1_000
# Fields that read more than a field does, by name: all that a unit recorded on a day, or a whole sheet to open and digest.
WEIGHTS: Final[Mapping[str, int]] = {"recordedAfter": 50, "intact": 500}
# What a list without a size of its own is taken to hold.
UNSIZED_LIST: Final = 5
PAGE_ARGUMENT: Final = "first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What a selection comes to when it is executed; `cost` counts fields."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    spreads: int = 0
    cost: int = 0


NOTHING: Final = Measure()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSizes:
    """How many items a field stands for, by name: the largest of all types that have such a field."""

    defaults: Mapping[str, int]
    paged: frozenset[str]

    @classmethod
    def of(cls, schema: GraphQLSchema) -> "ListSizes":
        """Return the sizes of a schema's lists."""
        defaults: dict[str, int] = {}
        paged = set()
        for name, promised in _fields(schema):
            if PAGE_ARGUMENT in promised.args:
                paged.add(name)
                defaults[name] = max(defaults.get(name, 1), int(_default_page(promised)))
            elif name != "edges" and _is_list(promised):
                defaults[name] = max(defaults.get(name, 1), UNSIZED_LIST)
        return cls(defaults=defaults, paged=frozenset(paged))


def _fields(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLField]]:
    for type_ in schema.type_map.values():
        if is_object_type(type_):
            yield from type_.fields.items()


def _default_page(promised: GraphQLField) -> Any:
    default = promised.args[PAGE_ARGUMENT].default_value
    return default if isinstance(default, int) else LARGEST_PAGE


def _is_list(promised: GraphQLField) -> bool:
    type_ = promised.type
    return is_list_type(type_.of_type if is_non_null_type(type_) else type_)


def check_document(document: DocumentNode, sizes: ListSizes) -> frozenset[str]:
    """Refuse a document that is too complex whatever its variables; return those its cost depends on.

    Raises `TooComplex`.
    """
    walk = _Walk(document=document, sizes=sizes, variables={})
    for what, count, limit in (
        ("operations", len(walk.operations), MAX_OPERATIONS),
        ("fragments", len(walk.fragments), MAX_FRAGMENTS),
    ):
        if count > limit:
            raise TooComplex(f"{count} {what}", limit=limit)
    # Each fragment by itself too: validation reads those that no operation spreads.
    for name in walk.fragments:
        _refuse(walk.fragment(name))
    for operation in walk.operations:
        _refuse(walk.operation(operation))
    check_overlaps(walk.operations, walk.fragments)
    return frozenset(walk.page_variables)


def check_variables(variables: Mapping[str, Any]) -> None:
    """Refuse variables that hold too much or nest too deeply; raises `TooComplex`."""
    pending: list[tuple[Any, int]] = [(value, 1) for value in variables.values()]
    count = len(pending)
    while pending:
        value, depth = pending.pop()
        if not isinstance(value, dict | list):
            continue
        count += len(value)
        if depth > MAX_VALUE_DEPTH:
            raise TooComplex("variables nested", limit=MAX_VALUE_DEPTH)
        if count > MAX_VALUES:
            raise TooComplex("values in variables", limit=MAX_VALUES)
        below = value.values() if isinstance(value, dict) else value
        pending += [(each, depth + 1) for each in below]
    if count > MAX_VALUES:
        raise TooComplex("values in variables", limit=MAX_VALUES)


def check_cost(document: DocumentNode, sizes: ListSizes, variables: Mapping[str, Any]) -> None:
    """Refuse a document whose lists are too long with these variables; raises `TooComplex`."""
    walk = _Walk(document=document, sizes=sizes, variables=variables)
    for operation in walk.operations:
        _refuse(walk.operation(operation))


def _refuse(measure: Measure) -> None:
    for what, count, limit in (
        ("levels", measure.depth, MAX_DEPTH),
        ("aliases", measure.aliases, MAX_ALIASES),
        ("directives", measure.directives, MAX_DIRECTIVES),
        ("fragment spreads", measure.spreads, MAX_SPREADS),
        ("fields to resolve", measure.cost, MAX_COST),
    ):
        if count > limit:
            raise TooComplex(
                f"{count if count < 10**9 else 'more than a thousand million'} {what}", limit=limit
            )


@dataclass(slots=True, kw_only=True)
class _Walk:
    document: DocumentNode
    sizes: ListSizes
    variables: Mapping[str, Any]
    fragments: dict[str, FragmentDefinitionNode] = field(init=False)
    operations: tuple[OperationDefinitionNode, ...] = field(init=False)
    page_variables: set[str] = field(default_factory=set)
    _measured: dict[str, Measure] = field(default_factory=dict)

    def __post_init__(self) -> None:
        definitions = self.document.definitions
        self.fragments = {d.name.value: d for d in definitions if isinstance(d, FragmentDefinitionNode)}
        self.operations = tuple(d for d in definitions if isinstance(d, OperationDefinitionNode))

    def operation(self, operation: OperationDefinitionNode) -> Measure:
        measure = self._set(operation.selection_set)
        changes = (
            len(operation.selection_set.selections) if operation.operation is OperationType.MUTATION else 0
        )
        directives = len(operation.directives or ())
        return replace(
            measure,
            cost=measure.cost + changes * MUTATION_COST,
            directives=measure.directives + directives,
        )

    def fragment(self, name: str) -> Measure:
        if name not in self._measured:
            # A fragment that spreads itself is validation's to refuse: here it counts as nothing inside itself.
            self._measured[name] = NOTHING
            definition = self.fragments.get(name)
            if definition is not None:
                self._measured[name] = self._set(definition.selection_set)
        return self._measured[name]

    def _set(self, selections: SelectionSetNode | None) -> Measure:
        if selections is None:
            return NOTHING
        depth = aliases = directives = spreads = cost = 0
        for node in selections.selections:
            directives += len(node.directives or ())
            match node:
                case FieldNode():
                    below = self._set(node.selection_set)
                    depth = max(depth, below.depth + 1)
                    aliases += node.alias is not None
                    cost += WEIGHTS.get(node.name.value, 1) + below.cost * self._size(node)
                case InlineFragmentNode():
                    # A level of its own to the parser's recursion, none to the reader.
                    below = self._set(node.selection_set)
                    depth = max(depth, below.depth)
                    cost += below.cost
                case FragmentSpreadNode():
                    below = self.fragment(node.name.value)
                    depth = max(depth, below.depth)
                    spreads += 1
                    cost += below.cost
                case _:
                    continue
            aliases += below.aliases
            directives += below.directives
            spreads += below.spreads
        return Measure(depth=depth, aliases=aliases, directives=directives, spreads=spreads, cost=cost)

    def _size(self, node: FieldNode) -> int:
        name = node.name.value
        if name in self.sizes.paged:
            for argument in node.arguments or ():
                if argument.name.value == PAGE_ARGUMENT:
                    return self._asked_for(argument.value, self.sizes.defaults[name])
        return self.sizes.defaults.get(name, 1)

    def _asked_for(self, value: object, default: int) -> int:
        asked: object = None
        if isinstance(value, IntValueNode):
            asked = int(value.value) if len(value.value) < 6 else LARGEST_PAGE
        elif isinstance(value, VariableNode):
            self.page_variables.add(value.name.value)
            asked = self.variables.get(value.name.value)
        # What is out of bounds is refused before anything is read, so it costs no more than a page.
        return min(max(asked, 1), LARGEST_PAGE) if isinstance(asked, int) else default
