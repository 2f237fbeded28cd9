"""The query and the mutations of API keys: for administrators, FORBIDDEN for anybody else, and for every key."""

from typing import Annotated, Final

import strawberry

from baobei.operations.api_key_changes import require_administrator
from baobei.operations.create_api_key import create_api_key
from baobei.operations.revoke_api_key import revoke_api_key
from baobei.store import api_keys as stored
from baobei_api.graphql import api_key_inputs, api_key_views, checks
from baobei_api.graphql.context import Info
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types import api_keys

LISTED: Final = 100


@strawberry.type(description="What can be read of API keys.")
class ApiKeyQueries:
    """The query of keys."""

    @resolved("The API keys of the alliance, newest first, at most 100; for administrators.")
    async def api_keys(
        self,
        info: Info,
        include_revoked: Annotated[
            bool | None, strawberry.argument(description="Whether those that were revoked, too.")
        ] = False,
    ) -> list[api_keys.ApiKey]:
        """Return keys."""
        context = info.context
        require_administrator(context.actor, "apiKeys")
        async with context.connection() as connection:
            found = await stored.newest(
                connection, context.actor.alliance.id, revoked=bool(include_revoked), at_most=LISTED
            )
        return [api_key_views.api_key_view(context, key) for key in found]


@strawberry.type(description="What can be changed of API keys.")
class ApiKeyMutations:
    """The mutations of keys."""

    @resolved("Let an integration ask by a key; answers its text this once. For administrators.")
    async def create_api_key(
        self,
        info: Info,
        input: Annotated[api_key_inputs.CreateApiKeyInput, strawberry.argument(description="The key.")],
    ) -> api_keys.CreateApiKeyResult:
        """Make a key."""
        asked, context = api_key_inputs.create_api_key(input), info.context
        answer = await create_api_key(context.office, context.actor, asked)
        return api_key_views.issued_answer(context, answer)

    @resolved("Let a key be none from now on, for good; twice is once. For administrators.")
    async def revoke_api_key(
        self,
        info: Info,
        api_key_id: Annotated[strawberry.ID, strawberry.argument(description="The id of the key.")],
    ) -> api_keys.RevokeApiKeyResult:
        """Revoke a key."""
        context, id = info.context, checks.record_id(api_key_id, "apiKeyId")
        answer = await revoke_api_key(context.office, context.actor, id)
        return api_key_views.revoked_answer(context, answer)
