"""From the outbox to the receivers: at least once, in order for one subject, and nobody waits for a slow one.

Each event becomes a delivery for every webhook that wants it. A delivery is claimed with a lease and a fence,
sent, and settled with the fence: who was stopped for longer than the lease finds the fence risen and writes
nothing. A subject's next event waits until the one before it is delivered or dead. A dead letter waits for a
person, perhaps for ever: were it to hold its subject, one letter that a receiver cannot digest would silence
the subject for good, so the later events go on, and whoever sends the letter again knows that it comes late.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from baobei.clock import monotonic, wall_now
from baobei.operations.actor import Office
from baobei.operations.event_letters import letter_of
from baobei.operations.transaction import ALL_ALLIANCES, in_transaction, lent
from baobei.store import deliveries, delivery_claims, outbox, webhooks
from baobei.store.connection import Connection
from baobei.store.delivery_claims import Settlement
from baobei.store.webhook_models import Claimed, DeliveryState, DisabledReason
from baobei.webhooks.letters import Answer, Failure, Letter, Sender
from baobei.webhooks.schedule import RETRIES, Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayLimits:
    """What one run may take.

    `lease` is longer than the longest attempt; `at_most` deliveries are claimed, none after `claims_for`.
    `of_one_webhook` counts what all processes have on their way to it.
    """

    lease: timedelta = timedelta(seconds=45)
    claims_for: timedelta = timedelta(seconds=20)
    at_most: int = 1_000
    at_once: int = 32
    of_one_webhook: int = 4
    events_a_chunk: int = 1_000


LIMITS: Final = RelayLimits()
LOOK_AGAIN_S: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Relayed:
    """What a run did, and what is left.

    `stale` results came after another claim and were not written. `waiting_s` is how long the oldest event or
    due delivery has waited; `more` says that another run would find something to do now.
    """

    events: int
    delivered: int
    retrying: int
    dead: int
    stale: int
    disabled: int
    waiting_s: float
    more: bool

    @property
    def progress(self) -> bool:
        """Whether the run changed anything."""
        return self.events + self.delivered + self.retrying + self.dead > 0

    def and_then(self, later: "Relayed") -> "Relayed":
        """Return what this run and a later one did together, and what is left after it."""
        return Relayed(
            events=self.events + later.events,
            delivered=self.delivered + later.delivered,
            retrying=self.retrying + later.retrying,
            dead=self.dead + later.dead,
            stale=self.stale + later.stale,
            disabled=self.disabled + later.disabled,
            waiting_s=later.waiting_s,
            more=later.more,
        )


@dataclass(slots=True, kw_only=True)
class _Run:
    office: Office
    sender: Sender
    limits: RelayLimits
    schedule: Schedule
    began: float = field(default_factory=monotonic)
    events: int = 0
    claims: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    under_way: dict["asyncio.Task[None]", Claimed] = field(default_factory=dict)

    @property
    def may_claim(self) -> bool:
        """Whether the run may begin anything more."""
        time_left = monotonic() - self.began < self.limits.claims_for.total_seconds()
        return time_left and self.claims < self.limits.at_most

    @property
    def room(self) -> int:
        """Return how many more deliveries may be under way."""
        return min(self.limits.at_once - len(self.under_way), self.limits.at_most - self.claims)


async def relay_events(
    office: Office, sender: Sender, *, limits: RelayLimits = LIMITS, schedule: Schedule = RETRIES
) -> Relayed:
    """Relay what is written, send what is due, and return how it went and what is left.

    Any number may run at once, and be killed at any point. A run ends with its last attempt. Cancelled, it gives
    back what it holds and has not settled. Retries go by wall time, whatever the business clock says.

    Raises what the database raises; what was under way is then settled or given back first where that is possible.
    """
    run = _Run(office=office, sender=sender, limits=limits, schedule=schedule)
    try:
        while True:
            went_on = run.may_claim and await _begin(run)
            if run.under_way and not (went_on and run.room):
                await _until_one_ends(run)
            elif not went_on:
                break
    finally:
        await _give_up(run)
    return await _told(run)


async def relay_to_the_end(
    office: Office, sender: Sender, *, limits: RelayLimits = LIMITS, schedule: Schedule = RETRIES
) -> Relayed:
    """Relay until nothing is due, or until what is due is held by others; return the sum of all runs."""
    whole = await relay_events(office, sender, limits=limits, schedule=schedule)
    last = whole
    while last.more and last.progress:
        last = await relay_events(office, sender, limits=limits, schedule=schedule)
        whole = whole.and_then(last)
    return whole


async def _begin(run: _Run) -> bool:
    """Begin to send what is due and relay a chunk of events; False when there was neither."""
    begun = await _begin_due(run)
    if begun and not run.room:
        return True
    relayed = await in_transaction(
        run.office, partial(_relay_chunk, limit=run.limits.events_a_chunk), within=ALL_ALLIANCES
    )
    run.events += relayed
    return begun or relayed > 0


async def _begin_due(run: _Run) -> bool:
    if not run.room:
        return False
    now, claimed_at = wall_now(), monotonic()
    claims = await in_transaction(
        run.office,
        partial(
            delivery_claims.claim,
            now=now,
            lease_until=now + run.limits.lease,
            at_most=run.room,
            of_one_webhook=run.limits.of_one_webhook,
        ),
        within=ALL_ALLIANCES,
    )
    run.claims += len(claims)
    for claimed in claims:
        run.under_way[asyncio.create_task(_deliver(run, claimed, claimed_at))] = claimed
    return len(claims) > 0


async def _relay_chunk(connection: Connection, *, limit: int) -> int:
    if not await outbox.try_lock(connection):
        return 0
    events, _ = await outbox.relay(connection, now=wall_now(), limit=limit)
    return events


async def _until_one_ends(run: _Run) -> None:
    # While it may begin more, it looks now and then for what was written in the meantime.
    patience_s = LOOK_AGAIN_S if run.may_claim else None
    ended, _ = await asyncio.wait(run.under_way, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
    for task in ended:
        del run.under_way[task]
    for task in ended:
        task.result()


async def _give_up(run: _Run) -> None:
    """End what is under way after an error or a cancellation, and give it back; else there is nothing."""
    if not run.under_way:
        return
    for task in run.under_way:
        task.cancel()
    results = await asyncio.gather(*run.under_way, return_exceptions=True)
    left = [
        claimed for claimed, result in zip(run.under_way.values(), results, strict=True) if result is not None
    ]
    if left:
        await in_transaction(
            run.office, partial(delivery_claims.give_back, claims=left), within=ALL_ALLIANCES
        )


async def _deliver(run: _Run, claimed: Claimed, claimed_at: float) -> None:
    now = wall_now()
    letter = letter_of(run.office, claimed, now=now)
    if isinstance(letter, Letter):
        # Stopped for longer than the lease: somebody else sends it.
        if monotonic() - claimed_at >= run.limits.lease.total_seconds():
            run.outcomes["stale"] += 1
            return
        answer = await run.sender.send(letter)
    else:
        answer = Answer(status_code=None, failure=letter, duration_ms=0)
    settlement = settlement_of(claimed, answer, schedule=run.schedule, attempted_at=now)
    if answer.gone:
        written = await in_transaction(
            run.office, partial(_settle_gone, claimed=claimed, settlement=settlement), within=ALL_ALLIANCES
        )
        run.outcomes["disabled"] += written
    else:
        written = await in_transaction(
            run.office,
            partial(delivery_claims.settle, claimed=claimed, settlement=settlement),
            within=ALL_ALLIANCES,
        )
    run.outcomes[settlement.state.value if written else "stale"] += 1


def settlement_of(
    claimed: Claimed, answer: Answer, *, schedule: Schedule, attempted_at: datetime
) -> Settlement:
    """Return what becomes of a delivery after an attempt."""
    at = wall_now()
    wait = None if answer.delivered or _is_final(answer) else schedule.wait_after(claimed.attempt)
    if answer.delivered:
        state = DeliveryState.DELIVERED
    else:
        state = DeliveryState.DEAD if wait is None else DeliveryState.RETRYING
    return Settlement(
        state=state,
        next_attempt_at=None if wait is None else at + wait,
        settled_at=at if wait is None else None,
        attempted_at=attempted_at,
        answer=answer,
    )


def _is_final(answer: Answer) -> bool:
    return answer.gone or answer.failure is Failure.EVENT_PURGED


async def _settle_gone(connection: Connection, *, claimed: Claimed, settlement: Settlement) -> bool:
    """Settle a letter whose receiver wants no more, and disable the webhook; the rest is cancelled."""
    # The webhook first, then its deliveries: the order in which everybody holds them.
    webhook = await webhooks.lock_by_id(connection, claimed.alliance_id, claimed.webhook_id)
    written = await delivery_claims.settle(connection, claimed, settlement)
    if not written or webhook is None or not webhook.active:
        return written
    at = wall_now()
    await webhooks.disable(
        connection, claimed.alliance_id, claimed.webhook_id, at=at, reason=DisabledReason.GONE
    )
    await deliveries.cancel_of_webhook(connection, claimed.alliance_id, claimed.webhook_id, at=at)
    return written


async def _told(run: _Run) -> Relayed:
    now = wall_now()
    async with lent(run.office, ALL_ALLIANCES) as connection:
        unrelayed_since = await outbox.oldest_unrelayed(connection)
        due_since, free = await delivery_claims.due(connection, now=now)
    oldest = min((each for each in (unrelayed_since, due_since) if each is not None), default=now)
    return Relayed(
        events=run.events,
        delivered=run.outcomes[DeliveryState.DELIVERED],
        retrying=run.outcomes[DeliveryState.RETRYING],
        dead=run.outcomes[DeliveryState.DEAD],
        stale=run.outcomes["stale"],
        disabled=run.outcomes["disabled"],
        waiting_s=max(0.0, (now - oldest).total_seconds()),
        more=free or unrelayed_since is not None,
    )
