"""Whether an office archive may be opened: bounded when unpacked, and an xlsx's cells within a bounded area.

The sizes that an archive states are not believed: every part is unpacked once, a little at a time, and its
checksum with it. What is unpacked is then what any other reader unpacks.
"""

import copy
import io
import re
import zipfile
import zlib
from typing import Final
from xml.parsers import expat

from baobei.sheets.errors import SheetError, SheetProblem

LARGEST_FILE_BYTES: Final = 32 * 1024 * 1024
LARGEST_UNPACKED_BYTES: Final = 256 * 1024 * 1024
MOST_PARTS: Final = 1_000
# Rows of the same words pack a hundredfold; nothing that people type packs better than this.
LARGEST_RATIO: Final = 200
RATIO_COUNTS_FROM_BYTES: Final = 1024 * 1024
MOST_ROWS: Final = 200_000
MOST_COLUMNS: Final = 512
MOST_CELLS: Final = 5_000_000
PIECE_BYTES: Final = 256 * 1024

_WORKBOOK: Final = "xl/workbook.xml"
_XML: Final = (".xml", ".rels")
_ENCRYPTED: Final = 0x1
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_LETTERS: Final = re.compile("[A-Za-z]{1,4}")
_PARTS_OF_A_CELL: Final = frozenset({"v", "is", "f"})
_SHEET_RELATION: Final = re.compile(r"sheet$", re.IGNORECASE)

# What the library raises of an archive that it cannot read: NotImplementedError of a way to pack that it does not know.
_UNREADABLE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


def check_archive(packed: bytes) -> None:
    """Check that an archive is a workbook of bounded size; raises `SheetError`."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            parts = _bounded_parts(archive)
            if not any(part.filename.lower() == _WORKBOOK for part in parts):
                raise SheetError(SheetProblem.NOT_A_SHEET)
            _unpack_all(archive, parts, at_most=LARGEST_UNPACKED_BYTES)
    except _UNREADABLE:
        raise SheetError(SheetProblem.BROKEN) from None


def checked_parts(packed: bytes, *, at_most: int, read: str) -> tuple[tuple[str, ...], bytes]:
    """Return the names of the parts of any office archive, and what stands in the part called `read`, b"" without it.

    Every part is unpacked once, `at_most` bytes together; raises `SheetError` where it is larger, packs too well,
    names a part twice or is broken.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            parts = _bounded_parts(archive)
            _unpack_all(archive, parts, at_most=at_most)
            names = tuple(part.filename for part in parts)
            if len(set(names)) < len(names):
                raise SheetError(SheetProblem.BROKEN)
            return names, archive.read(read) if read in names else b""
    except _UNREADABLE:
        raise SheetError(SheetProblem.BROKEN) from None


def check_cells(packed: bytes) -> None:
    """Check that a workbook's cells lie in a bounded area, whatever places they claim; raises `SheetError`.

    A reader that keeps a sheet as a rectangle would need memory for the whole of it, for two cells in far
    corners. Document types, with which XML can be made to grow, are refused.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            for part in archive.infolist():
                if part.filename.lower().endswith(_XML):
                    _check_part(archive, part)
    except (*_UNREADABLE, expat.ExpatError):
        raise SheetError(SheetProblem.BROKEN) from None


def _bounded_parts(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    parts = archive.infolist()
    if len(parts) > MOST_PARTS:
        raise SheetError(SheetProblem.TOO_LARGE)
    return parts


def _unpack_all(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo], *, at_most: int) -> None:
    unpacked = 0
    for part in parts:
        unpacked += _unpacked_bytes(archive, part, at_most=at_most - unpacked)


def _unpacked_bytes(archive: zipfile.ZipFile, part: zipfile.ZipInfo, *, at_most: int) -> int:
    if part.flag_bits & _ENCRYPTED or part.compress_type not in _METHODS:
        raise SheetError(SheetProblem.BROKEN)
    # Read to the end of what is packed, not to the size that is stated.
    whole = copy.copy(part)
    whole.file_size = LARGEST_UNPACKED_BYTES + 1
    size = 0
    with archive.open(whole) as opened:
        while piece := opened.read(PIECE_BYTES):
            size += len(piece)
            packs_well = size > RATIO_COUNTS_FROM_BYTES and size > LARGEST_RATIO * max(part.compress_size, 1)
            if size > at_most or packs_well:
                raise SheetError(SheetProblem.TOO_LARGE)
    if size != part.file_size:
        raise SheetError(SheetProblem.BROKEN)
    return size


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    area = _Area()
    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.StartElementHandler = area.element
    with archive.open(part) as opened:
        while piece := opened.read(PIECE_BYTES):
            parser.Parse(piece, False)
            area.check()
        parser.Parse(b"", True)
    area.check()


def _refuse_document_type(*_declared: object) -> None:
    raise SheetError(SheetProblem.BROKEN)


class _Area:
    """The rectangle of the cells that hold something, as their elements come."""

    def __init__(self) -> None:
        self._row = self._column = 0
        self._rows = self._columns = 0
        # Letters of a column -> its number from 1: there are few, and each is met once a row.
        self._column_of: dict[str, int] = {}

    def element(self, name: str, attributes: list[str]) -> None:
        """Look at one element as it begins; `attributes` are names and values in turn."""
        word = name if ":" not in name else name.rpartition(":")[2]
        if word in _PARTS_OF_A_CELL:
            if self._row > self._rows:
                self._rows = self._row
            if self._column > self._columns:
                self._columns = self._column
        elif word == "c":
            self._place(_value(attributes, "r"))
        elif word == "row":
            stated = _value(attributes, "r") or ""
            self._row = int(stated) if stated.isascii() and stated.isdecimal() else self._row + 1
            self._column = 0
        elif word == "Relationship" and _leads_past_us(attributes):
            raise SheetError(SheetProblem.BROKEN)

    def check(self) -> None:
        """Refuse an area that is too large."""
        area = self._rows * self._columns
        if self._rows > MOST_ROWS or self._columns > MOST_COLUMNS or area > MOST_CELLS:
            raise SheetError(SheetProblem.TOO_LARGE)

    def _place(self, reference: str | None) -> None:
        if reference is None:
            self._column += 1
            return
        letters = reference.rstrip("0123456789")
        if letters not in self._column_of:
            self._column_of[letters] = _column_number(letters)
        self._column, self._row = self._column_of[letters], int(reference[len(letters) :])


def _value(attributes: list[str], name: str) -> str | None:
    return next((attributes[at + 1] for at in range(0, len(attributes), 2) if attributes[at] == name), None)


def _leads_past_us(attributes: list[str]) -> bool:
    """Whether a relation names a sheet that is no .xml, which has not been looked at."""
    is_sheet = _SHEET_RELATION.search(_value(attributes, "Type") or "") is not None
    return is_sheet and not (_value(attributes, "Target") or "").lower().endswith(_XML[0])


def _column_number(letters: str) -> int:
    if not _LETTERS.fullmatch(letters):
        raise SheetError(SheetProblem.BROKEN)
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
