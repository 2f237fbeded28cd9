"""From the outbox to the receivers: at least once, in order for one subject, and nobody waits for a slow one.

Each event becomes a delivery for every webhook that wants it. A delivery is claimed with a lease and a fence,
sent, and settled with the fence: who was stopped for longer than the lease finds the fence risen and writes
nothing. A subject's next event waits until the one before it is delivered or dead. A dead letter waits for a
person, perhaps for ever: were it to hold its subject, one letter that a receiver cannot digest would silence
the subject for good, so the later events go on, and whoever sends the letter again knows that it comes late.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Final

from baobei.clock import monotonic, wall_now
from baobei.operations.actor import Office
from baobei.operations.deliver_letter import DISABLED, STALE, deliver
from baobei.operations.transaction import ALL_ALLIANCES, in_transaction, lent
from baobei.store import delivery_claims, outbox
from baobei.store.connection import Connection
from baobei.store.webhook_models import Claimed, DeliveryState
from baobei.webhooks.letters import Sender
from baobei.webhooks.schedule import RETRIES, Schedule
from baobei.webhooks.targets import WebhookRules


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayLimits:
    """What one run may take.

    `lease` is longer than the longest attempt; `at_most` deliveries are claimed, none after `claims_for`.
    `at_once` places are for letters on their way; one that takes longer than `slow_after` gives its place up and
    counts among `slow_at_once`. `of_one_webhook` counts what all processes have on their way to it, one where the
    latest letter failed or was slow; all such webhooks together have `troubled_at_once` places. So receivers that
    are down, however many, leave places to those that are not.
    """

    lease: timedelta = timedelta(seconds=45)
    claims_for: timedelta = timedelta(seconds=20)
    at_most: int = 1_000
    at_once: int = 32
    slow_after: timedelta = timedelta(seconds=2)
    slow_at_once: int = 96
    of_one_webhook: int = 4
    troubled_at_once: int = 16
    events_a_chunk: int = 1_000


LIMITS: Final = RelayLimits()
ATTEMPTS_A_LEASE: Final = 3
LOOK_AGAIN_S: Final = 0.25


def limits_for(rules: WebhookRules) -> RelayLimits:
    """Return the limits under rules that bound an attempt: a lease is three attempts long."""
    return replace(LIMITS, lease=timedelta(seconds=ATTEMPTS_A_LEASE * rules.timeout_s))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """A letter on its way, and since when."""

    claimed: Claimed
    claimed_at: float


# What each attempt ended in, by the words that are counted.
UnderWay = dict["asyncio.Task[tuple[str, ...]]", _Sent]


@dataclass(slots=True, kw_only=True)
class _Run:
    office: Office
    sender: Sender
    limits: RelayLimits
    schedule: Schedule
    under_way: UnderWay
    began: float = field(default_factory=monotonic)
    events: int = 0
    claims: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def may_claim(self) -> bool:
        """Whether the run may begin anything more."""
        time_left = monotonic() - self.began < self.limits.claims_for.total_seconds()
        return time_left and self.claims < self.limits.at_most

    @property
    def room(self) -> int:
        """Return how many more deliveries may be under way."""
        limits, slow_since = self.limits, monotonic() - self.limits.slow_after.total_seconds()
        soon = sum(sent.claimed_at > slow_since for sent in self.under_way.values())
        in_all = limits.at_once + limits.slow_at_once - len(self.under_way)
        return min(limits.at_once - soon, in_all, limits.at_most - self.claims)

    @property
    def room_of_troubled(self) -> int:
        """Return how many more of them may go to webhooks in trouble."""
        troubled = sum(sent.claimed.troubled for sent in self.under_way.values())
        return max(0, self.limits.troubled_at_once - troubled)


async def relay_events(
    office: Office,
    sender: Sender,
    *,
    limits: RelayLimits = LIMITS,
    schedule: Schedule = RETRIES,
    carried: UnderWay | None = None,
) -> Relayed:
    """Relay what is written, send what is due, and return how it went and what is left.

    Any number may run at once, and be killed at any point. A run ends with its last attempt, unless the next one
    is to find in `carried` what is still on its way: then nobody waits for a slow receiver. Cancelled, it gives
    back what it holds and has not settled. Retries go by wall time, whatever the business clock says.

    Raises what the database raises; what was under way is then settled or given back first where that is possible.
    """
    under_way: UnderWay = {} if carried is None else carried
    run = _Run(office=office, sender=sender, limits=limits, schedule=schedule, under_way=under_way)
    try:
        while run.may_claim or (under_way and carried is None):
            went_on = run.may_claim and await _begin(run)
            if under_way and not (went_on and run.room > 0):
                await _until_one_ends(run)
            elif not went_on:
                break
        return await _told(run)
    except BaseException:
        await give_up(office, under_way)
        raise


async def _begin(run: _Run) -> bool:
    """Begin to send what is due and relay a chunk of events; False when there was neither."""
    begun = await _begin_due(run)
    if begun and run.room <= 0:
        return True
    relayed = await in_transaction(
        run.office, partial(_relay_chunk, limit=run.limits.events_a_chunk), within=ALL_ALLIANCES
    )
    run.events += relayed
    return begun or relayed > 0


async def _begin_due(run: _Run) -> bool:
    if run.room <= 0:
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
            of_troubled=run.room_of_troubled,
        ),
        within=ALL_ALLIANCES,
    )
    run.claims += len(claims)
    for claimed in claims:
        delivering = deliver(
            run.office,
            run.sender,
            claimed,
            schedule=run.schedule,
            send_before=claimed_at + run.limits.lease.total_seconds(),
            slow_after=run.limits.slow_after,
        )
        run.under_way[asyncio.create_task(delivering)] = _Sent(claimed=claimed, claimed_at=claimed_at)
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
        run.outcomes.update(task.result())


async def give_up(office: Office, under_way: UnderWay) -> None:
    """End what is under way and give it back; nothing is left of it."""
    if not under_way:
        return
    sent = dict(under_way)
    under_way.clear()
    for task in sent:
        task.cancel()
    results = await asyncio.gather(*sent, return_exceptions=True)
    left = [
        each.claimed
        for each, result in zip(sent.values(), results, strict=True)
        if isinstance(result, BaseException)
    ]
    if left:
        await in_transaction(office, partial(delivery_claims.give_back, claims=left), within=ALL_ALLIANCES)


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
        stale=run.outcomes[STALE],
        disabled=run.outcomes[DISABLED],
        waiting_s=max(0.0, (now - oldest).total_seconds()),
        more=free or unrelayed_since is not None or bool(run.under_way),
    )
