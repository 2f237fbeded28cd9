"""Contacts from before their keys were written down: found, and given the keys that they lack."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from baobei.policy.identity import CustomerKeys
from baobei.store.connection import Connection
from baobei.store.customer_keys import key_bytes
from baobei.vault import SealedContact

# $1 alliance, $2 id: where the chunk before ended; $3 rows. Only an attempt that came to no registration has no keys elsewhere.
SELECT_UNINDEXED = """
SELECT c.alliance_id, c.contact_id, c.name_sealed, c.phone_sealed, c.address_sealed,
       EXISTS (SELECT FROM attempt a
                WHERE a.alliance_id = c.alliance_id
                  AND a.contact_id = c.contact_id
                  AND a.registration_id IS NULL) AS needs_keys
  FROM contact c
 WHERE NOT c.indexed
   AND (c.alliance_id, c.contact_id) > ($1, $2)
 ORDER BY c.alliance_id, c.contact_id
 LIMIT $3
   FOR UPDATE OF c
"""

WRITE_KEYS = """
UPDATE contact c
   SET phone_key = n.phone_key, address_key = n.address_key, indexed = true
  FROM unnest($1::integer[], $2::uuid[], $3::bytea[], $4::bytea[])
       AS n (alliance_id, contact_id, phone_key, address_key)
 WHERE c.alliance_id = n.alliance_id
   AND c.contact_id = n.contact_id
"""

COUNT_UNINDEXED = "SELECT count(*) FROM contact WHERE NOT indexed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unindexed:
    """A contact whose keys have not been looked at, and whether it is found by no others."""

    alliance_id: int
    contact: SealedContact
    needs_keys: bool


async def count(connection: Connection) -> int:
    """Return how many contacts have not been looked at."""
    found: int = await connection.fetchval(COUNT_UNINDEXED)
    return found


async def lock_some(connection: Connection, *, after: tuple[int, UUID], limit: int) -> tuple[Unindexed, ...]:
    """Return contacts that have not been looked at, held until the transaction ends."""
    return tuple(
        Unindexed(
            alliance_id=row["alliance_id"],
            contact=SealedContact(
                id=row["contact_id"],
                name=row["name_sealed"],
                phone=row["phone_sealed"],
                address=row["address_sealed"],
            ),
            needs_keys=row["needs_keys"],
        )
        for row in await connection.fetch(SELECT_UNINDEXED, *after, limit)
    )


async def write(connection: Connection, found: Sequence[tuple[Unindexed, CustomerKeys]]) -> None:
    """Store keys of contacts; they have been looked at then."""
    ids: list[UUID] = [each.contact.id for each, _ in found]
    await connection.execute(
        WRITE_KEYS,
        [each.alliance_id for each, _ in found],
        ids,
        [key_bytes(keys.phone) for _, keys in found],
        [key_bytes(keys.address) for _, keys in found],
    )
