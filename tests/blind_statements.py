"""Every SELECT of the store with its predicates on the alliance taken out, and arguments that find something."""

import importlib
import itertools
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg

import baobei.store
from baobei.store.connection import Connection
from full_alliance import GUARDED_TABLES

# Who holds which lock stands in no table, and changes with whoever asks.
WRITES = re.compile(
    r"\b(INSERT|UPDATE (?!OF|SKIP)\w+\s|DELETE|set_config|nextval|pg_\w*locks?|claim_unknown_customer)\b"
)
OF_THE_ALLIANCE = re.compile(r"(\b\w+\.)?alliance_id = \$1\b")
OF_ONE_ALLIANCE = re.compile(r"\b\w+\.alliance_id = \w+\.alliance_id\b")
COMPARED = re.compile(r"(\w+) (?:=|<|<=|>|>=|&&) (?:ANY ?\()?\$(\d+)\b")
EVER, NEVER = datetime(2100, 1, 1, tzinfo=UTC), datetime(1900, 1, 1, tzinfo=UTC)
VALUES_A_COLUMN = 12
CALLS_A_STATEMENT = 200
WIDE: dict[str, list[Any]] = {
    "int2": [1_000], "int4": [1_000], "int8": [1_000, 0], "bool": [True, False], "text": [None, ""], "uuid": [None],
    "timestamptz": [EVER, NEVER], "date": [date(2026, 11, 1), None], "bytea": [b""], "float8": [0.0],
    "jsonb": ["{}"], "interval": [timedelta(days=36_500)],
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """A statement that no longer names an alliance; `$1` is still that of the caller where it was one."""

    name: str
    sql: str
    told_the_alliance: bool


def blind_statements() -> Iterator[Blind]:
    """Yield every SELECT constant of the store, blind."""
    for module in pkgutil.iter_modules(baobei.store.__path__):
        for name, value in vars(importlib.import_module(f"baobei.store.{module.name}")).items():
            is_select = (
                name.isupper() and isinstance(value, str) and value.lstrip().startswith(("SELECT", "WITH"))
            )
            if not is_select or name == "COLUMNS" or WRITES.search(value):
                continue
            blind = OF_THE_ALLIANCE.sub("$1::integer IS NOT NULL", value)
            yield Blind(
                name=f"{module.name}.{name}",
                sql=OF_ONE_ALLIANCE.sub("true", blind),
                told_the_alliance=blind != value,
            )


class Arguments:
    """Values that stand in the rows of an alliance, by the column that a statement compares them with."""

    def __init__(self, alliance_id: int, by_column: dict[str, list[Any]]) -> None:
        self._alliance_id = alliance_id
        self._by_column = by_column

    @classmethod
    async def of(cls, connection: Connection, alliance_id: int) -> "Arguments":
        """Read them."""
        by_column: dict[str, list[Any]] = {}
        for table in await connection.fetch(GUARDED_TABLES):
            query = f"SELECT * FROM {table['relname']} WHERE alliance_id = $1 LIMIT {VALUES_A_COLUMN}"
            for row in await connection.fetch(query, alliance_id):
                for column, value in row.items():
                    known = by_column.setdefault(column, [])
                    if value is not None and value not in known:
                        known.append(value)
        return cls(alliance_id, by_column)

    def calls(self, blind: Blind, types: tuple[asyncpg.Type, ...]) -> Iterator[tuple[Any, ...]]:
        """Yield the arguments of the calls to make, those that find most first."""
        compared = {int(number): column for column, number in COMPARED.findall(blind.sql)}
        choices = [self._choices(number, type, compared, blind) for number, type in enumerate(types, start=1)]
        return itertools.islice(itertools.product(*choices), CALLS_A_STATEMENT)

    def _choices(self, number: int, type: asyncpg.Type, compared: dict[int, str], blind: Blind) -> list[Any]:
        if number == 1 and blind.told_the_alliance:
            return [self._alliance_id]
        known = self._by_column.get(compared.get(number, ""), [])
        if type.kind == "array":
            return [self._all(known, type)]
        return (
            [*known[:VALUES_A_COLUMN], *WIDE[type.name]]
            if type.name in ("uuid", "text", "bytea", "date")
            else WIDE[type.name]
        )

    def _all(self, known: list[Any], type: asyncpg.Type) -> list[Any]:
        if known:
            return list(
                itertools.chain.from_iterable(each if isinstance(each, list) else [each] for each in known)
            )
        wanted = {
            "uuid[]": "UUID",
            "text[]": "str",
            "bytea[]": "bytes",
            "date[]": "date",
            "int4[]": "int",
            "int8[]": "int",
            "timestamptz[]": "datetime",
        }
        name = wanted[type.name]
        return [v for values in self._by_column.values() for v in values if v.__class__.__name__ == name][
            :300
        ]


async def answers(connection: Connection, blind: Blind, arguments: Arguments) -> list[list[str]]:
    """Return what a statement answers to each call, told apart by all but how long something took or when it was read."""
    prepared = await connection.prepare(blind.sql)
    found = []
    for call in arguments.calls(blind, prepared.get_parameters()):
        try:
            rows = await prepared.fetch(*call)
        except asyncpg.CardinalityViolationError:
            found.append(["more than there should be"])
            continue
        found.append(sorted(_told(row) for row in rows))
    return found


def _told(row: Any) -> str:
    return repr(tuple(0.0 if isinstance(v, float) else v for name, v in row.items() if name != "read_at"))
