"""How often a person has looked at customers in full, by day of wall time."""

from datetime import date
from uuid import UUID

from baobei.store.connection import Connection

# No row comes back when the day is used up; the row is held, so that requests at once queue for it.
COUNT_REVEAL = """
INSERT INTO reveal_tally AS t (alliance_id, staff_id, day, revealed)
SELECT $1, $2, $3, 1
 WHERE $4 > 0
ON CONFLICT ON CONSTRAINT reveal_tally_pkey DO UPDATE
   SET revealed = t.revealed + 1
 WHERE t.revealed < $4
RETURNING revealed
"""


async def count(connection: Connection, alliance_id: int, staff_id: UUID, *, day: date, limit: int) -> bool:
    """Count one more and return whether the day had room for it."""
    return await connection.fetchval(COUNT_REVEAL, alliance_id, staff_id, day, limit) is not None
