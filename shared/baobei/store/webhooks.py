"""Webhook subscriptions; secrets come and go sealed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baobei.store.connection import Connection, Row
from baobei.store.webhook_models import DisabledReason, Webhook

SELECT_BY_IDS = """
SELECT webhook_id, url, event_types, include_personal_data, created_by_id, created_at,
       previous_secret_until, disabled_at, disabled_reason
  FROM webhook_subscription
 WHERE alliance_id = $1
   AND webhook_id = ANY($2::uuid[])
"""

LOCK_BY_ID = """
SELECT webhook_id, url, event_types, include_personal_data, created_by_id, created_at,
       previous_secret_until, disabled_at, disabled_reason
  FROM webhook_subscription
 WHERE alliance_id = $1
   AND webhook_id = $2
   FOR NO KEY UPDATE
"""

# $2: whether those of which only the log is left are listed too.
SELECT_NEWEST = """
SELECT webhook_id, url, event_types, include_personal_data, created_by_id, created_at,
       previous_secret_until, disabled_at, disabled_reason
  FROM webhook_subscription
 WHERE alliance_id = $1
   AND ($2 OR disabled_reason IS DISTINCT FROM 'DELETED')
 ORDER BY created_at DESC, webhook_id DESC
 LIMIT $3
"""

# Whoever makes one holds the alliance's count, so that two at once do not both pass the limit.
LOCK_ALLIANCE = """
SELECT alliance_id
  FROM alliance
 WHERE alliance_id = $1
   FOR NO KEY UPDATE
"""

COUNT_KEPT = """
SELECT count(*)
  FROM webhook_subscription
 WHERE alliance_id = $1
   AND disabled_reason IS DISTINCT FROM 'DELETED'
"""

INSERT_WEBHOOK = """
INSERT INTO webhook_subscription (alliance_id, webhook_id, url, event_types, secret_sealed, since_outbox_id,
                                  created_by_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""

# Switched on again, it is told of what is written from then on.
UPDATE_WEBHOOK = """
UPDATE webhook_subscription
   SET url = $3,
       event_types = $4,
       disabled_at = $5,
       disabled_reason = $6,
       since_outbox_id = CASE WHEN disabled_at IS NOT NULL AND $5::timestamptz IS NULL THEN $7
                              ELSE since_outbox_id END
 WHERE alliance_id = $1
   AND webhook_id = $2
"""

ROTATE = """
UPDATE webhook_subscription
   SET previous_secret_sealed = secret_sealed,
       previous_secret_until = $4,
       secret_sealed = $3
 WHERE alliance_id = $1
   AND webhook_id = $2
"""

DISABLE_WEBHOOK = """
UPDATE webhook_subscription
   SET disabled_at = $3,
       disabled_reason = $4
 WHERE alliance_id = $1
   AND webhook_id = $2
"""

# The first failure stands for as long as the trouble lasts.
NOTE_TROUBLE = """
UPDATE webhook_subscription
   SET troubled_since = CASE WHEN $4 THEN coalesce(troubled_since, $3) END
 WHERE alliance_id = $1
   AND webhook_id = $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWebhook:
    """What a subscription begins with."""

    webhook: Webhook
    secret_sealed: bytes
    since_outbox_id: int


async def by_ids(connection: Connection, alliance_id: int, ids: Collection[UUID]) -> dict[UUID, Webhook]:
    """Return subscriptions by id; an id that is none of the alliance's is absent."""
    rows = await connection.fetch(SELECT_BY_IDS, alliance_id, list(ids))
    return {row["webhook_id"]: _webhook(row) for row in rows}


async def lock_by_id(connection: Connection, alliance_id: int, id: UUID) -> Webhook | None:
    """Return a subscription as it stands now, held until the transaction ends."""
    row = await connection.fetchrow(LOCK_BY_ID, alliance_id, id)
    return None if row is None else _webhook(row)


async def newest(
    connection: Connection, alliance_id: int, *, deleted: bool, at_most: int
) -> tuple[Webhook, ...]:
    """Return the alliance's subscriptions, newest first."""
    rows = await connection.fetch(SELECT_NEWEST, alliance_id, deleted, at_most)
    return tuple(_webhook(row) for row in rows)


async def hold_count(connection: Connection, alliance_id: int) -> int:
    """Return how many subscriptions the alliance keeps; no other is made until the transaction ends."""
    await connection.execute(LOCK_ALLIANCE, alliance_id)
    count: int = await connection.fetchval(COUNT_KEPT, alliance_id)
    return count


async def insert(connection: Connection, alliance_id: int, new: NewWebhook) -> None:
    """Store a new subscription."""
    webhook = new.webhook
    await connection.execute(
        INSERT_WEBHOOK,
        alliance_id,
        webhook.id,
        webhook.url,
        None if webhook.event_types is None else list(webhook.event_types),
        new.secret_sealed,
        new.since_outbox_id,
        webhook.created_by_id,
        webhook.created_at,
    )


async def save(connection: Connection, alliance_id: int, webhook: Webhook, *, since_outbox_id: int) -> None:
    """Store what may change of a subscription; one that is switched on again is told of what comes after."""
    await connection.execute(
        UPDATE_WEBHOOK,
        alliance_id,
        webhook.id,
        webhook.url,
        None if webhook.event_types is None else list(webhook.event_types),
        webhook.disabled_at,
        None if webhook.disabled_reason is None else webhook.disabled_reason.value,
        since_outbox_id,
    )


async def rotate_secret(
    connection: Connection, alliance_id: int, id: UUID, *, secret_sealed: bytes, previous_until: datetime
) -> None:
    """Store a new secret; the one before it signs too until an instant (exclusive)."""
    await connection.execute(ROTATE, alliance_id, id, secret_sealed, previous_until)


async def disable(
    connection: Connection, alliance_id: int, id: UUID, *, at: datetime, reason: DisabledReason
) -> None:
    """Send nothing more to a subscription."""
    await connection.execute(DISABLE_WEBHOOK, alliance_id, id, at, reason.value)


async def note_trouble(
    connection: Connection, alliance_id: int, id: UUID, *, at: datetime, troubled: bool
) -> None:
    """Note that letters of a subscription fail or take long, or that they do not any more."""
    await connection.execute(NOTE_TROUBLE, alliance_id, id, at, troubled)


def _webhook(row: Row) -> Webhook:
    reason, types = row["disabled_reason"], row["event_types"]
    return Webhook(
        id=row["webhook_id"],
        url=row["url"],
        event_types=None if types is None else tuple(types),
        include_personal_data=row["include_personal_data"],
        created_by_id=row["created_by_id"],
        created_at=row["created_at"],
        previous_secret_until=row["previous_secret_until"],
        disabled_at=row["disabled_at"],
        disabled_reason=None if reason is None else DisabledReason(reason),
    )
