"""Telling what the calendar brings: reminders before a deadline, and lapses and expiries at it."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple
from uuid import UUID

from baobei.operations.actor import Desk
from baobei.operations.notice_acts import (
    NO_MANAGERS,
    Managers,
    detail_of_notice,
    kind_of_notice,
    managers_of,
)
from baobei.operations.transaction import ALL_ALLIANCES, in_transaction, lent, together
from baobei.policy.burst import Burst
from baobei.policy.notices import Notice, Review
from baobei.store import due, organisation
from baobei.store.connection import Connection
from baobei.store.due import BEGINNING, Held, Place, Settlement, Tid, Told, facts_of

CHUNK: Final = 2_000
CHUNKS_A_RUN: Final = 10_000
LANES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """How many registrations a run brought up to date, what it told, and whether it stopped before the end."""

    registrations: int
    notices: int
    more: bool


class _Alike(NamedTuple):
    """Registrations of one alliance of which the same becomes and the same is told: where they are held."""

    review: Review
    alliance_id: int
    held: list[Tid]


# The number of the review; whose they are, where what is told names the owner's managers.
_Key = tuple[int, UUID | None]


@dataclass(slots=True, kw_only=True)
class _Run:
    """A run of the sweep: how far it has come, and what it has done."""

    at: datetime
    chunk: int
    chunks_left: int
    place: Place = BEGINNING
    at_the_end: bool = False
    registrations: int = 0
    notices: int = 0
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)


async def sweep_deadlines(desk: Desk, *, chunk: int = CHUNK, chunks: int = CHUNKS_A_RUN) -> Swept:
    """Tell what has become due and bring stored statuses up to date, in short transactions of one chunk each.

    Several may run at once: each takes what nobody else holds. Stopped anywhere, it has told what it committed
    and nothing else. No decision waits for it.

    Source: 3.3.2, 3.3.3.
    """
    async with lent(desk, ALL_ALLIANCES) as connection:
        run = _Run(at=await desk.clock.now(connection), chunk=chunk, chunks_left=chunks)
    await together(_lane(desk, run) for _ in range(LANES))
    return Swept(registrations=run.registrations, notices=run.notices, more=not run.at_the_end)


async def _lane(desk: Desk, run: _Run) -> None:
    """Sweep chunk after chunk; while one lane's chunk is written, another's is decided.

    One writes at a time: the database has people to serve as well.
    """
    while not run.at_the_end and run.chunks_left > 0:
        run.chunks_left -= 1
        registrations, notices = await in_transaction(
            desk, partial(_sweep_chunk, run=run, after=[]), within=ALL_ALLIANCES
        )
        run.registrations += registrations
        run.notices += notices


async def _sweep_chunk(connection: Connection, *, run: _Run, after: list[Place]) -> tuple[int, int]:
    """Settle a chunk; the rows are held as they are by then, so a deadline that moved is left alone.

    `after` remembers where the chunk began, for when the transaction has to be tried again.
    """
    async with run.reading:
        if not after:
            after.append(run.place)
        alliances = {alliance.id: alliance for alliance in await organisation.alliances(connection)}
        held = await due.lock_due(connection, alliances, after=after[0], at=run.at, limit=run.chunk)
        run.at_the_end = run.at_the_end or len(held) < run.chunk
        run.place = max(run.place, held.end) if held else run.place
    if not held:
        return 0, 0
    settlement = await _decide(connection, held, at=run.at)
    async with run.writing:
        await due.settle(connection, settlement)
    return len(held), settlement.acts


async def _decide(connection: Connection, held: Held, *, at: datetime) -> Settlement:
    """Return what becomes of what is held and what is told of it; managers are looked up for all at once."""
    alike = _alike(held, at=at)
    managers = await _managers(connection, alike)
    settlement = Settlement()
    for (_, owner), group in alike.items():
        chiefs = () if owner is None else managers.get(str(owner), ())
        settlement.add(
            group.held,
            status=group.review.worth.status,
            next_at=group.review.next_at,
            live=group.review.worth.live,
            told=[_told(notice, chiefs) for notice in group.review.told],
        )
    return settlement


def _alike(held: Held, *, at: datetime) -> dict[_Key, _Alike]:
    """Return what is held by what becomes of it, and by owner where their managers are named."""
    burst = Burst(at=at)
    alike: dict[_Key, _Alike] = {}
    names_managers: list[bool] = []
    for each in held:
        number = burst.number_of(
            each.course, partial(facts_of, each), touched_at=each.last_touch_at, since=each.due_at
        )
        if number == len(names_managers):
            names_managers.append(any(notice.last for notice in burst.reviews[number].told))
        key = (number, each.owner_id if names_managers[number] else None)
        group = alike.get(key)
        if group is None:
            group = alike[key] = _Alike(burst.reviews[number], each.alliance_id, [])
        group.held.append(each.tid)
    return alike


async def _managers(connection: Connection, alike: Mapping[_Key, _Alike]) -> Managers:
    """Return the managers of the owners; no two alliances share a person."""
    owners: dict[int, set[str]] = {}
    for (_, owner), group in alike.items():
        if owner is not None:
            owners.setdefault(group.alliance_id, set()).add(str(owner))
    found = NO_MANAGERS
    for alliance_id, people in owners.items():
        found = found | await managers_of(connection, alliance_id, people)
    return found


def _told(notice: Notice, managers: Collection[UUID]) -> Told:
    detail = detail_of_notice(notice, managers=managers)
    return Told(kind=kind_of_notice(notice), occurred_at=notice.at, detail=detail)
