"""The guard measures what executing would do, in time that grows with the document alone."""

import pytest
from graphql import GraphQLSchema, build_schema, parse

from baobei_api.graphql.documents import Document, Documents
from baobei_api.graphql.errors import TooComplex
from baobei_api.graphql.guard import (
    MAX_ALIASES,
    MAX_DEPTH,
    MAX_REPEATS,
    MAX_TOKENS,
    ListSizes,
    check_cost,
    check_document,
)

SCHEMA = build_schema("""
    type Query { node: Node  nodes(first: Int = 20): [Node!]!  me: String }
    type Node { node: Node  nodes(first: Int = 20): [Node!]!  tags: [String!]!  name: String }
    type Mutation { change: Node }
""")
for type_name in ("Query", "Node"):
    # As strawberry makes it: a value, not a literal.
    SCHEMA.type_map[type_name].fields["nodes"].args["first"].default_value = 20  # type: ignore[attr-defined]
SIZES = ListSizes.of(SCHEMA)


def refused(text: str) -> str:
    with pytest.raises(TooComplex) as raised:
        check_document(parse(text), SIZES)
    return raised.value.message


def nested(depth: int) -> str:
    return "{ " + "node { " * (depth - 1) + "name" + " }" * depth


def test_the_deepest_document_is_let_through() -> None:
    assert check_document(parse(nested(MAX_DEPTH)), SIZES) == frozenset()


def test_one_level_more_is_refused() -> None:
    assert refused(nested(MAX_DEPTH + 1)) == f"{MAX_DEPTH + 1} levels: expected at most {MAX_DEPTH}"


def test_as_many_aliases_as_may_be_are_let_through() -> None:
    aliases = " ".join(f"a{n}: me" for n in range(MAX_ALIASES))
    assert check_document(parse(f"{{ {aliases} }}"), SIZES) == frozenset()


def test_aliases_in_a_fragment_count_each_time_it_is_spread() -> None:
    aliases = " ".join(f"a{n}: name" for n in range(26))
    text = f"{{ node {{ ...F }} other: node {{ ...F }} }} fragment F on Node {{ {aliases} }}"
    assert refused(text) == f"53 aliases: expected at most {MAX_ALIASES}"


def test_a_field_repeated_in_one_place_is_refused() -> None:
    text = "{ " + "me " * (MAX_REPEATS + 1) + "}"
    assert (
        refused(text)
        == f"a field written {MAX_REPEATS + 1} times in one place: expected at most {MAX_REPEATS}"
    )


def test_a_field_repeated_through_inline_fragments_is_refused() -> None:
    text = "{ " + "... { me } " * (MAX_REPEATS + 1) + "}"
    assert "times in one place" in refused(text)


def test_directives_are_counted() -> None:
    text = "{ " + " ".join(f"a{n}: me @skip(if: false) @include(if: true)" for n in range(26)) + " }"
    assert refused(text).startswith("52 directives")


def test_lists_cost_what_is_asked_of_them() -> None:
    text = "{ nodes(first: 100) { nodes(first: 100) { nodes(first: 6) { name } } } }"
    assert "fields to resolve" in refused(text)


def test_a_list_without_a_size_costs_its_default() -> None:
    assert check_document(parse("{ nodes { nodes { nodes { name } } } }"), SIZES) == frozenset()


def test_a_size_in_a_variable_is_measured_with_the_variable() -> None:
    document = parse(
        "query ($n: Int) { nodes(first: $n) { nodes(first: $n) { nodes { name name2: name } } } }"
    )
    assert check_document(document, SIZES) == frozenset({"n"})
    check_cost(document, SIZES, {"n": 20})
    with pytest.raises(TooComplex):
        check_cost(document, SIZES, {"n": 100})


def test_mutations_cost_more_than_fields() -> None:
    text = (
        "mutation { "
        + " ".join(f"a{n}: change {{ nodes(first: 100) {{ name node {{ name }} }} }}" for n in range(50))
        + " }"
    )
    assert "fields to resolve" in refused(text)


def test_fragments_that_double_at_each_step_are_measured_once_each() -> None:
    """Half a billion fields if each spread were followed: a guard that did would not come back."""
    steps = 29
    bomb = " ".join(
        f"fragment F{n} on Node {{ node {{ ...F{n + 1} }} other: node {{ ...F{n + 1} }} }}"
        for n in range(steps)
    )
    text = f"{{ node {{ ...F0 }} }} {bomb} fragment F{steps} on Node {{ name }}"
    assert "expected at most" in refused(text)


def test_a_cycle_of_fragments_is_left_to_validation() -> None:
    document = compiled("{ node { ...F } } fragment F on Node { node { ...F } }")
    assert "Cannot spread fragment 'F' within itself" in document.errors[0].message


def compiled(text: str, schema: GraphQLSchema = SCHEMA) -> Document:
    return Documents(schema, suggestions=False).compiled(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{ " + " ".join(f"x{n}" for n in range(MAX_TOKENS)) + " }", id="tokens"),
        pytest.param("{" * 5_000 + "}" * 5_000, id="levels"),
        pytest.param("{ me " + "@skip(if: true) " * 700 + "}", id="directives"),
        pytest.param("query (" + " ".join(f"$v{n}: Int" for n in range(580)) + ") { me }", id="variables"),
        pytest.param("{ nodes(first: " + "[" * 1_100 + "]" * 1_100 + ") { name } }", id="nested value"),
        pytest.param("{ node { " + "...F " * 90 + "} } fragment F on Node { name }", id="spreads"),
        pytest.param(
            "{ node { ...F0 } } "
            + " ".join(f"fragment F{n} on Node {{ name node {{ name }} ...F{n + 1} }}" for n in range(28))
            + " fragment F28 on Node { name }",
            id="chained fragments",
        ),
        pytest.param("{ " + "... { node { name } } " * 20 + "}", id="merged fields"),
        pytest.param("{ " + " ".join(f"a{n}" for n in range(1_100)) + " }", id="unknown fields"),
    ],
)
def test_every_document_is_refused_or_accepted(text: str) -> None:
    """Each would cost time without end to a guard or a validation that follows every path."""
    document = compiled(text)
    assert document.errors or document.parsed is not None


def test_documents_are_remembered_and_their_number_is_bounded() -> None:
    documents = Documents(SCHEMA, suggestions=False)
    first = documents.compiled("{ me }")
    assert documents.compiled("{ me }") is first
    for n in range(500):
        documents.compiled(f"{{ a{n}: me }}")
    assert documents.compiled("{ me }") is not first
