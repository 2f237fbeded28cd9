"""Input read once at the edge: each function returns a value of the core or raises `BadInput`.

`path` is the input as the client wrote it, as `input.note`.
"""

import base64
import binascii
import re
from datetime import date, datetime
from typing import Final, TypeVar
from uuid import UUID

import strawberry

from baobei.policy.identity import usable_name
from baobei.store import limits
from baobei.store.paging import Page
from baobei_api.graphql.errors import BadInput
from baobei_api.graphql.scalars import DateText, DecimalText, InstantText
from baobei_api.instants import EARLIEST_YEAR, EXPECTED, LATEST_YEAR, read_instant

NAME_CHARS: Final = limits.NAME_CHARS
PHONE_CHARS: Final = limits.PHONE_CHARS
ADDRESS_CHARS: Final = limits.ADDRESS_CHARS
NOTE_CHARS: Final = limits.NOTE_CHARS
REASON_CHARS: Final = limits.REASON_CHARS
REFERENCE_CHARS: Final = limits.REFERENCE_CHARS
KEY_CHARS: Final = 200
CODE_CHARS: Final = limits.CODE_CHARS
CLASS_CHARS: Final = 8
SOURCE_CHARS: Final = 30
ID_CHARS: Final = 100
LARGEST_PAGE: Final = 100

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AMOUNT: Final = re.compile(
    rf"([0-9]{{1,{limits.AMOUNT_YUAN_DIGITS}}})(?:\.([0-9]{{1,{limits.AMOUNT_DECIMALS}}}))?"
)
_ID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")

T = TypeVar("T")


def given(value: T | None) -> T | None:
    """Return an optional input, None where it was left out."""
    return None if value is strawberry.UNSET else value


def text(value: str, path: str, *, at_most: int) -> str:
    """Return a text that may be blank, of at most so many characters, without NUL or lone surrogates."""
    if _UNSTORABLE.search(value):
        raise BadInput(path, "text without NUL characters and lone surrogates")
    if len(value) > at_most:
        raise BadInput(path, f"at most {at_most} characters, got {len(value)}")
    return value


def filled(value: str, path: str, *, at_most: int) -> str:
    """Return a text that is not blank, of at most so many characters."""
    if not usable_name(text(value, path, at_most=at_most)):
        raise BadInput(path, "text that is not blank")
    return value


def optional_text(value: str | None, path: str, *, at_most: int) -> str | None:
    """Return an optional text; None where it was left out or is blank."""
    written = given(value)
    if written is None:
        return None
    checked = text(written, path, at_most=at_most)
    return checked if usable_name(checked) else None


def optional_filled(value: str | None, path: str, *, at_most: int) -> str | None:
    """Return an optional text that, when given, is not blank."""
    written = given(value)
    return None if written is None else filled(written, path, at_most=at_most)


def record_id(value: strawberry.ID, path: str) -> UUID | None:
    """Return an id; None for one that cannot be any record's, which looks like one that may not be seen."""
    written = filled(value, path, at_most=ID_CHARS)
    return UUID(written) if _ID.fullmatch(written) else None


def instant(value: InstantText, path: str) -> datetime:
    """Return an instant, which must have an offset."""
    read = read_instant(value)
    if read is None:
        raise BadInput(path, EXPECTED)
    return read


def optional_instant(value: InstantText | None, path: str) -> datetime | None:
    """Return an instant, None where it was left out."""
    written = given(value)
    return None if written is None else instant(written, path)


def month(value: DateText, path: str) -> date:
    """Return the first day of a calendar month."""
    try:
        read = date.fromisoformat(value) if _DATE.fullmatch(value) else None
    except ValueError:
        read = None
    if read is None or read.day != 1 or not EARLIEST_YEAR <= read.year <= LATEST_YEAR:
        raise BadInput(path, "the first day of a calendar month, as 2026-11-01")
    return read


def optional_month(value: DateText | None, path: str) -> date | None:
    """Return the first day of a calendar month, None where it was left out."""
    written = given(value)
    return None if written is None else month(written, path)


def optional_fen(value: DecimalText | None, path: str) -> int | None:
    """Return an amount in fen, None where it was left out."""
    written = given(value)
    if written is None:
        return None
    read = _AMOUNT.fullmatch(written)
    if read is None:
        raise BadInput(path, 'an amount in yuan from "0.00" to "9999999999.99" with at most two decimals')
    yuan, fen = read.groups()
    return int(yuan) * 100 + int((fen or "0").ljust(2, "0"))


def fen(value: DecimalText, path: str) -> int:
    """Return an amount in fen."""
    read = optional_fen(value, path)
    if read is None:
        raise BadInput(path, "an amount in yuan")
    return read


def page_size(first: int | None, path: str, *, default: int) -> int:
    """Return how many rows a page has, 1 to 100."""
    written = given(first)
    size = default if written is None else written
    if not 1 <= size <= LARGEST_PAGE:
        raise BadInput(path, f"a whole number from 1 to {LARGEST_PAGE}, got {size}")
    return size


def page(first: int | None, after: str | None, *, kind: str, default: int) -> Page:
    """Return the page that `first` and `after` ask for; `kind` says of what the cursor must be."""
    size = page_size(first, "first", default=default)
    written = given(after)
    return Page(first=size, after=None if written is None else _id_of(written, kind))


def cursor(kind: str, id: UUID) -> str:
    """Return the opaque cursor of a record in a list of its kind (one letter)."""
    return base64.urlsafe_b64encode(kind.encode() + id.bytes).decode().rstrip("=")


def unknown_cursor() -> BadInput:
    """Return the error for a cursor that is not one of this list."""
    return BadInput("after", "a cursor that an earlier page of this list gave")


def _id_of(written: str, kind: str) -> UUID:
    try:
        padding = b"=" * (-len(written) % 4)
        opened = base64.b64decode(written.encode("ascii") + padding, altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise unknown_cursor() from None
    if len(opened) != 17 or opened[:1] != kind.encode():
        raise unknown_cursor()
    return UUID(bytes=opened[1:])
