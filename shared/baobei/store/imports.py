"""Imports: who sent what, who works on it, and how far that has come.

Leases go by the database's wall time, one clock for all workers.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from baobei.store.connection import Connection, Row
from baobei.store.import_models import FailedImport, ImportClaim, ImportJob, ImportState, TakenAway

COLUMNS = """
       alliance_id, import_id, uploaded_by_id, uploaded_at, kind, dry_run, state, problem, sheet_number,
       header_row, encoding, rows_total, rows_done, last_row, counts, started_at, ended_at, purged_at,
       taken_away, clock_timestamp() AS read_at
"""

# Waits for a transaction that is storing the same file for the same person.
INSERT_JOB = """
INSERT INTO import_job (alliance_id, import_id, uploaded_by_id, uploaded_at, kind, dry_run, size_bytes,
                        content_digest)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (alliance_id, uploaded_by_id, dry_run, content_digest) WHERE answers_repeats DO NOTHING
RETURNING true
"""

SELECT_REPEATED = (
    "SELECT"
    + COLUMNS
    + """
  FROM import_job
 WHERE alliance_id = $1
   AND uploaded_by_id = $2
   AND dry_run = $3
   AND content_digest = $4
   AND answers_repeats
"""
)

SELECT_BY_ID = (
    "SELECT"
    + COLUMNS
    + """
  FROM import_job
 WHERE alliance_id = $1
   AND import_id = $2
"""
)

# Wall time, whatever the business clock says.
COUNT_SENT = """
SELECT count(*) FILTER (WHERE ended_at IS NULL) AS open,
       count(*) FILTER (WHERE dry_run AND written_at > now() - $3::interval) AS dry_runs,
       extract(epoch FROM min(written_at) FILTER (WHERE dry_run AND written_at > now() - $3::interval)
                          + $3::interval - now())::float AS room_in_s
  FROM import_job
 WHERE alliance_id = $1
   AND uploaded_by_id = $2
"""

# $1 seconds of lease, $2 the only one to take (NULL: any). Whoever has waited longest since it was worked on.
CLAIM = (
    """
WITH next AS (
    SELECT alliance_id AS in_alliance, import_id AS in_import
      FROM import_job
     WHERE ended_at IS NULL
       AND (lease_until IS NULL OR lease_until <= now())
       AND (retry_at IS NULL OR retry_at <= now())
       AND ($2::uuid IS NULL OR import_id = $2)
     ORDER BY claimed_at NULLS FIRST, written_at
     LIMIT 1
       FOR UPDATE SKIP LOCKED
)
UPDATE import_job
   SET state = 'RUNNING',
       claimed_at = now(),
       started_at = coalesce(started_at, now()),
       lease_until = now() + make_interval(secs => $1),
       retry_at = NULL,
       fence = fence + 1,
       attempts = attempts + 1
  FROM next
 WHERE alliance_id = in_alliance
   AND import_id = in_import
RETURNING"""
    + COLUMNS
    + ", fence, attempts"
)

OTHERS_WAIT = """
SELECT EXISTS (
    SELECT
      FROM import_job
     WHERE ended_at IS NULL
       AND (lease_until IS NULL OR lease_until <= now())
       AND (retry_at IS NULL OR retry_at <= now()))
"""

RENEW = """
UPDATE import_job
   SET lease_until = now() + make_interval(secs => $4)
 WHERE alliance_id = $1
   AND import_id = $2
   AND fence = $3
   AND lease_until IS NOT NULL
RETURNING true
"""

OPENED = """
UPDATE import_job
   SET sheet_number = $4,
       header_row = $5,
       encoding = $6,
       rows_total = $7
 WHERE alliance_id = $1
   AND import_id = $2
   AND fence = $3
   AND lease_until IS NOT NULL
RETURNING true
"""

# Progress: what came before is not counted against it.
ADVANCE = """
UPDATE import_job
   SET rows_done = $4,
       last_row = $5,
       counts = $6::jsonb,
       attempts = 0,
       lease_until = now() + make_interval(secs => $7)
 WHERE alliance_id = $1
   AND import_id = $2
   AND fence = $3
   AND lease_until IS NOT NULL
RETURNING true
"""

# $4 seconds to wait before anybody takes it again; $5: the attempt does not count.
GIVE_BACK = """
UPDATE import_job
   SET lease_until = NULL,
       retry_at = now() + make_interval(secs => $4),
       attempts = CASE WHEN $5 THEN greatest(attempts - 1, 0) ELSE attempts END
 WHERE alliance_id = $1
   AND import_id = $2
   AND fence = $3
   AND lease_until IS NOT NULL
RETURNING true
"""

# With an erasure while it was open (import_files.TAKE_AWAY_WHEN_ENDED), its file and its result go at once.
END = """
WITH ended AS (
    UPDATE import_job
       SET state = $4,
           problem = $5,
           answers_repeats = $6,
           ended_at = now(),
           purged_at = CASE WHEN taken_away IS NOT NULL THEN now() END,
           lease_until = NULL
     WHERE alliance_id = $1
       AND import_id = $2
       AND fence = $3
       AND lease_until IS NOT NULL
    RETURNING alliance_id, import_id, purged_at
), pieces AS (
    DELETE FROM import_piece p
     USING ended
     WHERE p.alliance_id = ended.alliance_id
       AND p.import_id = ended.import_id
       AND ended.purged_at IS NOT NULL
)
SELECT true FROM ended
"""

# Given up as nobody foresaw, so that somebody has to look; those whose files are gone have been looked at, or are old.
SELECT_GIVEN_UP = """
SELECT j.import_id, a.code AS alliance_code, j.rows_done, j.rows_total, j.ended_at
  FROM import_job j
  JOIN alliance a ON a.alliance_id = j.alliance_id
 WHERE j.state = 'FAILED'
   AND j.problem = $1
   AND j.purged_at IS NULL
 ORDER BY j.ended_at DESC
 LIMIT $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a person has sent: imports that have not ended, and dry runs of late.

    `room_in_s`: seconds until the oldest of those dry runs no longer counts; None when there is none.
    """

    open: int
    dry_runs: int
    room_in_s: float | None = None


async def insert(
    connection: Connection,
    alliance_id: int,
    *,
    id: UUID,
    uploaded_by_id: UUID,
    uploaded_at: datetime,
    kind: str,
    dry_run: bool,
    size_bytes: int,
    content_digest: bytes,
) -> bool:
    """Store a new import; False when the same file of the same person is answered by another one."""
    stored = await connection.fetchval(
        INSERT_JOB, alliance_id, id, uploaded_by_id, uploaded_at, kind, dry_run, size_bytes, content_digest
    )
    return bool(stored)


async def repeated(
    connection: Connection, alliance_id: int, *, uploaded_by_id: UUID, dry_run: bool, content_digest: bytes
) -> ImportJob | None:
    """Return the import that answers for a file that the person sent before, None when there is none."""
    row = await connection.fetchrow(SELECT_REPEATED, alliance_id, uploaded_by_id, dry_run, content_digest)
    return None if row is None else _job(row)


async def by_id(connection: Connection, alliance_id: int, id: UUID) -> ImportJob | None:
    """Return an import, None when there is none of that id."""
    row = await connection.fetchrow(SELECT_BY_ID, alliance_id, id)
    return None if row is None else _job(row)


async def count_sent(
    connection: Connection, alliance_id: int, uploaded_by_id: UUID, *, within: timedelta
) -> Sent:
    """Return how many imports of a person have not ended, and how many dry runs there were of late."""
    row = await connection.fetchrow(COUNT_SENT, alliance_id, uploaded_by_id, within)
    if row is None:
        return Sent(open=0, dry_runs=0)
    return Sent(open=row["open"], dry_runs=row["dry_runs"], room_in_s=row["room_in_s"])


async def claim(connection: Connection, *, lease_s: float, only: UUID | None = None) -> ImportClaim | None:
    """Take an import that nobody holds, of any alliance; None when there is none."""
    row = await connection.fetchrow(CLAIM, lease_s, only)
    return None if row is None else ImportClaim(job=_job(row), fence=row["fence"], attempts=row["attempts"])


async def others_wait(connection: Connection) -> bool:
    """Return whether an import waits that nobody holds, or whose holder is gone."""
    return bool(await connection.fetchval(OTHERS_WAIT))


async def renew(connection: Connection, claim: ImportClaim, *, lease_s: float) -> bool:
    """Prolong the lease; False when somebody else has taken the import."""
    return bool(await connection.fetchval(RENEW, *_held(claim), lease_s))


async def opened(
    connection: Connection,
    claim: ImportClaim,
    *,
    sheet_number: int,
    header_row: int,
    encoding: str | None,
    rows_total: int,
) -> bool:
    """Write down what the file turned out to be; False when somebody else has taken the import."""
    found = await connection.fetchval(OPENED, *_held(claim), sheet_number, header_row, encoding, rows_total)
    return bool(found)


async def advance(
    connection: Connection,
    claim: ImportClaim,
    *,
    rows_done: int,
    last_row: int,
    counts: Mapping[str, int],
    lease_s: float,
) -> bool:
    """Write down how far it has come; False when somebody else has taken the import."""
    found = await connection.fetchval(
        ADVANCE, *_held(claim), rows_done, last_row, json.dumps(dict(counts)), lease_s
    )
    return bool(found)


async def give_back(
    connection: Connection, claim: ImportClaim, *, retry_in_s: float, uncounted: bool = False
) -> bool:
    """Let go of an import that has not ended; False when somebody else has taken it."""
    return bool(await connection.fetchval(GIVE_BACK, *_held(claim), retry_in_s, uncounted))


async def end(
    connection: Connection,
    claim: ImportClaim,
    *,
    state: ImportState,
    problem: str | None = None,
    answers_repeats: bool,
) -> bool:
    """End an import; False when somebody else has taken it."""
    return bool(await connection.fetchval(END, *_held(claim), state.value, problem, answers_repeats))


async def given_up(connection: Connection, *, problem: str, at_most: int) -> tuple[FailedImport, ...]:
    """Return the imports that failed with this problem and still have their file, the last first."""
    rows = await connection.fetch(SELECT_GIVEN_UP, problem, at_most)
    return tuple(
        FailedImport(
            id=row["import_id"],
            alliance_code=row["alliance_code"],
            rows_done=row["rows_done"],
            rows_total=row["rows_total"],
            ended_at=row["ended_at"],
        )
        for row in rows
    )


def _held(claim: ImportClaim) -> tuple[int, UUID, int]:
    return claim.job.alliance_id, claim.job.id, claim.fence


def _job(row: Row) -> ImportJob:
    return ImportJob(
        id=row["import_id"],
        alliance_id=row["alliance_id"],
        uploaded_by_id=row["uploaded_by_id"],
        uploaded_at=row["uploaded_at"],
        kind=row["kind"],
        dry_run=row["dry_run"],
        state=ImportState(row["state"]),
        problem=row["problem"],
        sheet_number=row["sheet_number"],
        header_row=row["header_row"],
        encoding=row["encoding"],
        rows_total=row["rows_total"],
        rows_done=row["rows_done"],
        last_row=row["last_row"],
        counts=json.loads(row["counts"]),
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        purged_at=row["purged_at"],
        taken_away=None if row["taken_away"] is None else TakenAway(row["taken_away"]),
        read_at=row["read_at"],
    )
