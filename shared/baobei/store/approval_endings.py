"""Why requests ended without anybody's wish: as the acts of their decisions say."""

from collections.abc import Collection
from uuid import UUID

from baobei.store.connection import Connection

SELECT_WHYS = """
SELECT subject_id, CASE WHEN detail ->> 'erasure' IS NOT NULL THEN 'ERASED' ELSE detail ->> 'why' END AS why
  FROM audit_event
 WHERE alliance_id = $1
   AND subject_id = ANY($2::uuid[])
   AND kind = 'approval.decided'
 ORDER BY subject_id, sequence
"""


async def whys(connection: Connection, alliance_id: int, ids: Collection[UUID]) -> dict[UUID, str | None]:
    """Return the code of the refusal for each request, None for one that had its effect, was rejected or waits.

    ERASED: it ended with the erasure of the customer.
    """
    rows = await connection.fetch(SELECT_WHYS, alliance_id, list(ids))
    return dict.fromkeys(ids) | {row["subject_id"]: row["why"] for row in rows}
