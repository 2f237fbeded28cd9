"""Loading a history: an alliance held as a whole while its past is written in one transaction.

`baobei.vouched` says so to the statements that would lock each customer, or tell the outside what is long past.
"""

from datetime import datetime
from uuid import UUID

from baobei.store.connection import Connection

# Whoever writes anything of the alliance shares its row, and so waits: nobody registers meanwhile.
HOLD_ALLIANCE = """
SELECT true
  FROM alliance
 WHERE alliance_id = $1
   FOR UPDATE
"""

# Until the transaction ends, however long that takes.
VOUCH = """
SELECT set_config('baobei.vouched', 'on', true),
       set_config('transaction_timeout', '0', true)
"""

HAS_A_PAST = """
SELECT EXISTS (SELECT FROM registration WHERE alliance_id = $1)
    OR EXISTS (SELECT FROM customer_order WHERE alliance_id = $1)
"""

SELECT_DUE = """
SELECT registration_id
  FROM registration
 WHERE alliance_id = $1
   AND due_at <= $2
 ORDER BY due_at, registration_id
 LIMIT $3
"""

SELECT_ADMINISTRATORS = """
SELECT code
  FROM staff
 WHERE alliance_id = $1
   AND active
   AND 'ADMINISTRATOR' = ANY (roles)
 ORDER BY code
"""


async def hold_empty_alliance(connection: Connection, alliance_id: int) -> bool:
    """Hold an alliance for a history until the transaction ends; False when it has registrations or orders."""
    await connection.fetchval(HOLD_ALLIANCE, alliance_id)
    await connection.execute(VOUCH)
    return not await connection.fetchval(HAS_A_PAST, alliance_id)


async def due(connection: Connection, alliance_id: int, *, at: datetime, limit: int) -> list[UUID]:
    """Return registrations of which there is something to tell at `at`, at most so many."""
    rows = await connection.fetch(SELECT_DUE, alliance_id, at, limit)
    return [row["registration_id"] for row in rows]


async def administrators(connection: Connection, alliance_id: int) -> list[str]:
    """Return the codes of the alliance's active administrators."""
    rows = await connection.fetch(SELECT_ADMINISTRATORS, alliance_id)
    return [row["code"] for row in rows]
