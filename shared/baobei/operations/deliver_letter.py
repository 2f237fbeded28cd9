"""One letter: signed, sent, and what became of it written down with the fence of its claim."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from baobei.clock import monotonic, wall_now
from baobei.operations.actor import Office
from baobei.operations.event_letters import letter_of
from baobei.operations.transaction import ALL_ALLIANCES, in_transaction
from baobei.store import deliveries, delivery_claims, webhooks
from baobei.store.connection import Connection
from baobei.store.delivery_claims import Settlement
from baobei.store.webhook_models import Claimed, DeliveryState, DisabledReason
from baobei.webhooks.letters import Answer, Failure, Letter, Sender
from baobei.webhooks.schedule import Schedule

STALE: Final = "stale"
DISABLED: Final = "disabled"


async def deliver(
    office: Office,
    sender: Sender,
    claimed: Claimed,
    *,
    schedule: Schedule,
    send_before: float,
    slow_after: timedelta,
) -> tuple[str, ...]:
    """Send a letter and write down how that ended; return the words by which it is counted.

    `send_before` is monotonic: the end of the lease. A receiver that takes `slow_after` is in trouble.
    """
    now = wall_now()
    letter = letter_of(office, claimed, now=now)
    if isinstance(letter, Letter):
        # Stopped for longer than the lease: somebody else sends it.
        if monotonic() >= send_before:
            return (STALE,)
        answer = await sender.send(letter)
    else:
        answer = Answer(status_code=None, failure=letter, duration_ms=0)
    settlement = settlement_of(claimed, answer, schedule=schedule, attempted_at=now)
    if answer.gone:
        settle = partial(_settle_gone, claimed=claimed, settlement=settlement)
    else:
        settle = partial(_settle, claimed=claimed, settlement=settlement, slow_after=slow_after)
    if not await in_transaction(office, settle, within=ALL_ALLIANCES):
        return (STALE,)
    return (settlement.state.value, DISABLED) if answer.gone else (settlement.state.value,)


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


async def _settle(
    connection: Connection, *, claimed: Claimed, settlement: Settlement, slow_after: timedelta
) -> bool:
    """Settle a letter, and note when its receiver has got into trouble or out of it."""
    answer = settlement.answer
    troubled = not answer.delivered or answer.duration_ms >= slow_after.total_seconds() * 1_000
    if troubled != claimed.troubled:
        # The webhook first, then its deliveries: the order in which everybody holds them.
        await webhooks.note_trouble(
            connection, claimed.alliance_id, claimed.webhook_id, at=wall_now(), troubled=troubled
        )
    return await delivery_claims.settle(connection, claimed, settlement)


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
