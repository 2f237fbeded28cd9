"""The audit read for sealing and for verifying, and the seals over it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from baobei.audit_chain import DIGEST_BYTES, AuditedEvent, Seal
from baobei.store.connection import Connection, Row

# The first number of a lock of two; the second is the alliance. Customers are held by locks of one number.
_SEALING: Final = 724_101

TRY_LOCK = """
SELECT pg_try_advisory_xact_lock($1, $2)
"""

SELECT_LAST_SEAL = """
SELECT seal_number, sequences, event_digests, previous_hash, hash, sealed_at
  FROM audit_seal
 WHERE alliance_id = $1
 ORDER BY seal_number DESC
 LIMIT 1
"""

SELECT_SEALS = """
SELECT seal_number, sequences, event_digests, previous_hash, hash, sealed_at
  FROM audit_seal
 WHERE alliance_id = $1
   AND seal_number > $2
 ORDER BY seal_number
 LIMIT $3
"""

# $2: sealed before this instant.
SELECT_LAST_SEALED = """
SELECT coalesce(max(last_sequence), 0)
  FROM audit_seal
 WHERE alliance_id = $1
   AND sealed_at < $2
"""

SELECT_EVENTS = """
SELECT sequence, occurred_at, kind, subject_kind, subject_id, actor_id, detail::text AS detail,
       reason_id, reason IS NOT NULL AS reason_in_clear, written_at, origin, request_id
  FROM audit_event
 WHERE alliance_id = $1
   AND sequence = ANY($2::bigint[])
"""

SELECT_EVENTS_AFTER = """
SELECT sequence, occurred_at, kind, subject_kind, subject_id, actor_id, detail::text AS detail,
       reason_id, reason IS NOT NULL AS reason_in_clear, written_at, origin, request_id
  FROM audit_event
 WHERE alliance_id = $1
   AND sequence > $2
 ORDER BY sequence
 LIMIT $3
"""

# Above $2 and up to $3: what no seal names, though one names something later.
SELECT_PASSED_BY = """
SELECT e.sequence, e.occurred_at, e.kind, e.subject_kind, e.subject_id, e.actor_id, e.detail::text AS detail,
       e.reason_id, e.reason IS NOT NULL AS reason_in_clear, e.written_at, e.origin, e.request_id
  FROM audit_event e
  LEFT JOIN (SELECT unnest(s.sequences) AS sequence
               FROM audit_seal s
              WHERE s.alliance_id = $1
                AND s.last_sequence > $2) named ON named.sequence = e.sequence
 WHERE e.alliance_id = $1
   AND e.sequence > $2
   AND e.sequence <= $3
   AND named.sequence IS NULL
 ORDER BY e.sequence
 LIMIT $4
"""

# What no seal names, wherever it stands.
COUNT_UNSEALED = """
SELECT count(*) AS events, min(e.written_at) AS oldest
  FROM audit_event e
  LEFT JOIN (SELECT unnest(s.sequences) AS sequence
               FROM audit_seal s
              WHERE s.alliance_id = $1) named ON named.sequence = e.sequence
 WHERE e.alliance_id = $1
   AND named.sequence IS NULL
"""

INSERT_SEAL = """
INSERT INTO audit_seal (alliance_id, seal_number, sequences, event_digests, previous_hash, hash, sealed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


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


async def last_sealed(connection: Connection, alliance_id: int, *, before: datetime) -> int:
    """Return the largest number that a seal made before an instant of wall time names, 0 for none."""
    found: int = await connection.fetchval(SELECT_LAST_SEALED, alliance_id, before)
    return found


async def events(
    connection: Connection, alliance_id: int, sequences: Sequence[int]
) -> dict[int, AuditedEvent]:
    """Return the events of these numbers that there are."""
    rows = await connection.fetch(SELECT_EVENTS, alliance_id, list(sequences))
    return {row["sequence"]: _event(row) for row in rows}


async def events_after(
    connection: Connection, alliance_id: int, sequence: int, *, limit: int
) -> list[AuditedEvent]:
    """Return the next events after a number, in order."""
    return [_event(row) for row in await connection.fetch(SELECT_EVENTS_AFTER, alliance_id, sequence, limit)]


async def passed_by(
    connection: Connection, alliance_id: int, *, above: int, up_to: int, limit: int
) -> list[AuditedEvent]:
    """Return the events between two numbers that no seal names, in order."""
    rows = await connection.fetch(SELECT_PASSED_BY, alliance_id, above, up_to, limit)
    return [_event(row) for row in rows]


async def unsealed(connection: Connection, alliance_id: int) -> tuple[int, datetime | None]:
    """Return how many events no seal names, and when the oldest of them says that it was written."""
    row: Any = await connection.fetchrow(COUNT_UNSEALED, alliance_id)
    return row["events"], row["oldest"]


async def insert(connection: Connection, alliance_id: int, seal: Seal) -> None:
    """Append a seal."""
    await connection.execute(
        INSERT_SEAL,
        alliance_id,
        seal.number,
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
