"""The audit read for sealing and for verifying, and the seals over it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from baobei.audit_chain import DIGEST_BYTES, AuditedEvent, Seal
from baobei.store.connection import Connection, Row

# The first number of a lock of two; the second is the alliance. Customers are held by locks of one number.
_SEALING: Final = 724_101

TRY_LOCK = """
SELECT pg_try_advisory_xact_lock($1, $2)
"""

# How far numbers have been given out. A sequence is not bound by transactions: this is so for everybody, at once.
SELECT_GIVEN_OUT = """
SELECT last_value - CASE WHEN is_called THEN 0 ELSE 1 END
  FROM recording_sequence
"""

# Whoever writes an event holds this lock from before its number is drawn until its transaction has ended.
SELECT_WRITERS = """
SELECT DISTINCT virtualtransaction
  FROM pg_locks
 WHERE locktype = 'relation'
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND relation = 'audit_event'::regclass
   AND mode = 'RowExclusiveLock'
   AND granted
"""

SELECT_LAST_SEAL = """
SELECT seal_number, given_out, sequences, event_digests, previous_hash, hash, sealed_at
  FROM audit_seal
 WHERE alliance_id = $1
 ORDER BY seal_number DESC
 LIMIT 1
"""

SELECT_SEALS = """
SELECT seal_number, given_out, sequences, event_digests, previous_hash, hash, sealed_at
  FROM audit_seal
 WHERE alliance_id = $1
   AND seal_number > $2
 ORDER BY seal_number
 LIMIT $3
"""

# Above $2 and up to $3, at most $4.
SELECT_EVENTS = """
SELECT sequence, occurred_at, kind, subject_kind, subject_id, actor_id, detail::text AS detail,
       reason_id, reason IS NOT NULL AS reason_in_clear, written_at, origin, request_id
  FROM audit_event
 WHERE alliance_id = $1
   AND sequence > $2
   AND sequence <= $3
 ORDER BY sequence
 LIMIT $4
"""

# $2: up to where the last seal goes.
COUNT_UNSEALED = """
SELECT count(*) AS events, min(written_at) AS oldest, max(sequence) AS last
  FROM audit_event
 WHERE alliance_id = $1
   AND sequence > $2
"""

INSERT_SEAL = """
INSERT INTO audit_seal (alliance_id, seal_number, given_out, sequences, event_digests, previous_hash, hash,
                        sealed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsealed:
    """Events behind the last seal: how many, when the oldest was written, the largest number; None for none."""

    events: int
    oldest_at: datetime | None
    last: int | None


async def given_out(connection: Connection) -> int:
    """Return the last number that has been given out, 0 for none."""
    number: int = await connection.fetchval(SELECT_GIVEN_OUT)
    return number


async def writers(connection: Connection) -> frozenset[str]:
    """Return the transactions that have written an event, or are about to, and have not ended."""
    return frozenset(row["virtualtransaction"] for row in await connection.fetch(SELECT_WRITERS))


async def try_lock(connection: Connection, alliance_id: int) -> bool:
    """Become the one who seals for an alliance until the transaction ends; False when somebody else is."""
    locked: bool = await connection.fetchval(TRY_LOCK, _SEALING, alliance_id)
    return locked


async def last_seal(connection: Connection, alliance_id: int) -> Seal | None:
    """Return the newest seal, None before the first."""
    row = await connection.fetchrow(SELECT_LAST_SEAL, alliance_id)
    return None if row is None else _seal(row)


async def seals_after(connection: Connection, alliance_id: int, number: int, *, limit: int) -> list[Seal]:
    """Return the next seals after a number, in order."""
    return [_seal(row) for row in await connection.fetch(SELECT_SEALS, alliance_id, number, limit)]


async def events(
    connection: Connection, alliance_id: int, *, above: int, up_to: int, limit: int
) -> list[AuditedEvent]:
    """Return the first events with a number above one and up to another, in order."""
    return [_event(row) for row in await connection.fetch(SELECT_EVENTS, alliance_id, above, up_to, limit)]


async def unsealed(connection: Connection, alliance_id: int, *, above: int) -> Unsealed:
    """Return what stands above a number."""
    row: Any = await connection.fetchrow(COUNT_UNSEALED, alliance_id, above)
    return Unsealed(events=row["events"], oldest_at=row["oldest"], last=row["last"])


async def insert(connection: Connection, alliance_id: int, seal: Seal) -> None:
    """Append a seal."""
    await connection.execute(
        INSERT_SEAL,
        alliance_id,
        seal.number,
        seal.given_out,
        seal.sequences,
        b"".join(seal.event_digests),
        seal.previous_hash,
        seal.hash,
        seal.sealed_at,
    )


def _seal(row: Row) -> Seal:
    digests: bytes = row["event_digests"]
    return Seal(
        number=row["seal_number"],
        given_out=row["given_out"],
        sequences=tuple(row["sequences"]),
        event_digests=tuple(digests[at : at + DIGEST_BYTES] for at in range(0, len(digests), DIGEST_BYTES)),
        previous_hash=row["previous_hash"],
        sealed_at=row["sealed_at"],
        hash=row["hash"],
    )


def _event(row: Row) -> AuditedEvent:
    return AuditedEvent(
        sequence=row["sequence"],
        occurred_at=row["occurred_at"],
        kind=row["kind"],
        subject_kind=row["subject_kind"],
        subject_id=row["subject_id"],
        actor_id=row["actor_id"],
        detail=row["detail"],
        reason_id=row["reason_id"],
        reason_in_clear=row["reason_in_clear"],
        written_at=row["written_at"],
        origin=row["origin"],
        request_id=row["request_id"],
    )
