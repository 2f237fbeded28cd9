"""API keys, and what their mutations answer."""

from datetime import datetime
from typing import Annotated, TypeAlias, Union
from uuid import UUID

import strawberry

from baobei_api.graphql.context import Info
from baobei_api.graphql.enums import KeyScope
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types.people import Staff, Unit
from baobei_api.graphql.types.results import Refused


@strawberry.type(description="A key by which an integration asks, without its secret.")
class ApiKey:
    """A key."""

    id: strawberry.ID = strawberry.field(description="The id of the key, as acts done with it name it.")
    name: str = strawberry.field(description="What people call it by.")
    scopes: list[KeyScope] = strawberry.field(
        description="What it may be used for, in alphabetical order; never more than the person may."
    )
    for_everybody: bool = strawberry.field(
        description="Whether it may act for everybody who works for the alliance."
    )
    good: bool = strawberry.field(description="Whether it is neither revoked nor expired.")
    created_at: datetime = strawberry.field(description="When it was made, by wall time.")
    expires_at: datetime | None = strawberry.field(
        description="The instant from which on it is none, by wall time; null: never."
    )
    revoked_at: datetime | None = strawberry.field(
        description="When it was revoked, by wall time; null while it is not."
    )
    last_used_at: datetime | None = strawberry.field(
        description="When it was last used, by wall time, to the minute; null before the first time."
    )
    staff_id: strawberry.Private[UUID | None]
    created_by_id: strawberry.Private[UUID | None]
    for_staff_ids: strawberry.Private[list[UUID]]
    for_unit_ids: strawberry.Private[list[UUID]]

    @resolved(
        "The integration that it is when it acts for nobody; null for one that always acts for somebody."
    )
    async def staff(self, info: Info) -> Staff | None:
        """Return whom it is."""
        return await _person(info, self.staff_id)

    @resolved("Who made it; null when it was made at the command line.")
    async def created_by(self, info: Info) -> Staff | None:
        """Return who made it."""
        return await _person(info, self.created_by_id)

    @resolved("For which people it may act, at most 100.")
    async def for_staff(self, info: Info) -> list[Staff]:
        """Return the people that it was made for."""
        found = await info.context.loaders.staff_by_id.load_many(self.for_staff_ids)
        return [info.context.convert.staff(each) for each in sorted(found, key=lambda each: each.code)]

    @resolved("For whose people it may act, whoever they are at the time, at most 100.")
    async def for_units(self, info: Info) -> list[Unit]:
        """Return the units that it was made for."""
        found = await info.context.loaders.unit_by_id.load_many(self.for_unit_ids)
        return [info.context.convert.unit(each) for each in sorted(found, key=lambda each: each.code)]


async def _person(info: Info, id: UUID | None) -> Staff | None:
    if id is None:
        return None
    return info.context.convert.staff(await info.context.loaders.staff_by_id.load(id))


@strawberry.type(description="A new API key with its text, which is shown this once and never again.")
class ApiKeyIssued:
    """A new key."""

    key: ApiKey = strawberry.field(description="The key.")
    secret: str = strawberry.field(
        description="`bk_ID_SECRET`, to be sent as the header `Authorization: Bearer bk_ID_SECRET`."
    )


@strawberry.type(description="An API key that was revoked.")
class ApiKeyRevoked:
    """A revoked key."""

    key: ApiKey = strawberry.field(description="The key after it.")


CreateApiKeyResult: TypeAlias = Annotated[
    Union[ApiKeyIssued, Refused],  # noqa: UP007 - strawberry names this union
    strawberry.union("CreateApiKeyResult", description="What asking for an API key comes to."),
]
RevokeApiKeyResult: TypeAlias = Annotated[
    Union[ApiKeyRevoked, Refused],  # noqa: UP007
    strawberry.union("RevokeApiKeyResult", description="What revoking an API key comes to."),
]
