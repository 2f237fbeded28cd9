"""What each person made in each month; the row is what parallel requests queue on."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from baobei.policy.quota import Tally
from baobei.policy.terms import Channel
from baobei.store.connection import Connection, change_one

# Makes the rows that are missing, so that there is something to hold.
OPEN_MONTH = """
INSERT INTO quota_tally (alliance_id, staff_id, month, channel, made, converted, closed)
VALUES ($1, $2, $3, $4, 0, 0, 0)
ON CONFLICT ON CONSTRAINT quota_tally_pkey DO NOTHING
"""

LOCK_TALLIES = """
SELECT channel, made, converted, closed
  FROM quota_tally
 WHERE alliance_id = $1
   AND staff_id = $2
   AND month = $3
 ORDER BY channel
   FOR UPDATE
"""

SELECT_TALLIES = """
SELECT staff_id, month, channel, made, converted, closed
  FROM quota_tally
 WHERE alliance_id = $1
   AND (staff_id, month) IN (SELECT * FROM unnest($2::uuid[], $3::date[]))
"""

# The row is there: whoever admitted the registration had opened its month.
CHANGE_TALLY = """
UPDATE quota_tally t
   SET made = t.made + $3,
       converted = t.converted + $4,
       closed = t.closed + $5
  FROM registration r
 WHERE r.alliance_id = $1
   AND r.registration_id = $2
   AND t.alliance_id = $1
   AND t.staff_id = r.registrant_id
   AND t.month = r.quota_month
   AND t.channel = r.channel
"""


async def lock_tallies(
    connection: Connection, alliance_id: int, *, staff_id: UUID, month: date, channel: Channel
) -> dict[Channel, Tally]:
    """Return what a person made in a month by channel, held until the transaction ends."""
    await connection.execute(OPEN_MONTH, alliance_id, staff_id, month, channel.value)
    rows = await connection.fetch(LOCK_TALLIES, alliance_id, staff_id, month)
    return {
        Channel(row["channel"]): Tally(made=row["made"], converted=row["converted"], closed=row["closed"])
        for row in rows
    }


async def tallies(
    connection: Connection, alliance_id: int, people_and_months: Collection[tuple[UUID, date]]
) -> dict[tuple[UUID, date], dict[Channel, Tally]]:
    """Return what people made in months by channel; a person who made nothing is absent."""
    asked = list(people_and_months)
    rows = await connection.fetch(
        SELECT_TALLIES, alliance_id, [staff for staff, _ in asked], [month for _, month in asked]
    )
    found: dict[tuple[UUID, date], dict[Channel, Tally]] = defaultdict(dict)
    for row in rows:
        found[row["staff_id"], row["month"]][Channel(row["channel"])] = Tally(
            made=row["made"], converted=row["converted"], closed=row["closed"]
        )
    return found


async def change(
    connection: Connection,
    alliance_id: int,
    registration_id: UUID,
    *,
    made: int = 0,
    converted: int = 0,
    closed: int = 0,
) -> None:
    """Change the tally that a registration counts in: its maker's, in its month and channel."""
    await change_one(connection, CHANGE_TALLY, alliance_id, registration_id, made, converted, closed)


COUNT_MADE = """
SELECT count(*)
  FROM registration
 WHERE alliance_id = $1
   AND registrant_id = $2
   AND registered_at >= $3
"""


async def count_made(connection: Connection, alliance_id: int, staff_id: UUID, *, since: datetime) -> int:
    """Return how many registrations a person has made from an instant on, in any channel, whatever became of them."""
    count: int = await connection.fetchval(COUNT_MADE, alliance_id, staff_id, since)
    return count
