"""Keys of integrations as the store hands them out; the secret is in none of them."""

import enum
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baobei.store.organisation_models import Alliance, Staff


class KeyScope(enum.StrEnum):
    """What a key may be used for; it narrows what the person may for whom it acts, and never widens it."""

    READ = "READ"
    WRITE = "WRITE"
    ORDERS = "ORDERS"
    DECISIONS = "DECISIONS"
    WEBHOOKS = "WEBHOOKS"
    IMPORTS = "IMPORTS"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key; instants are wall time, and from `expires_at` on it is none.

    `staff_id` is whom it is when it acts for nobody; None: it always acts for somebody. It may act for everybody,
    or for these people and whoever is in these units at the time. `created_by_id` None: at the command line.
    """

    id: UUID
    name: str
    scopes: frozenset[KeyScope]
    staff_id: UUID | None
    for_everybody: bool
    for_staff_ids: frozenset[UUID]
    for_unit_ids: frozenset[UUID]
    created_by_id: UUID | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    def good_at(self, at: datetime) -> bool:
        """Whether the key is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCaller:
    """What there is to know of who presents a key.

    `owner` is the staff member that the key is, None for a key of the alliance; `person` is whom it is to act
    for, None when there is nobody of that code.
    """

    alliance: Alliance
    key: ApiKey
    secret_digest: bytes
    owner: Staff | None
    person: Staff | None
