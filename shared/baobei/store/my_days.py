"""What a person finds in the morning: claims that are about to be lost, and what was decided on their orders."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baobei.store import registrations
from baobei.store.attribution_models import AttributionVerdict
from baobei.store.connection import Connection
from baobei.store.organisation_models import Alliance
from baobei.store.registration_models import StoredRegistration

# The stored deadlines find them; what each is worth is computed. $3: deadlines after it, $4: and up to it.
SELECT_AT_RISK_IDS = """
SELECT r.registration_id
  FROM registration r
 WHERE r.alliance_id = $1
   AND r.owner_id = $2
   AND r.end_kind IS NULL
   AND (r.expires_at IS NULL OR r.expires_at > $3)
   AND (r.lapses_at > $3 AND r.lapses_at <= $4 OR r.expires_at <= $4)
 ORDER BY least(CASE WHEN r.lapses_at > $3 THEN r.lapses_at END, r.expires_at), r.sequence
 LIMIT $5
"""

# Of orders that credit the person, or of which they own a candidate; the newest first.
SELECT_NEWS = """
SELECT a.order_id, a.verdict, a.decided_at
  FROM attribution a
 WHERE a.alliance_id = $1
   AND a.decided_at >= $3
   AND (EXISTS (SELECT FROM attribution_credit c
                 WHERE c.alliance_id = $1 AND c.attribution_id = a.attribution_id AND c.staff_id = $2)
        OR EXISTS (SELECT FROM attribution_candidate c
                    WHERE c.alliance_id = $1 AND c.attribution_id = a.attribution_id AND c.owner_id = $2)
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


async def claims_at_risk(
    connection: Connection, alliance: Alliance, owner_id: UUID, *, at: datetime, until: datetime, at_most: int
) -> tuple[StoredRegistration, ...]:
    """Return an owner's registrations that lapse or expire after `at` and by `until`, the soonest first."""
    rows = await connection.fetch(SELECT_AT_RISK_IDS, alliance.id, owner_id, at, until, at_most)
    found = await registrations.by_ids(connection, alliance, [row["registration_id"] for row in rows])
    return tuple(found[row["registration_id"]] for row in rows)


async def order_news(
    connection: Connection, alliance_id: int, staff_id: UUID, *, since: datetime, at_most: int
) -> tuple[OrderNews, ...]:
    """Return the decisions on a person's orders from an instant on, the newest first."""
    rows = await connection.fetch(SELECT_NEWS, alliance_id, staff_id, since, at_most)
    return tuple(
        OrderNews(order_id=row["order_id"], verdict=AttributionVerdict(row["verdict"]), at=row["decided_at"])
        for row in rows
    )
