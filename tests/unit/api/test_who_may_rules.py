"""A schema is served only when every field says who may see or do it."""

import re
from pathlib import Path

import pytest
from graphql import build_schema as schema_of

from baobei.settings import Settings
from baobei_api.app import create_app
from baobei_api.graphql.governed import RuleMissing, governed
from baobei_api.graphql.schema import SCHEMA_FILE, build_schema
from baobei_api.graphql.who_may import FIELDS, Otherwise
from baobei_api.graphql.who_may_page import page

PAGE = Path(__file__).parents[3] / "docs" / "who-may.md"
SERVED = SCHEMA_FILE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ("extend type Query { margins: Int }", "Query.margins"),
        ("extend type Mutation { dropEverything: Int }", "Mutation.dropEverything"),
        ("extend type Customer { idCard: String }", "Customer.idCard"),
        ("type Secret { word: String } extend type PageInfo { secret: Secret }", "Secret.word"),
    ],
)
def test_a_field_without_a_rule_is_refused_by_name_and_place(more: str, named: str) -> None:
    with pytest.raises(RuleMissing) as refused:
        governed(schema_of(SERVED + more))
    assert refused.value.without == (named,)
    assert str(refused.value) == (
        f"{named} has no rule: say in services/api/baobei_api/graphql/who_may.py who may see or do it"
    )


def test_a_rule_without_a_field_is_refused() -> None:
    without = re.sub(r'"""[^"]*"""\s*masked: Boolean!', "", SERVED)
    with pytest.raises(RuleMissing) as refused:
        governed(schema_of(without))
    assert (refused.value.without, refused.value.unknown) == ((), ("Customer.masked",))


def test_the_process_does_not_start_without_a_rule_and_names_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stated = {path: may for path, may in FIELDS.items() if path != "Query.me"}
    monkeypatch.setattr("baobei_api.graphql.governed.FIELDS", stated)
    build_schema.cache_clear()
    try:
        with pytest.raises(SystemExit) as ended:
            create_app(Settings(database_url="postgresql://unused", dev_token_key="k" * 32))  # type: ignore[arg-type]
    finally:
        build_schema.cache_clear()
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("Query.me has no rule: say in ")


def test_what_is_for_some_roles_alone_is_a_field_of_query_or_mutation() -> None:
    gated = {path.partition(".")[0] for path, may in FIELDS.items() if may.otherwise is Otherwise.FORBIDDEN}
    assert gated == {"Query", "Mutation"}


def test_the_page_is_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "python -m baobei_api.graphql.who_may_page > docs/who-may.md"
    )
