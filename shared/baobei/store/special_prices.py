"""Special prices: the approved one that covers an order, and the list price that was put before an approver."""

from uuid import UUID

from baobei.policy.identity import CustomerKeys
from baobei.store import approvals
from baobei.store.approval_models import Approval
from baobei.store.connection import Connection
from baobei.store.customer_keys import key_bytes

# $2 phone and $3 address, as far as they are in force; $4 what was paid; $5 the one that is named, if any; $6 the list
# price that the order states, if any: what was approved for a cheaper sale does not cover it. Of several the first
# approved. Held, as a special price is for one order.
LOCK_COVERING = (
    approvals.COLUMNS
    + """
 WHERE p.alliance_id = $1
   AND p.kind = 'SPECIAL_PRICE'
   AND p.status = 'APPROVED'
   AND (p.phone_key = $2 OR p.address_key = $3)
   AND p.asked_fen <= $4
   AND ($6::bigint IS NULL OR p.list_fen >= $6)
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

# $2 phone and $3 address, as far as they are in force; $4 the one that the order names, if any. Whatever became of the
# others: what was refused tells the list price as well as what was approved. The last order that stands was another sale.
SELECT_LISTED_FEN = """
SELECT max(p.list_fen)
  FROM approval p
 WHERE p.alliance_id = $1
   AND p.kind = 'SPECIAL_PRICE'
   AND (p.phone_key = $2 OR p.address_key = $3)
   AND (p.approval_id = $4
        OR p.sequence > coalesce((SELECT max(u.sequence)
                                    FROM customer_order u
                                   WHERE u.alliance_id = $1
                                     AND (u.phone_key = $2 OR u.address_key = $3)
                                     AND u.status <> 'CANCELLED'), 0))
"""


async def lock_covering(
    connection: Connection,
    alliance_id: int,
    keys: CustomerKeys,
    *,
    paid_fen: int,
    stated_fen: int | None,
    id: UUID | None,
) -> Approval | None:
    """Return an approved special price of a customer that covers what was paid and is not used, held; or None.

    `stated_fen` is the list price that the order states: it was approved for one at least as high.
    """
    row = await connection.fetchrow(
        LOCK_COVERING, alliance_id, key_bytes(keys.phone), key_bytes(keys.address), paid_fen, id, stated_fen
    )
    return None if row is None else approvals.approval_of(row)


async def listed_fen(
    connection: Connection, alliance_id: int, keys: CustomerKeys, *, named: UUID | None
) -> int | None:
    """Return the highest list price, in fen, put before an approver for a customer since their last order; or None.

    Whatever became of the request, and that of the one `named` whenever it was asked.
    """
    found: int | None = await connection.fetchval(
        SELECT_LISTED_FEN, alliance_id, key_bytes(keys.phone), key_bytes(keys.address), named
    )
    return found
