"""Making a key for an integration; its text is answered once and kept nowhere."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from baobei import clock
from baobei.operations import access
from baobei.operations.actor import Actor, Desk
from baobei.operations.api_key_changes import (
    NOT_AN_INTEGRATION,
    TOO_MANY_API_KEYS,
    UNKNOWN_UNIT,
    note_key_act,
    refuse_key,
    require_administrator,
)
from baobei.operations.api_key_text import PresentedKey, digest_of, new_secret, write_key
from baobei.operations.errors import UnusableInput
from baobei.operations.results import UNKNOWN_STAFF, Refused
from baobei.operations.transaction import in_transaction
from baobei.store import api_keys, organisation, organisation_changes
from baobei.store.api_key_models import ApiKey, KeyScope
from baobei.store.connection import Connection
from baobei.store.organisation_models import Alliance, Staff, Unit

MAX_KEYS: Final = 100
MAX_LISTED: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateApiKey:
    """A key to make.

    `staff_code` names the integration that it is when it acts for nobody, None for a key of the alliance, which
    always acts for somebody. `expires_at` is exclusive, by wall time; None: never.
    """

    name: str
    scopes: tuple[KeyScope, ...]
    staff_code: str | None = None
    for_everybody: bool = False
    for_staff_codes: tuple[str, ...] = ()
    for_unit_codes: tuple[str, ...] = ()
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyIssued:
    """A new key with its text, which is shown this once."""

    key: ApiKey
    text: str

    def __repr__(self) -> str:
        """Return it without the text."""
        return f"ApiKeyIssued(key={self.key.id})"


async def create_api_key(desk: Desk, actor: Actor, request: CreateApiKey) -> ApiKeyIssued | Refused:
    """Make a key; administrators alone. Raises `Forbidden`, and as `issue_api_key`."""
    require_administrator(actor, "createApiKey")
    return await issue_api_key(desk, actor.alliance, request, by=actor)


async def issue_api_key(
    desk: Desk, alliance: Alliance, request: CreateApiKey, *, by: Actor | None
) -> ApiKeyIssued | Refused:
    """Make a key; `by` None is whoever has the command line, who could write to the database as well.

    Raises `UnusableInput` for a key that could do nothing. Refuses with UNKNOWN_STAFF, UNKNOWN_UNIT,
    NOT_AN_INTEGRATION or TOO_MANY_API_KEYS.
    """
    _check(request)
    work = partial(_issue, desk=desk, alliance=alliance, request=request, by=by)
    return await in_transaction(desk, work, within=by or alliance)


def _check(request: CreateApiKey) -> None:
    if not request.scopes:
        raise UnusableInput(field="input.scopes", expected="at least one scope")
    listed = len(request.for_staff_codes) + len(request.for_unit_codes)
    if listed > MAX_LISTED:
        raise UnusableInput(
            field="input.forStaffCodes",
            expected=f"at most {MAX_LISTED} staff members and units, got {listed}",
        )
    if request.for_everybody and listed:
        raise UnusableInput(field="input.forEverybody", expected="everybody, or a list, not both")
    if request.staff_code is None and not request.for_everybody and not listed:
        raise UnusableInput(
            field="input.staffCode", expected="the integration that the key is, or for whom it may act"
        )
    if request.expires_at is not None and request.expires_at <= clock.wall_now():
        raise UnusableInput(field="input.expiresAt", expected="an instant that is still to come")


async def _issue(
    connection: Connection, *, desk: Desk, alliance: Alliance, request: CreateApiKey, by: Actor | None
) -> ApiKeyIssued | Refused:
    # One change of who is let in at a time, so that two at once do not both pass the limit.
    await organisation_changes.lock_organisation(connection)
    now = clock.wall_now()
    if await api_keys.count_kept(connection, alliance.id, at=now) >= MAX_KEYS:
        return refuse_key(TOO_MANY_API_KEYS)
    codes = {*request.for_staff_codes, *([] if request.staff_code is None else [request.staff_code])}
    people = await organisation.staff_by_codes(connection, alliance.id, codes)
    units = await organisation.units_by_codes(connection, alliance.id, request.for_unit_codes)
    refused = _refused(request, codes, people, units)
    if refused is not None:
        return refuse_key(refused)
    key = _key(request, people, units, by=by, now=now)
    secret = new_secret()
    await api_keys.insert(connection, alliance.id, key, secret_digest=digest_of(secret))
    await note_key_act(
        connection,
        desk,
        alliance,
        "created",
        key.id,
        actor_id=None if by is None else by.staff.id,
        scopes=sorted(scope.value for scope in key.scopes),
        staff=None if key.staff_id is None else str(key.staff_id),
        for_everybody=key.for_everybody,
        for_staff=sorted(str(id) for id in key.for_staff_ids),
        for_units=sorted(str(id) for id in key.for_unit_ids),
    )
    text = write_key(PresentedKey(alliance_id=alliance.id, key_id=key.id, secret=secret))
    return ApiKeyIssued(key=key, text=text)


def _refused(
    request: CreateApiKey, codes: Collection[str], people: dict[str, Staff], units: dict[str, Unit]
) -> str | None:
    if any(code not in people or not people[code].active for code in codes):
        return UNKNOWN_STAFF
    if any(code not in units for code in request.for_unit_codes):
        return UNKNOWN_UNIT
    if request.staff_code is not None and not access.may_be_a_key(people[request.staff_code]):
        return NOT_AN_INTEGRATION
    return None


def _key(
    request: CreateApiKey,
    people: dict[str, Staff],
    units: dict[str, Unit],
    *,
    by: Actor | None,
    now: datetime,
) -> ApiKey:
    return ApiKey(
        id=clock.new_id(),
        name=request.name,
        scopes=frozenset(request.scopes),
        staff_id=None if request.staff_code is None else people[request.staff_code].id,
        for_everybody=request.for_everybody,
        for_staff_ids=frozenset(people[code].id for code in request.for_staff_codes),
        for_unit_ids=frozenset(units[code].id for code in request.for_unit_codes),
        created_by_id=None if by is None else by.staff.id,
        created_at=now,
        expires_at=request.expires_at,
        revoked_at=None,
        last_used_at=None,
    )
