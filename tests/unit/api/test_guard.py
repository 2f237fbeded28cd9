"""The guard measures what executing would do, in time that grows with the document alone."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, parse

from baobei_api.graphql import schema as served
from baobei_api.graphql.documents import Document, Documents
from baobei_api.graphql.error_format import formatted
from baobei_api.graphql.errors import TooComplex
from baobei_api.graphql.guard import (
    MAX_ALIASES,
    MAX_CHARS,
    MAX_DEPTH,
    MAX_OPERATIONS,
    MAX_VALUES,
    ListSizes,
    check_cost,
    check_document,
    check_variables,
)
from baobei_api.graphql.overlaps import MAX_COMPARISONS
from bombs import BOMBS, NEAR_THE_LIMITS, large_variables

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


# 45 fields make 990 pairs, 46 make 1 035.
FIELDS_OF_ONE_NAME = 45
OVERLAP = f"fields of one name in one place, by pairs: expected at most {MAX_COMPARISONS}"


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(lambda n: "{ " + "me " * n + "}", id="in one selection"),
        pytest.param(lambda n: "{ " + "... { me } " * n + "}", id="in inline fragments"),
        pytest.param(lambda n: "{ node { " + "x: name " * n + "} }", id="under one alias"),
    ],
)
def test_fields_of_one_name_are_let_through_up_to_so_many_pairs(written: Callable[[int], str]) -> None:
    assert check_document(parse(written(FIELDS_OF_ONE_NAME)), SIZES) == frozenset()
    assert refused(written(FIELDS_OF_ONE_NAME + 1)) == OVERLAP


def test_fields_that_meet_below_fields_of_one_name_are_pairs_too() -> None:
    """Ten and ten: 45 pairs above, and the hundred below them make 4 950."""
    assert refused("{ " + ("node { " + "name " * 10 + "} ") * 10 + "}") == OVERLAP


def test_fields_that_meet_through_fragments_are_pairs_too() -> None:
    """31 and 32: 465 and 496 pairs in the fragments themselves, and 992 more where they meet."""
    text = "{ node { ...A ...B } }" + "".join(
        f" fragment {name} on Node {{ {'name ' * fields}}}" for name, fields in (("A", 31), ("B", 32))
    )
    assert refused(text) == OVERLAP


def test_a_fragment_that_is_spread_in_many_places_is_no_overlap() -> None:
    spreads = " ".join(f"a{n}: node {{ ...F }}" for n in range(40))
    text = f"{{ {spreads} }} fragment F on Node {{ name node {{ name node {{ name }} }} }}"
    assert check_document(parse(text), SIZES) == frozenset()


def test_as_many_operations_as_may_be_are_let_through_and_one_more_is_not() -> None:
    written = [f"query Q{n} {{ me }}" for n in range(MAX_OPERATIONS + 1)]
    assert check_document(parse(" ".join(written[1:])), SIZES) == frozenset()
    assert refused(" ".join(written)) == f"{MAX_OPERATIONS + 1} operations: expected at most {MAX_OPERATIONS}"


def test_a_document_of_the_greatest_length_is_let_through_and_a_longer_one_is_not_parsed() -> None:
    longest = "{ me }".ljust(MAX_CHARS)
    assert compiled(longest).errors == ()
    (error,) = compiled(longest + " ").errors
    assert error.message == f"a document of {MAX_CHARS + 1} characters: expected at most {MAX_CHARS}"


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
    return Documents(schema, suggestions=False, introspection=True).compiled(text)


# Calls of Python functions, which are the same on every machine; so many are some 30 ms of CPU.
CALLS_TO_REFUSE = 120_000


def calls_of(work: Callable[[], object]) -> int:
    """Return how many Python functions a piece of work calls."""
    count = 0

    def counting(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(counting)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.fixture(scope="module")
def documents() -> Documents:
    """Documents of the schema that is served, as they are compiled for a developer, who costs most."""
    return Documents(served.build_schema(), suggestions=True, introspection=True)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_a_bounded_number_of_steps(documents: Documents, name: str) -> None:
    answers: list[dict[str, Any]] = []

    def refuse() -> None:
        document = documents.compiled(BOMBS[name])
        answers.extend(formatted(document.errors, document=document.parsed, request_id="r"))

    assert calls_of(refuse) <= CALLS_TO_REFUSE
    assert {answer["extensions"]["code"] for answer in answers} <= {"TOO_COMPLEX", "BAD_USER_INPUT"}
    assert answers
    assert len(str(answers)) < 10_000


@pytest.mark.parametrize("name", NEAR_THE_LIMITS)
def test_what_is_just_let_through_costs_no_more_than_twice_that(documents: Documents, name: str) -> None:
    assert calls_of(lambda: documents.compiled(NEAR_THE_LIMITS[name])) <= 2 * CALLS_TO_REFUSE


def test_a_document_twice_as_long_costs_no_more_than_about_twice_the_steps() -> None:
    def measured(fields: int) -> int:
        document = parse("{ " + " ".join(f"a{n}: me" for n in range(fields)) + " }")
        return calls_of(lambda: check_document(document, SIZES))

    assert measured(48) <= 2.2 * measured(24)


def test_introspection_is_validations_to_refuse_where_there_is_none() -> None:
    closed = Documents(SCHEMA, suggestions=False, introspection=False)
    error = closed.compiled("{ __schema { queryType { name } } }").errors[0]
    assert error.message.startswith("GraphQL introspection has been disabled")
    assert closed.compiled("{ __typename node { __typename } }").errors == ()


@pytest.mark.parametrize(("what", "variables"), list(large_variables()))
def test_variables_that_hold_too_much_are_refused_without_reading_all_of_them(
    what: str, variables: dict[str, object]
) -> None:
    def check() -> None:
        with pytest.raises(TooComplex, match=what):
            check_variables(variables)

    assert calls_of(check) < 30_000


def test_as_many_values_in_variables_as_may_be_are_let_through() -> None:
    check_variables({"list": list(range(MAX_VALUES - 1))})
    with pytest.raises(TooComplex):
        check_variables({"list": list(range(MAX_VALUES))})


def test_documents_are_remembered_and_their_number_is_bounded() -> None:
    documents = Documents(SCHEMA, suggestions=False, introspection=True)
    first = documents.compiled("{ me }")
    assert documents.compiled("{ me }") is first
    for n in range(500):
        documents.compiled(f"{{ a{n}: me }}")
    assert documents.compiled("{ me }") is not first


def test_a_field_that_reads_a_whole_sheet_counts_as_many() -> None:
    sizes = ListSizes.of(served.build_schema())
    page = "{{ dailyReports(first: 100) {{ edges {{ node {{ {} }} }} }} }}"
    check_document(parse(page.format("id intact")), sizes)
    with pytest.raises(TooComplex) as raised:
        check_document(parse(page.format("id intact again: intact")), sizes)
    assert raised.value.message == "100301 fields to resolve: expected at most 60000"
