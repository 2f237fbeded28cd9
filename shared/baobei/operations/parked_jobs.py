"""Parked ticks for a person to see, and to let run again or put aside; each by a command, with an act."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

import structlog

from baobei.clock import new_id
from baobei.operations.actor import Desk, Office
from baobei.operations.import_problems import INTERNAL
from baobei.operations.transaction import ALL_ALLIANCES, AS_LOGIN, in_transaction
from baobei.store import imports, ledger, organisation, parked_ticks
from baobei.store.connection import Connection
from baobei.store.import_models import FailedImport
from baobei.store.ledger import Act
from baobei.store.parked_ticks import ParkedTick

log = structlog.get_logger("baobei.ticks")

MOST_SHOWN: Final = 100
NOT_PARKED: Final = "NOT_PARKED"
UNKNOWN_JOB: Final = "UNKNOWN_JOB"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """The oldest parked ticks, and how many there are in all; and the last imports that were given up."""

    shown: tuple[ParkedTick, ...]
    count: int
    imports: tuple[FailedImport, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDone:
    """Why a tick was left as it is: a code."""

    code: str


async def list_parked(desk: Desk) -> Parked:
    """Return what waits for a person, the oldest first."""

    async def read(connection: Connection) -> Parked:
        shown = await parked_ticks.parked(connection, at_most=MOST_SHOWN)
        given_up = await imports.given_up(connection, problem=INTERNAL, at_most=MOST_SHOWN)
        return Parked(shown=shown, count=await parked_ticks.count_parked(connection), imports=given_up)

    return await in_transaction(desk, read, within=AS_LOGIN)


async def retry_parked(
    office: Office, tick_id: int, *, known: Collection[str], reason: str | None = None
) -> ParkedTick | NotDone:
    """Let a parked tick run again, with all its tries; `known` are the jobs that this version can run.

    Refuses with NOT_PARKED, or UNKNOWN_JOB for what no worker of this version would take.
    """
    return await in_transaction(
        office, partial(_retry, office=office, tick_id=tick_id, known=known, reason=reason), within=AS_LOGIN
    )


async def dismiss_parked(office: Office, tick_id: int, *, reason: str | None = None) -> ParkedTick | NotDone:
    """Count a parked tick as done without running it; what it said stays with it. Refuses with NOT_PARKED."""
    return await in_transaction(
        office, partial(_dismiss, office=office, tick_id=tick_id, reason=reason), within=AS_LOGIN
    )


async def park_unknown(desk: Desk, *, known: Collection[str]) -> int:
    """Park ticks that only an older version could run, a day after they were planned; return how many."""
    unknown = await in_transaction(
        desk,
        partial(parked_ticks.park_unknown, known=known, outcome={"error": UNKNOWN_JOB}),
        within=ALL_ALLIANCES,
    )
    for tick_id, job in unknown:
        log.error("tick_parked", job=job, tick=tick_id, error=UNKNOWN_JOB)
    return len(unknown)


async def _retry(
    connection: Connection, *, office: Office, tick_id: int, known: Collection[str], reason: str | None
) -> ParkedTick | NotDone:
    tick = await parked_ticks.lock_parked(connection, tick_id)
    if tick is None:
        return NotDone(code=NOT_PARKED)
    if tick.job not in known:
        return NotDone(code=UNKNOWN_JOB)
    await parked_ticks.unpark(connection, tick_id)
    await _note(connection, office, "job.retried", tick, reason)
    return tick


async def _dismiss(
    connection: Connection, *, office: Office, tick_id: int, reason: str | None
) -> ParkedTick | NotDone:
    tick = await parked_ticks.lock_parked(connection, tick_id)
    if tick is None:
        return NotDone(code=NOT_PARKED)
    await parked_ticks.dismiss(connection, tick_id)
    await _note(connection, office, "job.dismissed", tick, reason)
    return tick


async def _note(
    connection: Connection, office: Office, kind: str, tick: ParkedTick, reason: str | None
) -> None:
    """Write down what somebody at the command line decided; of a job of the whole service, for every alliance."""
    at = await office.clock.now(connection)
    for alliance in await organisation.alliances(connection):
        if tick.alliance_id not in (None, alliance.id):
            continue
        act = Act(
            kind=kind,
            subject_id=UUID(int=tick.id),
            occurred_at=at,
            actor_id=None,
            detail={
                "tick": tick.id,
                "job": tick.job,
                "period": tick.period.isoformat(),
                "tries": tick.attempts,
            },
            reason=None
            if reason is None
            else office.vault.seal_text(reason, alliance_id=alliance.id, id=new_id()),
        )
        await ledger.append(connection, alliance.id, [act])
