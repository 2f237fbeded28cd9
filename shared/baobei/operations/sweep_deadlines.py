"""Writing down what the calendar did: lapses and expiries whose deadline has passed."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from baobei.operations.actor import Desk
from baobei.operations.registration_changes import Change, write_changes
from baobei.operations.transaction import in_transaction
from baobei.store import organisation, registrations
from baobei.store.connection import Connection

CHUNK: Final = 500
CHUNKS_A_RUN: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """How many registrations a run brought up to date, and whether it stopped before the end."""

    registrations: int
    more: bool


async def sweep_deadlines(desk: Desk) -> Swept:
    """Bring stored statuses up to date and tell what has lapsed and expired, in short transactions.

    Several may run at once: each takes what nobody else holds. No decision waits for it.

    Source: 3.3.2, 3.3.3.
    """
    async with desk.pool.acquire(timeout=desk.acquire_timeout_s) as connection:
        at = await desk.clock.now(connection)
    swept = 0
    for _ in range(CHUNKS_A_RUN):
        chunk = await in_transaction(desk, partial(_sweep_chunk, at=at))
        swept += chunk
        if chunk < CHUNK:
            return Swept(registrations=swept, more=False)
    return Swept(registrations=swept, more=True)


async def _sweep_chunk(connection: Connection, *, at: datetime) -> int:
    """Bring a chunk up to date; the rows are held and read again, so a deadline that moved is left alone."""
    due = await registrations.lock_due(connection, at=at, limit=CHUNK)
    alliances = {alliance.id: alliance for alliance in await organisation.alliances(connection)}
    for alliance_id, ids in due.items():
        alliance = alliances[alliance_id]
        held = await registrations.lock_by_ids(connection, alliance, ids)
        changes = [Change(stored=stored) for stored in held.values()]
        await write_changes(connection, alliance, changes, actor_id=None, at=at)
    return sum(len(ids) for ids in due.values())
