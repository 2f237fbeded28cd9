"""Which units owe a report, which closing times have been seen to, and which were missed."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from baobei.store.connection import Connection
from baobei.store.organisation_models import Unit, UnitKind

# Whoever submits and whoever looks for what was missed do one unit's day one after the other. In rising order, so that
# nobody waits crosswise.
LOCK_DAYS = """
SELECT pg_advisory_xact_lock(hashtextextended('daily report/' || $1::integer || '/' || unit_id || '/' || $3::date, 0))
  FROM unnest($2::uuid[]) AS asked (unit_id)
 ORDER BY unit_id
"""

SELECT_REPORTING = """
SELECT u.unit_id, u.code, u.name, u.kind, u.region
  FROM unit u
 WHERE u.alliance_id = $1
   AND u.kind = ANY($2::text[])
   AND EXISTS (SELECT FROM staff s WHERE s.alliance_id = u.alliance_id AND s.unit_id = u.unit_id AND s.active)
 ORDER BY u.code
"""

SELECT_NEWEST = """
SELECT max(day)
  FROM report_day
 WHERE alliance_id = $1
   AND day <= $2
"""

SELECT_FIRST_KNOWN = """
SELECT asked.unit_id,
       least((SELECT min(m.day) FROM missed_report m WHERE m.alliance_id = $1 AND m.unit_id = asked.unit_id),
             (SELECT min(r.day) FROM daily_report r WHERE r.alliance_id = $1 AND r.unit_id = asked.unit_id)) AS day
  FROM unnest($2::uuid[]) AS asked (unit_id)
"""

# A past that was loaded was told to nobody: it owes no reports.
SELECT_FIRST_TOLD = """
SELECT min(occurred_at)
  FROM outbox_event
 WHERE alliance_id = $1
   AND event_type IN ('registration.admitted', 'registration.refused')
"""

INSERT_DAY = """
INSERT INTO report_day (alliance_id, day, noted_at)
VALUES ($1, $2, $3)
ON CONFLICT ON CONSTRAINT report_day_pkey DO NOTHING
"""

INSERT_MISSED = """
INSERT INTO missed_report (alliance_id, unit_id, day, closes_at, noted_at)
SELECT $1, asked.unit_id, $3, $4, $5
  FROM unnest($2::uuid[]) AS asked (unit_id)
 WHERE NOT EXISTS (SELECT
                     FROM daily_report r
                    WHERE r.alliance_id = $1
                      AND r.unit_id = asked.unit_id
                      AND r.day = $3
                      AND r.submitted_at < $4)
 ORDER BY asked.unit_id
ON CONFLICT ON CONSTRAINT missed_report_pkey DO NOTHING
RETURNING unit_id
"""


async def hold_days(connection: Connection, alliance_id: int, unit_ids: Collection[UUID], day: date) -> None:
    """Hold a day of units until the transaction ends; waits for whoever holds it."""
    await connection.execute(LOCK_DAYS, alliance_id, list(unit_ids), day)


async def reporting_units(connection: Connection, alliance_id: int) -> tuple[Unit, ...]:
    """Return the stores and field departments that somebody works in, by code: each owes a report a day."""
    kinds = [kind.value for kind in UnitKind if kind.channel is not None]
    return tuple(
        Unit(
            id=row["unit_id"],
            code=row["code"],
            name=row["name"],
            kind=UnitKind(row["kind"]),
            region=row["region"],
        )
        for row in await connection.fetch(SELECT_REPORTING, alliance_id, kinds)
    )


async def newest_closed(connection: Connection, alliance_id: int, *, up_to: date) -> date | None:
    """Return the newest day, up to one, whose closing time has been seen to; None before the first."""
    newest: date | None = await connection.fetchval(SELECT_NEWEST, alliance_id, up_to)
    return newest


async def first_told_at(connection: Connection, alliance_id: int) -> datetime | None:
    """Return when the first attempt to register happened of which events are still kept, None for none."""
    first: datetime | None = await connection.fetchval(SELECT_FIRST_TOLD, alliance_id)
    return first


async def first_known(
    connection: Connection, alliance_id: int, unit_ids: Collection[UUID]
) -> dict[UUID, date]:
    """Return the first day that each unit missed or submitted; one that has neither is absent."""
    rows = await connection.fetch(SELECT_FIRST_KNOWN, alliance_id, list(unit_ids))
    return {row["unit_id"]: row["day"] for row in rows if row["day"] is not None}


async def close(connection: Connection, alliance_id: int, day: date, *, at: datetime) -> None:
    """Write down that a day's closing time has been seen to; twice is once."""
    await connection.execute(INSERT_DAY, alliance_id, day, at)


async def insert_missed(
    connection: Connection,
    alliance_id: int,
    unit_ids: Collection[UUID],
    *,
    day: date,
    closes_at: datetime,
    at: datetime,
) -> tuple[UUID, ...]:
    """Write down which of the units had not submitted before the closing time; return those that are new."""
    rows = await connection.fetch(INSERT_MISSED, alliance_id, list(unit_ids), day, closes_at, at)
    return tuple(row["unit_id"] for row in rows)
