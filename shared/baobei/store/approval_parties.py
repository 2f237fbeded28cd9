"""Whose own case a request is: nobody of these decides it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from baobei.policy.identity import CustomerKeys, Match
from baobei.store.connection import Connection
from baobei.store.customer_keys import key_bytes

# Who asked, who owns the registration, who would receive, who made the attempt and who recorded it, who hands over and
# to whom; and of a special price that was asked by phone or address, who owns a registration of that customer which is
# live at $3 (what baobei.policy.standing says, from the stored copy). $4: addresses are in force as keys.
SELECT_PARTIES = """
SELECT p.approval_id,
       array_remove(
           ARRAY[p.requested_by_id, p.receiver_id, r.owner_id, a.recorded_by_id, a.registrant_id, h.from_staff_id]
           || h.receiver_ids
           || ARRAY(SELECT l.owner_id
                      FROM registration l
                     WHERE l.alliance_id = $1
                       AND p.kind = 'SPECIAL_PRICE'
                       AND p.registration_id IS NULL
                       AND (l.phone_key = p.phone_key OR ($4 AND l.address_key = p.address_key))
                       AND l.end_kind IS NULL
                       AND (l.expires_at IS NULL OR l.expires_at > $3)
                       AND (l.lapse_curable OR l.lapses_at > $3)),
           NULL) AS party_ids
  FROM approval p
  LEFT JOIN registration r ON r.alliance_id = p.alliance_id AND r.registration_id = p.registration_id
  LEFT JOIN attempt a ON a.alliance_id = p.alliance_id AND a.attempt_id = p.attempt_id
  LEFT JOIN handover h ON h.alliance_id = p.alliance_id AND h.approval_id = p.approval_id
 WHERE p.alliance_id = $1
   AND p.approval_id = ANY($2::uuid[])
"""


# $2 phone and $3 address, as far as they are in force; live at $4.
SELECT_OWNERS = """
SELECT DISTINCT l.owner_id
  FROM registration l
 WHERE l.alliance_id = $1
   AND (l.phone_key = $2 OR l.address_key = $3)
   AND l.end_kind IS NULL
   AND (l.expires_at IS NULL OR l.expires_at > $4)
   AND (l.lapse_curable OR l.lapses_at > $4)
"""


async def by_approvals(
    connection: Connection, alliance_id: int, ids: Collection[UUID], *, at: datetime, match: Match
) -> dict[UUID, frozenset[UUID]]:
    """Return whose own case each request is, by staff id, as things stand at `at`, with the keys in force then."""
    by_address = match is Match.PHONE_OR_ADDRESS
    rows = await connection.fetch(SELECT_PARTIES, alliance_id, list(ids), at, by_address)
    return {row["approval_id"]: frozenset(row["party_ids"]) for row in rows}


async def owners_of(
    connection: Connection, alliance_id: int, keys: CustomerKeys, *, at: datetime
) -> frozenset[UUID]:
    """Return who owns a registration of a customer that is live at `at`; `keys` as far as they are in force."""
    rows = await connection.fetch(
        SELECT_OWNERS, alliance_id, key_bytes(keys.phone), key_bytes(keys.address), at
    )
    return frozenset(row["owner_id"] for row in rows)
