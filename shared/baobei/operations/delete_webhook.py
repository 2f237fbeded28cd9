"""Deleting a webhook: nothing is sent to it any more; its log stays."""

from dataclasses import replace
from functools import partial
from uuid import UUID

from baobei.clock import wall_now
from baobei.operations.actor import Actor, Office
from baobei.operations.results import Refused
from baobei.operations.transaction import in_transaction
from baobei.operations.update_webhook import WebhookChanged
from baobei.operations.webhook_changes import hold_webhook, note_act, require_webhook_manager
from baobei.store import deliveries, webhooks
from baobei.store.connection import Connection
from baobei.store.webhook_models import DisabledReason


async def delete_webhook(office: Office, actor: Actor, webhook_id: UUID | None) -> WebhookChanged | Refused:
    """Delete a webhook for good and cancel what is on its way.

    Raises `Forbidden`; refuses with UNKNOWN_WEBHOOK.
    """
    require_webhook_manager(actor, "deleteWebhook")
    return await in_transaction(
        office, partial(_delete, office=office, actor=actor, webhook_id=webhook_id), within=actor
    )


async def _delete(
    connection: Connection, *, office: Office, actor: Actor, webhook_id: UUID | None
) -> WebhookChanged | Refused:
    held = await hold_webhook(connection, actor, webhook_id)
    if isinstance(held, Refused):
        return held
    at, reason = wall_now(), DisabledReason.DELETED
    await webhooks.disable(connection, actor.alliance.id, held.id, at=at, reason=reason)
    await deliveries.cancel_of_webhook(connection, actor.alliance.id, held.id, at=at)
    await note_act(connection, office, actor, "deleted", held.id)
    return WebhookChanged(webhook=replace(held, disabled_at=at, disabled_reason=reason))
