"""Whose figures are shown, people and units in order of their codes, and what policy they are held to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baobei.store.connection import Connection
from baobei.store.paging import Page

# $2 a unit, $3 a person, None for any; $4 the last id of the page before; $5 rows. Leavers too: they have a past.
SELECT_PEOPLE = """
SELECT s.staff_id
  FROM staff s
 WHERE s.alliance_id = $1
   AND ($2::uuid IS NULL OR s.unit_id = $2)
   AND ($3::uuid IS NULL OR s.staff_id = $3)
   AND ($4::uuid IS NULL OR s.code > (SELECT p.code FROM staff p WHERE p.alliance_id = $1 AND p.staff_id = $4))
 ORDER BY s.code
 LIMIT $5
"""

# $2 a unit, None for any; $3 the last id of the page before; $4 rows.
SELECT_UNITS = """
SELECT u.unit_id
  FROM unit u
 WHERE u.alliance_id = $1
   AND ($2::uuid IS NULL OR u.unit_id = $2)
   AND ($3::uuid IS NULL OR u.code > (SELECT p.code FROM unit p WHERE p.alliance_id = $1 AND p.unit_id = $3))
 ORDER BY u.code
 LIMIT $4
"""

# What began before a month ended governs registrations of the month, or of the time before.
SELECT_VERSIONS = """
SELECT policy_version_id
  FROM policy_version
 WHERE alliance_id = $1
   AND effective_from < $2
 ORDER BY effective_from
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureScope:
    """Whose figures may be read: everybody's, those of a unit's people, or one's own."""

    unit_id: UUID | None = None
    staff_id: UUID | None = None


async def people(
    connection: Connection, alliance_id: int, scope: FigureScope, page: Page
) -> tuple[tuple[UUID, ...], bool]:
    """Return a page of the people of a scope, by code, and whether more follow."""
    rows = await connection.fetch(
        SELECT_PEOPLE, alliance_id, scope.unit_id, scope.staff_id, page.after, page.first + 1
    )
    return tuple(row["staff_id"] for row in rows[: page.first]), len(rows) > page.first


async def units(
    connection: Connection, alliance_id: int, unit_id: UUID | None, page: Page
) -> tuple[tuple[UUID, ...], bool]:
    """Return a page of the units, or the one, by code, and whether more follow."""
    rows = await connection.fetch(SELECT_UNITS, alliance_id, unit_id, page.after, page.first + 1)
    return tuple(row["unit_id"] for row in rows[: page.first]), len(rows) > page.first


async def versions_begun(connection: Connection, alliance_id: int, *, before: datetime) -> tuple[UUID, ...]:
    """Return the versions of the policy that are in force at some time before an instant."""
    rows = await connection.fetch(SELECT_VERSIONS, alliance_id, before)
    return tuple(row["policy_version_id"] for row in rows)
