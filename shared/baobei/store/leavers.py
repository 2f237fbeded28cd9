"""Who works for the alliance, and what a leaver leaves behind."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from baobei.store import approvals, organisation, registrations
from baobei.store.approval_models import Approval
from baobei.store.connection import Connection, change_one
from baobei.store.held import Held, held_by
from baobei.store.organisation_models import Alliance, Role, Staff
from baobei.store.registration_models import StoredRegistration

SELECT_IDS_OF_ROLES = """
SELECT staff_id
  FROM staff
 WHERE alliance_id = $1
   AND roles && $2::text[]
   AND active
"""

SET_ACTIVE = """
UPDATE staff
   SET active = $3
 WHERE alliance_id = $1
   AND staff_id = $2
"""

SELECT_LIVE_IDS = """
SELECT r.registration_id
  FROM registration r
 WHERE r.alliance_id = $1
   AND r.owner_id = $2
   AND r.end_kind IS NULL
   AND (r.expires_at IS NULL OR r.expires_at > $3)
   AND (r.lapse_curable OR r.lapses_at > $3)
 ORDER BY r.sequence
 LIMIT $4
"""

# A request goes with its registration: that on a colleague's is the colleague's to follow. So is what would be a
# colleague's, and what a colleague has taken over.
SELECT_REQUEST_IDS = """
SELECT p.approval_id
  FROM approval p
  LEFT JOIN registration r ON r.alliance_id = p.alliance_id AND r.registration_id = p.registration_id
 WHERE p.alliance_id = $1
   AND coalesce(r.owner_id, p.receiver_id, p.requested_by_id) = $2
   AND p.status = 'PENDING'
 ORDER BY p.sequence
 LIMIT $3
"""


async def active_staff_of_roles(
    connection: Connection, alliance_id: int, roles: Collection[Role]
) -> tuple[Staff, ...]:
    """Return who works for the alliance with any of these roles."""
    rows = await connection.fetch(SELECT_IDS_OF_ROLES, alliance_id, [role.value for role in roles])
    found = await organisation.staff_by_ids(connection, alliance_id, [row["staff_id"] for row in rows])
    return tuple(found.values())


async def set_active(connection: Connection, alliance_id: int, id: UUID, *, active: bool) -> None:
    """Store whether a staff member works for the alliance; waits for whoever is giving them something."""
    await change_one(connection, SET_ACTIVE, alliance_id, id, active)


async def count_left(connection: Connection, alliance_id: int, staff_id: UUID, *, at: datetime) -> Held:
    """Return how much a person has in hand at an instant."""
    return (await held_by(connection, alliance_id, [staff_id], at=at))[staff_id]


async def live_registrations(
    connection: Connection, alliance: Alliance, staff_id: UUID, *, at: datetime, at_most: int
) -> tuple[StoredRegistration, ...]:
    """Return the registrations of an owner that are live at an instant, the oldest first."""
    rows = await connection.fetch(SELECT_LIVE_IDS, alliance.id, staff_id, at, at_most)
    ids = [row["registration_id"] for row in rows]
    found = await registrations.by_ids(connection, alliance, ids)
    return tuple(found[id] for id in ids)


async def pending_requests(
    connection: Connection, alliance_id: int, staff_id: UUID, *, at_most: int
) -> tuple[Approval, ...]:
    """Return the requests that are a person's and that wait, the oldest first."""
    rows = await connection.fetch(SELECT_REQUEST_IDS, alliance_id, staff_id, at_most)
    return await _in_order(connection, alliance_id, [row["approval_id"] for row in rows])


async def _in_order(connection: Connection, alliance_id: int, ids: list[UUID]) -> tuple[Approval, ...]:
    found = await approvals.by_ids(connection, alliance_id, ids)
    return tuple(found[id] for id in ids)
