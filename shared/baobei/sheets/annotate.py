"""The sheet given back: every row as it came, and what became of it beside it.

Text that begins as a formula does is marked so that it stays text, ours and theirs.
"""

import csv
import io
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from datetime import date, time, timedelta
from typing import Final, Protocol

import xlsxwriter

from baobei.sheets.cells import Cell, harmless, text_of
from baobei.sheets.kinds import SheetKind
from baobei.sheets.rows import SheetRow

LONGEST_CELL_CHARS: Final = 32_000
# Larger whole numbers are shown as powers of ten: a phone, then, is text.
LARGEST_NUMBER: Final = 1e11
LONGEST_SHEET_NAME: Final = 31
DEFAULT_SHEET_NAME: Final = "导入结果"
_NOT_IN_A_SHEET_NAME: Final = dict.fromkeys(map(ord, "[]:*?/\\'"))
# What stands beside a row; empty for a row that is not answered.
Beside = Sequence[str]


class _Out(Protocol):
    def row(self, cells: Sequence[Cell]) -> None: ...

    def end(self) -> bytes: ...

    def close(self) -> None: ...


async def annotated(
    rows: AsyncIterator[tuple[SheetRow, Beside]], *, kind: SheetKind, sheet_name: str, width: int
) -> bytes:
    """Return a file of the same kind: `rows` with what stands beside each, in column `width` (from 0) and on."""
    out: _Out = Workbook(sheet_name) if kind is SheetKind.XLSX else _Text()
    with closing(out):
        async for row, beside in rows:
            missing = [""] * (width - len(row.cells))
            out.row([*row.cells[:width], *missing, *beside] if beside else row.cells)
        return out.end()


class _Text:
    """UTF-8 with its mark, by which spreadsheet programs know it."""

    def __init__(self) -> None:
        self._bytes = io.BytesIO()
        self._text = io.TextIOWrapper(self._bytes, encoding="utf-8-sig", errors="replace", newline="")
        self._writer = csv.writer(self._text)

    def row(self, cells: Sequence[Cell]) -> None:
        self._writer.writerow([harmless(cell if isinstance(cell, str) else text_of(cell)) for cell in cells])

    def end(self) -> bytes:
        self._text.flush()
        return self._bytes.getvalue()

    def close(self) -> None:
        """Nothing is on disk."""


class Workbook:
    """A workbook that is written row by row; what waits on disk meanwhile is in a folder for nobody else."""

    def __init__(self, sheet_name: str) -> None:
        self._bytes = io.BytesIO()
        self._folder = tempfile.TemporaryDirectory()
        options = {
            "constant_memory": True,
            "tmpdir": self._folder.name,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._workbook = xlsxwriter.Workbook(self._bytes, options)
        name = sheet_name.translate(_NOT_IN_A_SHEET_NAME)[:LONGEST_SHEET_NAME].strip()
        self._sheet = self._workbook.add_worksheet(name or DEFAULT_SHEET_NAME)
        self._next = 0

    def row(self, cells: Sequence[Cell]) -> None:
        for column, cell in enumerate(cells):
            match cell:
                case "":
                    continue
                case bool():
                    self._sheet.write_boolean(self._next, column, cell)
                case int() | float() if abs(cell) < LARGEST_NUMBER:
                    self._sheet.write_number(self._next, column, cell)
                case int() | float() | date() | time() | timedelta():
                    self._sheet.write_string(self._next, column, text_of(cell))
                case str():
                    self._sheet.write_string(self._next, column, _storable(harmless(cell)))
        self._next += 1

    def end(self) -> bytes:
        self._workbook.close()
        return self._bytes.getvalue()

    def close(self) -> None:
        """Remove what waits on disk, also when the sheet was broken off."""
        if not self._workbook.fileclosed:
            self._workbook.close()
        self._folder.cleanup()


def _storable(text: str) -> str:
    return text.encode(errors="replace").decode()[:LONGEST_CELL_CHARS]
