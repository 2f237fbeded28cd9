"""Taking away what nobody needs any more, a bounded number at a time."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from baobei.operations.actor import Desk
from baobei.operations.transaction import ALL_ALLIANCES, in_transaction
from baobei.store import idempotency, import_files, ticks
from baobei.store.connection import Connection

CHUNK: Final = 1_000
CHUNKS_A_RUN: Final = 1_000
# Clients were promised 24 hours.
KEEP_IDEMPOTENCY_KEYS_HOURS: Final = 48
KEEP_DONE_TICKS_DAYS: Final = 7
# Files of customers: long enough to put right what was refused.
KEEP_IMPORTED_FILES_DAYS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """How many rows a run deleted, and whether it stopped before the end."""

    deleted: int
    more: bool


async def purge_idempotency_keys(desk: Desk) -> Purged:
    """Delete idempotency keys that are older than 48 hours of wall time."""
    return await _in_chunks(
        desk, partial(idempotency.purge, older_than_hours=KEEP_IDEMPOTENCY_KEYS_HOURS, limit=CHUNK)
    )


async def purge_ticks(desk: Desk) -> Purged:
    """Delete ticks that were done more than 7 days ago, but for each job's newest; parked ones stay."""
    return await _in_chunks(desk, partial(ticks.purge, older_than_days=KEEP_DONE_TICKS_DAYS, limit=CHUNK))


async def purge_imports(desk: Desk) -> Purged:
    """Take away files and answers of imports that ended more than 30 days ago, one import at a time."""
    deleted = 0
    while deleted < CHUNKS_A_RUN:
        gone = await in_transaction(
            desk,
            partial(import_files.purge, older_than_days=KEEP_IMPORTED_FILES_DAYS),
            within=ALL_ALLIANCES,
        )
        if not gone:
            return Purged(deleted=deleted, more=False)
        deleted += gone
    return Purged(deleted=deleted, more=True)


async def _in_chunks(desk: Desk, delete: Callable[[Connection], Awaitable[int]]) -> Purged:
    deleted = 0
    for _ in range(CHUNKS_A_RUN):
        chunk = await in_transaction(desk, delete, within=ALL_ALLIANCES)
        deleted += chunk
        if chunk < CHUNK:
            return Purged(deleted=deleted, more=False)
    return Purged(deleted=deleted, more=True)
