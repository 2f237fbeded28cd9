"""The queries of webhooks: for administrators and operations managers, FORBIDDEN for anybody else."""

from typing import Annotated, Final

import strawberry

from baobei.operations.webhook_changes import require_webhook_manager
from baobei.store import deliveries, webhooks
from baobei_api.graphql import checks, inputs
from baobei_api.graphql.context import Info
from baobei_api.graphql.enums import DeliveryState
from baobei_api.graphql.errors import ApiError, ErrorCode
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types.webhooks import Webhook, WebhookDeliveryConnection
from baobei_api.graphql.webhook_inputs import WebhookRef
from baobei_api.graphql.webhook_views import CURSOR_KIND, delivery_page, webhook_view

LISTED: Final = 100


@strawberry.type(description="What can be read of webhooks.")
class WebhookQueries:
    """The queries of webhooks."""

    @resolved("The webhooks of the alliance, newest first, at most 100.")
    async def webhooks(
        self,
        info: Info,
        include_deleted: Annotated[
            bool | None, strawberry.argument(description="Whether those of which only the log is left, too.")
        ] = False,
    ) -> list[Webhook]:
        """Return webhooks."""
        context = info.context
        require_webhook_manager(context.actor, "webhooks")
        async with context.connection() as connection:
            found = await webhooks.newest(
                connection, context.actor.alliance.id, deleted=bool(include_deleted), at_most=LISTED
            )
        return [webhook_view(context, webhook) for webhook in found]

    @resolved("What was sent to a webhook, newest event first; NOT_FOUND when there is no such webhook.")
    async def webhook_deliveries(
        self,
        info: Info,
        webhook_id: WebhookRef,
        state: Annotated[
            DeliveryState | None, strawberry.argument(description="Only those in this state.")
        ] = strawberry.UNSET,
        first: inputs.First = 20,
        after: inputs.After = strawberry.UNSET,
    ) -> WebhookDeliveryConnection:
        """Return a page of deliveries."""
        context = info.context
        require_webhook_manager(context.actor, "webhookDeliveries")
        id = checks.record_id(webhook_id, "webhookId")
        page = checks.page(first, after, kind=CURSOR_KIND, default=20)
        alliance_id = context.actor.alliance.id
        async with context.connection() as connection:
            known = {} if id is None else await webhooks.by_ids(connection, alliance_id, [id])
            if id is None or id not in known:
                raise ApiError(ErrorCode.NOT_FOUND, "webhookId: no such webhook", field="webhookId")
            if page.after is not None:
                last = await deliveries.by_id(connection, alliance_id, page.after)
                if last is None or last.webhook_id != id:
                    raise checks.unknown_cursor()
            found, has_next = await deliveries.page(
                connection, alliance_id, id, state=checks.given(state), page=page
            )
        return delivery_page(context, found, page=page, has_next=has_next)
