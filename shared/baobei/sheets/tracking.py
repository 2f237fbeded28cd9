"""The tracking sheet (意向客户跟踪表): which rows are customers, and what stands in them.

The date of a row is information and goes into the note: what counts is when the row is recorded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from baobei.policy.terms import Text
from baobei.sheets.archives import check_archive, check_cells
from baobei.sheets.cells import Cell, date_of, has_lost_digits, is_unreadable, phone_of, text_of
from baobei.sheets.csv_text import HEADER_WITHIN_ROWS, open_text
from baobei.sheets.errors import SheetError, SheetProblem
from baobei.sheets.headers import ADDRESS_PARTS, Field, columns_of, is_usable
from baobei.sheets.kinds import SheetKind, kind_of
from baobei.sheets.rows import Sheet, SheetRow
from baobei.sheets.workbook import open_workbook

LONGEST_CHARS: Final = {Field.NAME: 100, Field.PHONE: 64, Field.ADDRESS: 300, Field.STAFF: 64}
LONGEST_NOTE_CHARS: Final = 2_000

_NOTED: Final = {Field.DATE: "日期", Field.SOURCE: "来源", Field.NEED: "需求", Field.NOTE: "跟进"}
_UNIT_OF: Final = {Field.BUILDING: "号楼", Field.ENTRANCE: "单元", Field.ROOM: "室"}
_YES: Final = frozenset({"是", "有", "对", "√", "✓", "y", "yes", "true", "1"})
# What people put where there is nothing to put.
_NOTHING: Final = frozenset({"-", "—", "/", "无", "暂无", "n/a"})
_FACTS: Final = frozenset(Field) - {Field.DATE, Field.STAFF, Field.NEW_NEED}

STRAY_QUOTE: Final = Text(
    zh="这一行有没有闭合的引号或太多的列，无法读取。", en="A quote never ends, or there are too many columns."
)
UNREADABLE: Final = Text(
    zh="这一行有无法识别的字符，请重新填写。", en="There are characters that cannot be read."
)
LOST_DIGITS: Final = Text(
    zh="电话被表格软件存成了科学计数法（如1.38E+10），后面的号码已经丢失：请把这一列设为文本，重新填写。",
    en="The phone was saved as a power of ten (such as 1.38E+10) and has lost digits: enter it again, as text.",
)
TOO_LONG: Final = Text(
    zh="这一行的姓名、电话、地址或工号太长，无法登记。", en="Name, phone, address or staff code is too long."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer as a row states them; what it does not state is an empty text.

    `note` has the source and the need too, as they were written.
    """

    name: str
    phone: str
    address: str
    note: str | None
    new_need: bool
    staff: str | None
    source: str | None
    need: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingRow:
    """A row of the sheet: a customer, or one that cannot be read and why, or (neither) no customer at all."""

    number: int
    cells: list[Cell]
    customer: Customer | None = None
    problem: Text | None = None

    @property
    def counts(self) -> bool:
        """Whether the row is to be answered."""
        return self.customer is not None or self.problem is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingSheet:
    """The first sheet of a file that has a usable header, and where its columns are (from 0).

    `encoding` is that of a text file, None for a workbook.
    """

    kind: SheetKind
    encoding: str | None
    sheet: Sheet
    header_row: int
    headings: tuple[Cell, ...]
    columns: dict[Field, int]

    def width(self, *, without: Sequence[str]) -> int:
        """Return how many columns there are; those that an earlier run added at the end are not counted."""
        headings = list(self.headings)
        while headings and headings[-1] == "":
            headings.pop()
        if tuple(headings[-len(without) :]) == tuple(without):
            return len(headings) - len(without)
        return max(len(row.cells) for row in self.sheet.rows())

    def rows(self) -> Iterator[TrackingRow]:
        """Yield every row of the sheet from its first, titles and blank ones too."""
        for row in self.sheet.rows():
            yield self._read(row)

    def count(self) -> int:
        """Return how many rows are to be answered."""
        return sum(self._is_asked(row) for row in self.sheet.rows())

    def _read(self, row: SheetRow) -> TrackingRow:
        if not self._is_asked(row):
            return TrackingRow(number=row.number, cells=row.cells)
        problem = STRAY_QUOTE if row.broken else self._problem(row)
        if problem is not None:
            return TrackingRow(number=row.number, cells=row.cells, problem=problem)
        return TrackingRow(number=row.number, cells=row.cells, customer=self._customer(row))

    def _is_asked(self, row: SheetRow) -> bool:
        """Whether a row is to be answered: not one that repeats the header, as prints do, nor a blank one.

        A row with nothing but its number, day or person is blank.
        """
        if row.number <= self.header_row:
            return False
        if row.broken:
            return True
        facts = (self._cell(row, field) for field in self.columns if field in _FACTS)
        says = any(cell != "" and text_of(cell) not in ("", *_NOTHING) for cell in facts)
        return says and tuple(row.cells) != self.headings

    def _problem(self, row: SheetRow) -> Text | None:
        if any(is_unreadable(self._cell(row, field)) for field in self.columns):
            return UNREADABLE
        if has_lost_digits(self._text(row, Field.PHONE)):
            return LOST_DIGITS
        long = {
            **{field: self._text(row, field) for field in LONGEST_CHARS},
            Field.ADDRESS: self._address(row),
        }
        return TOO_LONG if any(len(text) > LONGEST_CHARS[field] for field, text in long.items()) else None

    def _customer(self, row: SheetRow) -> Customer:
        return Customer(
            name=self._text(row, Field.NAME),
            phone=phone_of(self._cell(row, Field.PHONE)),
            address=self._address(row),
            note=self._note(row),
            new_need=self._text(row, Field.NEW_NEED).lower() in _YES,
            staff=self._text(row, Field.STAFF) or None,
            source=self._said(row, Field.SOURCE),
            need=self._said(row, Field.NEED),
        )

    def _said(self, row: SheetRow, field: Field) -> str | None:
        text = self._text(row, field)
        return None if text in ("", *_NOTHING) else _cut(text)

    def _address(self, row: SheetRow) -> str:
        if Field.ADDRESS in self.columns:
            return self._text(row, Field.ADDRESS)
        parts = ((field, self._text(row, field)) for field in ADDRESS_PARTS if field in self.columns)
        # 3 under the heading 楼栋 is 3号楼.
        return "".join(part + _UNIT_OF.get(field, "") if part.isdecimal() else part for field, part in parts)

    def _note(self, row: SheetRow) -> str | None:
        date = date_of(self._cell(row, Field.DATE))
        told = {field: date if field is Field.DATE else self._text(row, field) for field in _NOTED}
        note = "；".join(
            f"{_NOTED[field]}：{text}" for field, text in told.items() if text not in ("", *_NOTHING)
        )
        return _cut(note) or None

    def _text(self, row: SheetRow, field: Field) -> str:
        return text_of(self._cell(row, field))

    def _cell(self, row: SheetRow, field: Field) -> Cell:
        column = self.columns.get(field)
        return "" if column is None or column >= len(row.cells) else row.cells[column]


def _cut(text: str) -> str:
    return text[: LONGEST_NOTE_CHARS - 1] + "…" if len(text) > LONGEST_NOTE_CHARS else text


def check_file(written: bytes) -> SheetKind:
    """Return what a file is by its contents; raises `SheetError` for what may not be opened or is no sheet."""
    kind = kind_of(written)
    if kind is SheetKind.XLSX:
        check_archive(written)
    else:
        open_text(written)
    return kind


def open_tracking_sheet(written: bytes, *, cells_checked: bool = False) -> TrackingSheet:
    """Return the first sheet with a usable header within its first rows; raises `SheetError`."""
    kind, encoding = kind_of(written), None
    if kind is SheetKind.XLSX:
        if not cells_checked:
            check_cells(written)
        sheets = open_workbook(written)
    else:
        encoding, sheet = open_text(written)
        sheets = iter((sheet,))
    for sheet in sheets:
        header = _header(sheet)
        if header is not None:
            row, columns = header
            return TrackingSheet(
                kind=kind,
                encoding=encoding,
                sheet=sheet,
                header_row=row.number,
                headings=tuple(row.cells),
                columns=columns,
            )
    raise SheetError(SheetProblem.NO_HEADER)


def _header(sheet: Sheet) -> tuple[SheetRow, dict[Field, int]] | None:
    """Return the row among the first that names the most columns, the first such, when it is usable."""
    first: Sequence[SheetRow] = list(islice(sheet.rows(), HEADER_WITHIN_ROWS))
    named = [(row, columns_of(row.cells)) for row in first]
    usable = [(row, columns) for row, columns in named if is_usable(columns)]
    return max(usable, key=lambda found: len(found[1]), default=None)
