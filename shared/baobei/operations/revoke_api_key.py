"""Revoking a key: from now on it is none."""

from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from baobei import clock
from baobei.operations.actor import Actor, Desk
from baobei.operations.api_key_changes import (
    UNKNOWN_API_KEY,
    note_key_act,
    refuse_key,
    require_administrator,
)
from baobei.operations.results import Refused
from baobei.operations.transaction import in_transaction
from baobei.store import api_keys
from baobei.store.api_key_models import ApiKey
from baobei.store.connection import Connection
from baobei.store.organisation_models import Alliance


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRevoked:
    """The key after it."""

    key: ApiKey


async def revoke_api_key(desk: Desk, actor: Actor, key_id: UUID | None) -> ApiKeyRevoked | Refused:
    """Revoke a key for good; administrators alone. Raises `Forbidden`; refuses with UNKNOWN_API_KEY."""
    require_administrator(actor, "revokeApiKey")
    return await end_api_key(desk, actor.alliance, key_id, by=actor)


async def end_api_key(
    desk: Desk, alliance: Alliance, key_id: UUID | None, *, by: Actor | None
) -> ApiKeyRevoked | Refused:
    """Revoke a key; `by` None is whoever has the command line. Twice is once: the first time stands.

    Refuses with UNKNOWN_API_KEY.
    """
    return await in_transaction(
        desk, partial(_end, desk=desk, alliance=alliance, key_id=key_id, by=by), within=by or alliance
    )


async def _end(
    connection: Connection, *, desk: Desk, alliance: Alliance, key_id: UUID | None, by: Actor | None
) -> ApiKeyRevoked | Refused:
    held = None if key_id is None else await api_keys.lock_by_id(connection, alliance.id, key_id)
    if held is None:
        return refuse_key(UNKNOWN_API_KEY)
    if held.revoked_at is not None:
        return ApiKeyRevoked(key=held)
    now, by_id = clock.wall_now(), None if by is None else by.staff.id
    await api_keys.revoke(connection, alliance.id, held.id, at=now, by_id=by_id)
    await note_key_act(connection, desk, alliance, "revoked", held.id, actor_id=by_id)
    return ApiKeyRevoked(key=replace(held, revoked_at=now))
