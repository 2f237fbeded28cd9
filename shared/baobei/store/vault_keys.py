"""Which keys the sealed data needs, each with a proof by which it is known again."""

from collections.abc import Mapping

from baobei.store.connection import Connection
from baobei.vault import INDEX_KEY

SELECT_PROOFS = "SELECT key_number, proof FROM vault_key"

INSERT_PROOFS = """
INSERT INTO vault_key (key_number, proof)
SELECT key_number, proof
  FROM unnest($1::integer[], $2::bytea[]) AS n (key_number, proof)
ON CONFLICT ON CONSTRAINT vault_key_pkey DO NOTHING
"""

# $1: the key that seals; the index key is needed for ever.
FORGET_OTHERS = """
DELETE FROM vault_key
 WHERE key_number NOT IN ($1, $2)
"""


async def proofs(connection: Connection) -> dict[int, bytes]:
    """Return the proofs of the keys that are needed, by number."""
    return {row["key_number"]: row["proof"] for row in await connection.fetch(SELECT_PROOFS)}


async def need(connection: Connection, proofs: Mapping[int, bytes]) -> None:
    """Remember that keys are needed; of one that is, the proof stays."""
    await connection.execute(INSERT_PROOFS, list(proofs), list(proofs.values()))


async def forget(connection: Connection, *, besides: int) -> None:
    """Forget the keys that nothing is sealed by any more: all but one, and the index key."""
    await connection.execute(FORGET_OTHERS, besides, INDEX_KEY)
