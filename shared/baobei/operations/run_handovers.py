"""Carrying handovers out: so many registrations a transaction, through the one way by which one is passed on.

What became of a registration is written down in the transaction that passed it on. Killed anywhere, the next run
goes on with what has no outcome yet.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

import structlog

from baobei.clock import monotonic
from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.failures import describe
from baobei.operations.pass_requests import settle_requests
from baobei.operations.passing import Passing, pass_on, refuse_passing
from baobei.operations.registration_changes import Opened, open_registrations
from baobei.operations.ticks import pause_s
from baobei.operations.transaction import ALL_ALLIANCES, in_transaction
from baobei.store import handover_requests, handover_work, handovers, ledger, organisation
from baobei.store.connection import NO_ANSWER, Connection
from baobei.store.handover_models import (
    Handover,
    HandoverClaim,
    HandoverItem,
    HandoverOutcome,
    HandoverState,
)
from baobei.store.ledger import Act
from baobei.store.organisation_models import Staff
from baobei.store.walls import APP, Walls

log = structlog.get_logger("baobei.handovers")

# A step takes well under a second, and each renews the lease; whoever holds the row is alone with it even when the
# lease has run out.
LEASE_S: Final = 30.0
STEP: Final = 200
# When others wait, a long handover lets them have a turn.
TURN_S: Final = 20.0
TRIES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoversRun:
    """What a run did: registrations and requests settled, handovers that ended.

    `more`: another run would find something.
    """

    registrations: int = 0
    ended: int = 0
    more: bool = False


class HandoverLost(Exception):
    """The lease ran out and somebody else has taken the handover."""


async def run_handovers(
    office: Office,
    *,
    only: UUID | None = None,
    turn_s: float = TURN_S,
    step: int = STEP,
    lease_s: float = LEASE_S,
) -> HandoversRun:
    """Carry on the handover that has waited longest, to its end or until its turn is over.

    Any number may run at once, each at a handover of its own; killed anywhere, nothing is done twice. Cancelled,
    it gives the handover back. `only` names the one to work on; `step` registrations go in one transaction.
    """
    claim = await _claimed(office, only, lease_s)
    if claim is None:
        return HandoversRun()
    settled, began = 0, monotonic()
    with structlog.contextvars.bound_contextvars(handover_id=str(claim.handover.id), fence=claim.fence):
        try:
            if claim.attempts > TRIES:
                await _end(office, claim, HandoverState.FAILED)
                return HandoversRun(ended=1, more=True)
            while count := await _step(office, claim, step=step, lease_s=lease_s):
                settled += count
                if monotonic() - began > turn_s:
                    await _give_back(office, claim, uncounted=True)
                    return HandoversRun(registrations=settled, more=True)
            await _end(office, claim, HandoverState.DONE)
        except asyncio.CancelledError:
            await _give_back(office, claim, uncounted=True)
            raise
        except HandoverLost:
            log.warning("handover_lost", registrations=settled)
            return HandoversRun(registrations=settled)
        except Exception as error:
            log.warning("handover_put_off", attempts=claim.attempts, registrations=settled, **describe(error))
            await _give_back(office, claim, retry_in_s=pause_s(claim.attempts))
            return HandoversRun(registrations=settled)
        log.info("handover", registrations=settled)
        return HandoversRun(registrations=settled, ended=1, more=True)


async def _claimed(office: Office, only: UUID | None, lease_s: float) -> HandoverClaim | None:
    taken = await in_transaction(
        office, partial(handover_work.claim, lease_s=lease_s, only=only), within=ALL_ALLIANCES
    )
    if taken is None:
        return None
    alliance_id, id, fence, attempts = taken

    async def read(connection: Connection) -> Handover | None:
        return await handovers.by_id(connection, alliance_id, id)

    found = await in_transaction(office, read, within=Walls(APP, alliance_id))
    if found is None:
        raise RuntimeError("a handover was claimed and is not there")
    return HandoverClaim(handover=found, fence=fence, attempts=attempts)


async def _give_back(
    office: Office, claim: HandoverClaim, *, retry_in_s: float = 0, uncounted: bool = False
) -> None:
    # When it cannot be said, the lease runs out and somebody goes on.
    with contextlib.suppress(*NO_ANSWER):
        await in_transaction(
            office,
            partial(handover_work.give_back, claim=claim, retry_in_s=retry_in_s, uncounted=uncounted),
            within=ALL_ALLIANCES,
        )


async def _step(office: Office, claim: HandoverClaim, *, step: int, lease_s: float) -> int:
    """Settle the next registrations in one transaction, after them the next requests; return how many, 0 when all are.

    Raises `HandoverLost` when somebody else has taken the handover; nothing is written then.
    """
    actor = await _decider(office, claim.handover)

    async def work(connection: Connection) -> int:
        if not await handover_work.hold(connection, claim):
            raise HandoverLost
        handover = claim.handover
        items = await handover_work.open_items(connection, handover.alliance_id, handover.id, at_most=step)
        if items:
            await _settle(connection, office, actor, handover, items, lease_s=lease_s)
            return len(items)
        requests = await handover_requests.waiting(
            connection, handover.alliance_id, handover.id, at_most=step
        )
        if requests:
            await settle_requests(connection, office, actor, handover, requests)
            await handover_work.advance(connection, handover.alliance_id, handover.id, lease_s=lease_s)
        return len(requests)

    return await in_transaction(office, work, within=actor)


async def _decider(office: Office, handover: Handover) -> Actor:
    """Return who decided it: what was decided stands, also when they have left in the meantime."""

    async def read(connection: Connection) -> Actor:
        alliances = await organisation.alliances(connection)
        alliance = next(each for each in alliances if each.id == handover.alliance_id)
        if handover.started_by_id is None:
            raise RuntimeError("a handover was claimed that nobody has decided")
        people = await organisation.staff_by_ids(connection, alliance.id, [handover.started_by_id])
        decider = people[handover.started_by_id]
        return Actor(alliance=alliance, staff=decider, origin=f"handover:{handover.id}")

    return await in_transaction(office, read, within=Walls(APP, handover.alliance_id))


async def _settle(
    connection: Connection,
    office: Office,
    actor: Actor,
    handover: Handover,
    items: Sequence[HandoverItem],
    *,
    lease_s: float,
) -> None:
    wanted = {item.to_staff_id for item in items if item.to_staff_id is not None}
    receivers = await organisation.hold_staff_by_ids(connection, actor.alliance.id, wanted)
    opened = await open_registrations(connection, office, actor, [item.registration_id for item in items])
    outcomes = [(item, _outcome(handover, item, opened, receivers)) for item in items]
    passings = [
        Passing(opened=opened[item.registration_id], receiver=receivers[item.to_staff_id])
        for item, outcome in outcomes
        if outcome is HandoverOutcome.MOVED and item.to_staff_id is not None
    ]
    await pass_on(connection, actor, passings, detail={"handover": str(handover.id)})
    at = await office.clock.now(connection)
    await handover_work.settle(connection, actor.alliance.id, handover.id, outcomes, at=at, lease_s=lease_s)


def _outcome(
    handover: Handover, item: HandoverItem, opened: dict[UUID, Opened], receivers: dict[UUID, Staff]
) -> HandoverOutcome:
    """Return what becomes of a registration, as it stands now that it is held."""
    found = opened[item.registration_id]
    if found.owner.id != handover.from_staff_id:
        return HandoverOutcome.NOT_THEIRS
    if item.to_staff_id is None:
        return HandoverOutcome.NO_RECEIVER
    receiver = receivers[item.to_staff_id]
    if refuse_passing(found, receiver) is not None:
        return HandoverOutcome.ENDED
    return HandoverOutcome.MOVED if access.may_be_given(receiver) else HandoverOutcome.RECEIVER_LEFT


async def _end(office: Office, claim: HandoverClaim, state: HandoverState) -> None:
    """End the handover, and tell how it came out."""
    handover = claim.handover

    async def work(connection: Connection) -> None:
        if not await handover_work.hold(connection, claim):
            raise HandoverLost
        at = await office.clock.now(connection)
        moved, skipped, total = await handover_work.end(
            connection, handover.alliance_id, handover.id, state, at=at
        )
        finished = Act(
            kind="handover.finished",
            subject_id=handover.id,
            occurred_at=at,
            actor_id=handover.started_by_id,
            detail={
                "from": str(handover.from_staff_id),
                "approval": None if handover.approval_id is None else str(handover.approval_id),
                "state": state.value,
                "total": total,
                "moved": moved,
                "skipped": skipped,
            },
        )
        await ledger.append(connection, handover.alliance_id, [finished])

    await in_transaction(office, work, within=Walls(APP, handover.alliance_id))
