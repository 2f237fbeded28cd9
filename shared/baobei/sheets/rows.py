"""A sheet, whatever it was written in: rows that can be gone through again and again, none of them kept."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from baobei.sheets.cells import Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """A row as it stands in the file; `number` counts from 1, blank rows too.

    `broken`: it cannot be told apart into cells; `unreadable`: one of its cells is no value, and none are there.
    """

    number: int
    cells: list[Cell]
    broken: bool = False
    unreadable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet of a file: its place from 1, its name, and its rows from the first, each time `rows` is called."""

    number: int
    name: str
    rows: Callable[[], Iterator[SheetRow]]
