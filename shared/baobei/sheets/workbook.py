"""Sheets of an xlsx workbook; what stands in a merged cell counts for every row that it goes over."""

import io
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from baobei.sheets.cells import EMPTY, Cell
from baobei.sheets.errors import SheetError, SheetProblem
from baobei.sheets.rows import Sheet, SheetRow

MOST_SHEETS: Final = 100
MOST_MERGED: Final = 100_000
_PANIC_MODULE: Final = "pyo3_runtime"

Merged = dict[int, list[tuple[int, int]]]


def open_workbook(packed: bytes) -> Iterator[Sheet]:
    """Yield the visible sheets that hold anything, one after the other; raises `SheetError`.

    The archive must have been checked: a sheet is read whole, as the rectangle of its cells.
    """
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(packed))
        for number, about in enumerate(workbook.sheets_metadata[:MOST_SHEETS], start=1):
            if about.typ == SheetTypeEnum.WorkSheet and about.visible == SheetVisibleEnum.Visible:
                opened = workbook.get_sheet_by_index(number - 1)
                if opened.start is not None:
                    yield _sheet(number, about.name, opened)
    except (CalamineError, OSError, ValueError):
        raise SheetError(SheetProblem.BROKEN) from None


def _sheet(number: int, name: str, opened: CalamineSheet) -> Sheet:
    merged = _merged(opened)
    return Sheet(number=number, name=name, rows=lambda: _rows(opened, merged))


def _merged(opened: CalamineSheet) -> Merged:
    """Return merged ranges by their first row: the column where each stands, and its last row, from 0."""
    found: Merged = defaultdict(list)
    for (top, left), (bottom, _) in (opened.merged_cell_ranges or [])[:MOST_MERGED]:
        found[top].append((left, bottom))
    return found


def _rows(opened: CalamineSheet, merged: Merged) -> Iterator[SheetRow]:
    first_column = 0 if opened.start is None else opened.start[1]
    # Column -> the last row that it goes on to, and what it carries down to there.
    going_on: dict[int, tuple[int, Cell]] = {}
    for row, read in enumerate(_read(opened)):
        if read is None:
            yield SheetRow(number=row + 1, cells=[], unreadable=True)
            continue
        cells = read
        for left, last in merged.get(row, ()):
            column = left - first_column
            if 0 <= column < len(cells):
                going_on[column] = last, cells[column]
        for column, (last, carried) in list(going_on.items()):
            if last < row:
                del going_on[column]
            elif cells[column] == EMPTY:
                cells[column] = carried
        yield SheetRow(number=row + 1, cells=list[Cell](cells))


def _read(opened: CalamineSheet) -> Iterator[list[Any] | None]:
    """Yield the cells of each row, None for one with a cell that no value can be made of: a day in the year 10^7."""
    rows = iter(opened.iter_rows())
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except Exception:
            yield None
        except BaseException as error:
            # The library below ends so where its own arithmetic overflows; that is one cell's fault, too.
            if type(error).__module__ != _PANIC_MODULE:
                raise
            yield None
