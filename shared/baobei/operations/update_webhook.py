"""Changing a webhook: where it goes, what it is told of, and whether."""

from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from baobei.clock import wall_now
from baobei.operations.actor import Actor, Office
from baobei.operations.results import Refused
from baobei.operations.transaction import in_transaction
from baobei.operations.webhook_changes import (
    PERSONAL_DATA_NOT_ALLOWED,
    checked_types,
    hold_webhook,
    note_act,
    refuse_webhook,
    refused_target,
    require_webhook_manager,
)
from baobei.store import deliveries, outbox, webhooks
from baobei.store.connection import Connection
from baobei.store.webhook_models import DisabledReason, Webhook


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateWebhook:
    """What is to change; None leaves a fact alone, and `all_events` asks for every type."""

    webhook_id: UUID | None
    url: str | None = None
    event_types: tuple[str, ...] | None = None
    all_events: bool = False
    active: bool | None = None
    include_personal_data: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChanged:
    """The webhook after the change."""

    webhook: Webhook


async def update_webhook(office: Office, actor: Actor, request: UpdateWebhook) -> WebhookChanged | Refused:
    """Change a webhook; switched off, what is on its way to it is cancelled.

    Switched on again, it is told of what is written from then on. Raises and refuses as `create_webhook`, and
    refuses with UNKNOWN_WEBHOOK.
    """
    require_webhook_manager(actor, "updateWebhook")
    types = checked_types(request.event_types, field="input.eventTypes")
    if request.include_personal_data:
        return refuse_webhook(PERSONAL_DATA_NOT_ALLOWED)
    if request.url is not None:
        refused = await refused_target(request.url, office.webhooks, field="input.url")
        if refused is not None:
            return refused
    asked = replace(request, event_types=types)
    return await in_transaction(
        office, partial(_update, office=office, actor=actor, request=asked), within=actor
    )


async def _update(
    connection: Connection, *, office: Office, actor: Actor, request: UpdateWebhook
) -> WebhookChanged | Refused:
    held = await hold_webhook(connection, actor, request.webhook_id)
    if isinstance(held, Refused):
        return held
    changed = _changed(held, request)
    alliance_id = actor.alliance.id
    since = await outbox.last_id(connection, alliance_id)
    await webhooks.save(connection, alliance_id, changed, since_outbox_id=since)
    if held.active and changed.disabled_at is not None:
        await deliveries.cancel_of_webhook(connection, alliance_id, held.id, at=changed.disabled_at)
    await note_act(
        connection,
        office,
        actor,
        "updated",
        held.id,
        active=changed.active,
        url_changed=changed.url != held.url,
    )
    return WebhookChanged(webhook=changed)


def _changed(held: Webhook, request: UpdateWebhook) -> Webhook:
    changed = held
    if request.url is not None:
        changed = replace(changed, url=request.url)
    if request.all_events:
        changed = replace(changed, event_types=None)
    elif request.event_types is not None:
        changed = replace(changed, event_types=request.event_types)
    if request.active is True:
        changed = replace(changed, disabled_at=None, disabled_reason=None)
    elif request.active is False and held.active:
        changed = replace(changed, disabled_at=wall_now(), disabled_reason=DisabledReason.BY_HAND)
    return changed
