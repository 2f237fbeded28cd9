"""Sheets are read as people make them."""

from typing import Any

import pytest

from baobei.sheets.archives import MOST_ROWS
from baobei.sheets.csv_text import HEADER_WITHIN_ROWS
from baobei.sheets.errors import SheetError, SheetProblem
from baobei.sheets.headers import Field
from baobei.sheets.tracking import LOST_DIGITS, Customer, TrackingRow, open_tracking_sheet
from sheet_files import ADDRESS, HEADINGS, TITLE, customer, tracking_text, tracking_workbook, workbook

WANG = Customer(
    name="客户1",
    phone="13900000001",
    address=ADDRESS.format(1),
    note="看过样品；日期：2026-11-01；来源：自然进店",
    new_need=False,
    staff=None,
    source="自然进店",
    need=None,
)


def customers(written: bytes) -> list[Customer]:
    return [row.customer for row in open_tracking_sheet(written).rows() if row.customer is not None]


def asked(written: bytes) -> list[TrackingRow]:
    return [row for row in open_tracking_sheet(written).rows() if row.counts]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_text_is_read_in_every_usual_encoding_and_with_every_usual_separator(
    encoding: str, separator: str
) -> None:
    assert customers(tracking_text(customer(1), encoding=encoding, separator=separator)) == [WANG]


def test_a_workbook_has_its_header_below_a_title_and_a_blank_row() -> None:
    sheet = open_tracking_sheet(workbook([[TITLE], [], list(HEADINGS), customer(1)]))
    assert (sheet.header_row, sheet.count(), sheet.encoding) == (3, 1, None)
    assert customers(workbook([[TITLE], [], list(HEADINGS), customer(1)])) == [WANG]


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        (["时间", "姓名", "手机", "地址", "导购"], "DATE NAME PHONE ADDRESS STAFF"),
        (["登记日期", "顾 客", "联系电话：", "详细地址（必填）", "业务员"], "DATE NAME PHONE ADDRESS STAFF"),
        (["Date", "Customer Name", "Mobile", "Address", "Source", "Remarks"], "DATE NAME PHONE ADDRESS SOURCE NOTE"),
        (["姓名", "电话/手机", "小区", "楼栋", "单元", "房号"], "NAME PHONE ESTATE BUILDING ENTRANCE ROOM"),
        (["客户姓名*", "ＰＨＯＮＥ", "地址", "意向产品", "跟进情况", "是否新需求"], "NAME PHONE ADDRESS NEED NOTE NEW_NEED"),
    ],
)  # fmt: skip
def test_headings_are_known_in_chinese_and_english_and_with_what_people_add(
    headings: list[str], fields: str
) -> None:
    sheet = open_tracking_sheet(workbook([headings, ["x"] * len(headings)]))
    assert sheet.columns == {Field(name): place for place, name in enumerate(fields.split())}


@pytest.mark.parametrize(
    ("cell", "phone"),
    [
        (13800138000, "13800138000"),
        (13800138000.0, "13800138000"),
        ("13800138000.0", "13800138000"),
        (" １３８ ００１３　８０００ ", "１３８ ００１３ ８０００"),
        ("'+86 13800138000", "+86 13800138000"),
        ("138\n00138000", "138 00138000"),
        ("1.3800138001E+10", "13800138001"),
        ("1.380013800100e+10", "13800138001"),
    ],
)
def test_a_phone_is_what_is_dialled_however_the_cell_keeps_it(cell: Any, phone: str) -> None:
    row = ["2026-11-01", "王", cell, "地址", "", ""]
    assert [each.phone for each in customers(tracking_workbook(row))] == [phone]


@pytest.mark.parametrize("cell", ["1.38E+10", "1.38001E+10", "1E10", "1.38001380005E+9"])
def test_a_phone_that_has_lost_digits_is_nobodys_and_the_row_says_so(cell: str) -> None:
    lost, good = asked(tracking_text(["2026-11-01", "王", cell, "地址", "", ""], customer(1)))
    assert (lost.customer, lost.problem) == (None, LOST_DIGITS)
    assert good.customer == WANG


@pytest.mark.parametrize("cell", ["2026-11-01", "2026/11/1", "2026.11.1", "2026年11月1日", 46327, 46327.5])
def test_a_date_in_either_style_is_noted_and_nothing_more(cell: Any) -> None:
    (found,) = customers(tracking_workbook([cell, "王", "13800138000", "地址"]))
    assert found.note == "日期：2026-11-01"


def test_what_stands_in_a_merged_cell_counts_for_every_row_that_it_goes_over() -> None:
    rows = [list(HEADINGS), customer(1), ["", "", "13900000002", ADDRESS.format(2), "", ""], customer(3)]
    found = customers(workbook(rows, merged=["B2:B3", "A2:A3"]))
    assert [(each.name, each.phone) for each in found] == [
        ("客户1", "13900000001"),
        ("客户1", "13900000002"),
        ("客户3", "13900000003"),
    ]


def test_rows_with_nothing_but_a_number_or_a_day_and_repeated_headers_are_no_customers() -> None:
    rows = [customer(1), [], ["2026-11-01", "", " ", "/", "", ""], list(HEADINGS), customer(2)]
    assert [row.number for row in asked(tracking_workbook(*rows))] == [3, 7]


def test_headings_in_two_lines_are_read_where_they_name_the_most() -> None:
    over = ["日期", "姓名", "电话", "地址", "", "", ""]
    under = ["", "", "", "小区", "楼栋", "单元", "房号"]
    row = ["2026-11-01", "王", "13800138000", "锦绣花园", 3, 2, 501]
    written = workbook([[TITLE], over, under, row], merged=["A2:A3", "B2:B3", "C2:C3", "D2:G2"])
    sheet = open_tracking_sheet(written)
    assert (sheet.header_row, sheet.count()) == (3, 1)
    assert [(each.phone, each.address) for each in customers(written)] == [
        ("13800138000", "锦绣花园3号楼2单元501室")
    ]


def test_empty_lines_as_far_as_a_format_goes_are_no_rows() -> None:
    text = tracking_text(customer(1), *([""] * 6 for _ in range(MOST_ROWS)))
    sheet = open_tracking_sheet(text)
    assert [row.number for row in sheet.rows() if row.counts] == [2]
    assert sum(1 for _ in sheet.rows()) == HEADER_WITHIN_ROWS


def test_a_row_with_something_in_it_beyond_the_last_that_may_be_is_one_too_many() -> None:
    sheet = open_tracking_sheet(
        tracking_text(customer(1), *([""] * 6 for _ in range(MOST_ROWS)), customer(2))
    )
    with pytest.raises(SheetError) as refused:
        sheet.count()
    assert refused.value.problem is SheetProblem.TOO_LARGE


def test_empty_lines_between_rows_count_as_lines() -> None:
    text = tracking_text(customer(1), *([""] * 6 for _ in range(30)), customer(2))
    rows = list(open_tracking_sheet(text).rows())
    assert [row.number for row in rows] == list(range(1, 34))
    assert [row.number for row in rows if row.counts] == [2, 33]


def test_the_first_visible_sheet_with_a_usable_header_is_read() -> None:
    sheet = open_tracking_sheet(
        workbook([["说明"], ["填表须知"]], [list(HEADINGS), customer(1)], names=["说明", "十一月"])
    )
    assert (sheet.sheet.number, sheet.sheet.name, sheet.count()) == (2, "十一月", 1)


def test_an_address_is_put_together_from_its_parts() -> None:
    rows = [
        ["姓名", "电话", "区域", "小区", "楼栋", "单元", "房号"],
        ["王", "13800138000", "浦东新区", "锦绣花园", 3, 2, 501],
    ]
    assert [each.address for each in customers(workbook(rows))] == ["浦东新区锦绣花园3号楼2单元501室"]


def test_two_hundred_columns_are_read_and_the_unknown_ones_left_alone() -> None:
    headings = [f"列{number}" for number in range(194)] + list(HEADINGS)
    row = ["x"] * 194 + customer(1)
    assert customers(workbook([headings, row])) == [WANG]


def test_what_a_formula_came_to_is_read_and_never_the_formula() -> None:
    row = ["=TODAY()", "王", "13800138000", "地址", "", '=HYPERLINK("http://example.com","x")']
    (found,) = customers(tracking_workbook(row))
    assert found.note == "0；日期：0"


def test_a_stray_quote_breaks_its_own_row_and_no_other() -> None:
    text = tracking_text(
        customer(1), ["2026-11-01", '"李', "13900000009", "地址", "", ""], customer(2), customer(3)
    )
    rows = asked(text)
    assert [(row.number, row.customer is None) for row in rows] == [
        (2, False),
        (3, True),
        (4, False),
        (5, False),
    ]


def test_a_quoted_cell_may_go_over_lines_and_hold_separators() -> None:
    text = tracking_text(["2026-11-01", "王", "13800138000", "地址", "", '"来过, 两次\n还会来"'])
    (found,) = customers(text)
    assert found.note == "来过, 两次 还会来；日期：2026-11-01"


def test_a_damaged_byte_breaks_its_own_row_and_no_other() -> None:
    text = b"\r\n".join(
        [tracking_text(*(customer(each) for each in range(1, 60))), tracking_text(customer(60))]
    )
    damaged = text.replace("客户7,".encode(), "客".encode() + b"\xff\xfe" + b"7,")
    rows = asked(damaged)
    assert [row.number for row in rows if row.problem is not None] == [8]
    assert len(rows) == 60


def test_a_row_that_is_too_long_says_so() -> None:
    (row,) = asked(tracking_workbook(["", "王" * 101, "13800138000", "地址"]))
    assert row.problem is not None
    assert "太长" in row.problem.zh


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (tracking_workbook(headings=["编号", "金额"]), SheetProblem.NO_HEADER),
        (workbook([[] for _ in range(25)] + [list(HEADINGS), customer(1)]), SheetProblem.NO_HEADER),
        ("随便写的一段话".encode(), SheetProblem.NO_HEADER),
    ],
)
def test_a_file_without_a_usable_header_says_so(written: bytes, problem: SheetProblem) -> None:
    with pytest.raises(SheetError) as refused:
        open_tracking_sheet(written)
    assert refused.value.problem is problem
