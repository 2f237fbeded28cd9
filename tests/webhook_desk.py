"""Webhooks of an alliance of its own: made, written to and relayed as the tests ask."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from alliances import TestAlliance, new_alliance
from baobei.clock import new_id
from baobei.operations.create_webhook import CreateWebhook, SecretIssued, create_webhook
from baobei.operations.relay_events import LIMITS, Relayed, RelayLimits, relay_events
from baobei.store import ledger
from baobei.store.ledger import Act
from baobei.store.webhook_models import DeliveryState
from baobei.webhooks.letters import Sender
from baobei.webhooks.schedule import Schedule
from baobei.webhooks.sender import open_sender
from baobei.webhooks.targets import WebhookRules

HERE = WebhookRules(allow_private_targets=True, allow_http=True, timeout_s=1.0)
# Failed letters are due again at once, and never dead before the fortieth attempt.
AT_ONCE = Schedule(waits=(timedelta(0),) * 40)
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
STATES = "SELECT state, count(*) FROM webhook_delivery WHERE alliance_id = $1 GROUP BY state"
ATTEMPTS = """
SELECT number, status_code, failure, excerpt, duration_ms
  FROM webhook_attempt
 WHERE alliance_id = $1
 ORDER BY attempted_at, fence
"""
RUNS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDesk:
    """An alliance whose events are relayed to receivers of the test."""

    alliance: TestAlliance
    alliance_id: int

    @property
    def pool(self) -> "asyncpg.Pool[asyncpg.Record]":
        """Connections."""
        return self.alliance.office.pool

    async def webhook(self, url: str, *types: str) -> SecretIssued:
        """Make a webhook."""
        request = CreateWebhook(url=url, event_types=types or None)
        made = await create_webhook(self.alliance.office, await self.alliance.actor("OPS"), request)
        assert isinstance(made, SecretIssued), made
        return made

    async def write(self, *events: tuple[str, UUID], **detail: Any) -> None:
        """Write events, each by its kind and subject, in one transaction."""
        acts = [
            Act(kind=kind, subject_id=subject, occurred_at=NOON, actor_id=None, detail=detail)
            for kind, subject in events
        ]
        async with self.pool.acquire() as connection, connection.transaction():
            await ledger.append(connection, self.alliance_id, acts)

    async def told(self, subjects: Sequence[UUID], *, each: int) -> None:
        """Write so many events of each subject, turn by turn; `detail.turn` counts them."""
        for turn in range(each):
            await self.write(*(("registration.transferred", subject) for subject in subjects), turn=turn)

    async def relay(
        self,
        *,
        limits: RelayLimits = LIMITS,
        schedule: Schedule = AT_ONCE,
        rules: WebhookRules = HERE,
        sender: Sender | None = None,
    ) -> Relayed:
        """Relay once."""
        if sender is not None:
            return await relay_events(self.alliance.office, sender, limits=limits, schedule=schedule)
        async with open_sender(rules) as opened:
            return await relay_events(self.alliance.office, opened, limits=limits, schedule=schedule)

    async def relay_all(self, **more: Any) -> list[Relayed]:
        """Relay until nothing is left that is due."""
        runs = [await self.relay(**more)]
        while runs[-1].more and len(runs) < RUNS:
            runs.append(await self.relay(**more))
        assert not runs[-1].more
        return runs

    async def states(self) -> dict[str, int]:
        """How many deliveries are in which state."""
        return {row["state"]: row["count"] for row in await self.pool.fetch(STATES, self.alliance_id)}

    async def fetch(self, query: str) -> list[dict[str, Any]]:
        """Rows of a query whose only argument is the alliance."""
        return [dict(row) for row in await self.pool.fetch(query, self.alliance_id)]

    async def all_in(self, state: DeliveryState) -> bool:
        """Whether there are deliveries, and every one is in a state."""
        return set(await self.states()) == {state.value}


async def new_desk(pool: "asyncpg.Pool[asyncpg.Record]") -> WebhookDesk:
    """Make an alliance that no other test uses, whose webhooks may go to this machine."""
    alliance = await new_alliance(pool)
    open_here = replace(alliance, office=replace(alliance.office, webhooks=HERE))
    actor = await open_here.actor("OPS")
    return WebhookDesk(alliance=open_here, alliance_id=actor.alliance.id)


def subjects(count: int) -> list[UUID]:
    """Ids that no other test knows."""
    return [new_id() for _ in range(count)]
