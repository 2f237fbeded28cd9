"""How many pairs of fields validation would compare: fields of one name that end up in one place.

Merging is checked pair by pair, through fragments and down into what the pairs select, so a few kilobytes can
stand for a million comparisons. The fields are brought together here as executing would, each set of
selections once, and the walk itself is given up at a bound.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from baobei_api.graphql.errors import TooComplex

MAX_COMPARISONS: Final = 1_000
# Selections and pairs looked at on the way, those of a fragment each time it is spread anew.
MAX_LOOKED_AT: Final = 30_000

PAIRS: Final = "fields of one name in one place, by pairs"

Fragments = Mapping[str, FragmentDefinitionNode]
_Place = dict[int, SelectionSetNode]


def check_overlaps(operations: Iterable[OperationDefinitionNode], fragments: Fragments) -> int:
    """Refuse documents in which too many fields of one name meet; return how many pairs of them do.

    Raises `TooComplex`.
    """
    pending: list[_Place] = [_place([d.selection_set]) for d in (*operations, *fragments.values())]
    seen: set[frozenset[int]] = set()
    compared: set[tuple[int, int]] = set()
    looked_at = 0
    while pending:
        place = pending.pop()
        if (key := frozenset(place)) in seen:
            continue
        seen.add(key)
        fields, looked = _brought_together(place, fragments, at_most=MAX_LOOKED_AT - looked_at)
        looked_at += looked
        for nodes in fields.values():
            looked_at += (meeting := len(nodes) * (len(nodes) - 1) // 2)
            if meeting > MAX_COMPARISONS or looked_at > MAX_LOOKED_AT:
                raise TooComplex(PAIRS, limit=MAX_COMPARISONS)
            # Two fields of one fragment meet wherever it is spread, and are compared once.
            compared.update((id(one), id(other)) for one, other in combinations(nodes, 2))
            if len(compared) > MAX_COMPARISONS:
                raise TooComplex(PAIRS, limit=MAX_COMPARISONS)
            if below := [node.selection_set for node in nodes if node.selection_set is not None]:
                pending.append(_place(below))
    return len(compared)


def _place(sets: Iterable[SelectionSetNode]) -> _Place:
    return {id(each): each for each in sets}


def _brought_together(
    place: _Place, fragments: Fragments, *, at_most: int
) -> tuple[dict[str, list[FieldNode]], int]:
    """Return the fields of a place by the name that they answer under, and how many selections there were."""
    fields: dict[str, list[FieldNode]] = defaultdict(list)
    spread: set[str] = set()
    pending, looked_at = list(place.values()), 0
    while pending:
        selections = pending.pop().selections
        looked_at += len(selections)
        if looked_at > at_most:
            raise TooComplex("selections, fragments spread out", limit=MAX_LOOKED_AT)
        for node in selections:
            match node:
                case FieldNode():
                    fields[(node.alias or node.name).value].append(node)
                case InlineFragmentNode():
                    pending.append(node.selection_set)
                case FragmentSpreadNode(name=name) if name.value not in spread:
                    spread.add(name.value)
                    if (definition := fragments.get(name.value)) is not None:
                        pending.append(definition.selection_set)
                case _:
                    pass
    return fields, looked_at
