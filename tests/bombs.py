"""Documents that are small to send and would be large to look at; each must be refused, and cheaply."""

from collections.abc import Callable, Iterator
from typing import Final


def _many(count: int, one: Callable[[int], str]) -> str:
    return " ".join(one(number) for number in range(count))


def _fragments(count: int, body: Callable[[int], str], *, on: str = "Staff") -> str:
    return _many(count, lambda n: f"fragment F{n} on {on} {{ {body(n)} }}")


BOMBS: Final[dict[str, str]] = {
    "90 levels of fragments, each spread twice": (
        f"{{ me {{ ...F0 }} }} {_fragments(90, lambda n: f'unit {{ code }} ...F{n + 1} ...F{n + 1}')}"
        " fragment F90 on Staff { id }"
    ),
    "29 levels of fragments, each spread twice": (
        "{ registrations { edges { node { ...F0 } } } } "
        + _fragments(28, lambda n: f"owner {{ id }} ...F{n + 1} ...F{n + 1}", on="Registration")
        + " fragment F28 on Registration { id }"
    ),
    "29 levels of fragments, each a level deeper": (
        "{ me { id } } "
        + _fragments(29, lambda n: f"owner {{ id }} a: number ...F{n + 1}", on="Registration")
        + " fragment F29 on Registration { id }"
    ),
    "900 overlapping fields": "{ " + "me { code } " * 900 + "}",
    "350 overlapping fields": "{ " + "me { code } " * 350 + "}",
    "400 fields that overlap in pairs": "{ " + ("me { " + "unit { code } " * 20 + "} ") * 18 + "}",
    "overlapping fields on three levels": "{ "
    + ("me { " + ("unit { " + "code " * 18 + "} ") * 6 + "} ") * 10
    + "}",
    "580 overlapping fields in 29 fragments": (
        f"{{ me {{ {_many(29, lambda n: f'...F{n}')} }} }} {_fragments(29, lambda _: 'code ' * 20)}"
    ),
    "overlapping fields in two fragments": (
        "{ ...A ...B }"
        + "".join(
            f" fragment {name} on Query {{ " + ("me { " + "unit { code } " * 20 + "} ") * 9 + "}"
            for name in "AB"
        )
    ),
    "overlapping fields in inline fragments": "{ " + "... { me { code } } " * 180 + "}",
    "a flood of aliases": f"{{ {_many(400, lambda n: f'a{n}: me {{ code }}')} }}",
    "as many aliases as tokens allow": f"{{ {_many(240, lambda n: f'a{n}: me {{ id }}')} }}",
    "a flood of directives": "{ me { code " + "@include(if: true) " * 400 + "} }",
    "directives as tokens allow": "{ me { code " + "@include(if: true) " * 240 + "} }",
    "directives nobody knows": "{ me { code " + "@x " * 700 + "} }",
    "operations": _many(300, lambda n: f"query Q{n} {{ me {{ code }} }}"),
    "operations as tokens allow": (
        _many(150, lambda n: f"query Q{n} {{ me {{ ...F0 }} }}") + " fragment F0 on Staff { code }"
    ),
    "unused fragments": "{ me { id } } " + _fragments(350, lambda _: "id"),
    "a circle of fragments": (
        f"{{ me {{ ...F0 }} }} {_fragments(28, lambda n: f'id ...F{(n + 1) % 28} ...F{(n + 2) % 28}')}"
    ),
    "a circle of one": "{ me { ...F0 } } fragment F0 on Staff { id ...F0 }",
    "every fragment in every other": (
        f"{{ me {{ ...F0 }} }} {_fragments(28, lambda _: _many(28, lambda n: f'...F{n}'))}"
    ),
    "a circle through fields": (
        "{ registrations { edges { node { ...F0 } } } } "
        + _fragments(20, lambda n: f"existing: owner {{ id }} ...F{(n + 1) % 20}", on="Registration")
    ),
    "a name of 60 000 letters": "{ me { " + "x" * 60_000 + " } }",
    "a name of 900 000 letters": "{ me { " + "x" * 900_000 + " } }",
    "900 000 spaces": "{ me { id } } " + " " * 900_000,
    "400 000 comments": "{ me { id } } " + "#\n" * 400_000,
    "a block string of 400 000 lines": '{ checkProtection(phone: """'
    + "x\n" * 400_000
    + '""") { available } }',
    "900 unknown fields": f"{{ {_many(900, lambda n: f'regstration{n}')} }}",
    "the schema of the schema": (
        "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }"
    ),
    "types of types": "{ __schema { types { " + "ofType { " * 30 + "name" + " }" * 30 + " } } }",
    "5 000 levels": "{ me " * 5_000 + "}" * 5_000,
    "levels as tokens allow": "{ " + "me { " * 600 + "id" + " }" * 600 + " }",
    "inline fragments in each other": "{ " + "... { " * 600 + "me { id }" + " }" * 600 + " }",
    "lists in each other": "{ registrations(first: " + "[" * 950 + "]" * 950 + ") { edges { cursor } } }",
    "objects in each other": "{ registrations(filter: "
    + "{a: " * 400
    + "1"
    + "}" * 400
    + ") { edges { cursor } } }",
    "a long list": "{ registrations(filter: {status: [" + "PROTECTED " * 2_400 + "]}) { edges { cursor } } }",
    "a long list of what there is not": (
        "{ registrations(filter: {status: [" + "X " * 1_450 + "]}) { edges { cursor } } }"
    ),
    "one argument 360 times": "{ registrations(" + "first: 1 " * 360 + ") { edges { cursor } } }",
    "one input field 360 times": "{ registrations(filter: {"
    + "ownerCode: 1 " * 360
    + "}) { edges { cursor } } }",
    "variables that nobody uses": "query (" + _many(360, lambda n: f"$v{n}: Int") + ") { me { id } }",
    "pages of pages": (
        "{ registrations(first: 100) { edges { node { followUps(first: 100) { edges { node {"
        " id note kind recordedAt recordedBy { id code } } } } } } } }"
    ),
    "mutations by the hundred": (
        "mutation { " + _many(60, lambda n: f'a{n}: closeOrder(orderId: "x") {{ __typename }}') + " }"
    ),
}

# What the guard lets through and validation then has to refuse or accept: the most that may come so far.
NEAR_THE_LIMITS: Final[dict[str, str]] = {
    "fields of one name": "{ me { " + "id " * 45 + "} }",
    "aliases": f"{{ {_many(50, lambda n: f'a{n}: me {{ id code name active }}')} }}",
    "a list of values": "{ registrations(filter: {status: [" + "PROTECTED " * 1_450 + "]}) { edges { cursor } } }",
    "spaces": "{ me { id } } " + " " * 65_000,
    "a block string": '{ checkProtection(phone: """' + "x\n" * 32_000 + '""") { available } }',
    "operations and fragments": (
        _many(19, lambda n: f"query Q{n} {{ me {{ ...F0 }} }}")
        + " "
        + _fragments(28, lambda n: f"code ...F{n + 1}")
        + " fragment F28 on Staff { code }"
    ),
    "variables": (
        "query (" + _many(49, lambda n: f"$v{n}: Int") + ") { "
        + _many(49, lambda n: f"a{n}: registrations(first: $v{n}) {{ edges {{ cursor }} }}") + " }"
    ),
}  # fmt: skip


def large_variables() -> Iterator[tuple[str, dict[str, object]]]:
    """Yield variables that are too large or too deep, with what is wrong with them."""
    deep: object = 1
    for _ in range(900):
        deep = [deep]
    yield "nested", {"filter": deep}
    yield "values", {"filter": {"status": ["PROTECTED"] * 60_000}}
    yield "values", {f"v{n}": n for n in range(3_000)}
    yield "values", {"filter": [{"a": []} for _ in range(10_000)]}
