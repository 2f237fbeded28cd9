"""The only way to the database: a connection within the walls of whom it works for, and transactions on it.

A transaction is tried again when the database asks for it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final, TypeAlias, TypeVar

import asyncpg

from baobei.operations.actor import Actor, Desk
from baobei.store.connection import Connection
from baobei.store.organisation_models import Alliance
from baobei.store.walls import ALL_ALLIANCES, APP, AS_LOGIN, NO_ALLIANCE, Walls, enter, leave, tell_whence

__all__ = ["ALL_ALLIANCES", "AS_LOGIN", "NO_ALLIANCE", "Within", "in_transaction", "lent", "together"]

T = TypeVar("T")

# Whom it is done for. ALL_ALLIANCES is for the worker, AS_LOGIN for those who run the service, NO_ALLIANCE for
# what belongs to none or comes before the alliance is known.
Within: TypeAlias = Actor | Alliance | Walls

TRIES: Final = 3
# Nothing was written, and the same work on what is committed by now may well succeed: two at once claimed a
# key, waited for each other crosswise, or ran into a migration.
TRIED_AGAIN: Final = (
    asyncpg.UniqueViolationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.InvalidCachedStatementError,
)


@asynccontextmanager
async def lent(desk: Desk, within: Within) -> AsyncIterator[Connection]:
    """Lend a connection that sees what it may within these walls; no transaction is begun.

    Raises `TimeoutError` when none is free within the desk's `acquire_timeout_s`.
    """
    async with desk.pool.acquire(timeout=desk.acquire_timeout_s) as connection:
        try:
            walls = _walls(within)
            await enter(connection, replace(walls, flushed_later=True) if desk.flushed_later else walls)
            yield connection
        finally:
            await leave(connection)


async def in_transaction(desk: Desk, work: Callable[[Connection], Awaitable[T]], *, within: Within) -> T:
    """Run the work in one transaction and return what it returns; whatever it raises undoes all of it.

    The work may be called up to `TRIES` times, each in a transaction of its own, so it does nothing but SQL that
    cannot be called again. Raises the last of `TRIED_AGAIN`, and as `lent`.
    """
    for _ in range(TRIES - 1):
        try:
            return await _once(desk, work, within)
        except TRIED_AGAIN:
            continue
    return await _once(desk, work, within)


async def together(works: Iterable[Coroutine[None, None, None]]) -> None:
    """Run works at once; the first that fails stops the others and is what is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(work)
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None


async def _once(desk: Desk, work: Callable[[Connection], Awaitable[T]], within: Within) -> T:
    async with lent(desk, within) as connection, connection.transaction():
        origin, request_id = desk.origin, ""
        if isinstance(within, Actor):
            origin, request_id = within.origin or desk.origin, within.request_id
        if origin or request_id:
            await tell_whence(connection, origin=origin, request_id=request_id)
        return await work(connection)


def _walls(within: Within) -> Walls:
    match within:
        case Walls():
            return within
        case Actor():
            return Walls(APP, within.alliance.id)
        case Alliance():
            return Walls(APP, within.id)
