"""Making a webhook: from now on a target outside is told of the alliance's events."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from baobei.clock import new_id, wall_now
from baobei.operations.actor import Actor, Office
from baobei.operations.results import Refused
from baobei.operations.transaction import in_transaction
from baobei.operations.webhook_changes import (
    PERSONAL_DATA_NOT_ALLOWED,
    TOO_MANY_WEBHOOKS,
    checked_types,
    note_act,
    refuse_webhook,
    refused_target,
    require_webhook_manager,
    seal_secret,
)
from baobei.store import outbox, webhooks
from baobei.store.connection import Connection
from baobei.store.webhook_models import Webhook
from baobei.store.webhooks import NewWebhook
from baobei.webhooks.signature import new_secret

MAX_WEBHOOKS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateWebhook:
    """A target and the types of events that it is told of; None for all."""

    url: str
    event_types: tuple[str, ...] | None = None
    include_personal_data: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretIssued:
    """A webhook with its new secret, which is shown this once."""

    webhook: Webhook
    secret: str

    def __repr__(self) -> str:
        """Return it without the secret."""
        return f"SecretIssued(webhook={self.webhook.id})"


async def create_webhook(office: Office, actor: Actor, request: CreateWebhook) -> SecretIssued | Refused:
    """Make a webhook, which is told of what is written from now on.

    Raises `Forbidden`, and `UnusableInput` for what is no URL or no type; refuses a target by its
    `TargetProblem`, and with PERSONAL_DATA_NOT_ALLOWED or TOO_MANY_WEBHOOKS.
    """
    require_webhook_manager(actor, "createWebhook")
    types = checked_types(request.event_types, field="input.eventTypes")
    if request.include_personal_data:
        return refuse_webhook(PERSONAL_DATA_NOT_ALLOWED)
    refused = await refused_target(request.url, office.webhooks, field="input.url")
    if refused is not None:
        return refused
    webhook = Webhook(
        id=new_id(),
        url=request.url,
        event_types=types,
        include_personal_data=False,
        created_by_id=actor.staff.id,
        created_at=wall_now(),
        previous_secret_until=None,
        disabled_at=None,
        disabled_reason=None,
    )
    return await in_transaction(
        office, partial(_create, office=office, actor=actor, webhook=webhook), within=actor
    )


async def _create(
    connection: Connection, *, office: Office, actor: Actor, webhook: Webhook
) -> SecretIssued | Refused:
    if await webhooks.hold_count(connection, actor.alliance.id) >= MAX_WEBHOOKS:
        return refuse_webhook(TOO_MANY_WEBHOOKS)
    secret = new_secret()
    new = NewWebhook(
        webhook=webhook,
        secret_sealed=seal_secret(office, actor, webhook.id, secret),
        since_outbox_id=await outbox.last_id(connection, actor.alliance.id),
    )
    await webhooks.insert(connection, actor.alliance.id, new)
    await note_act(connection, office, actor, "created", webhook.id)
    return SecretIssued(webhook=webhook, secret=secret)
