"""Changes of alliances, units and staff, as an organisation file states them; one at a time."""

from collections.abc import Collection
from datetime import time
from uuid import UUID

from baobei.store.connection import Connection
from baobei.store.organisation import alliance_of
from baobei.store.organisation_models import Alliance, Role, UnitKind

# One organisation file at a time: an arbitrary number that no identity key is likely to have.
LOCK_ORGANISATION = "SELECT pg_advisory_xact_lock(7305808869231650665)"

UPSERT_ALLIANCE = """
INSERT INTO alliance (code, name, time_zone, closing_time)
VALUES ($1, $2, $3, $4)
ON CONFLICT ON CONSTRAINT alliance_code_key DO UPDATE
   SET name = excluded.name, closing_time = excluded.closing_time
RETURNING alliance_id, code, name, time_zone, closing_time
"""

# No row comes back when nothing changed.
UPSERT_UNIT = """
INSERT INTO unit AS u (alliance_id, unit_id, code, name, kind, region)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT ON CONSTRAINT unit_code_key DO UPDATE
   SET name = excluded.name, kind = excluded.kind, region = excluded.region
 WHERE (u.name, u.kind, u.region) IS DISTINCT FROM (excluded.name, excluded.kind, excluded.region)
RETURNING unit_id
"""

# $7: whether they work for the alliance; NULL leaves that as it stands, and somebody new does.
UPSERT_STAFF = """
INSERT INTO staff AS s (alliance_id, staff_id, code, name, unit_id, roles, active)
SELECT $1, $2, $3, $4, u.unit_id, $6, coalesce($7, true)
  FROM unit u
 WHERE u.alliance_id = $1
   AND u.code = $5
ON CONFLICT ON CONSTRAINT staff_code_key DO UPDATE
   SET name = excluded.name, unit_id = excluded.unit_id, roles = excluded.roles, active = coalesce($7, s.active)
 WHERE (s.name, s.unit_id, s.roles, s.active)
       IS DISTINCT FROM (excluded.name, excluded.unit_id, excluded.roles, coalesce($7, s.active))
RETURNING staff_id
"""


async def lock_organisation(connection: Connection) -> None:
    """Let one change of organisation run at a time, until the transaction ends."""
    await connection.execute(LOCK_ORGANISATION)


async def upsert_alliance(
    connection: Connection, *, code: str, name: str, time_zone: str, closing_time: time
) -> Alliance:
    """Create an alliance, or update its name and closing time."""
    row = await connection.fetchrow(UPSERT_ALLIANCE, code, name, time_zone, closing_time)
    if row is None:
        raise RuntimeError("an upsert returned no row")
    return alliance_of(row)


async def upsert_unit(
    connection: Connection,
    alliance_id: int,
    *,
    id: UUID,
    code: str,
    name: str,
    kind: UnitKind,
    region: str,
) -> UUID | None:
    """Create or update a unit; return its id when anything changed."""
    changed: UUID | None = await connection.fetchval(
        UPSERT_UNIT, alliance_id, id, code, name, kind.value, region
    )
    return changed


async def upsert_staff(
    connection: Connection,
    alliance_id: int,
    *,
    id: UUID,
    code: str,
    name: str,
    unit_code: str,
    roles: Collection[Role],
    active: bool | None,
) -> UUID | None:
    """Create or update a staff member of an existing unit; return the id when anything changed.

    `active` None leaves a leaver a leaver; somebody new works for the alliance.
    """
    changed: UUID | None = await connection.fetchval(
        UPSERT_STAFF, alliance_id, id, code, name, unit_code, sorted({role.value for role in roles}), active
    )
    return changed
