"""Webhooks, their deliveries and the log of attempts, and what their mutations answer."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, TypeAlias, Union
from uuid import UUID

import strawberry

from baobei_api.graphql.context import Info
from baobei_api.graphql.enums import DeliveryState, DisabledReason, Failure
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types.people import Staff
from baobei_api.graphql.types.results import Refused
from baobei_api.graphql.types.shared import PageInfo


@strawberry.type(description="A target outside that is told of events, signed by Standard Webhooks.")
class Webhook:
    """A webhook."""

    id: strawberry.ID = strawberry.field(description="The id of the webhook.")
    url: str = strawberry.field(description="Where it is written to.")
    event_types: list[str] | None = strawberry.field(
        description="The types of events that it is told of, in alphabetical order; null for all."
    )
    include_personal_data: bool = strawberry.field(description="Always false: letters hold ids only.")
    active: bool = strawberry.field(description="Whether events are sent to it.")
    disabled_reason: DisabledReason | None = strawberry.field(
        description="Why nothing is sent; null while it is active."
    )
    disabled_at: datetime | None = strawberry.field(
        description="Since when nothing is sent, by wall time; null while it is active."
    )
    previous_secret_until: datetime | None = strawberry.field(
        description="Until when the secret before this one signs too, by wall time; null before the first rotation."
    )
    created_at: datetime = strawberry.field(description="When it was made, by wall time.")
    created_by_id: strawberry.Private[UUID]

    @resolved("Who made it.")
    async def created_by(self, info: Info) -> Staff:
        """Return who made it."""
        return info.context.convert.staff(await info.context.loaders.staff_by_id.load(self.created_by_id))


@strawberry.type(description="An attempt to deliver; written once, never changed.")
class WebhookAttempt:
    """An attempt."""

    number: int = strawberry.field(
        description="Which attempt it was, from 1; sent again by hand, it counts anew."
    )
    attempted_at: datetime = strawberry.field(description="When it began, by wall time.")
    duration_ms: int = strawberry.field(description="How long it took, in milliseconds.")
    status_code: int | None = strawberry.field(
        description="The HTTP status of the answer; null when there was none."
    )
    failure: Failure | None = strawberry.field(description="Why it did not deliver; null when it did.")
    excerpt: str | None = strawberry.field(
        description="The beginning of the answer, at most 256 characters, without secrets; null when it was empty."
    )


@strawberry.type(description="An event on its way to a webhook, or how that ended.")
class WebhookDelivery:
    """A delivery."""

    id: strawberry.ID = strawberry.field(description="The id of the delivery.")
    event_id: strawberry.ID = strawberry.field(
        description="The id of the event, which the receiver reads in the header webhook-id at every attempt."
    )
    event_type: str = strawberry.field(description="The type of the event, as order.placed.")
    subject_id: strawberry.ID = strawberry.field(description="What the event is about.")
    state: DeliveryState = strawberry.field(description="Where it is.")
    attempts: int = strawberry.field(
        description="How many attempts were begun; sent again by hand, it counts anew."
    )
    next_attempt_at: datetime | None = strawberry.field(
        description="When it is due next, by wall time; null when it has come to an end."
    )
    created_at: datetime = strawberry.field(description="Since when it is on its way, by wall time.")
    settled_at: datetime | None = strawberry.field(
        description="When it came to an end, by wall time; null while it is on its way."
    )
    logged: strawberry.Private[Callable[[], Awaitable[list[WebhookAttempt]]]]

    @resolved("The newest attempts, newest first, at most 20.")
    async def log(self) -> list[WebhookAttempt]:
        """Return the newest attempts."""
        return await self.logged()


@strawberry.type(description="A delivery in a page.")
class WebhookDeliveryEdge:
    """An edge."""

    node: WebhookDelivery = strawberry.field(description="The delivery.")
    cursor: str = strawberry.field(description="Where it stands, to be given as `after`.")


@strawberry.type(description="A page of deliveries.")
class WebhookDeliveryConnection:
    """A page."""

    edges: list[WebhookDeliveryEdge] = strawberry.field(description="The deliveries of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.type(description="A webhook with a new secret, which is shown this once and never again.")
class WebhookSecretIssued:
    """A new secret."""

    webhook: Webhook = strawberry.field(description="The webhook.")
    secret: str = strawberry.field(
        description="`whsec_` and 32 bytes in base64: what letters are signed with."
    )


@strawberry.type(description="A webhook that was changed.")
class WebhookChanged:
    """A changed webhook."""

    webhook: Webhook = strawberry.field(description="The webhook after the change.")


@strawberry.type(description="A delivery that is due now.")
class WebhookDeliveryQueued:
    """A delivery that is due."""

    delivery: WebhookDelivery = strawberry.field(description="The delivery.")


@strawberry.type(description="Dead letters that are on their way again.")
class DeadLettersResent:
    """Dead letters sent again."""

    count: int = strawberry.field(description="How many.")
    more: bool = strawberry.field(description="Whether there may be more: ask once more.")


WebhookSecretResult: TypeAlias = Annotated[
    Union[WebhookSecretIssued, Refused],  # noqa: UP007 - strawberry names this union
    strawberry.union("WebhookSecretResult", description="What asking for a secret comes to."),
]
ChangeWebhookResult: TypeAlias = Annotated[
    Union[WebhookChanged, Refused],  # noqa: UP007
    strawberry.union("ChangeWebhookResult", description="What a change to a webhook comes to."),
]
WebhookDeliveryResult: TypeAlias = Annotated[
    Union[WebhookDeliveryQueued, Refused],  # noqa: UP007
    strawberry.union("WebhookDeliveryResult", description="What sending a letter by hand comes to."),
]
DeadLettersResult: TypeAlias = Annotated[
    Union[DeadLettersResent, Refused],  # noqa: UP007
    strawberry.union("DeadLettersResult", description="What sending dead letters again comes to."),
]
