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
from baobei.sheets.homes import HomeUnclear, home_of
from baobei.sheets.kinds import SheetKind, kind_of
from baobei.sheets.rows import Sheet, SheetRow
from baobei.sheets.words import NOTHING, NotUnderstood, new_need_of, segment_of
from baobei.sheets.workbook import open_workbook
from baobei.store import limits
from baobei.store.registration_models import Segment

LONGEST_CHARS: Final = {
    Field.NAME: limits.NAME_CHARS,
    Field.PHONE: limits.PHONE_CHARS,
    Field.STAFF: limits.CODE_CHARS,
    Field.NEED: limits.NOTE_CHARS,
    Field.CLASS: limits.CODE_CHARS,
    Field.CROSS_REGION: limits.REASON_CHARS,
}

# What goes into the note after what was said; the need is kept as the need.
_NOTED: Final = {Field.DATE: "日期", Field.SOURCE: "来源"}
_FACTS: Final = frozenset(
    {Field.NAME, Field.PHONE, Field.ADDRESS, *ADDRESS_PARTS, Field.SOURCE, Field.NEED, Field.NOTE}
)

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
    zh="这一行的姓名（最多100字）、电话（64）、地址（300）、工号（64）、需求（2000）或跨区理由（1000）太长，没有登记；请改短。",
    en="Name (at most 100 characters), phone (64), address (300), staff code (64), need (2000) or reason (1000) is too long.",
)
NOTE_TOO_LONG: Final = Text(
    zh="这一行的备注连同日期和来源超过2000字，没有登记；请改短，或分成几次跟进记录。",
    en="The note with the day and the source has more than 2000 characters; shorten it.",
)
CELL_UNREADABLE: Final = Text(
    zh="这一行有一个单元格的日期或时间超出范围，无法读取；请改成文本或正确的日期。",
    en="A cell has a date or time that there is not; write it as text, or as a date.",
)
HOME_UNCLEAR: Final = Text(
    zh="地址与小区、楼栋、单元、房号几列合不成一个住处：写得不一致，或看不出是哪一号楼、哪一室。"
    "请把完整地址写在地址一列，其余几列留空。",
    en="The address and the columns for estate, building, entrance and room do not make one home: "
    "write all of it into the address and leave the others empty.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer as a row states them; what it does not state is an empty text.

    `note` is what was said, then the day and the source as they were written. `customer_class` is as written, too:
    what the policy calls it is not known here.
    """

    name: str
    phone: str
    address: str
    note: str | None
    new_need: bool
    staff: str | None
    source: str | None
    need: str | None
    customer_class: str | None = None
    segment: Segment | None = None
    cross_region_reason: str | None = None


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
        return sum(self._counts(row) for row in self.sheet.rows())

    def _counts(self, row: SheetRow) -> bool:
        try:
            return self._is_asked(row)
        except Exception:
            return True

    def _read(self, row: SheetRow) -> TrackingRow:
        """Read a row; whatever goes wrong with it is its own fault, and never that of those after it."""
        try:
            if not self._is_asked(row):
                return TrackingRow(number=row.number, cells=row.cells)
            problem = self._problem(row)
            if problem is None:
                address, note = self._address(row), self._note(row)
                problem = _too_long(address, note)
            if problem is None:
                customer = self._customer(row, address=address, note=note)
                return TrackingRow(number=row.number, cells=row.cells, customer=customer)
        except NotUnderstood as error:
            problem = error.problem
        except HomeUnclear:
            problem = HOME_UNCLEAR
        except Exception:
            problem = UNREADABLE
        return TrackingRow(number=row.number, cells=row.cells, problem=problem)

    def _is_asked(self, row: SheetRow) -> bool:
        """Whether a row is to be answered: not one that repeats the header, as prints do, nor a blank one.

        A row with nothing but its number, day or person is blank.
        """
        if row.number <= self.header_row:
            return False
        if row.broken or row.unreadable:
            return True
        facts = (self._cell(row, field) for field in self.columns if field in _FACTS)
        says = any(cell != "" and text_of(cell) not in ("", *NOTHING) for cell in facts)
        return says and tuple(row.cells) != self.headings

    def _problem(self, row: SheetRow) -> Text | None:
        """Return why the cells of a row cannot be read, each by itself."""
        if row.broken or row.unreadable:
            return STRAY_QUOTE if row.broken else CELL_UNREADABLE
        if any(is_unreadable(self._cell(row, field)) for field in self.columns):
            return UNREADABLE
        if has_lost_digits(self._text(row, Field.PHONE)):
            return LOST_DIGITS
        long = any(len(self._text(row, field)) > most for field, most in LONGEST_CHARS.items())
        return TOO_LONG if long else None

    def _customer(self, row: SheetRow, *, address: str, note: str | None) -> Customer:
        """Return the customer of a row, with what several of its cells make together; raises `NotUnderstood`."""
        return Customer(
            name=self._text(row, Field.NAME),
            phone=phone_of(self._cell(row, Field.PHONE)),
            address=address,
            note=note,
            new_need=new_need_of(self._text(row, Field.NEW_NEED)),
            staff=self._text(row, Field.STAFF) or None,
            source=self._said(row, Field.SOURCE),
            need=self._said(row, Field.NEED),
            customer_class=self._said(row, Field.CLASS),
            segment=segment_of(self._text(row, Field.SEGMENT)),
            cross_region_reason=self._said(row, Field.CROSS_REGION),
        )

    def _said(self, row: SheetRow, field: Field) -> str | None:
        text = self._text(row, field)
        return None if text in ("", *NOTHING) else text

    def _address(self, row: SheetRow) -> str:
        """Return the home of a row; raises `HomeUnclear`."""
        if self.columns.keys().isdisjoint(ADDRESS_PARTS):
            return self._text(row, Field.ADDRESS)
        parts = (Field.ADDRESS, *ADDRESS_PARTS)
        return home_of({field: said for field in parts if (said := self._said(row, field)) is not None})

    def _note(self, row: SheetRow) -> str | None:
        date = date_of(self._cell(row, Field.DATE))
        told = {Field.DATE: "" if date in NOTHING else date, Field.SOURCE: self._said(row, Field.SOURCE)}
        noted = [f"{_NOTED[field]}：{text}" for field, text in told.items() if text]
        said = self._said(row, Field.NOTE)
        return "；".join([*([] if said is None else [said]), *noted]) or None

    def _text(self, row: SheetRow, field: Field) -> str:
        return text_of(self._cell(row, field))

    def _cell(self, row: SheetRow, field: Field) -> Cell:
        column = self.columns.get(field)
        return "" if column is None or column >= len(row.cells) else row.cells[column]


def _too_long(address: str, note: str | None) -> Text | None:
    """Return why what several cells make together is too long, None where it is not."""
    if len(address) > limits.ADDRESS_CHARS:
        return TOO_LONG
    return NOTE_TOO_LONG if len(note or "") > limits.NOTE_CHARS else None


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
