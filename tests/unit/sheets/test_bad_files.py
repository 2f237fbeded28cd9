"""Bad files are answered, and cost next to nothing."""

import asyncio
import csv
import io
import tempfile
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from baobei.clock import monotonic
from baobei.sheets.annotate import annotated
from baobei.sheets.cells import harmless
from baobei.sheets.errors import SheetError, SheetProblem
from baobei.sheets.kinds import SheetKind
from baobei.sheets.rows import SheetRow
from baobei.sheets.tracking import check_file, open_tracking_sheet
from sheet_files import (
    bomb,
    customer,
    entities,
    far_apart,
    liar,
    read_back,
    repacked,
    sheet_xml,
    tracking_workbook,
)

OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)
GOOD = tracking_workbook(customer(1))
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", " =1", '=HYPERLINK("http://x")']


def problem_of(written: bytes) -> SheetProblem | None:
    try:
        check_file(written)
        open_tracking_sheet(written)
    except SheetError as error:
        return error.problem
    return None


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (b"", SheetProblem.EMPTY),
        (b" \r\n\r\n", SheetProblem.EMPTY),
        (OLD_WORKBOOK, SheetProblem.NOT_A_SHEET),
        (b"%PDF-1.7\n%", SheetProblem.NOT_A_SHEET),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), SheetProblem.NOT_A_SHEET),
        (bytes(range(256)) * 20, SheetProblem.NOT_A_SHEET),
        (b"\x7fELF" + bytes(200), SheetProblem.NOT_A_SHEET),
        ("<html><table><tr><td>姓名</td></tr></table></html>".encode(), SheetProblem.NOT_A_SHEET),
        (b'\xef\xbb\xbf\r\n<?xml version="1.0"?><Workbook/>', SheetProblem.NOT_A_SHEET),
        (b"PK\x03\x04" + bytes(100), SheetProblem.BROKEN),
        (GOOD[:-200], SheetProblem.BROKEN),
        (repacked(GOOD, {"xl/worksheets/sheet1.xml": b"<worksheet>"}), SheetProblem.BROKEN),
        (bomb(), SheetProblem.TOO_LARGE),
        (far_apart(), SheetProblem.TOO_LARGE),
        (entities(), SheetProblem.BROKEN),
        (liar(), SheetProblem.BROKEN),
        (b"x" * (33 * 1024 * 1024), SheetProblem.TOO_LARGE),
        (b"\x80\x81\xfe\xff\xf9" * 900, SheetProblem.UNKNOWN_ENCODING),
    ],
    ids=lambda value: value.value if isinstance(value, SheetProblem) else "",
)
def test_a_bad_file_is_named_for_what_it_is_and_is_not_opened(written: bytes, problem: SheetProblem) -> None:
    began = monotonic()
    assert problem_of(written) is problem
    # Nobody waits for a bomb: the bound is that of a machine that does much else.
    assert monotonic() - began < 20


def test_an_archive_that_is_no_workbook_is_no_sheet() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert problem_of(packed.getvalue()) is SheetProblem.NOT_A_SHEET


def test_cells_that_state_no_place_follow_one_another() -> None:
    cells = "".join(f"<c t='inlineStr'><is><t>{text}</t></is></c>" for text in ("姓名", "电话", "地址"))
    rows = f"<row>{cells}</row><row r='3'><c r='A3' t='inlineStr'><is><t>王</t></is></c></row>"
    sheet = open_tracking_sheet(repacked(GOOD, {"xl/worksheets/sheet1.xml": sheet_xml(rows)}))
    assert sheet.count() == 1


def test_styled_cells_with_nothing_in_them_take_no_room() -> None:
    rows = '<row r="1048576"><c r="XFD1048576" s="1"/></row>'
    packed = repacked(GOOD, {"xl/worksheets/sheet1.xml": sheet_xml(rows)})
    assert problem_of(packed) is SheetProblem.NO_HEADER


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_begins_as_a_formula_does_is_marked(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["王小明", "138", "a=b", "", "第-1排"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize("kind", list(SheetKind))
def test_no_cell_of_a_file_that_is_given_back_begins_as_a_formula_does(kind: SheetKind) -> None:
    written = asyncio.run(_annotated([*FORMULAS, -5, 13800138000.0], kind))
    if kind is SheetKind.XLSX:
        (cells,) = read_back(written)
    else:
        assert written.startswith(b"\xef\xbb\xbf")
        (cells,) = list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline="")))
    texts = [cell for cell in cells if isinstance(cell, str)]
    assert not [text for text in texts if text.strip()[:1] in "=+-@＝" and text.strip()]
    assert cells[-1] == "'=beside"


async def _annotated(cells: list[Any], kind: SheetKind) -> bytes:
    async def rows() -> AsyncIterator[tuple[SheetRow, tuple[str, ...]]]:
        yield SheetRow(number=1, cells=cells), ("=beside",)

    return await annotated(rows(), kind=kind, sheet_name="a/b:'", width=len(cells))


def test_a_sheet_that_is_broken_off_leaves_nothing_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def on_disk() -> list[Path]:
        return list(tmp_path.iterdir())

    async def rows() -> AsyncIterator[tuple[SheetRow, tuple[str, ...]]]:
        yield SheetRow(number=1, cells=["王女士"]), ()
        assert on_disk()
        raise TimeoutError

    with pytest.raises(TimeoutError):
        asyncio.run(annotated(rows(), kind=SheetKind.XLSX, sheet_name="", width=1))
    assert on_disk() == []
