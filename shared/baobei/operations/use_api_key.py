"""Presenting a key: who asks, for whom, and with which scopes."""

import enum
import hmac
from datetime import datetime, timedelta
from typing import Final

from baobei import clock
from baobei.operations import access
from baobei.operations.actor import Actor, Desk
from baobei.operations.api_key_text import PresentedKey, digest_of
from baobei.operations.transaction import lent
from baobei.store import api_keys
from baobei.store.api_key_models import ApiKey, KeyCaller
from baobei.store.organisation_models import Staff
from baobei.store.walls import APP, Walls

NOTED_EVERY: Final = timedelta(minutes=1)


class KeyProblem(enum.Enum):
    """Why a key is not believed; which of its reasons the first has, nobody is told."""

    NOT_GOOD = enum.auto()
    NOT_FOR_THEM = enum.auto()
    FOR_NOBODY = enum.auto()


async def use_api_key(
    desk: Desk, presented: PresentedKey, *, for_staff_code: str | None, request_id: str = ""
) -> Actor | KeyProblem:
    """Return on whose behalf a key asks: for whom it is to act, else for the staff member that it is.

    All is read from the database each time: a key that is revoked, expired or of a leaver is out at once, and so
    is whoever it acts for. That it was used is noted at most once a minute.
    """
    now = clock.wall_now()
    async with lent(desk, Walls(APP, presented.alliance_id)) as connection:
        found = await api_keys.caller(
            connection, presented.alliance_id, presented.key_id, person_code=for_staff_code
        )
        digest = digest_of(presented.secret)
        if found is None or not hmac.compare_digest(digest, found.secret_digest):
            return KeyProblem.NOT_GOOD
        if not found.key.good_at(now) or (found.key.staff_id is not None and not _is_somebody(found)):
            return KeyProblem.NOT_GOOD
        person = _person(found, for_staff_code)
        if isinstance(person, KeyProblem):
            return person
        if _to_be_noted(found.key, now - NOTED_EVERY):
            await api_keys.note_use(
                connection, found.alliance.id, found.key.id, at=now, unless_since=now - NOTED_EVERY
            )
    return Actor(
        alliance=found.alliance,
        staff=person,
        origin=f"key:{found.key.id}",
        request_id=request_id,
        scopes=found.key.scopes,
    )


def _is_somebody(found: KeyCaller) -> bool:
    return found.owner is not None and access.may_be_a_key(found.owner)


def _person(found: KeyCaller, code: str | None) -> Staff | KeyProblem:
    if code is None:
        return found.owner or KeyProblem.FOR_NOBODY
    if found.person is None or not access.may_act_for(found.key, found.person):
        return KeyProblem.NOT_FOR_THEM
    return found.person


def _to_be_noted(key: ApiKey, unless_since: datetime) -> bool:
    return key.last_used_at is None or key.last_used_at <= unless_since
