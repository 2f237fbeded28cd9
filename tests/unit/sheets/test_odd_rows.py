"""Whatever stands in a row, it is that row's own fault and nobody else's; nothing of it is lost without a word."""

import io
from collections.abc import Sequence

import pytest
import xlsxwriter

from baobei.sheets.csv_text import LONGEST_ROW_CHARS
from baobei.sheets.tracking import (
    CELL_UNREADABLE,
    NOTE_TOO_LONG,
    STRAY_QUOTE,
    TOO_LONG,
    Customer,
    TrackingRow,
    open_tracking_sheet,
)
from baobei.sheets.words import NEW_NEED_UNCLEAR, SEGMENT_UNCLEAR, NotUnderstood, class_of
from baobei.store.registration_models import Segment
from sheet_files import HEADINGS, customer, tracking_text, tracking_workbook


def asked(written: bytes) -> list[TrackingRow]:
    return [row for row in open_tracking_sheet(written).rows() if row.counts]


def one(headings: Sequence[str], cells: Sequence[str]) -> TrackingRow:
    written = tracking_workbook([*customer(1), *cells], headings=[*HEADINGS, *headings])
    (row,) = asked(written)
    return row


def read(headings: Sequence[str], cells: Sequence[str]) -> Customer:
    found = one(headings, cells).customer
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("number", "style"),
    [(1e10, "[h]:mm:ss"), (-1e10, "[h]:mm:ss"), (1e300, "[h]:mm:ss"), (-1e300, "yyyy-mm-dd hh:mm")],
)
def test_a_time_that_there_is_not_breaks_its_own_row_and_no_other(number: float, style: str) -> None:
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written)
    sheet = book.add_worksheet()
    for place, cells in enumerate([HEADINGS, customer(1), customer(2), customer(3)]):
        sheet.write_row(place, 0, cells)
    sheet.write_number(2, 0, number, book.add_format({"num_format": style}))
    book.close()
    rows = asked(written.getvalue())
    assert [(row.number, row.problem) for row in rows] == [(2, None), (3, CELL_UNREADABLE), (4, None)]
    assert open_tracking_sheet(written.getvalue()).count() == 3


def test_a_line_that_is_too_long_is_one_broken_row_with_its_tail() -> None:
    tail = ",2026-11-01,李,13900000009,浦东新区锦绣路100弄9号楼501室,自然进店,x"
    long = ["2026-11-01", "王", "13800138000", "地址", "", "x" * (LONGEST_ROW_CHARS - 40) + tail]
    rows = asked(tracking_text(customer(1), long, customer(2)))
    assert [(row.number, row.problem) for row in rows] == [(2, None), (3, STRAY_QUOTE), (4, None)]


def test_the_tail_of_a_quoted_line_that_is_too_long_is_no_row_either() -> None:
    long = ["2026-11-01", "王", "13800138000", "地址", "", '"' + "x" * LONGEST_ROW_CHARS + ',李,139"']
    rows = asked(tracking_text(customer(1), long, customer(2)))
    assert [(row.number, row.problem) for row in rows] == [(2, None), (3, STRAY_QUOTE), (4, None)]


def test_an_unreadable_character_in_a_small_file_breaks_its_own_row_and_no_other() -> None:
    text = tracking_text(customer(1), customer(2)).replace(
        "客户2,".encode(), "客".encode() + b"\xe6\x88" + b"2,"
    )
    sheet = open_tracking_sheet(text)
    assert sheet.encoding == "utf-8"
    assert [(row.number, row.problem is None) for row in asked(text)] == [(2, True), (3, False)]


def test_what_was_said_stands_first_and_the_need_is_the_need_alone() -> None:
    found = read(["需求"], ["全屋定制" * 400])
    assert found.note == "看过样品；日期：2026-11-01；来源：自然进店"
    assert found.need == "全屋定制" * 400


@pytest.mark.parametrize(
    ("headings", "cell", "problem"),
    [("需求", "x" * 2_001, TOO_LONG), ("跨区理由", "x" * 1_001, TOO_LONG)],
)
def test_a_text_that_does_not_fit_is_refused_and_not_cut(headings: str, cell: str, problem: object) -> None:
    assert one([headings], [cell]).problem == problem


def test_a_note_that_does_not_fit_with_its_day_is_refused_and_not_cut() -> None:
    (row,) = asked(tracking_workbook(customer(1, note="x" * 1_990)))
    assert row.problem == NOTE_TOO_LONG


@pytest.mark.parametrize("cell", ["是", "新需求", "新", "✔", "√", "是，新需求", "Y", "True", "1"])
def test_a_new_need_is_understood_however_people_say_yes(cell: str) -> None:
    assert read(["新需求"], [cell]).new_need


@pytest.mark.parametrize("cell", ["", "否", "不是", "无", "/", "N", "×", "0"])
def test_a_new_need_is_understood_however_people_say_no(cell: str) -> None:
    assert not read(["是否新需求"], [cell]).new_need


def test_a_word_that_says_neither_is_no_no() -> None:
    assert one(["新需求"], ["大概是吧"]).problem == NEW_NEED_UNCLEAR


@pytest.mark.parametrize(
    ("cell", "segment"),
    [("个人", Segment.INDIVIDUAL), ("公司客户", Segment.COMPANY), ("工程", Segment.PROJECT), ("project", Segment.PROJECT), ("", None)],
)  # fmt: skip
@pytest.mark.parametrize("heading", ["客户类型", "Segment"])
def test_the_kind_of_customer_is_read(heading: str, cell: str, segment: Segment | None) -> None:
    assert read([heading], [cell]).segment is segment


def test_a_kind_of_customer_that_there_is_not_says_which_there_are() -> None:
    assert one(["客户类型"], ["老客户"]).problem == SEGMENT_UNCLEAR


@pytest.mark.parametrize("heading", ["客户等级", "意向等级", "Class"])
def test_the_class_is_read_as_it_was_written(heading: str) -> None:
    assert read([heading], ["A类"]).customer_class == "A类"


@pytest.mark.parametrize(
    ("cell", "classes", "meant"),
    [("A", "ABC", "A"), ("a", "ABC", "A"), ("A类", "ABC", "A"), ("B级客户", "ABC", "B"), ("A", ["A类"], "A类"), ("大客户", ["大客户", "B"], "大客户")],
)  # fmt: skip
def test_a_class_is_the_one_that_the_policy_has(cell: str, classes: Sequence[str], meant: str) -> None:
    assert class_of(cell, classes) == meant


def test_a_class_that_the_policy_does_not_have_names_those_that_it_has() -> None:
    with pytest.raises(NotUnderstood) as unknown:
        class_of("Z", ["A", "B"])
    assert "A、B" in unknown.value.problem.zh
    assert "A, B" in unknown.value.problem.en


def test_the_reason_for_another_region_is_read() -> None:
    assert read(["跨区理由"], ["老客户介绍"]).cross_region_reason == "老客户介绍"
