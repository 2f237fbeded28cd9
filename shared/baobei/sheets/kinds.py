"""What a file is, by its contents: its name and what a browser says of it prove nothing."""

import codecs
import enum
from typing import Final

from baobei.sheets.archives import LARGEST_FILE_BYTES
from baobei.sheets.errors import SheetError, SheetProblem

_ARCHIVE: Final = b"PK\x03\x04"
# Of old workbooks and locked ones, and of what people take for a table.
_OTHERS: Final = (
    b"PK",
    b"\xd0\xcf\x11\xe0",
    b"%PDF",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"\x1f\x8b",
    b"Rar!",
    b"7z\xbc\xaf",
)
# Pages of the web and XML, which programs export under the name of a table.
_MARKUP: Final = (b"<?xml", b"<!doctype", b"<html", b"<head", b"<meta", b"<table")
_LONGEST_MARK: Final = 64


class SheetKind(enum.StrEnum):
    """The kinds of file that are read, and written back."""

    XLSX = "XLSX"
    CSV = "CSV"

    @property
    def extension(self) -> str:
        """Return the usual ending of such a file's name."""
        return self.value.lower()


def kind_of(written: bytes) -> SheetKind:
    """Return what a file seems to be; raises `SheetError` for what it cannot be."""
    if not written.strip():
        raise SheetError(SheetProblem.EMPTY)
    if len(written) > LARGEST_FILE_BYTES:
        raise SheetError(SheetProblem.TOO_LARGE)
    if written.startswith(_ARCHIVE):
        return SheetKind.XLSX
    if written.startswith(_OTHERS):
        raise SheetError(SheetProblem.NOT_A_SHEET)
    begins = written[:_LONGEST_MARK].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if begins.startswith(_MARKUP):
        raise SheetError(SheetProblem.NOT_A_SHEET)
    return SheetKind.CSV
