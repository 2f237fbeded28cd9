"""Putting seals on the audit: what has been written is chained, batch after batch, behind those who write."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from baobei.audit_chain import AuditedEvent, Seal, sealed
from baobei.clock import wall_now
from baobei.operations.actor import Office
from baobei.operations.transaction import ALL_ALLIANCES, in_transaction, lent
from baobei.store import audit_seals, organisation
from baobei.store.connection import Connection
from baobei.store.models import Alliance

EVENTS_A_SEAL: Final = 2_000
SEALS_A_RUN: Final = 1_000
# An event may be written down as late as its transaction ends, and none may take an hour. What turns up later
# behind a seal was not written by this service.
LATE_AT_MOST: Final = timedelta(hours=2)
# Far from any instant that a seal may bear.
_EVER: Final = timedelta(days=36_500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """How many events were sealed in how many seals, and whether more are left."""

    events: int
    seals: int
    more: bool


async def seal_audits(office: Office) -> Sealed:
    """Seal what has been written in every alliance; whoever is being sealed by somebody else is left to them."""
    async with lent(office, ALL_ALLIANCES) as connection:
        alliances = await organisation.alliances(connection)
    did = [await seal_audit(office, alliance) for alliance in alliances]
    return Sealed(
        events=sum(one.events for one in did),
        seals=sum(one.seals for one in did),
        more=any(one.more for one in did),
    )


async def seal_audit(
    office: Office, alliance: Alliance, *, at: datetime | None = None, events_a_seal: int = EVENTS_A_SEAL
) -> Sealed:
    """Seal the events of an alliance that no seal names yet, each seal one short transaction.

    `at` is the instant of wall time that the seals bear, now when left out. Killed anywhere, what is sealed is
    sealed and the rest is sealed next time.
    """
    made: list[Seal] = []
    first = True
    while len(made) < SEALS_A_RUN:
        work = partial(
            _seal_batch,
            office=office,
            alliance=alliance,
            at=at or wall_now(),
            limit=events_a_seal,
            late_too=first,
        )
        seal = await in_transaction(office, work, within=alliance)
        if seal is None:
            break
        made.append(seal)
        first = False
    events = sum(len(seal.sequences) for seal in made)
    return Sealed(events=events, seals=len(made), more=len(made) == SEALS_A_RUN)


async def _seal_batch(
    connection: Connection, *, office: Office, alliance: Alliance, at: datetime, limit: int, late_too: bool
) -> Seal | None:
    """Seal what came late behind the seals and what follows them; None when there is nothing to do."""
    if not await audit_seals.try_lock(connection, alliance.id):
        return None
    newest = await audit_seals.last_sealed(connection, alliance.id, before=at + _EVER)
    late: list[AuditedEvent] = []
    if late_too:
        settled = await audit_seals.last_sealed(connection, alliance.id, before=at - LATE_AT_MOST)
        late = await audit_seals.passed_by(connection, alliance.id, above=settled, up_to=newest, limit=limit)
    fresh = await audit_seals.events_after(connection, alliance.id, newest, limit=limit)
    if not late and not fresh:
        return None
    before = await audit_seals.last_seal(connection, alliance.id)
    seal = sealed([*late, *fresh], after=before, at=at, vault=office.vault, alliance_id=alliance.id)
    await audit_seals.insert(connection, alliance.id, seal)
    return seal
