"""Alliances, units and staff."""

from collections.abc import Collection
from uuid import UUID
from zoneinfo import ZoneInfo

from baobei.store.connection import Connection, Row
from baobei.store.organisation_models import Alliance, Role, Staff, Unit, UnitKind

SELECT_ALLIANCE = """
SELECT alliance_id, code, name, time_zone, closing_time
  FROM alliance
 WHERE code = $1
"""

SELECT_ALLIANCES = """
SELECT alliance_id, code, name, time_zone, closing_time
  FROM alliance
 ORDER BY alliance_id
"""

SELECT_STAFF_BY_CODE = """
SELECT s.staff_id, s.code, s.name, s.unit_id, u.kind, s.roles, s.active
  FROM staff s
  JOIN unit u ON u.alliance_id = s.alliance_id AND u.unit_id = s.unit_id
 WHERE s.alliance_id = $1
   AND s.code = ANY($2::text[])
"""

SELECT_STAFF_BY_ID = """
SELECT s.staff_id, s.code, s.name, s.unit_id, u.kind, s.roles, s.active
  FROM staff s
  JOIN unit u ON u.alliance_id = s.alliance_id AND u.unit_id = s.unit_id
 WHERE s.alliance_id = $1
   AND s.staff_id = ANY($2::uuid[])
"""

# Whoever is given something is held, so that nobody leaves while they get it.
HOLD_STAFF_BY_CODE = """
SELECT s.staff_id, s.code, s.name, s.unit_id, u.kind, s.roles, s.active
  FROM staff s
  JOIN unit u ON u.alliance_id = s.alliance_id AND u.unit_id = s.unit_id
 WHERE s.alliance_id = $1
   AND s.code = $2
   FOR SHARE OF s
"""

HOLD_STAFF_BY_IDS = """
SELECT s.staff_id, s.code, s.name, s.unit_id, u.kind, s.roles, s.active
  FROM staff s
  JOIN unit u ON u.alliance_id = s.alliance_id AND u.unit_id = s.unit_id
 WHERE s.alliance_id = $1
   AND s.staff_id = ANY($2::uuid[])
 ORDER BY s.staff_id
   FOR SHARE OF s
"""

SELECT_STAFF_BY_ID_OR_CODE = """
SELECT s.staff_id, s.code, s.name, s.unit_id, u.kind, s.roles, s.active
  FROM staff s
  JOIN unit u ON u.alliance_id = s.alliance_id AND u.unit_id = s.unit_id
 WHERE s.alliance_id = $1
   AND (s.staff_id = $2 OR s.code = $3)
"""

SELECT_STAFF_OF_UNITS = """
SELECT s.staff_id, s.code, s.name, s.unit_id, u.kind, s.roles, s.active
  FROM staff s
  JOIN unit u ON u.alliance_id = s.alliance_id AND u.unit_id = s.unit_id
 WHERE s.alliance_id = $1
   AND s.unit_id = ANY($2::uuid[])
   AND s.roles && $3::text[]
   AND s.active
 ORDER BY s.code
"""

SELECT_UNITS = """
SELECT unit_id, code, name, kind, region
  FROM unit
 WHERE alliance_id = $1
   AND unit_id = ANY($2::uuid[])
"""

SELECT_EVERY_UNIT = """
SELECT unit_id, code, name, kind, region
  FROM unit
 WHERE alliance_id = $1
 ORDER BY code
"""

# Answered without walls around an alliance, as they can only be put up once its number is known.
SELECT_ALLIANCE_ID = "SELECT alliance_id_of($1)"

SELECT_UNITS_BY_CODE = """
SELECT unit_id, code, name, kind, region
  FROM unit
 WHERE alliance_id = $1
   AND code = ANY($2::text[])
"""

# Who asks, and for whom they work, in one round trip.
SELECT_CALLER = """
SELECT a.alliance_id, a.code AS alliance_code, a.name AS alliance_name, a.time_zone, a.closing_time,
       s.staff_id, s.code, s.name, s.unit_id, u.kind, s.roles, s.active
  FROM alliance a
  JOIN staff s ON s.alliance_id = a.alliance_id AND s.code = $2
  JOIN unit u ON u.alliance_id = s.alliance_id AND u.unit_id = s.unit_id
 WHERE a.code = $1
"""


async def alliance_by_code(connection: Connection, code: str) -> Alliance | None:
    """Return an alliance, or None when there is none of that code."""
    row = await connection.fetchrow(SELECT_ALLIANCE, code)
    return None if row is None else alliance_of(row)


async def alliances(connection: Connection) -> tuple[Alliance, ...]:
    """Return every alliance of the database, the oldest first."""
    return tuple(alliance_of(row) for row in await connection.fetch(SELECT_ALLIANCES))


async def alliance_id_of(connection: Connection, code: str) -> int | None:
    """Return the number of an alliance, or None when there is none of that code."""
    found: int | None = await connection.fetchval(SELECT_ALLIANCE_ID, code)
    return found


async def caller(
    connection: Connection, *, alliance_code: str, staff_code: str
) -> tuple[Alliance, Staff] | None:
    """Return who a token names with their alliance, or None; whether they are active is in the value."""
    row = await connection.fetchrow(SELECT_CALLER, alliance_code, staff_code)
    if row is None:
        return None
    alliance = Alliance(
        id=row["alliance_id"],
        code=row["alliance_code"],
        name=row["alliance_name"],
        time_zone=ZoneInfo(row["time_zone"]),
        closing_time=row["closing_time"],
    )
    return alliance, _staff(row)


async def staff_by_codes(
    connection: Connection, alliance_id: int, codes: Collection[str]
) -> dict[str, Staff]:
    """Return staff by code; a code that nobody has is absent."""
    rows = await connection.fetch(SELECT_STAFF_BY_CODE, alliance_id, list(codes))
    return {row["code"]: _staff(row) for row in rows}


async def staff_by_code(connection: Connection, alliance_id: int, code: str) -> Staff | None:
    """Return one staff member by code, or None."""
    return (await staff_by_codes(connection, alliance_id, [code])).get(code)


async def hold_staff_by_code(connection: Connection, alliance_id: int, code: str) -> Staff | None:
    """Return one staff member by code, or None; nobody makes them a leaver until the transaction ends."""
    row = await connection.fetchrow(HOLD_STAFF_BY_CODE, alliance_id, code)
    return None if row is None else _staff(row)


async def hold_staff_by_ids(
    connection: Connection, alliance_id: int, ids: Collection[UUID]
) -> dict[UUID, Staff]:
    """Return staff by id; nobody makes them leavers until the transaction ends."""
    rows = await connection.fetch(HOLD_STAFF_BY_IDS, alliance_id, list(ids))
    return {row["staff_id"]: _staff(row) for row in rows}


async def staff_by_id_or_code(
    connection: Connection, alliance_id: int, *, id: UUID | None, code: str | None
) -> tuple[Staff, ...]:
    """Return whoever has the id, and whoever has the code; None names nobody."""
    rows = await connection.fetch(SELECT_STAFF_BY_ID_OR_CODE, alliance_id, id, code)
    return tuple(_staff(row) for row in rows)


async def staff_by_ids(connection: Connection, alliance_id: int, ids: Collection[UUID]) -> dict[UUID, Staff]:
    """Return staff by id; an id that is nobody's in the alliance is absent."""
    rows = await connection.fetch(SELECT_STAFF_BY_ID, alliance_id, list(ids))
    return {row["staff_id"]: _staff(row) for row in rows}


async def active_staff_of_units(
    connection: Connection, alliance_id: int, unit_ids: Collection[UUID], *, roles: Collection[Role]
) -> tuple[Staff, ...]:
    """Return who works in these units with any of these roles, by code."""
    words = [role.value for role in roles]
    rows = await connection.fetch(SELECT_STAFF_OF_UNITS, alliance_id, list(unit_ids), words)
    return tuple(_staff(row) for row in rows)


async def units(connection: Connection, alliance_id: int) -> tuple[Unit, ...]:
    """Return every unit of an alliance, by code."""
    return tuple(_unit(row) for row in await connection.fetch(SELECT_EVERY_UNIT, alliance_id))


async def units_by_codes(connection: Connection, alliance_id: int, codes: Collection[str]) -> dict[str, Unit]:
    """Return units by code; a code that no unit has is absent."""
    rows = await connection.fetch(SELECT_UNITS_BY_CODE, alliance_id, list(codes))
    return {row["code"]: _unit(row) for row in rows}


async def units_by_ids(connection: Connection, alliance_id: int, ids: Collection[UUID]) -> dict[UUID, Unit]:
    """Return units by id; an id that is no unit's in the alliance is absent."""
    rows = await connection.fetch(SELECT_UNITS, alliance_id, list(ids))
    return {row["unit_id"]: _unit(row) for row in rows}


def alliance_of(row: Row) -> Alliance:
    """Return the alliance of a row."""
    return Alliance(
        id=row["alliance_id"],
        code=row["code"],
        name=row["name"],
        time_zone=ZoneInfo(row["time_zone"]),
        closing_time=row["closing_time"],
    )


def _staff(row: Row) -> Staff:
    return Staff(
        id=row["staff_id"],
        code=row["code"],
        name=row["name"],
        unit_id=row["unit_id"],
        unit_kind=UnitKind(row["kind"]),
        roles=frozenset(Role(role) for role in row["roles"]),
        active=row["active"],
    )


def _unit(row: Row) -> Unit:
    return Unit(
        id=row["unit_id"],
        code=row["code"],
        name=row["name"],
        kind=UnitKind(row["kind"]),
        region=row["region"],
    )
