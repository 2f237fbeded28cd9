"""The file of an import, sealed in pieces, and what became of its rows; both are taken away after a while."""

from collections.abc import Sequence
from uuid import UUID

from baobei.policy.terms import ClauseNumber
from baobei.store.connection import Connection
from baobei.store.import_models import FilePart, RowAnswer

INSERT_PIECE = """
INSERT INTO import_piece (alliance_id, import_id, part, position, piece_id, sealed)
VALUES ($1, $2, $3, $4, $5, $6)
"""

SELECT_PIECE = """
SELECT piece_id, sealed
  FROM import_piece
 WHERE alliance_id = $1
   AND import_id = $2
   AND part = $3
   AND position = $4
"""

DELETE_PART = """
DELETE FROM import_piece
 WHERE alliance_id = $1
   AND import_id = $2
   AND part = $3
"""

INSERT_ROWS = """
INSERT INTO import_row (alliance_id, import_id, row_number, code, clause, message, registration_number,
                        protected_until)
SELECT $1, $2, a.row_number, a.code, a.clause, a.message, a.registration_number, a.protected_until
  FROM unnest($3::integer[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
       AS a (row_number, code, clause, message, registration_number, protected_until)
"""

SELECT_ROWS = """
SELECT row_number, code, clause, message, registration_number, protected_until
  FROM import_row
 WHERE alliance_id = $1
   AND import_id = $2
   AND row_number > $3
 ORDER BY row_number
 LIMIT $4
"""

# $1 days after its end, of wall time, an import loses its file and its rows; one at a time. It goes on answering for
# the file, by its digest: sent again, nothing is registered again.
PURGE = """
WITH old AS (
    SELECT alliance_id, import_id
      FROM import_job
     WHERE ended_at < now() - make_interval(days => $1)
       AND purged_at IS NULL
     ORDER BY ended_at
     LIMIT 1
       FOR UPDATE SKIP LOCKED
), pieces AS (
    DELETE FROM import_piece p
     USING old
     WHERE p.alliance_id = old.alliance_id
       AND p.import_id = old.import_id
), answers AS (
    DELETE FROM import_row r
     USING old
     WHERE r.alliance_id = old.alliance_id
       AND r.import_id = old.import_id
), purged AS (
    UPDATE import_job j
       SET purged_at = now(),
           taken_away = 'AGE'
      FROM old
     WHERE j.alliance_id = old.alliance_id
       AND j.import_id = old.import_id
    RETURNING 1
)
SELECT count(*) FROM purged
"""

# The answers stay, which say nothing of whom they are about; without its file an import has no result to fetch.
TAKE_AWAY_ENDED = """
WITH ended AS (
    SELECT alliance_id, import_id
      FROM import_job
     WHERE alliance_id = $1
       AND ended_at IS NOT NULL
       AND purged_at IS NULL
       FOR UPDATE
), pieces AS (
    DELETE FROM import_piece p
     USING ended
     WHERE p.alliance_id = ended.alliance_id
       AND p.import_id = ended.import_id
), purged AS (
    UPDATE import_job j
       SET purged_at = now(),
           taken_away = 'ERASURE'
      FROM ended
     WHERE j.alliance_id = ended.alliance_id
       AND j.import_id = ended.import_id
    RETURNING 1
)
SELECT count(*) FROM purged
"""

# Whoever ends one at this moment comes first: then it has ended, and is taken away by the statement above.
TAKE_AWAY_WHEN_ENDED = """
WITH open AS (
    SELECT alliance_id, import_id
      FROM import_job
     WHERE alliance_id = $1
       AND ended_at IS NULL
       AND taken_away IS NULL
     ORDER BY import_id
       FOR UPDATE
)
UPDATE import_job j
   SET taken_away = 'ERASURE'
  FROM open
 WHERE j.alliance_id = open.alliance_id
   AND j.import_id = open.import_id
"""

COUNT_ENDED = """
SELECT count(*)
  FROM import_job
 WHERE alliance_id = $1
   AND ended_at IS NOT NULL
   AND purged_at IS NULL
"""


async def count_ended(connection: Connection, alliance_id: int) -> int:
    """Return of how many imports of an alliance that have ended the files are still there."""
    count: int = await connection.fetchval(COUNT_ENDED, alliance_id)
    return count


async def take_away(connection: Connection, alliance_id: int) -> int:
    """Take away the files of every import of an alliance; return how many imports that have ended had one.

    An import that has not ended loses its file, and the result that is made of it, when it ends.
    """
    await connection.execute(TAKE_AWAY_WHEN_ENDED, alliance_id)
    gone: int = await connection.fetchval(TAKE_AWAY_ENDED, alliance_id)
    return gone


async def insert_piece(
    connection: Connection,
    alliance_id: int,
    import_id: UUID,
    part: FilePart,
    *,
    position: int,
    id: UUID,
    sealed: bytes,
) -> None:
    """Store a sealed piece; positions count from 0."""
    await connection.execute(INSERT_PIECE, alliance_id, import_id, part.value, position, id, sealed)


async def piece(
    connection: Connection, alliance_id: int, import_id: UUID, part: FilePart, *, position: int
) -> tuple[UUID, bytes] | None:
    """Return the id of a piece and the piece, sealed; None after the last one."""
    row = await connection.fetchrow(SELECT_PIECE, alliance_id, import_id, part.value, position)
    return None if row is None else (row["piece_id"], row["sealed"])


async def delete_part(connection: Connection, alliance_id: int, import_id: UUID, part: FilePart) -> None:
    """Take a file away."""
    await connection.execute(DELETE_PART, alliance_id, import_id, part.value)


async def insert_rows(
    connection: Connection, alliance_id: int, import_id: UUID, answers: Sequence[RowAnswer]
) -> None:
    """Store what became of rows."""
    await connection.execute(
        INSERT_ROWS,
        alliance_id,
        import_id,
        [answer.row_number for answer in answers],
        [answer.code for answer in answers],
        [answer.clause for answer in answers],
        [answer.message for answer in answers],
        [answer.registration_number for answer in answers],
        [answer.protected_until for answer in answers],
    )


async def rows_after(
    connection: Connection, alliance_id: int, import_id: UUID, *, row_number: int, limit: int
) -> list[RowAnswer]:
    """Return what became of the rows after one, in their order, at most so many."""
    found = await connection.fetch(SELECT_ROWS, alliance_id, import_id, row_number, limit)
    return [
        RowAnswer(
            row_number=row["row_number"],
            code=row["code"],
            clause=None if row["clause"] is None else ClauseNumber(row["clause"]),
            message=row["message"],
            registration_number=row["registration_number"],
            protected_until=row["protected_until"],
        )
        for row in found
    ]


async def purge(connection: Connection, *, older_than_days: int) -> int:
    """Take away the file and the rows of the oldest import that ended longer ago; return 1, or 0 for none."""
    gone: int = await connection.fetchval(PURGE, older_than_days)
    return gone
