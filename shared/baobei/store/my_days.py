"""What a person finds in the morning: claims to be followed up or about to be lost, and what was decided on their orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baobei.policy.follow_ups_due import due_touches
from baobei.store.attribution_models import AttributionVerdict
from baobei.store.connection import Connection, Row
from baobei.store.policy_models import PublishedPolicy

# The stored deadlines find them; what each is worth is computed. $3: deadlines after it, $4: and up to it.
SELECT_AT_RISK_IDS = """
SELECT r.registration_id, count(*) OVER () AS claims
  FROM registration r
 WHERE r.alliance_id = $1
   AND r.owner_id = $2
   AND r.end_kind IS NULL
   AND (r.lapse_curable OR r.lapses_at > $3)
   AND (r.expires_at IS NULL OR r.expires_at > $3)
   AND (r.lapses_at > $3 AND r.lapses_at <= $4 OR r.expires_at <= $4)
 ORDER BY least(CASE WHEN r.lapses_at > $3 THEN r.lapses_at END, r.expires_at), r.sequence
 LIMIT $5
"""

# What the owner $2 has live at $3 and is to follow up, as the last touch tells, by the days of its version and class:
# $4 to $7 (baobei.policy.follow_ups_due), $8 the last touch that any of them takes. What still protects comes first, the
# soonest due first (hours are the same as days for the order); then what has lapsed, the latest first.
SELECT_DUE_IDS = """
WITH due AS (
    SELECT d.policy_version_id, d.customer_class, d.days, d.touched_until
      FROM unnest($4::uuid[], $5::text[], $6::integer[], $7::timestamptz[])
           AS d (policy_version_id, customer_class, days, touched_until)
)
SELECT r.registration_id, count(*) OVER () AS claims
  FROM registration r
  JOIN due e ON e.policy_version_id = r.policy_version_id AND e.customer_class IS NULL
  LEFT JOIN due c ON c.policy_version_id = r.policy_version_id AND c.customer_class = r.registered_class
 WHERE r.alliance_id = $1
   AND r.owner_id = $2
   AND r.end_kind IS NULL
   AND r.last_touch_at <= $8
   AND r.last_touch_at <= coalesce(c.touched_until, e.touched_until)
   AND (r.lapse_curable OR r.lapses_at > $3)
   AND (r.expires_at IS NULL OR r.expires_at > $3)
 ORDER BY r.lapses_at <= $3,
          CASE WHEN r.lapses_at > $3 THEN r.last_touch_at + coalesce(c.days, e.days) * interval '24 hours' END,
          r.lapses_at DESC, r.sequence
 LIMIT $9
"""

# Of orders that the person took, or that by then had credited them or looked at a registration of theirs in any decision:
# whose credit a ruling or a cancellation takes away is told. The newest first.
SELECT_NEWS = """
SELECT a.order_id, a.verdict, a.decided_at
  FROM attribution a
 WHERE a.alliance_id = $1
   AND a.decided_at >= $3
   AND (EXISTS (SELECT FROM attribution e
                  JOIN attribution_credit c ON c.alliance_id = $1 AND c.attribution_id = e.attribution_id
                 WHERE e.alliance_id = $1
                   AND e.order_id = a.order_id
                   AND e.sequence <= a.sequence
                   AND c.staff_id = $2)
        OR EXISTS (SELECT FROM attribution e
                     JOIN attribution_candidate c ON c.alliance_id = $1 AND c.attribution_id = e.attribution_id
                    WHERE e.alliance_id = $1
                      AND e.order_id = a.order_id
                      AND e.sequence <= a.sequence
                      AND c.owner_id = $2)
        OR EXISTS (SELECT FROM customer_order o
                    WHERE o.alliance_id = $1 AND o.order_id = a.order_id AND o.taken_by_id = $2))
 ORDER BY a.sequence DESC
 LIMIT $4
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNews:
    """A decision on an order; `verdict` says whether it was attributed, ruled on or reversed."""

    order_id: UUID
    verdict: AttributionVerdict
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The first registrations of a list, and how many it has in all."""

    ids: tuple[UUID, ...]
    count: int


async def at_risk_ids(
    connection: Connection, alliance_id: int, owner_id: UUID, *, at: datetime, until: datetime, at_most: int
) -> Counted:
    """Return which of an owner's registrations lapse or expire after `at` and by `until`, the soonest first."""
    return _counted(await connection.fetch(SELECT_AT_RISK_IDS, alliance_id, owner_id, at, until, at_most))


async def due_ids(
    connection: Connection,
    alliance_id: int,
    owner_id: UUID,
    versions: Sequence[PublishedPolicy],
    *,
    at: datetime,
    until: datetime,
    at_most: int,
) -> Counted:
    """Return which of an owner's live registrations are to be followed up by `until`, inclusive.

    Those that still protect come first, the soonest due first; then those that a follow-up would cure, the latest
    lapse first. `versions` are those of the alliance.
    """
    due = [(version.id, each) for version in versions for each in due_touches(version.policy, until)]
    rows = await connection.fetch(
        SELECT_DUE_IDS,
        alliance_id,
        owner_id,
        at,
        [version_id for version_id, _ in due],
        [each.customer_class for _, each in due],
        [each.days for _, each in due],
        [each.touched_until for _, each in due],
        max(each.touched_until for _, each in due),
        at_most,
    )
    return _counted(rows)


async def order_news(
    connection: Connection, alliance_id: int, staff_id: UUID, *, since: datetime, at_most: int
) -> tuple[OrderNews, ...]:
    """Return the decisions from an instant on, on orders that a person has a part in or had; the newest first."""
    rows = await connection.fetch(SELECT_NEWS, alliance_id, staff_id, since, at_most)
    return tuple(
        OrderNews(order_id=row["order_id"], verdict=AttributionVerdict(row["verdict"]), at=row["decided_at"])
        for row in rows
    )


def _counted(rows: Sequence[Row]) -> Counted:
    return Counted(ids=tuple(row["registration_id"] for row in rows), count=rows[0]["claims"] if rows else 0)
