"""Putting the tallies of the quota right: what they say is recounted from registrations and orders."""

from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

from baobei.operations.actor import Desk
from baobei.operations.transaction import ALL_ALLIANCES, in_transaction, lent
from baobei.policy.quota import NOTHING_MADE, Tally
from baobei.store import ledger, organisation, quota_ledger, quotas
from baobei.store.connection import Connection
from baobei.store.ledger import Act
from baobei.store.organisation_models import Alliance
from baobei.store.quota_ledger import TallyKey

PEOPLE_A_CHUNK: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A tally that said something else than the records it counts."""

    alliance_id: int
    of: TallyKey
    counted: Tally
    recounted: Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """How many people's months were recounted, and what was put right."""

    people: int
    repaired: tuple[Drift, ...]


async def reconcile_quota(desk: Desk, *, people_a_chunk: int = PEOPLE_A_CHUNK) -> Reconciled:
    """Recount what everybody used, chunk by chunk of people, and put right what has drifted.

    A drift is looked at again while its month is held, so that nobody registers or orders in between; each is
    repaired in a transaction of its own, with its act and its event `quota.drift_repaired`. Twice is once.

    Source: policy.md section 6.
    """
    async with lent(desk, ALL_ALLIANCES) as connection:
        alliances = await organisation.alliances(connection)
    people, repaired = 0, list[Drift]()
    for alliance in alliances:
        after = UUID(int=0)
        while True:
            chunk, drifted = await in_transaction(
                desk, partial(_drifted, alliance=alliance, after=after, limit=people_a_chunk), within=alliance
            )
            for key in drifted:
                drift = await in_transaction(
                    desk, partial(repair_tally, desk=desk, alliance=alliance, key=key), within=alliance
                )
                repaired += [] if drift is None else [drift]
            people += len(chunk)
            if len(chunk) < people_a_chunk:
                break
            after = chunk[-1]
    return Reconciled(people=people, repaired=tuple(repaired))


async def _drifted(
    connection: Connection, *, alliance: Alliance, after: UUID, limit: int
) -> tuple[tuple[UUID, ...], list[TallyKey]]:
    """Return a chunk of people, and the tallies of theirs that seem to have drifted."""
    chunk = await quota_ledger.people(connection, alliance.id, after=after, limit=limit)
    if not chunk:
        return chunk, []
    counted = await quota_ledger.counted(connection, alliance.id, chunk)
    recounted = await quota_ledger.recount(connection, alliance.id, chunk)
    return chunk, [
        key
        for key in sorted(counted.keys() | recounted.keys(), key=lambda key: (key.staff_id, key.month))
        if counted.get(key, NOTHING_MADE) != recounted.get(key, NOTHING_MADE)
    ]


async def repair_tally(
    connection: Connection, *, desk: Desk, alliance: Alliance, key: TallyKey
) -> Drift | None:
    """Recount a tally while it is held and put it right; None: somebody was only in the middle of a change."""
    tallies = await quotas.lock_tallies(
        connection, alliance.id, staff_id=key.staff_id, month=key.month, channel=key.channel
    )
    recounted = await quota_ledger.recount(connection, alliance.id, [key.staff_id], month=key.month)
    drift = Drift(
        alliance_id=alliance.id,
        of=key,
        counted=tallies[key.channel],
        recounted=recounted.get(key, NOTHING_MADE),
    )
    if drift.counted == drift.recounted:
        return None
    await quota_ledger.set_tally(connection, alliance.id, key, drift.recounted)
    repaired = Act(
        kind="quota.drift_repaired",
        subject_id=key.staff_id,
        occurred_at=await desk.clock.now(connection),
        actor_id=None,
        detail={
            "month": key.month.isoformat(),
            "channel": key.channel.value,
            "counted": _counts(drift.counted),
            "recounted": _counts(drift.recounted),
        },
    )
    await ledger.append(connection, alliance.id, [repaired])
    return drift


def _counts(tally: Tally) -> dict[str, Any]:
    return {"made": tally.made, "converted": tally.converted, "closed": tally.closed}
