"""The documents say what is so: names, tables, commands and queries in them are those of the code."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import GraphQLInputObjectType, GraphQLSchema, parse, validate

from baobei.policy.document import PARAMETERS, default_policy
from baobei.settings import PREFIX, Settings
from baobei_api.app import ALWAYS
from baobei_api.graphql.schema import build_schema
from baobei_api.rest.openapi import describe
from baobei_cli.main import COMMANDS, build

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
POLICY = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
SETTINGS = re.compile(r"<!-- settings -->\n(.*?)<!-- /settings -->", re.DOTALL)
NO_CLAUSE = "—"


def table_rows(text: str, *, heading: str) -> list[list[str]]:
    """Return the cells of the rows of the table whose heading begins so."""
    _, _, after = text.partition(heading)
    lines = after.splitlines()[2:]
    rows: list[list[str]] = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def names_in(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


CLAUSE_ROWS = table_rows(POLICY, heading="| clause | says |")


def test_every_parameter_has_its_row_or_is_named_as_unread() -> None:
    named = {name for row in CLAUSE_ROWS for name in names_in(row[2])}
    unread = set(names_in(POLICY.partition("Parameters that nothing reads yet")[2].partition("\n\n")[0]))

    assert named | unread & set(PARAMETERS) == set(PARAMETERS)


@pytest.mark.parametrize("row", CLAUSE_ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_a_row_names_a_clause_parameters_functions_and_tests_that_there_are(row: list[str]) -> None:
    clause, _, parameters, functions, tests = row
    policy = default_policy()

    assert clause == NO_CLAUSE or clause in policy.clauses
    assert {policy.clause_of.get(name, NO_CLAUSE) for name in names_in(parameters)} <= {clause}
    assert all(callable(attribute_of(f"baobei.policy.{name}")) for name in names_in(functions))
    assert all(path_of_test(name).is_file() for name in names_in(tests))


def test_every_clause_that_registrations_rest_on_has_a_row() -> None:
    rows = {row[0] for row in CLAUSE_ROWS}

    assert {"3.2.1", "3.2.2", "3.3.1", "3.3.2", "3.3.3", "3.4.1", "3.4.2"} <= rows


@pytest.mark.parametrize("row", table_rows(GLOSSARY, heading="| 中文 |"), ids=lambda row: row[1])
def test_a_word_of_the_glossary_stands_in_the_code(row: list[str]) -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources())

    for name in names_in(row[2]):
        assert re.search(rf"\b{re.escape(name.rsplit('.', 1)[-1])}\b", code), name


def test_the_table_of_settings_is_that_of_the_code() -> None:
    found = SETTINGS.search(OPERATIONS)

    assert found is not None
    assert found.group(1) == settings_table()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8"))

    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    app = build(COMMANDS)
    groups = {group.name: group.typer_instance for group in app.registered_groups}

    assert set(re.findall(r"(?:`|^\$ |^)make ([a-z]+)", text, re.MULTILINE)) <= targets
    for command, below in re.findall(r"(?:`|bin/|^)baobei ([a-z]+)(?: ([a-z]+))?", text, re.MULTILINE):
        assert command in COMMANDS
        if below and command in groups and groups[command] is not None:
            assert below in {known.callback.__name__ for known in groups[command].registered_commands}


def test_the_queries_of_the_readme_are_valid() -> None:
    schema = build_schema()
    mutations = re.findall(r"^[A-Z_]+='(mutation .*?)'$", README, re.DOTALL | re.MULTILINE)
    queries = [
        query.replace('\\"', '"') for query in re.findall(r'"query": "(\{.*?\})"\}', README, re.DOTALL)
    ]

    assert (len(mutations), len(queries)) == (3, 1)
    assert [validate(schema, parse(text)) for text in [*mutations, *queries]] == [[]] * 4


@pytest.mark.parametrize("row", table_rows(README, heading="| you want | ask |"), ids=lambda row: row[0])
def test_what_the_readme_says_to_ask_is_there_to_be_asked(row: list[str]) -> None:
    schema = build_schema()
    routes = [name.split(" ") for name in names_in(row[1]) if " " in name]
    words = [name for name in names_in(row[1]) if " " not in name]

    assert words or routes
    assert [word for word in words if word not in schema_words(schema)] == []
    assert [route for route in routes if not is_described(*route)] == []


def schema_words(schema: GraphQLSchema) -> set[str]:
    """Return the names of what can be asked, of arguments, and of what stands in inputs."""
    roots = [root.fields for root in (schema.query_type, schema.mutation_type) if root]
    fields = {name for root in roots for name in root}
    arguments = {name for root in roots for field in root.values() for name in field.args}
    inputs = [kind for kind in schema.type_map.values() if isinstance(kind, GraphQLInputObjectType)]
    return fields | arguments | {name for kind in inputs for name in kind.fields}


def is_described(method: str, path: str) -> bool:
    """Return whether a route is in the description of what is not GraphQL; `path` may stand for any of its kind."""
    return any(
        method.lower() in methods and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
        for template, methods in describe(ALWAYS)["paths"].items()
    )


def test_no_document_names_a_host_of_packages() -> None:
    for document in DOCUMENTS:
        hosts = set(re.findall(r"https?://([^/\s`'\")]+)", document.read_text(encoding="utf-8")))
        assert hosts <= {"127.0.0.1:8000", "HOST:PORT"}, document


def settings_table() -> str:
    lines = ["| variable | expected | default |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        if field.is_required():
            default = "must be set"
        else:
            default = "" if field.default is None else f"`{field.default}`"
        lines.append(f"| `{PREFIX}{name.upper()}` | {field.description} | {default} |")
    return "\n".join(lines) + "\n"


def attribute_of(path: str) -> object:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def path_of_test(name: str) -> Path:
    return ROOT / name if name.startswith("tests/") else ROOT / "tests" / "unit" / "policy" / name


def sources() -> Iterator[Path]:
    for folder in ("shared", "migrations"):
        yield from (ROOT / folder).rglob("*.py")
