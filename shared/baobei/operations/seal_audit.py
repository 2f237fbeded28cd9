"""Putting seals on the audit: what has been written is chained, batch after batch, behind those who write."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from baobei.audit_chain import Seal, next_seal
from baobei.clock import monotonic, wall_now
from baobei.operations.actor import Office
from baobei.operations.transaction import ALL_ALLIANCES, in_transaction, lent
from baobei.store import audit_seals, organisation
from baobei.store.connection import Connection
from baobei.store.organisation_models import Alliance

log = structlog.get_logger("baobei.audit")

EVENTS_A_SEAL: Final = 2_000
SEALS_A_RUN: Final = 1_000
# Where nothing is written, a seal says so this often, as long as numbers are given out to others.
SILENT_AT_MOST: Final = timedelta(minutes=10)
# A request is through long before; whoever takes longer is waited for next time.
WAIT_FOR_WRITERS_S: Final = 5.0
LOOK_AGAIN_S: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """How many events were sealed in how many seals, and whether more are left.

    `held_up` counts 1 when somebody who was writing did not come to an end: then nothing was sealed.
    """

    events: int = 0
    seals: int = 0
    more: bool = False
    held_up: int = 0


async def seal_audits(office: Office) -> Sealing:
    """Seal what has been written in every alliance; whoever is being sealed by somebody else is left to them."""
    given_out = await settled_number(office)
    if given_out is None:
        return Sealing(held_up=1)
    async with lent(office, ALL_ALLIANCES) as connection:
        alliances = await organisation.alliances(connection)
    whole = Sealing()
    for alliance in alliances:
        did, last = await _seal(office, alliance, up_to=given_out, at=None, limit=EVENTS_A_SEAL)
        if last is not None:
            # Whoever keeps this log elsewhere keeps heads with it.
            log.info("audit_sealed", alliance=alliance.code, seal=last.number, hash=last.hash.hex())
        whole = Sealing(
            events=whole.events + did.events, seals=whole.seals + did.seals, more=whole.more or did.more
        )
    return whole


async def settled_number(office: Office) -> int | None:
    """Return a number up to which every event that will ever be is written; None when that took too long.

    Events have numbers before they are written down, and some come to nothing. So: how far numbers have been given
    out; then who is writing; and when these have all ended, whatever has such a number is there to be read.
    """
    give_up_at = monotonic() + WAIT_FOR_WRITERS_S
    async with lent(office, ALL_ALLIANCES) as connection:
        given_out = await audit_seals.given_out(connection)
        writing = await audit_seals.writers(connection)
        while writing:
            if monotonic() >= give_up_at:
                return None
            await asyncio.sleep(LOOK_AGAIN_S)
            writing &= await audit_seals.writers(connection)
    return given_out


async def seal_audit(
    office: Office, alliance: Alliance, *, at: datetime | None = None, events_a_seal: int = EVENTS_A_SEAL
) -> Sealing:
    """Seal the events of an alliance that stand behind its last seal, each seal one short transaction.

    `at` is the instant of wall time that the seals bear, now when left out. Killed anywhere, what is sealed is
    sealed and the rest is sealed next time.
    """
    up_to = await settled_number(office)
    if up_to is None:
        return Sealing(held_up=1)
    did, _ = await _seal(office, alliance, up_to=up_to, at=at, limit=events_a_seal)
    return did


async def _seal(
    office: Office, alliance: Alliance, *, up_to: int, at: datetime | None, limit: int
) -> tuple[Sealing, Seal | None]:
    """Seal up to a settled number; return what was done and the last seal that was made."""
    events, seals, last = 0, 0, None
    while seals < SEALS_A_RUN:
        batch = partial(
            _seal_batch, office=office, alliance=alliance, up_to=up_to, at=at or wall_now(), limit=limit
        )
        seal = await in_transaction(office, batch, within=ALL_ALLIANCES)
        if seal is None:
            break
        events, seals, last = events + len(seal.sequences), seals + 1, seal
    return Sealing(events=events, seals=seals, more=seals == SEALS_A_RUN), last


async def _seal_batch(
    connection: Connection, *, office: Office, alliance: Alliance, up_to: int, at: datetime, limit: int
) -> Seal | None:
    """Seal what follows the last seal; None when there is nothing to do, or somebody else does it."""
    if not await audit_seals.try_lock(connection, alliance.id):
        return None
    last = await audit_seals.last_seal(connection, alliance.id)
    begins = 0 if last is None else last.given_out
    events = await audit_seals.events(connection, alliance.id, above=begins, up_to=up_to, limit=limit)
    if not events and (last is None or up_to <= begins or at < last.sealed_at + SILENT_AT_MOST):
        return None
    given_out = up_to if len(events) < limit else events[-1].sequence
    seal = next_seal(
        events, given_out=given_out, after=last, at=at, vault=office.vault, alliance_id=alliance.id
    )
    await audit_seals.insert(connection, alliance.id, seal)
    return seal
