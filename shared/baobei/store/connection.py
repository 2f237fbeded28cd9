"""The types of a database connection and its rows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import asyncpg

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Row: TypeAlias = asyncpg.Record
else:
    Connection: TypeAlias = Any
    Row: TypeAlias = Any


# The database does not answer, or not now: it may well a moment later. The driver says InternalClientError of a
# statement sent on a connection that the server has ended and that it has not yet seen closed.
NO_ANSWER: Final = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


async def fetch_planned_anew(connection: Connection, statement: str, *arguments: object) -> Sequence[Row]:
    """Return the rows of a statement that is planned for these arguments, each time.

    For statements whose arguments say what is looked for: after a few runs the server would take one plan for all of
    them, which for a list with open filters means reading the whole table. One more round trip.
    """
    prepared = await connection.prepare(statement)
    return await prepared.fetch(*arguments)


class RowMissing(RuntimeError):
    """A change found no row, or several, where the code above it holds exactly one."""


async def change_one(connection: Connection, statement: str, *arguments: object) -> None:
    """Run an UPDATE that must change exactly one row; raises `RowMissing`, which undoes the transaction."""
    status = await connection.execute(statement, *arguments)
    if status != "UPDATE 1":
        raise RowMissing(status)
