"""How much people hold that a handover would take over."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baobei.store.connection import Connection

# $3 the instant at which they are live: what baobei.policy.standing says, from the stored copy, for lists alone.
COUNT_HELD = """
SELECT s.staff_id,
       (SELECT count(*)
          FROM registration r
         WHERE r.alliance_id = $1
           AND r.owner_id = s.staff_id
           AND r.end_kind IS NULL
           AND (r.expires_at IS NULL OR r.expires_at > $3)
           AND (r.lapse_curable OR r.lapses_at > $3)) AS registrations,
       coalesce(w.requests, 0) AS requests
  FROM unnest($2::uuid[]) AS s (staff_id)
  LEFT JOIN (SELECT coalesce(r.owner_id, p.receiver_id, p.requested_by_id) AS staff_id, count(*) AS requests
               FROM approval p
               LEFT JOIN registration r ON r.alliance_id = p.alliance_id AND r.registration_id = p.registration_id
              WHERE p.alliance_id = $1
                AND p.status = 'PENDING'
              GROUP BY 1) w ON w.staff_id = s.staff_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How many live registrations are a person's, and how many requests that wait.

    A request on a registration is its owner's, whoever asked; one for a registration is that of whoever would receive it.
    """

    registrations: int
    requests: int


async def held_by(
    connection: Connection, alliance_id: int, staff_ids: Collection[UUID], *, at: datetime
) -> dict[UUID, Held]:
    """Return how much each of these people holds at an instant; the requests that wait are looked through once."""
    rows = await connection.fetch(COUNT_HELD, alliance_id, list(staff_ids), at)
    return {
        row["staff_id"]: Held(registrations=row["registrations"], requests=row["requests"]) for row in rows
    }
