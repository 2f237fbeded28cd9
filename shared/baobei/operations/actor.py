"""Who acts, and with what: passed to every operation."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from baobei.clock import Clock
from baobei.operations.check_rules import CheckRules
from baobei.store.api_key_models import KeyScope
from baobei.store.organisation_models import Alliance, Staff
from baobei.vault import Vault
from baobei.webhooks.targets import WebhookRules

if TYPE_CHECKING:
    import asyncpg


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The staff member on whose behalf a request is made; roles are those of the database.

    `origin` is by what the request was let in (`token`, or `key:ID` of an API key), `request_id` what its log
    line and answer call it; the audit keeps both. Empty for what no request asked for. `scopes` narrow what a key
    may be used for; None narrows nothing.
    """

    alliance: Alliance
    staff: Staff
    origin: str = ""
    request_id: str = ""
    scopes: frozenset[KeyScope] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What an operation without customers works with: the database and the business clock.

    `acquire_timeout_s` is how long to wait for a free connection; `origin` is where acts come from that no actor's
    request asked for: empty for the worker, `cli:USER` for a command. `flushed_later`: what is done is told to nobody
    before a later commit that waits for the disk.
    """

    pool: "asyncpg.Pool[asyncpg.Record]"
    clock: Clock
    acquire_timeout_s: float = 5.0
    origin: str = ""
    flushed_later: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Office(Desk):
    """A desk with the vault and the rules for webhooks and checks: what most operations work with.

    `vouched`: a history is being loaded in one transaction that holds its whole alliance.
    """

    vault: Vault
    vouched: bool = False
    webhooks: WebhookRules = field(default_factory=WebhookRules)
    checks: CheckRules = field(default_factory=CheckRules)
