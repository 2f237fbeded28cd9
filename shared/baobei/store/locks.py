"""Whoever judges a customer holds the customer: transaction locks on identity keys."""

from collections.abc import Iterable
from uuid import UUID

from baobei.policy.identity import CustomerKeys
from baobei.store.connection import Connection

_LOCK_BYTES = 8

# One row a key, in the order given: two transactions never wait for each other crosswise. Whoever holds the
# whole alliance (store/histories.py) needs none of its customers: a long history would need more than there are.
LOCK_KEYS = """
SELECT pg_advisory_xact_lock(key)
  FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (key, position)
 WHERE current_setting('baobei.vouched', true) IS DISTINCT FROM 'on'
 ORDER BY position
"""


LOCK_STAFF = "SELECT pg_advisory_xact_lock($1)"


async def lock_staff(connection: Connection, staff_id: UUID) -> None:
    """Hold a staff member until the transaction ends; waits for whoever holds them."""
    number = int.from_bytes(staff_id.bytes[-_LOCK_BYTES:], "big", signed=True)
    await connection.execute(LOCK_STAFF, number)


def lock_numbers(keys: Iterable[CustomerKeys]) -> list[int]:
    """Return the lock numbers of blind-indexed identity keys, each once, in rising order."""
    recorded = {key for pair in keys for key in (pair.phone, pair.address) if key is not None}
    return sorted({int.from_bytes(bytes.fromhex(key)[:_LOCK_BYTES], "big", signed=True) for key in recorded})


async def lock_customers(connection: Connection, keys: Iterable[CustomerKeys]) -> None:
    """Hold the customers of these keys until the transaction ends; waits for whoever holds them."""
    await connection.execute(LOCK_KEYS, lock_numbers(keys))
