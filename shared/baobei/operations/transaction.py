"""One transaction, tried again when the database asks for it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Final, TypeVar

import asyncpg

from baobei.operations.actor import Desk
from baobei.store.connection import Connection

T = TypeVar("T")

TRIES: Final = 3
# Nothing was written, and the same work on what is committed by now may well succeed: two at once claimed a
# key, waited for each other crosswise, or ran into a migration.
TRIED_AGAIN: Final = (
    asyncpg.UniqueViolationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.InvalidCachedStatementError,
)


async def in_transaction(desk: Desk, work: Callable[[Connection], Awaitable[T]]) -> T:
    """Run the work in one transaction and return what it returns; whatever it raises undoes all of it."""
    for _ in range(TRIES - 1):
        try:
            return await _once(desk, work)
        except TRIED_AGAIN:
            continue
    return await _once(desk, work)


async def together(works: Iterable[Coroutine[None, None, None]]) -> None:
    """Run works at once; the first that fails stops the others and is what is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(work)
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None


async def _once(desk: Desk, work: Callable[[Connection], Awaitable[T]]) -> T:
    async with (
        desk.pool.acquire(timeout=desk.acquire_timeout_s) as connection,
        connection.transaction(),
    ):
        return await work(connection)
