"""Targets of people, of units and of the alliance for a month; appended, the last version counts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from baobei.store.connection import Connection, Row
from baobei.store.figure_models import Target

# What is left out of a target is taken from the version before: who sets one waits for whoever does.
LOCK_TARGETS = "SELECT pg_advisory_xact_lock(hashtextextended('sales target/' || $1::integer, 0))"

INSERT_TARGET = """
INSERT INTO sales_target (alliance_id, target_id, staff_id, unit_id, month, amount_fen, order_count, set_by_id, set_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""

SELECT_OF_STAFF = """
SELECT DISTINCT ON (t.staff_id) t.target_id, t.staff_id, t.unit_id, t.month, t.amount_fen, t.order_count,
       t.set_by_id, t.set_at
  FROM sales_target t
 WHERE t.alliance_id = $1
   AND t.staff_id = ANY($2::uuid[])
   AND t.month = $3
 ORDER BY t.staff_id, t.sequence DESC
"""

# $2: NULL for all units.
SELECT_OF_UNITS = """
SELECT DISTINCT ON (t.unit_id) t.target_id, t.staff_id, t.unit_id, t.month, t.amount_fen, t.order_count,
       t.set_by_id, t.set_at
  FROM sales_target t
 WHERE t.alliance_id = $1
   AND t.unit_id IS NOT NULL
   AND ($2::uuid[] IS NULL OR t.unit_id = ANY($2))
   AND t.month = $3
 ORDER BY t.unit_id, t.sequence DESC
"""

SELECT_OF_ALLIANCE = """
SELECT t.target_id, t.staff_id, t.unit_id, t.month, t.amount_fen, t.order_count, t.set_by_id, t.set_at
  FROM sales_target t
 WHERE t.alliance_id = $1
   AND t.staff_id IS NULL
   AND t.unit_id IS NULL
   AND t.month = $2
 ORDER BY t.sequence DESC
 LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTarget:
    """A target as it was set: a person's, a unit's, or (neither) the alliance's, for the month that begins on `month`."""

    id: UUID
    staff_id: UUID | None
    unit_id: UUID | None
    month: date
    aim: Target
    set_by_id: UUID
    set_at: datetime


async def lock(connection: Connection, alliance_id: int) -> None:
    """Hold the targets of an alliance until the transaction ends."""
    await connection.execute(LOCK_TARGETS, alliance_id)


async def insert(connection: Connection, alliance_id: int, target: SetTarget) -> None:
    """Append a version of a target."""
    await connection.execute(
        INSERT_TARGET,
        alliance_id,
        target.id,
        target.staff_id,
        target.unit_id,
        target.month,
        target.aim.amount_fen,
        target.aim.orders,
        target.set_by_id,
        target.set_at,
    )


async def of_staff(
    connection: Connection, alliance_id: int, staff_ids: Collection[UUID], month: date
) -> dict[UUID, SetTarget]:
    """Return the targets of people for a month, each in its last version; who has none is absent."""
    rows = await connection.fetch(SELECT_OF_STAFF, alliance_id, list(staff_ids), month)
    return {row["staff_id"]: _target(row) for row in rows}


async def of_units(
    connection: Connection, alliance_id: int, unit_ids: Collection[UUID] | None, month: date
) -> dict[UUID, SetTarget]:
    """Return the targets of units (None: of all) for a month, each in its last version; without one: absent."""
    wanted = None if unit_ids is None else list(unit_ids)
    rows = await connection.fetch(SELECT_OF_UNITS, alliance_id, wanted, month)
    return {row["unit_id"]: _target(row) for row in rows}


async def of_alliance(connection: Connection, alliance_id: int, month: date) -> SetTarget | None:
    """Return the target of the alliance itself for a month in its last version, None without one."""
    row = await connection.fetchrow(SELECT_OF_ALLIANCE, alliance_id, month)
    return None if row is None else _target(row)


def _target(row: Row) -> SetTarget:
    return SetTarget(
        id=row["target_id"],
        staff_id=row["staff_id"],
        unit_id=row["unit_id"],
        month=row["month"],
        aim=Target(amount_fen=row["amount_fen"], orders=row["order_count"]),
        set_by_id=row["set_by_id"],
        set_at=row["set_at"],
    )
