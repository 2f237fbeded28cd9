"""A new secret for a webhook; for a day the one before it signs too, so that the receiver can change over."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from baobei.clock import wall_now
from baobei.operations.actor import Actor, Office
from baobei.operations.create_webhook import SecretIssued
from baobei.operations.results import Refused
from baobei.operations.transaction import in_transaction
from baobei.operations.webhook_changes import hold_webhook, note_act, require_webhook_manager, seal_secret
from baobei.store import webhooks
from baobei.store.connection import Connection
from baobei.webhooks.signature import new_secret

OVERLAP: Final = timedelta(hours=24)


async def rotate_webhook_secret(
    office: Office, actor: Actor, webhook_id: UUID | None
) -> SecretIssued | Refused:
    """Give a webhook a new secret; letters carry the signatures of both for a day of wall time.

    Rotated again within the day, the first of the three signs no more. Raises `Forbidden`; refuses with
    UNKNOWN_WEBHOOK.
    """
    require_webhook_manager(actor, "rotateWebhookSecret")
    return await in_transaction(
        office, partial(_rotate, office=office, actor=actor, webhook_id=webhook_id), within=actor
    )


async def _rotate(
    connection: Connection, *, office: Office, actor: Actor, webhook_id: UUID | None
) -> SecretIssued | Refused:
    held = await hold_webhook(connection, actor, webhook_id)
    if isinstance(held, Refused):
        return held
    secret, until = new_secret(), wall_now() + OVERLAP
    sealed = seal_secret(office, actor, held.id, secret)
    await webhooks.rotate_secret(
        connection, actor.alliance.id, held.id, secret_sealed=sealed, previous_until=until
    )
    await note_act(connection, office, actor, "secret_rotated", held.id)
    return SecretIssued(webhook=replace(held, previous_secret_until=until), secret=secret)
