"""Work on handovers: who has claimed one, what comes next, and what became of it.

Leases go by the database's wall time, one clock for all workers.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from baobei.store.connection import Connection
from baobei.store.handover_models import HandoverClaim, HandoverItem, HandoverOutcome, HandoverState
from baobei.store.handovers import items_of

# $1 seconds of lease, $2 the only one to take (NULL: any). Whoever has waited longest since it was worked on.
CLAIM = """
WITH next AS (
    SELECT alliance_id AS in_alliance, handover_id AS in_handover
      FROM handover
     WHERE state IN ('WAITING', 'RUNNING')
       AND (lease_until IS NULL OR lease_until <= now())
       AND (retry_at IS NULL OR retry_at <= now())
       AND ($2::uuid IS NULL OR handover_id = $2)
     ORDER BY claimed_at NULLS FIRST, written_at
     LIMIT 1
       FOR UPDATE SKIP LOCKED
)
UPDATE handover
   SET state = 'RUNNING',
       claimed_at = now(),
       lease_until = now() + make_interval(secs => $1),
       retry_at = NULL,
       fence = fence + 1,
       attempts = attempts + 1
  FROM next
 WHERE alliance_id = in_alliance
   AND handover_id = in_handover
RETURNING alliance_id, handover_id, fence, attempts
"""

# Whoever holds the row is the only one at work on it, whatever became of the lease.
HOLD = """
SELECT true
  FROM handover
 WHERE alliance_id = $1
   AND handover_id = $2
   AND fence = $3
   AND lease_until IS NOT NULL
   FOR UPDATE
"""

SELECT_OPEN_ITEMS = """
SELECT position, registration_id, to_staff_id, outcome
  FROM handover_item
 WHERE alliance_id = $1
   AND handover_id = $2
   AND outcome IS NULL
 ORDER BY position
 LIMIT $3
"""

SETTLE_ITEMS = """
UPDATE handover_item i
   SET outcome = n.outcome, settled_at = $5
  FROM unnest($3::integer[], $4::text[]) AS n (position, outcome)
 WHERE i.alliance_id = $1
   AND i.handover_id = $2
   AND i.position = n.position
"""

# Progress: what came before is not counted against it.
ADVANCE = """
UPDATE handover
   SET moved = moved + $3, skipped = skipped + $4, attempts = 0, lease_until = now() + make_interval(secs => $5)
 WHERE alliance_id = $1
   AND handover_id = $2
"""

# $4 seconds to wait before anybody takes it again; $5: the attempt does not count.
GIVE_BACK = """
UPDATE handover
   SET lease_until = NULL,
       retry_at = now() + make_interval(secs => $4),
       attempts = CASE WHEN $5 THEN greatest(attempts - 1, 0) ELSE attempts END
 WHERE alliance_id = $1
   AND handover_id = $2
   AND fence = $3
   AND lease_until IS NOT NULL
"""

# What its turn never came for is left as it was, as what was skipped.
END = """
UPDATE handover
   SET state = $3, skipped = total - moved, ended_at = greatest($4, started_at), lease_until = NULL
 WHERE alliance_id = $1
   AND handover_id = $2
RETURNING moved, skipped, total
"""


async def claim(
    connection: Connection, *, lease_s: float, only: UUID | None = None
) -> tuple[int, UUID, int, int] | None:
    """Take a handover that nobody holds, of any alliance: its alliance, id, fence and attempts."""
    row = await connection.fetchrow(CLAIM, lease_s, only)
    if row is None:
        return None
    return row["alliance_id"], row["handover_id"], row["fence"], row["attempts"]


async def hold(connection: Connection, claim: HandoverClaim) -> bool:
    """Hold a claimed handover until the transaction ends; False when somebody else has taken it."""
    handover = claim.handover
    return bool(await connection.fetchval(HOLD, handover.alliance_id, handover.id, claim.fence))


async def open_items(
    connection: Connection, alliance_id: int, id: UUID, *, at_most: int
) -> tuple[HandoverItem, ...]:
    """Return the next registrations whose turn it is."""
    return items_of(await connection.fetch(SELECT_OPEN_ITEMS, alliance_id, id, at_most))


async def settle(
    connection: Connection,
    alliance_id: int,
    id: UUID,
    outcomes: Sequence[tuple[HandoverItem, HandoverOutcome]],
    *,
    at: datetime,
    lease_s: float,
) -> None:
    """Write down what became of registrations with how far the handover has come by them."""
    await connection.execute(
        SETTLE_ITEMS,
        alliance_id,
        id,
        [item.position for item, _ in outcomes],
        [outcome.value for _, outcome in outcomes],
        at,
    )
    moved = sum(outcome is HandoverOutcome.MOVED for _, outcome in outcomes)
    await advance(connection, alliance_id, id, moved=moved, skipped=len(outcomes) - moved, lease_s=lease_s)


async def advance(
    connection: Connection, alliance_id: int, id: UUID, *, moved: int = 0, skipped: int = 0, lease_s: float
) -> None:
    """Write down how many registrations were moved and skipped, and hold the handover for longer."""
    await connection.execute(ADVANCE, alliance_id, id, moved, skipped, lease_s)


async def give_back(
    connection: Connection, claim: HandoverClaim, *, retry_in_s: float, uncounted: bool = False
) -> None:
    """Let go of a handover that has not ended, unless somebody else has taken it."""
    handover = claim.handover
    await connection.execute(GIVE_BACK, handover.alliance_id, handover.id, claim.fence, retry_in_s, uncounted)


async def end(
    connection: Connection, alliance_id: int, id: UUID, state: HandoverState, *, at: datetime
) -> tuple[int, int, int]:
    """End a handover that is held at an instant of business time, never before it was begun.

    Returns how many registrations were moved and skipped, of how many.
    """
    row = await connection.fetchrow(END, alliance_id, id, state.value, at)
    if row is None:
        raise RuntimeError("a handover that is held is not there")
    return row["moved"], row["skipped"], row["total"]
