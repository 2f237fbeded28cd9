"""Who was after the customer of an order before it was placed: what gives a stake in who is credited with it."""

from uuid import UUID

from baobei.policy.identity import CustomerKeys
from baobei.store.connection import Connection
from baobei.store.customer_keys import key_bytes

# Attempts before $4 that came to no registration, refused or waiting: their keys are those of their contact. $2, $3:
# keys in force.
SELECT_REFUSED_REGISTRANTS = """
SELECT DISTINCT a.registrant_id
  FROM contact c
  JOIN attempt a ON a.alliance_id = c.alliance_id AND a.contact_id = c.contact_id
 WHERE c.alliance_id = $1
   AND (c.phone_key = $2 OR c.address_key = $3)
   AND a.sequence < $4
   AND a.registration_id IS NULL
   AND a.registrant_id IS NOT NULL
   AND a.outcome <> 'NOT_CONSIDERED'
"""

# Registrations before $4, however they ended: who made them, whose they are, and whose they were. $2, $3: keys in force.
SELECT_ONCE_OWNERS = """
WITH claim AS (
    SELECT r.registration_id, r.registrant_id, r.owner_id
      FROM registration r
     WHERE r.alliance_id = $1
       AND (r.phone_key = $2 OR r.address_key = $3)
       AND r.sequence < $4
)
SELECT registrant_id AS staff_id FROM claim
 UNION
SELECT owner_id FROM claim
 UNION
SELECT (e.detail ->> 'from')::uuid
  FROM claim c
  JOIN audit_event e ON e.alliance_id = $1 AND e.subject_id = c.registration_id
 WHERE e.kind = 'registration.transferred'
"""


async def refused_registrants(
    connection: Connection, alliance_id: int, in_force: CustomerKeys, *, before: int
) -> set[UUID]:
    """Return for whom attempts on a customer came to no registration before a place in the order of recording."""
    rows = await connection.fetch(
        SELECT_REFUSED_REGISTRANTS,
        alliance_id,
        key_bytes(in_force.phone),
        key_bytes(in_force.address),
        before,
    )
    return {row["registrant_id"] for row in rows}


async def once_owners(
    connection: Connection, alliance_id: int, in_force: CustomerKeys, *, before: int
) -> set[UUID]:
    """Return who made, owns or once owned a registration of a customer from before a place in the order of recording."""
    rows = await connection.fetch(
        SELECT_ONCE_OWNERS, alliance_id, key_bytes(in_force.phone), key_bytes(in_force.address), before
    )
    return {row["staff_id"] for row in rows}
