"""The mutations of webhooks: for administrators and operations managers, FORBIDDEN for anybody else."""

from typing import Annotated

import strawberry

from baobei.operations.create_webhook import create_webhook
from baobei.operations.delete_webhook import delete_webhook
from baobei.operations.resend_deliveries import resend_dead_letters, resend_delivery
from baobei.operations.rotate_webhook_secret import rotate_webhook_secret
from baobei.operations.send_webhook_test import send_webhook_test
from baobei.operations.update_webhook import update_webhook
from baobei_api.graphql import checks, webhook_inputs, webhook_views
from baobei_api.graphql.context import Info
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types import webhooks
from baobei_api.graphql.webhook_inputs import WebhookRef


@strawberry.type(description="What can be changed of webhooks.")
class WebhookMutations:
    """The mutations of webhooks."""

    @resolved("Let a target outside be told of what happens from now on; answers the secret this once.")
    async def create_webhook(
        self,
        info: Info,
        input: Annotated[webhook_inputs.CreateWebhookInput, strawberry.argument(description="The webhook.")],
    ) -> webhooks.WebhookSecretResult:
        """Make a webhook."""
        asked, context = webhook_inputs.create_webhook(input), info.context
        answer = await create_webhook(context.office, context.actor, asked)
        return webhook_views.secret_answer(context, answer)

    @resolved("Change where a webhook goes, what it is told of, and whether.")
    async def update_webhook(
        self,
        info: Info,
        input: Annotated[webhook_inputs.UpdateWebhookInput, strawberry.argument(description="The change.")],
    ) -> webhooks.ChangeWebhookResult:
        """Change a webhook."""
        asked, context = webhook_inputs.update_webhook(input), info.context
        answer = await update_webhook(context.office, context.actor, asked)
        return webhook_views.changed_answer(context, answer)

    @resolved("Give a webhook a new secret; for 24 hours letters are signed with the one before it, too.")
    async def rotate_webhook_secret(self, info: Info, webhook_id: WebhookRef) -> webhooks.WebhookSecretResult:
        """Rotate a secret."""
        context, id = info.context, checks.record_id(webhook_id, "webhookId")
        answer = await rotate_webhook_secret(context.office, context.actor, id)
        return webhook_views.secret_answer(context, answer)

    @resolved("Send nothing to a webhook any more; its log stays.")
    async def delete_webhook(self, info: Info, webhook_id: WebhookRef) -> webhooks.ChangeWebhookResult:
        """Delete a webhook."""
        context, id = info.context, checks.record_id(webhook_id, "webhookId")
        answer = await delete_webhook(context.office, context.actor, id)
        return webhook_views.changed_answer(context, answer)

    @resolved("Send an event of type webhook.test to one webhook.")
    async def send_webhook_test(self, info: Info, webhook_id: WebhookRef) -> webhooks.WebhookDeliveryResult:
        """Send a test."""
        context, id = info.context, checks.record_id(webhook_id, "webhookId")
        answer = await send_webhook_test(context.office, context.actor, id)
        return webhook_views.queued_answer(context, answer)

    @resolved("Let a delivery be due now, whatever became of it; the event keeps its id.")
    async def resend_delivery(
        self,
        info: Info,
        delivery_id: Annotated[strawberry.ID, strawberry.argument(description="The delivery.")],
    ) -> webhooks.WebhookDeliveryResult:
        """Send a delivery again."""
        context, id = info.context, checks.record_id(delivery_id, "deliveryId")
        answer = await resend_delivery(context.office, context.actor, id)
        return webhook_views.queued_answer(context, answer)

    @resolved("Let a webhook's dead letters be due now, the oldest first, at most 1000 at a time.")
    async def resend_dead_letters(self, info: Info, webhook_id: WebhookRef) -> webhooks.DeadLettersResult:
        """Send dead letters again."""
        context, id = info.context, checks.record_id(webhook_id, "webhookId")
        answer = await resend_dead_letters(context.office, context.actor, id)
        return webhook_views.resent_answer(context, answer)
