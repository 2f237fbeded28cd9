"""The sheet of a unit's day as it is on paper: one line a customer, landscape on A4, to be printed as it is.

What is too long for the highest row there is goes on in the next one: nothing is cut off.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from typing import Any, Final

import xlsxwriter

from baobei.sheets.cells import harmless

FONT: Final = "微软雅黑"
_A4: Final = 9
_SHEET_NAME: Final = "日报"
# Heading, width in characters, and whether the text is in the middle.
COLUMNS: Final = (
    ("序号", 5, True),
    ("时间", 6, True),
    ("客户姓名", 9, True),
    ("电话", 13, True),
    ("地址", 24, False),
    ("来源", 9, True),
    ("需求", 13, False),
    ("洽谈内容", 38, False),
    ("下一步", 12, True),
    ("报备状态", 11, True),
    ("剩余天数", 6, True),
    ("跟进人", 9, True),
)
CONTINUED: Final = "续"
LATER_HEADING: Final = "报送后补记"
_ACROSS: Final = sum(width for _, width, _ in COLUMNS)
_LAST: Final = len(COLUMNS) - 1
_LINE_HEIGHT: Final = 16.5
_LEAST_HEIGHT: Final = 26.0
# A row is at most 409 points high.
_MOST_ROWS: Final = 24
# Of a width in characters, so many are Chinese ones.
_WIDE: Final = 2.0
_FIRST_WIDE: Final = 0x2E7F


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLine:
    """A customer; empty where nothing is known, `days_left` None where nothing is protected."""

    number: int
    time: str
    name: str
    phone: str
    address: str
    source: str
    need: str
    said: str
    next_step: str
    standing: str
    days_left: int | None
    staff: str

    @property
    def cells(self) -> tuple[str | int, ...]:
        """Return the cells in the order of COLUMNS."""
        left: str | int = "" if self.days_left is None else self.days_left
        return (
            self.number,
            self.time,
            self.name,
            self.phone,
            self.address,
            self.source,
            self.need,
            self.said,
            self.next_step,
            self.standing,
            left,
            self.staff,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DailySheet:
    """A day: what stands above the table (`facts`, a row each), the table, and what stands below it.

    `later` is what came after the report was submitted: a table of its own, below the other.
    """

    title: str
    heading: str
    facts: tuple[str, ...]
    lines: tuple[SheetLine, ...]
    later: tuple[SheetLine, ...]
    notes: tuple[str, ...]
    footer: str

    @property
    def title_rows(self) -> int:
        """Return how many rows stand above the heading of the table."""
        return 2 + len(self.facts)


def written_sheet(sheet: DailySheet) -> bytes:
    """Return the sheet as an xlsx workbook; nothing that a person wrote is taken for a formula."""
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(out, options)
    page = book.add_worksheet(_SHEET_NAME)
    look = _look(book)
    _set_up(page, sheet)
    _write_top(page, sheet, look)
    place = _write_lines(page, sheet.title_rows + 1, sheet.lines, look)
    _write_bottom(page, place, sheet, look)
    book.close()
    return out.getvalue()


_CENTRED: Final = {"align": "center"}
_LEFT: Final = {"align": "left", "indent": 1}
Look = Callable[..., Any]


def _look(book: Any) -> Look:
    """Return what makes formats, each once."""
    made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def look(**properties: Any) -> Any:
        chosen = {"font_name": FONT, "font_size": 10, **properties}
        key = tuple(sorted(chosen.items()))
        if key not in made:
            made[key] = book.add_format(chosen)
        return made[key]

    return look


def _set_up(page: Any, sheet: DailySheet) -> None:
    page.set_landscape()
    page.set_paper(_A4)
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.repeat_rows(sheet.title_rows)
    page.freeze_panes(sheet.title_rows + 1, 3)
    page.hide_gridlines(2)
    page.set_footer(f"&L&8{sheet.footer}&R&9第 &P 页，共 &N 页")
    for column, (_, width, _) in enumerate(COLUMNS):
        page.set_column(column, column, width)


def _write_top(page: Any, sheet: DailySheet, look: Look) -> None:
    middle = look(font_size=11, align="center", valign="vcenter", text_wrap=True)
    title = look(bold=True, font_size=18, align="center", valign="vcenter")
    _write_across(page, 0, sheet.title, title, height=34)
    _write_across(page, 1, sheet.heading, look(font_size=12, align="center", valign="vcenter"), height=22)
    for place, fact in enumerate(sheet.facts, start=2):
        height = max(22.0, min(_rows(fact, _ACROSS), _MOST_ROWS) * _LINE_HEIGHT)
        _write_across(page, place, fact, middle, height=height)
    page.set_row(sheet.title_rows, 26)
    heading = look(bold=True, border=1, align="center", valign="vcenter", bg_color="#E7E6E6", text_wrap=True)
    for column, (name, _, _) in enumerate(COLUMNS):
        _write(page, sheet.title_rows, column, name, heading)


def _write_lines(page: Any, place: int, lines: Sequence[SheetLine], look: Look) -> int:
    """Write customers from a row on, each in as many rows as it takes; return the row after them."""
    left, middle = (
        look(border=1, text_wrap=True, valign="vcenter", **placed) for placed in (_LEFT, _CENTRED)
    )
    formats = [middle if centred else left for _, _, centred in COLUMNS]
    for line in lines:
        for cells in _in_rows(line):
            page.set_row(place, _height(cells))
            for column, (cell, chosen) in enumerate(zip(cells, formats, strict=True)):
                _write(page, place, column, cell, chosen)
            place += 1
    return place


def _write_bottom(page: Any, place: int, sheet: DailySheet, look: Look) -> None:
    framed = look(text_wrap=True, valign="vcenter", border=1, **_LEFT)
    if sheet.later:
        heading = look(bold=True, border=1, valign="vcenter", bg_color="#E7E6E6", **_LEFT)
        _write_across(page, place, LATER_HEADING, heading, height=_LEAST_HEIGHT)
        place = _write_lines(page, place + 1, sheet.later, look)
    below = list(sheet.notes)
    if not sheet.lines:
        below.insert(0, "当天没有报备和跟进记录。")
    for piece in (piece for note in below for piece in _pieces(note, _ACROSS)):
        height = max(_LEAST_HEIGHT, _rows(piece, _ACROSS) * _LINE_HEIGHT)
        _write_across(page, place, piece, framed, height=height)
        place += 1


def _write_across(page: Any, row: int, text: str, chosen: Any, *, height: float) -> None:
    page.set_row(row, height)
    page.merge_range(row, 0, row, _LAST, "", chosen)
    _write(page, row, 0, text, chosen)


def _write(page: Any, row: int, column: int, cell: str | int, chosen: Any) -> None:
    if isinstance(cell, int):
        page.write_number(row, column, cell, chosen)
    elif cell:
        page.write_string(row, column, harmless(cell).encode(errors="replace").decode(), chosen)
    else:
        page.write_blank(row, column, None, chosen)


def _in_rows(line: SheetLine) -> list[tuple[str | int, ...]]:
    """Return the cells of a customer, in more than one row where they are too long for one."""
    cells = line.cells
    cut: list[Sequence[str | int]] = [
        [cell] if isinstance(cell, int) else _pieces(cell, width)
        for cell, (_, width, _) in zip(cells, COLUMNS, strict=True)
    ]
    rows: list[tuple[str | int, ...]] = list(zip_longest(*cut, fillvalue=""))
    return [rows[0], *((CONTINUED, *row[1:]) for row in rows[1:])]


def _height(cells: Sequence[str | int]) -> float:
    """Return a height in points at which the fullest cell can be read whole."""
    rows = max(_rows(str(cell), width) for cell, (_, width, _) in zip(cells, COLUMNS, strict=True))
    return max(_LEAST_HEIGHT, rows * _LINE_HEIGHT)


def _rows(text: str, width: int) -> int:
    """Return how many rows a text takes in a column of a width."""
    return 1 if len(text) * _WIDE <= width and "\n" not in text else sum(1 for _ in _breaks(text, width)) + 1


def _pieces(text: str, width: int) -> list[str]:
    """Return a text in pieces that each fit into the highest row; it is seldom more than one."""
    breaks = [] if len(text) < _MOST_ROWS else list(_breaks(text, width))
    cuts = [0, *breaks[_MOST_ROWS - 1 :: _MOST_ROWS], len(text)]
    return [text[begins:ends].removesuffix("\n") for begins, ends in pairwise(cuts)] if text else [""]


def _breaks(text: str, width: int) -> Iterator[int]:
    """Yield where each row but the first begins; Chinese signs are as wide as two others."""
    units = 0.0
    for place, sign in enumerate(text):
        if sign == "\n":
            units = 0.0
            yield place + 1
            continue
        wide = _WIDE if ord(sign) > _FIRST_WIDE else 1.0
        if units + wide > width:
            units = 0.0
            yield place
        units += wide
