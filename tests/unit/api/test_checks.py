"""Inputs are read once, at the edge; what is wrong is named by its path."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
import strawberry

from baobei.store.paging import Page
from baobei_api.graphql import checks
from baobei_api.graphql.errors import BadInput
from baobei_api.graphql.money import amounts, yuan
from baobei_api.graphql.scalars import DateText, DecimalText, InstantText

AN_ID = UUID("01a208e0-3fd8-7169-9a23-dd8c824e9e5c")


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-11-01T10:00:00+08:00", datetime(2026, 11, 1, 2, tzinfo=UTC)),
        ("2026-11-01T10:00+08:00", datetime(2026, 11, 1, 2, tzinfo=UTC)),
        ("2026-11-01t02:00:00.5z", datetime(2026, 11, 1, 2, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-11-01T02:00:00.123456789Z", datetime(2026, 11, 1, 2, 0, 0, 123_456, tzinfo=UTC)),
    ],
)
def test_instants_with_an_offset(written: str, instant: datetime) -> None:
    assert checks.instant(InstantText(written), "at") == instant


@pytest.mark.parametrize(
    "written",
    [
        "",
        "2026-11-01T10:00:00",
        "2026-11-01",
        "2026-02-30T10:00:00Z",
        "2026-11-01T24:00:01Z",
        "2026-11-01 10:00:00Z",
        "2026-11-01T10:00:00+99:00",
        "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59-08:00",
        "1970-12-31T23:59:59Z",
        "1730419200",
        "２０２６-11-01T10:00:00Z",
        "2026-11-01T10:00:00Z\n",
        "\x00",
    ],
)
def test_anything_else_is_no_instant(written: str) -> None:
    with pytest.raises(BadInput) as raised:
        checks.instant(InstantText(written), "input.occurredAt")
    assert raised.value.field == "input.occurredAt"


@pytest.mark.parametrize(
    ("written", "fen"),
    [
        ("0", 0),
        ("12800.00", 1_280_000),
        ("12800.5", 1_280_050),
        ("9999999999.99", 999_999_999_999),
        ("007", 700),
    ],
)
def test_amounts_in_fen(written: str, fen: int) -> None:
    assert checks.optional_fen(DecimalText(written), "input.amount") == fen


@pytest.mark.parametrize(
    "written",
    ["", "-1", "1.005", "1e3", "10000000000", "NaN", "Infinity", "１２", " 1", "1.", ".5", "1,000", "0x1"],
)
def test_anything_else_is_no_amount(written: str) -> None:
    with pytest.raises(BadInput):
        checks.optional_fen(DecimalText(written), "input.amount")


@pytest.mark.parametrize("text", ["\x00", "好\x00", "\ud800", "a\udfffb"])
def test_nul_and_lone_surrogates_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match="NUL"):
        checks.text(text, "input.name", at_most=100)


def test_text_of_the_greatest_length_is_let_through() -> None:
    assert checks.text("好" * 100, "input.name", at_most=100) == "好" * 100


def test_one_character_more_is_refused() -> None:
    with pytest.raises(BadInput, match=r"^input.name: expected at most 100 characters, got 101$"):
        checks.text("好" * 101, "input.name", at_most=100)


@pytest.mark.parametrize("blank", ["", " ", "\u3000\t\n", "\u200b"])
def test_a_blank_text_is_not_filled(blank: str) -> None:
    with pytest.raises(BadInput, match="not blank"):
        checks.filled(blank, "reason", at_most=10)


def test_an_optional_text_that_is_blank_is_none() -> None:
    assert checks.optional_text(" ", "note", at_most=10) is None


def test_an_id_that_cannot_be_one_is_nobodys() -> None:
    assert checks.record_id(strawberry.ID("17"), "id") is None


def test_an_id_is_read() -> None:
    assert checks.record_id(strawberry.ID(str(AN_ID).upper()), "id") == AN_ID


@pytest.mark.parametrize("first", [0, -1, 101, 2_147_483_647])
def test_a_page_out_of_bounds_is_refused(first: int) -> None:
    with pytest.raises(BadInput) as raised:
        checks.page(first, None, kind="r", default=20)
    assert raised.value.field == "first"


def test_a_cursor_leads_back_to_its_page() -> None:
    assert checks.page(None, checks.cursor("r", AN_ID), kind="r", default=20) == Page(first=20, after=AN_ID)


@pytest.mark.parametrize("cursor", ["", "x", "好", "====", checks.cursor("o", AN_ID), "r" * 500, "\ud800"])
def test_a_cursor_of_another_list_is_refused(cursor: str) -> None:
    with pytest.raises(BadInput) as raised:
        checks.page(1, cursor, kind="r", default=20)
    assert raised.value.field == "after"


def test_a_month_is_its_first_day() -> None:
    assert checks.optional_month(DateText("2026-11-01"), "month") == date(2026, 11, 1)


@pytest.mark.parametrize("written", ["2026-11-02", "2026-11", "2026-13-01", "20261101", ""])
def test_anything_else_is_no_month(written: str) -> None:
    with pytest.raises(BadInput):
        checks.optional_month(DateText(written), "month")


def test_fen_are_shown_as_yuan_with_two_decimals() -> None:
    assert [str(yuan(fen)) for fen in (0, 5, 1_280_000, 999_999_999_999)] == [
        "0.00",
        "0.05",
        "12800.00",
        "9999999999.99",
    ]


def test_amounts_of_shares_sum_to_the_amount() -> None:
    assert amounts(100, [3_333, 3_333, 3_334]) == [Decimal("0.33"), Decimal("0.33"), Decimal("0.34")]


def test_a_fen_left_over_goes_to_the_largest_fraction() -> None:
    assert amounts(1, [5_000, 5_000]) == [Decimal("0.01"), Decimal("0.00")]
