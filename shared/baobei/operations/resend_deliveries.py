"""Sending again by hand: one delivery, or the dead letters of a webhook.

The event keeps its id, by which the receiver knows what it has had. What is sent again is on its way as
before: later events of its subject wait for it.
"""

from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from baobei.clock import wall_now
from baobei.operations.actor import Actor, Office
from baobei.operations.results import Refused
from baobei.operations.send_webhook_test import DeliveryQueued
from baobei.operations.transaction import in_transaction
from baobei.operations.webhook_changes import (
    EVENT_PURGED,
    UNKNOWN_DELIVERY,
    WEBHOOK_DISABLED,
    hold_webhook,
    note_act,
    refuse_webhook,
    require_webhook_manager,
)
from baobei.store import deliveries
from baobei.store.connection import Connection

LETTERS_A_CALL: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLettersResent:
    """How many dead letters are on their way again, and whether there may be more."""

    count: int
    more: bool


async def resend_delivery(office: Office, actor: Actor, delivery_id: UUID | None) -> DeliveryQueued | Refused:
    """Let a delivery be due now: one that waits is brought forward, one that has ended begins again.

    Raises `Forbidden`; refuses with UNKNOWN_DELIVERY, WEBHOOK_DISABLED, UNKNOWN_WEBHOOK or EVENT_PURGED.
    """
    require_webhook_manager(actor, "resendDelivery")
    return await in_transaction(
        office, partial(_resend, office=office, actor=actor, delivery_id=delivery_id), within=actor
    )


async def resend_dead_letters(
    office: Office, actor: Actor, webhook_id: UUID | None
) -> DeadLettersResent | Refused:
    """Let a webhook's dead letters be due now, the oldest first, at most a thousand at a time.

    Raises `Forbidden`; refuses with UNKNOWN_WEBHOOK or WEBHOOK_DISABLED.
    """
    require_webhook_manager(actor, "resendDeadLetters")
    return await in_transaction(
        office, partial(_resend_dead, office=office, actor=actor, webhook_id=webhook_id), within=actor
    )


async def _resend(
    connection: Connection, *, office: Office, actor: Actor, delivery_id: UUID | None
) -> DeliveryQueued | Refused:
    alliance_id = actor.alliance.id
    found = None if delivery_id is None else await deliveries.by_id(connection, alliance_id, delivery_id)
    if found is None:
        return refuse_webhook(UNKNOWN_DELIVERY)
    # The webhook first, then the delivery: the order in which everybody holds them.
    held = await hold_webhook(connection, actor, found.webhook_id)
    if isinstance(held, Refused):
        return held
    if not held.active:
        return refuse_webhook(WEBHOOK_DISABLED)
    if not await deliveries.has_event(connection, alliance_id, found.id):
        return refuse_webhook(EVENT_PURGED)
    again = await deliveries.resend(connection, alliance_id, found.id, now=wall_now())
    if again is None:
        return refuse_webhook(UNKNOWN_DELIVERY)
    await note_act(connection, office, actor, "resent", held.id, delivery=str(found.id))
    return DeliveryQueued(delivery=again)


async def _resend_dead(
    connection: Connection, *, office: Office, actor: Actor, webhook_id: UUID | None
) -> DeadLettersResent | Refused:
    held = await hold_webhook(connection, actor, webhook_id)
    if isinstance(held, Refused):
        return held
    if not held.active:
        return refuse_webhook(WEBHOOK_DISABLED)
    count = await deliveries.resend_dead(
        connection, actor.alliance.id, held.id, now=wall_now(), at_most=LETTERS_A_CALL
    )
    await note_act(connection, office, actor, "dead_letters_resent", held.id, count=count)
    return DeadLettersResent(count=count, more=count == LETTERS_A_CALL)
