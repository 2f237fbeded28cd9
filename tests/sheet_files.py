"""Files of customers as people make them, and as nobody should."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter
from python_calamine import CalamineWorkbook

HEADINGS = ("日期", "客户姓名", "联系电话", "详细地址", "来源", "备注")
ADDRESS = "浦东新区锦绣路100弄{}号楼2单元501室"
TITLE = "浦东商场店意向客户跟踪表"


def customer(number: int, *, note: str = "看过样品") -> list[Any]:
    """A row of the sheet: a customer whom nobody else is."""
    return ["2026-11-01", f"客户{number}", f"1390000{number:04d}", ADDRESS.format(number), "自然进店", note]


def workbook(
    *sheets: Sequence[Sequence[Any]], merged: Sequence[str] = (), names: Sequence[str] = ()
) -> bytes:
    """A workbook of these sheets; cells that begin with = are formulas, `merged` ranges are of the first."""
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written)
    for number, rows in enumerate(sheets):
        sheet = book.add_worksheet(names[number] if names else None)
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
        for area in merged if number == 0 else ():
            first = area.partition(":")[0]
            column, line = ord(first[0]) - ord("A"), int(first[1:]) - 1
            sheet.merge_range(area, rows[line][column])
    book.close()
    return written.getvalue()


def tracking_workbook(*rows: Sequence[Any], headings: Sequence[Any] = HEADINGS) -> bytes:
    """A sheet with a title above its header, as shops print them."""
    return workbook([[TITLE], list(headings), *rows])


def tracking_text(*rows: Sequence[Any], encoding: str = "utf-8", separator: str = ",") -> bytes:
    """The same as text."""
    return "\r\n".join(separator.join(map(str, row)) for row in (HEADINGS, *rows)).encode(encoding)


def read_back(written: bytes) -> list[list[Any]]:
    """The rows of the first sheet of a workbook."""
    opened = CalamineWorkbook.from_filelike(io.BytesIO(written)).get_sheet_by_index(0)
    return [list(row) for row in opened.iter_rows()]


def repacked(packed: bytes, changes: Mapping[str, bytes]) -> bytes:
    """The archive with some parts replaced or added."""
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(packed)) as old,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name not in changes:
                new.writestr(name, old.read(name))
        for name, content in changes.items():
            new.writestr(name, content)
    return written.getvalue()


def sheet_xml(cells: str) -> bytes:
    """The XML of a sheet with these cells, written by hand."""
    return (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{cells}</sheetData></worksheet>"
    ).encode()


def far_apart() -> bytes:
    """Two cells in far corners: a few bytes, and a rectangle of seventeen thousand million cells."""
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return repacked(tracking_workbook(customer(1)), {"xl/worksheets/sheet1.xml": sheet_xml(rows)})


def bomb() -> bytes:
    """A part that unpacks to a thousand times its size."""
    return repacked(tracking_workbook(customer(1)), {"xl/media/image1.bin": bytes(64 * 1024 * 1024)})


def entities() -> bytes:
    """A document type that makes a text out of texts out of texts."""
    lol = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    return repacked(
        tracking_workbook(customer(1)), {"xl/sharedStrings.xml": f'<?xml version="1.0"?>{lol}<sst/>'.encode()}
    )


def liar() -> bytes:
    """An archive that states another size for a part than it has."""
    packed = bytearray(tracking_workbook(customer(1)))
    directory = packed.rindex(b"PK\x01\x02")
    packed[directory + 24 : directory + 28] = (7).to_bytes(4, "little")
    return bytes(packed)
