"""Approved special prices: the one that covers an order, and the list price that it was asked against."""

from uuid import UUID

from baobei.policy.identity import CustomerKeys
from baobei.store import approvals
from baobei.store.approval_models import Approval
from baobei.store.connection import Connection
from baobei.store.customer_keys import key_bytes

# $2 phone and $3 address, as far as they are in force; $4 what was paid; $5 the one that is named, if any. Of several
# the first approved. Held, as a special price is for one order.
LOCK_COVERING = (
    approvals.COLUMNS
    + """
 WHERE p.alliance_id = $1
   AND p.kind = 'SPECIAL_PRICE'
   AND p.status = 'APPROVED'
   AND (p.phone_key = $2 OR p.address_key = $3)
   AND p.asked_fen <= $4
   AND ($5::uuid IS NULL OR p.approval_id = $5)
   AND NOT EXISTS (SELECT FROM customer_order u
                    WHERE u.alliance_id = $1
                      AND u.special_price_approval_id = p.approval_id
                      AND u.status <> 'CANCELLED')
 ORDER BY p.decided_at, p.sequence
 LIMIT 1
   FOR UPDATE OF p
"""
)

# $2 phone and $3 address, as far as they are in force: the highest list price of what LOCK_COVERING could find.
SELECT_LISTED_FEN = """
SELECT max(p.list_fen)
  FROM approval p
 WHERE p.alliance_id = $1
   AND p.kind = 'SPECIAL_PRICE'
   AND p.status = 'APPROVED'
   AND (p.phone_key = $2 OR p.address_key = $3)
   AND NOT EXISTS (SELECT FROM customer_order u
                    WHERE u.alliance_id = $1
                      AND u.special_price_approval_id = p.approval_id
                      AND u.status <> 'CANCELLED')
"""


async def lock_covering(
    connection: Connection, alliance_id: int, keys: CustomerKeys, *, paid_fen: int, id: UUID | None
) -> Approval | None:
    """Return an approved special price of a customer that covers what was paid and is not used, held; or None."""
    row = await connection.fetchrow(
        LOCK_COVERING, alliance_id, key_bytes(keys.phone), key_bytes(keys.address), paid_fen, id
    )
    return None if row is None else approvals.approval_of(row)


async def listed_fen(connection: Connection, alliance_id: int, keys: CustomerKeys) -> int | None:
    """Return the highest list price, in fen, of a customer's approved special prices that are not used; or None."""
    found: int | None = await connection.fetchval(
        SELECT_LISTED_FEN, alliance_id, key_bytes(keys.phone), key_bytes(keys.address)
    )
    return found
