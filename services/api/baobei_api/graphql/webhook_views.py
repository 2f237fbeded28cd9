"""Where webhooks of the core become what a client sees of them; secrets are in none but what was just issued."""

from collections.abc import Sequence
from functools import partial
from typing import Final, assert_never
from uuid import UUID

import strawberry

from baobei.operations import results as outcomes
from baobei.operations.create_webhook import SecretIssued
from baobei.operations.resend_deliveries import DeadLettersResent
from baobei.operations.send_webhook_test import DeliveryQueued
from baobei.operations.update_webhook import WebhookChanged
from baobei.store import webhook_models as models
from baobei.store.paging import Page
from baobei_api.graphql import answers, checks
from baobei_api.graphql.context import Context
from baobei_api.graphql.types import results, webhooks
from baobei_api.graphql.types.shared import PageInfo

CURSOR_KIND: Final = "d"


def webhook_view(context: Context, webhook: models.Webhook) -> webhooks.Webhook:
    """Return a webhook."""
    types = webhook.event_types
    return webhooks.Webhook(
        id=strawberry.ID(str(webhook.id)),
        url=webhook.url,
        event_types=None if types is None else list(types),
        include_personal_data=webhook.include_personal_data,
        active=webhook.active,
        disabled_reason=webhook.disabled_reason,
        disabled_at=context.convert.optional_local(webhook.disabled_at),
        previous_secret_until=context.convert.optional_local(webhook.previous_secret_until),
        created_at=context.convert.local(webhook.created_at),
        created_by_id=webhook.created_by_id,
    )


def delivery_view(context: Context, delivery: models.Delivery) -> webhooks.WebhookDelivery:
    """Return a delivery."""
    return webhooks.WebhookDelivery(
        id=strawberry.ID(str(delivery.id)),
        event_id=strawberry.ID(str(delivery.event_id)),
        event_type=delivery.event_type,
        subject_id=strawberry.ID(str(delivery.subject_id)),
        state=delivery.state,
        attempts=delivery.attempts,
        next_attempt_at=context.convert.optional_local(delivery.next_attempt_at),
        created_at=context.convert.local(delivery.created_at),
        settled_at=context.convert.optional_local(delivery.settled_at),
        logged=partial(_log, context, delivery.id),
    )


def delivery_page(
    context: Context, found: Sequence[models.Delivery], *, page: Page, has_next: bool
) -> webhooks.WebhookDeliveryConnection:
    """Return a page of deliveries."""
    edges = [
        webhooks.WebhookDeliveryEdge(
            node=delivery_view(context, delivery), cursor=checks.cursor(CURSOR_KIND, delivery.id)
        )
        for delivery in found
    ]
    info = PageInfo(
        has_next_page=has_next,
        has_previous_page=page.after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return webhooks.WebhookDeliveryConnection(edges=edges, page_info=info)


def secret_answer(
    context: Context, answer: SecretIssued | outcomes.Refused
) -> webhooks.WebhookSecretIssued | results.Refused:
    """Return what asking for a secret came to."""
    context.renew()
    match answer:
        case SecretIssued(webhook=webhook, secret=secret):
            return webhooks.WebhookSecretIssued(webhook=webhook_view(context, webhook), secret=secret)
        case outcomes.Refused():
            return answers.refused(answer)
        case _:
            assert_never(answer)


def changed_answer(
    context: Context, answer: WebhookChanged | outcomes.Refused
) -> webhooks.WebhookChanged | results.Refused:
    """Return what a change came to."""
    context.renew()
    match answer:
        case WebhookChanged(webhook=webhook):
            return webhooks.WebhookChanged(webhook=webhook_view(context, webhook))
        case outcomes.Refused():
            return answers.refused(answer)
        case _:
            assert_never(answer)


def queued_answer(
    context: Context, answer: DeliveryQueued | outcomes.Refused
) -> webhooks.WebhookDeliveryQueued | results.Refused:
    """Return what sending a letter by hand came to."""
    context.renew()
    match answer:
        case DeliveryQueued(delivery=delivery):
            return webhooks.WebhookDeliveryQueued(delivery=delivery_view(context, delivery))
        case outcomes.Refused():
            return answers.refused(answer)
        case _:
            assert_never(answer)


def resent_answer(
    context: Context, answer: DeadLettersResent | outcomes.Refused
) -> webhooks.DeadLettersResent | results.Refused:
    """Return what sending dead letters again came to."""
    context.renew()
    match answer:
        case DeadLettersResent(count=count, more=more):
            return webhooks.DeadLettersResent(count=count, more=more)
        case outcomes.Refused():
            return answers.refused(answer)
        case _:
            assert_never(answer)


async def _log(context: Context, delivery_id: UUID) -> list[webhooks.WebhookAttempt]:
    found = await context.loaders.attempts_by_delivery.load(delivery_id)
    return [
        webhooks.WebhookAttempt(
            number=attempt.number,
            attempted_at=context.convert.local(attempt.attempted_at),
            duration_ms=attempt.duration_ms,
            status_code=attempt.status_code,
            failure=attempt.failure,
            excerpt=attempt.excerpt,
        )
        for attempt in found
    ]
