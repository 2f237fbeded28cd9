"""The same key from the same caller with the same input answers as the first time and does nothing more."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from baobei.store.connection import Connection
from baobei.vault import Vault

# Waits for a transaction that has reserved the same key and is still running.
RESERVE = """
INSERT INTO idempotency_key (alliance_id, caller_id, key, operation, input_digest)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT ON CONSTRAINT idempotency_key_pkey DO NOTHING
RETURNING true
"""

SELECT_ANSWER = """
SELECT operation, input_digest, answer
  FROM idempotency_key
 WHERE alliance_id = $1
   AND caller_id = $2
   AND key = $3
"""

KEEP_ANSWER = """
UPDATE idempotency_key
   SET answer = $4::jsonb
 WHERE alliance_id = $1
   AND caller_id = $2
   AND key = $3
"""

# Wall time, as the promise to keep them is.
PURGE = """
WITH old AS (
    SELECT alliance_id, caller_id, key
      FROM idempotency_key
     WHERE written_at < now() - make_interval(hours => $1)
     ORDER BY written_at
     LIMIT $2
       FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM idempotency_key k
     USING old
     WHERE k.alliance_id = old.alliance_id
       AND k.caller_id = old.caller_id
       AND k.key = old.key
    RETURNING 1
)
SELECT count(*) FROM gone
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The key was used before with this input: `answer` holds the ids and codes of the first answer."""

    answer: dict[str, Any]


class KeyReused(Exception):
    """The key was used before with another input or for another operation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyKey:
    """A caller's key with the operation and the digest of the input that it stands for."""

    alliance_id: int
    caller_id: UUID
    key: str
    operation: str
    input_digest: bytes


def input_digest(vault: Vault, alliance_id: int, **facts: object) -> bytes:
    """Return the keyed digest of an input: equal inputs have equal digests, and it tells nobody the input."""
    canonical = json.dumps(facts, sort_keys=True, default=str, separators=(",", ":"))
    return vault.keyed_digest(canonical, alliance_id=alliance_id)


async def reserve(connection: Connection, asked: IdempotencyKey | None) -> Answered | None:
    """Take the key for this transaction; return the first answer when it has been used.

    Raises `KeyReused` when it was used for something else.
    """
    if asked is None:
        return None
    arguments = asked.alliance_id, asked.caller_id, asked.key
    if await connection.fetchval(RESERVE, *arguments, asked.operation, asked.input_digest):
        return None
    row = await connection.fetchrow(SELECT_ANSWER, *arguments)
    if row is None or (row["operation"], row["input_digest"]) != (asked.operation, asked.input_digest):
        raise KeyReused
    return Answered(answer=json.loads(row["answer"]))


async def keep(connection: Connection, asked: IdempotencyKey | None, answer: dict[str, Any]) -> None:
    """Keep what was answered, for when the key comes again."""
    if asked is not None:
        await connection.execute(
            KEEP_ANSWER, asked.alliance_id, asked.caller_id, asked.key, json.dumps(answer)
        )


async def purge(connection: Connection, *, older_than_hours: int, limit: int) -> int:
    """Delete keys written longer ago than that by wall time, at most so many; return how many."""
    gone: int = await connection.fetchval(PURGE, older_than_hours, limit)
    return gone
