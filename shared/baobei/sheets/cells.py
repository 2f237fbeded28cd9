"""Cells: what a person typed, as text; and text that no program takes for a formula."""

import re
from datetime import date, time, timedelta
from typing import Final

# A date may be one with a time of day.
Cell = str | int | float | bool | date | time | timedelta

EMPTY: Final = ""
# What begins a formula in one spreadsheet program or another; the wide forms do so in some East Asian ones.
BEGINS_A_FORMULA: Final = frozenset("=+-@\t\r\n＝＋－＠")
HARMLESS: Final = "'"
FIRST_SERIAL: Final = 20_000
LAST_SERIAL: Final = 80_000
DAY_ZERO: Final = date(1899, 12, 30)

_INVISIBLE: Final = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_UNREADABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd\ud800-\udfff]")
_BLANKS: Final = re.compile(r"\s+")
_WHOLE: Final = re.compile(r"([0-9]{5,15})\.0+", re.ASCII)
# How a spreadsheet program shows a long number in a narrow column, and saves it as text.
_POWER_OF_TEN: Final = re.compile(r"([0-9])(?:\.([0-9]+))?[eE]\+?([0-9]{1,2})", re.ASCII)
_DATE: Final = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T].*)?", re.ASCII)


def text_of(cell: Cell) -> str:
    """Return what stands in a cell, without what people leave around it: blanks, line ends, the invisible."""
    match cell:
        case str():
            text = _BLANKS.sub(" ", cell.translate(_INVISIBLE)).strip()
            # The mark that keeps a formula from being one is not part of the text.
            return text[1:] if text[:1] == HARMLESS and text[1:2] in BEGINS_A_FORMULA else text
        case bool():
            return "TRUE" if cell else "FALSE"
        case float() if cell.is_integer():
            return str(int(cell))
        case date() | time():
            # A day is often kept as its midnight.
            return cell.isoformat().removesuffix("T00:00:00")
        case _:
            return str(cell)


def phone_of(cell: Cell) -> str:
    """Return a phone as it is dialled: a number that was kept as one has no fraction and is no power of ten."""
    text = text_of(cell)
    if (whole := _WHOLE.fullmatch(text)) is not None:
        return whole.group(1)
    power = _POWER_OF_TEN.fullmatch(text)
    if power is None or has_lost_digits(text):
        return text
    first, more, exponent = power.groups("")
    return first + more[: int(exponent)]


def has_lost_digits(text: str) -> bool:
    """Whether a number is written as a power of ten without all of its digits: nobody can say which they were."""
    power = _POWER_OF_TEN.fullmatch(text)
    if power is None:
        return False
    _, more, exponent = power.groups("")
    # Zeros at the end may be digits, or what a program put where it had rounded.
    return len(more) < int(exponent) or bool(more[int(exponent) :].strip("0"))


def date_of(cell: Cell) -> str:
    """Return a date as `2026-11-01` where it is one in any of the usual styles, else as it was written.

    A bare number between 1954 and 2119 is a day of the spreadsheet's own count.
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool) and FIRST_SERIAL <= cell <= LAST_SERIAL:
        return (DAY_ZERO + timedelta(days=int(cell))).isoformat()
    text = text_of(cell)
    found = _DATE.fullmatch(text)
    if found is None:
        return text
    try:
        return date(*map(int, found.groups())).isoformat()
    except ValueError:
        return text


def is_unreadable(cell: Cell) -> bool:
    """Whether a cell holds what no database stores or what was lost when the text was decoded."""
    return isinstance(cell, str) and _UNREADABLE.search(cell) is not None


def harmless(text: str) -> str:
    """Return a text that no program takes for a formula when it opens the file."""
    begins = text.lstrip(" \u00a0\u3000\u200b\ufeff\x00")[:1]
    return HARMLESS + text if begins and begins in BEGINS_A_FORMULA else text
