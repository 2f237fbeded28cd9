"""The sheet of a unit's day as it is on paper: one line a customer, landscape on A4, to be printed as it is."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import xlsxwriter

from baobei.sheets.cells import harmless

LONGEST_CELL_CHARS: Final = 32_000
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
TITLE_ROWS: Final = 3
_LINE_HEIGHT: Final = 16.5
_LEAST_HEIGHT: Final = 26.0
_MOST_HEIGHT: Final = 400.0
# Of a width in characters, so many are Chinese ones.
_WIDE: Final = 2.0


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
    """A day: what stands above the table, the table, and what stands below it."""

    title: str
    heading: str
    facts: tuple[str, ...]
    lines: tuple[SheetLine, ...]
    notes: tuple[str, ...]
    footer: str


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
    _set_up(page, sheet)
    look = _look(book)
    _write_top(page, sheet, look)
    for place, line in enumerate(sheet.lines, start=TITLE_ROWS + 1):
        page.set_row(place, _height(line))
        for column, (cell, (_, _, centred)) in enumerate(zip(line.cells, COLUMNS, strict=True)):
            chosen = look(border=1, text_wrap=True, valign="vcenter", **(_CENTRED if centred else _LEFT))
            _write(page, place, column, cell, chosen)
    _write_bottom(page, sheet, look)
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
    page.repeat_rows(TITLE_ROWS)
    page.freeze_panes(TITLE_ROWS + 1, 3)
    page.hide_gridlines(2)
    page.set_footer(f"&L&8{sheet.footer}&R&9第 &P 页，共 &N 页")
    for column, (_, width, _) in enumerate(COLUMNS):
        page.set_column(column, column, width)


def _write_top(page: Any, sheet: DailySheet, look: Look) -> None:
    last = len(COLUMNS) - 1
    page.set_row(0, 34)
    page.merge_range(0, 0, 0, last, "", look())
    _write(page, 0, 0, sheet.title, look(bold=True, font_size=18, align="center", valign="vcenter"))
    page.set_row(1, 22)
    page.merge_range(1, 0, 1, last, "", look())
    _write(page, 1, 0, sheet.heading, look(font_size=12, align="center", valign="vcenter"))
    page.set_row(2, 22)
    page.merge_range(2, 0, 2, last, "", look())
    _write(page, 2, 0, "　　".join(sheet.facts), look(font_size=11, align="center", valign="vcenter"))
    page.set_row(TITLE_ROWS, 26)
    heading = look(bold=True, border=1, align="center", valign="vcenter", bg_color="#E7E6E6", text_wrap=True)
    for column, (name, _, _) in enumerate(COLUMNS):
        _write(page, TITLE_ROWS, column, name, heading)


def _write_bottom(page: Any, sheet: DailySheet, look: Look) -> None:
    last, place = len(COLUMNS) - 1, TITLE_ROWS + 1 + len(sheet.lines)
    below = list(sheet.notes)
    if not sheet.lines:
        below.insert(0, "当天没有报备和跟进记录。")
    width = sum(width for _, width, _ in COLUMNS)
    for note in below:
        page.set_row(place, max(_LEAST_HEIGHT, _rows(note, width) * _LINE_HEIGHT))
        framed = look(text_wrap=True, valign="vcenter", border=1, **_LEFT)
        page.merge_range(place, 0, place, last, "", framed)
        _write(page, place, 0, note, framed)
        place += 1


def _write(page: Any, row: int, column: int, cell: str | int, chosen: Any) -> None:
    if isinstance(cell, int):
        page.write_number(row, column, cell, chosen)
    elif cell:
        text = harmless(cell).encode(errors="replace").decode()[:LONGEST_CELL_CHARS]
        page.write_string(row, column, text, chosen)
    else:
        page.write_blank(row, column, None, chosen)


def _height(line: SheetLine) -> float:
    """Return a height in points at which the fullest cell can be read whole."""
    texts = [(str(cell), width) for cell, (_, width, _) in zip(line.cells, COLUMNS, strict=True)]
    rows = max(_rows(text, width) for text, width in texts)
    return min(max(_LEAST_HEIGHT, rows * _LINE_HEIGHT), _MOST_HEIGHT)


def _rows(text: str, width: int) -> int:
    """Return how many rows a text takes in a column of a width; Chinese signs are as wide as two others."""
    taken = 0
    for part in text.split("\n"):
        units = sum(_WIDE if ord(sign) > 0x2E7F else 1.0 for sign in part)
        taken += max(1, int(-(-units // width)))
    return taken
