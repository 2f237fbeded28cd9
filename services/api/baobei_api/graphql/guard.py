"""What a document may cost, measured before it is validated.

One walk over each definition, fragments measured once and remembered: linear in the document, however often
and deep its fragments are spread. What is measured is what executing would do, so a few hundred bytes of
nested fragments that stand for a million fields are refused as a million fields.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from graphql import (
    DirectiveNode,
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

MAX_TOKENS: Final = 2_500
MAX_DEPTH: Final = 20
MAX_ALIASES: Final = 50
MAX_DIRECTIVES: Final = 50
MAX_FRAGMENTS: Final = 30
MAX_SPREADS: Final = 100
# Fields of one name in one selection set: the validation that merges them compares every two.
MAX_REPEATS: Final = 20
# Fields that executing would resolve, lists at the size asked for.
MAX_COST: Final = 60_000
MUTATION_COST: Final = 1_000
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

    def beside(self, other: "Measure") -> "Measure":
        """Return the measure of two selections in one set."""
        return Measure(
            depth=max(self.depth, other.depth),
            aliases=self.aliases + other.aliases,
            directives=self.directives + other.directives,
            spreads=self.spreads + other.spreads,
            cost=self.cost + other.cost,
        )


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
    if len(walk.fragments) > MAX_FRAGMENTS:
        raise TooComplex(f"{len(walk.fragments)} fragments", limit=MAX_FRAGMENTS)
    # Each fragment by itself too: validation reads those that no operation spreads.
    for name in walk.fragments:
        _refuse(walk.fragment(name))
    for operation in walk.operations:
        _refuse(walk.operation(operation))
    return frozenset(walk.page_variables)


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
        names: Counter[str] = Counter()
        measure = self._within(selections, names)
        if names and (most := max(names.values())) > MAX_REPEATS:
            raise TooComplex(f"a field written {most} times in one place", limit=MAX_REPEATS)
        return measure

    def _within(self, selections: SelectionSetNode, names: Counter[str]) -> Measure:
        """Measure a selection set; inline fragments belong to the set around them."""
        total = NOTHING
        for node in selections.selections:
            own = Measure(directives=_directives(node.directives))
            match node:
                case FieldNode():
                    names[node.alias.value if node.alias else node.name.value] += 1
                    own = own.beside(self._field(node))
                case InlineFragmentNode():
                    # A level of its own to the parser's recursion, none to the reader.
                    own = own.beside(self._within(node.selection_set, names))
                case FragmentSpreadNode():
                    own = own.beside(Measure(spreads=1)).beside(self.fragment(node.name.value))
                case _:
                    pass
            total = total.beside(own)
        return total

    def _field(self, node: FieldNode) -> Measure:
        below = self._set(node.selection_set)
        return Measure(
            depth=below.depth + 1,
            aliases=below.aliases + (node.alias is not None),
            directives=below.directives,
            spreads=below.spreads,
            cost=1 + below.cost * self._size(node),
        )

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


def _directives(directives: tuple[DirectiveNode, ...] | None) -> int:
    return len(directives or ())
