"""Comma-separated text as programs here write it: several encodings, several separators, stray quotes."""

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import Final

from baobei.sheets.archives import MOST_COLUMNS, MOST_ROWS
from baobei.sheets.cells import Cell
from baobei.sheets.errors import SheetError, SheetProblem
from baobei.sheets.headers import columns_of
from baobei.sheets.rows import Sheet, SheetRow

SEPARATORS: Final = (",", "\t", ";", "；", "|")
HEADER_WITHIN_ROWS: Final = 20
# A quoted cell may go over several lines; one that never ends is a stray quote.
LONGEST_ROW_LINES: Final = 50
LONGEST_ROW_CHARS: Final = 100_000
PIECE_BYTES: Final = 1024 * 1024
# So many unreadable characters in a thousand, and it is the encoding that is wrong, not the file.
FEW_UNREADABLE_PER_MILLE: Final = 1
# Or so many readable ones to each: of a small file one is already many in a thousand.
MOST_UNREADABLE_SHARE: Final = 9
REPLACED: Final = "\ufffd"

_MARKED: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UTF_16: Final = ("utf-16-le", "utf-16-be")
_SAMPLE_BYTES: Final = 4_096
# No text has these: they tell a text from a picture or a program.
_NEVER_IN_TEXT: Final = frozenset(range(32)) - frozenset(b"\t\n\v\f\r\x1a\x1b")


def encoding_of(written: bytes) -> str:
    """Return the encoding of a text: as marked, else UTF-8, else GB 18030, which has GBK and GB 2312 in it.

    Where a few bytes are damaged, the encoding that has all the rest. Raises `SheetError`.
    """
    for mark, encoding in _MARKED:
        if written.startswith(mark):
            return encoding
    sample = written[:_SAMPLE_BYTES]
    if b"\x00" in sample:
        zeros = [sample[start::2].count(0) for start in (1, 0)]
        encoding = _UTF_16[0] if zeros[0] >= zeros[1] else _UTF_16[1]
        if len(sample) % 2 == 0 and min(zeros) == 0 and _decoded(written, encoding)[1] == 0:
            return encoding
        raise SheetError(SheetProblem.NOT_A_SHEET)
    if sum(byte in _NEVER_IN_TEXT for byte in sample) > len(sample) // 100:
        raise SheetError(SheetProblem.NOT_A_SHEET)
    found = {encoding: _decoded(written, encoding) for encoding in ("utf-8", "gb18030")}
    # Of UTF-8 hardly anything is right by chance; GB 18030 makes some sense of nearly everything.
    for encoding, (beyond_ascii, unreadable) in found.items():
        if unreadable * MOST_UNREADABLE_SHARE <= beyond_ascii - unreadable:
            return encoding
    best = min(found, key=lambda encoding: found[encoding][1])
    if found[best][1] * 1_000 > len(written) * FEW_UNREADABLE_PER_MILLE + 1_000:
        raise SheetError(SheetProblem.UNKNOWN_ENCODING)
    return best


def open_text(written: bytes) -> tuple[str, Sheet]:
    """Return the encoding of a text and the one sheet that it is; raises `SheetError`."""
    encoding = encoding_of(written)
    separator = _separator(written, encoding)
    return encoding, Sheet(number=1, name="", rows=lambda: _rows(written, encoding, separator))


def _decoded(written: bytes, encoding: str) -> tuple[int, int]:
    """Return how many characters are not of ASCII, and how many of them could not be read."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    beyond_ascii = unreadable = 0
    for at in range(0, len(written) + 1, PIECE_BYTES):
        text = decoder.decode(written[at : at + PIECE_BYTES], final=at + PIECE_BYTES > len(written))
        beyond_ascii += len(text) - len(text.encode("ascii", "ignore"))
        unreadable += text.count(REPLACED)
    return beyond_ascii, unreadable


def _separator(written: bytes, encoding: str) -> str:
    """Return the separator by which the first rows name the most columns."""

    def most_named(separator: str) -> int:
        rows = islice(_rows(written, encoding, separator), HEADER_WITHIN_ROWS)
        return max((len(columns_of(row.cells)) for row in rows), default=0)

    return max(SEPARATORS, key=most_named)


def _rows(written: bytes, encoding: str, separator: str) -> Iterator[SheetRow]:
    """Yield the rows to the last one with anything in it: programs save empty ones as far as a format goes."""
    empty = 0
    for number, (row, broken) in enumerate(_cells(_lines(written, encoding), separator), start=1):
        # Among the first ones the header is looked for: there an empty one is not held back.
        if number > HEADER_WITHIN_ROWS and not broken and not any(map(str.strip, row)):
            empty += 1
            continue
        if number > MOST_ROWS:
            raise SheetError(SheetProblem.TOO_LARGE)
        yield from (SheetRow(number=each, cells=[]) for each in range(number - empty, number))
        empty = 0
        cells: list[Cell] = list(row[:MOST_COLUMNS])
        yield SheetRow(number=number, cells=cells, broken=broken or len(row) > MOST_COLUMNS)


def _lines(written: bytes, encoding: str) -> Iterator[str]:
    with io.TextIOWrapper(io.BytesIO(written), encoding=encoding, errors="replace", newline=None) as text:
        while line := text.readline(LONGEST_ROW_CHARS):
            more = line
            while _is_cut(more):
                # The tail of an overlong line is no row of its own: it goes with its line.
                more = text.readline(LONGEST_ROW_CHARS)
            yield line.replace("\x00", REPLACED)


def _is_cut(line: str) -> bool:
    return len(line) == LONGEST_ROW_CHARS and not line.endswith("\n")


def _cells(lines: Iterator[str], separator: str) -> Iterator[tuple[list[str], bool]]:
    """Yield rows of cells, and of each whether it is broken: a quote never ends, or it is too long."""
    waiting: list[str] = []
    while waiting or (waiting := list(islice(lines, 1))):
        taken = 0 if _is_cut(waiting[0]) else _lines_of_a_row(waiting, lines)
        if taken == 0:
            # The row stands alone with what can be told of it; the lines after it are rows again.
            yield _split(waiting[0].replace('"', ""), separator), True
        else:
            yield _split("".join(waiting[:taken]), separator), False
        waiting = waiting[taken or 1 :]


def _lines_of_a_row(waiting: list[str], lines: Iterator[str]) -> int:
    """Return how many lines the next row takes, 0 when its quotes never close; more lines go into `waiting`."""
    taken, chars, is_open = 0, 0, False
    while taken < LONGEST_ROW_LINES:
        if taken == len(waiting):
            waiting += islice(lines, 1)
        if taken == len(waiting) or _is_cut(waiting[taken]):
            return 0
        chars += len(waiting[taken])
        if chars > LONGEST_ROW_CHARS:
            return 0
        is_open ^= waiting[taken].count('"') % 2 == 1
        taken += 1
        if not is_open:
            return taken
    return 0


def _split(text: str, separator: str) -> list[str]:
    return next(
        csv.reader([text.rstrip("\r\n")] if '"' not in text else io.StringIO(text), delimiter=separator), []
    )
