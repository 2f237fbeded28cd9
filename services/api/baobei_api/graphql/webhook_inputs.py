"""The inputs of webhooks as clients write them, and what operations take."""

from collections.abc import Sequence
from typing import Annotated, Final, TypeAlias

import strawberry

from baobei.operations.create_webhook import CreateWebhook
from baobei.operations.update_webhook import UpdateWebhook
from baobei.store.ledger import TOLD
from baobei.webhooks.targets import LONGEST_URL_CHARS
from baobei_api.graphql import checks
from baobei_api.graphql.errors import BadInput

MAX_TYPES: Final = len(TOLD)
TYPE_CHARS: Final = 64
_URL = "An absolute https URL of a public host, on port 443 or 8443, at most 2000 characters."
_PERSONAL = "Only false: letters hold ids, and personal data is refused as PERSONAL_DATA_NOT_ALLOWED."

WebhookRef: TypeAlias = Annotated[strawberry.ID, strawberry.argument(description="The webhook.")]


@strawberry.input(description="A target outside that is to be told of events.")
class CreateWebhookInput:
    """A webhook to make."""

    url: str = strawberry.field(description=_URL)
    event_types: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="The types of events, as order.placed; null or left out for all.",
    )
    include_personal_data: bool | None = strawberry.field(default=False, description=_PERSONAL)


@strawberry.input(description="What is to change of a webhook; what is left out stays.")
class UpdateWebhookInput:
    """A change of a webhook."""

    webhook_id: strawberry.ID = strawberry.field(description="The webhook.")
    url: str | None = strawberry.field(default=strawberry.UNSET, description=_URL)
    event_types: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="The types of events, as order.placed; null for all."
    )
    active: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "false cancels what is on its way and sends nothing more; true sends what is written from then on."
        ),
    )
    include_personal_data: bool | None = strawberry.field(default=False, description=_PERSONAL)


def create_webhook(written: CreateWebhookInput) -> CreateWebhook:
    """Return a webhook to make; where it may go is the operation's to say."""
    return CreateWebhook(
        url=_url(written.url),
        event_types=_types(checks.given(written.event_types)),
        include_personal_data=bool(written.include_personal_data),
    )


def update_webhook(written: UpdateWebhookInput) -> UpdateWebhook:
    """Return a change; an `eventTypes` of null asks for all, one that is left out leaves them alone."""
    url = checks.given(written.url)
    return UpdateWebhook(
        webhook_id=checks.record_id(written.webhook_id, "input.webhookId"),
        url=None if url is None else _url(url),
        event_types=_types(checks.given(written.event_types)),
        all_events=written.event_types is None,
        active=checks.given(written.active),
        include_personal_data=bool(written.include_personal_data),
    )


def _url(url: str) -> str:
    return checks.filled(url, "input.url", at_most=LONGEST_URL_CHARS)


def _types(types: Sequence[str] | None) -> tuple[str, ...] | None:
    if types is None:
        return None
    if len(types) > MAX_TYPES:
        raise BadInput("input.eventTypes", f"at most {MAX_TYPES} types, got {len(types)}")
    return tuple(
        checks.filled(type_, f"input.eventTypes.{place}", at_most=TYPE_CHARS)
        for place, type_ in enumerate(types)
    )
