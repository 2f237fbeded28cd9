"""A letter to one webhook that says nothing: does it arrive, and is its signature right?"""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from baobei.clock import wall_now
from baobei.operations.actor import Actor, Office
from baobei.operations.results import Refused
from baobei.operations.transaction import in_transaction
from baobei.operations.webhook_changes import (
    WEBHOOK_DISABLED,
    hold_webhook,
    note_act,
    refuse_webhook,
    require_webhook_manager,
)
from baobei.store import deliveries, outbox
from baobei.store.connection import Connection
from baobei.store.webhook_models import TEST_EVENT, Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryQueued:
    """A delivery that is due now."""

    delivery: Delivery


async def send_webhook_test(
    office: Office, actor: Actor, webhook_id: UUID | None
) -> DeliveryQueued | Refused:
    """Put an event of type `webhook.test` on its way to one webhook, as every event goes.

    Raises `Forbidden`; refuses with UNKNOWN_WEBHOOK or WEBHOOK_DISABLED.
    """
    require_webhook_manager(actor, "sendWebhookTest")
    return await in_transaction(
        office, partial(_send, office=office, actor=actor, webhook_id=webhook_id), within=actor
    )


async def _send(
    connection: Connection, *, office: Office, actor: Actor, webhook_id: UUID | None
) -> DeliveryQueued | Refused:
    held = await hold_webhook(connection, actor, webhook_id)
    if isinstance(held, Refused):
        return held
    if not held.active:
        return refuse_webhook(WEBHOOK_DISABLED)
    alliance_id, now = actor.alliance.id, wall_now()
    at = await note_act(connection, office, actor, "test_sent", held.id)
    outbox_id, event_id = await outbox.insert_relayed(
        connection, alliance_id, event_type=TEST_EVENT, subject_id=held.id, occurred_at=at, now=now
    )
    delivery = await deliveries.insert(
        connection,
        alliance_id,
        held.id,
        outbox_id=outbox_id,
        event_id=event_id,
        event_type=TEST_EVENT,
        subject_id=held.id,
        now=now,
    )
    return DeliveryQueued(delivery=delivery)
