"""Whose own case a request is: nobody of these decides it."""

from collections.abc import Collection
from uuid import UUID

from baobei.store.connection import Connection

# Who asked, who owns the registration, who would receive, who recorded the attempt, who hands over and to whom.
SELECT_PARTIES = """
SELECT p.approval_id,
       array_remove(
           ARRAY[p.requested_by_id, p.receiver_id, r.owner_id, a.recorded_by_id, h.from_staff_id] || h.receiver_ids,
           NULL) AS party_ids
  FROM approval p
  LEFT JOIN registration r ON r.alliance_id = p.alliance_id AND r.registration_id = p.registration_id
  LEFT JOIN attempt a ON a.alliance_id = p.alliance_id AND a.attempt_id = p.attempt_id
  LEFT JOIN handover h ON h.alliance_id = p.alliance_id AND h.approval_id = p.approval_id
 WHERE p.alliance_id = $1
   AND p.approval_id = ANY($2::uuid[])
"""


async def by_approvals(
    connection: Connection, alliance_id: int, ids: Collection[UUID]
) -> dict[UUID, frozenset[UUID]]:
    """Return whose own case each request is, by staff id, as things stand now."""
    rows = await connection.fetch(SELECT_PARTIES, alliance_id, list(ids))
    return {row["approval_id"]: frozenset(row["party_ids"]) for row in rows}
