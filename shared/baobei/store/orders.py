"""Orders: placed once under the caller's own number, closed, cancelled."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baobei.policy.identity import CustomerKeys
from baobei.policy.records import Order
from baobei.policy.terms import Moment, OrderId, RegistrationId, StaffId
from baobei.store import policies
from baobei.store.connection import Connection, Row, change_one
from baobei.store.customer_keys import key_bytes, key_text
from baobei.store.order_models import OrderStatus, StoredOrder
from baobei.store.organisation_models import Alliance
from baobei.store.paging import Page
from baobei.store.policy_models import PublishedPolicy

COLUMNS = """
SELECT o.order_id, o.sequence, o.external_ref, o.placed_at, o.placed_by_id, o.taken_by_id, o.contact_id,
       o.policy_version_id, o.phone_key, o.address_key, o.amount_fen, o.status, o.closed_at, o.cancelled_at,
       o.converted_registration_id, o.erased_at, o.list_fen, o.special_price_approval_id, o.price_violation
  FROM customer_order o
"""

SELECT_BY_IDS = (
    COLUMNS
    + """
 WHERE o.alliance_id = $1
   AND o.order_id = ANY($2::uuid[])
"""
)

LOCK_BY_IDS = (
    SELECT_BY_IDS
    + """
 ORDER BY o.sequence
   FOR UPDATE OF o
"""
)

SELECT_BY_EXTERNAL_REF = (
    COLUMNS
    + """
 WHERE o.alliance_id = $1
   AND o.external_ref = $2
"""
)

SELECT_FACTS_DIGEST = """
SELECT facts_digest
  FROM customer_order
 WHERE alliance_id = $1
   AND order_id = $2
"""

SELECT_BY_KEYS = (
    COLUMNS
    + """
 WHERE o.alliance_id = $1
   AND (o.phone_key = ANY($2::bytea[]) OR o.address_key = ANY($3::bytea[]))
 ORDER BY o.sequence
"""
)

# $2 a unit, $3 a person: who may see (None: everybody's); $4 the last id of the page before; $5 rows.
# A person sees what they took or placed, what credits them, and what looked at a registration of theirs; a
# unit what its staff took, is credited with or owns. Each is looked up by an index of its own.
SELECT_PAGE = (
    """
WITH people AS (
    SELECT s.staff_id FROM staff s WHERE s.alliance_id = $1 AND (s.unit_id = $2 OR s.staff_id = $3)
)
"""
    + COLUMNS
    + """
 WHERE o.alliance_id = $1
   AND (($2::uuid IS NULL AND $3::uuid IS NULL) OR o.order_id = ANY (ARRAY(
           SELECT t.order_id FROM customer_order t
            WHERE t.alliance_id = $1 AND t.taken_by_id IN (SELECT staff_id FROM people)
           UNION
           SELECT p.order_id FROM customer_order p
            WHERE p.alliance_id = $1 AND p.placed_by_id = $3
           UNION
           SELECT a.order_id FROM attribution_credit c
             JOIN attribution a ON a.alliance_id = $1 AND a.attribution_id = c.attribution_id
            WHERE c.alliance_id = $1 AND c.staff_id IN (SELECT staff_id FROM people)
           UNION
           SELECT a.order_id FROM attribution_candidate c
             JOIN attribution a ON a.alliance_id = $1 AND a.attribution_id = c.attribution_id
            WHERE c.alliance_id = $1 AND c.owner_id IN (SELECT staff_id FROM people))))
   AND ($4::uuid IS NULL OR o.sequence < (
           SELECT p.sequence FROM customer_order p WHERE p.alliance_id = $1 AND p.order_id = $4))
 ORDER BY o.sequence DESC
 LIMIT $5
"""
)

INSERT_ORDER = """
INSERT INTO customer_order (
    alliance_id, order_id, sequence, external_ref, placed_at, placed_by_id, taken_by_id, contact_id,
    policy_version_id, phone_key, address_key, amount_fen, facts_digest, status, converted_registration_id,
    list_fen, special_price_approval_id, price_violation)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'PLACED', $14, $15, $16, $17)
"""

CLOSE_ORDER = """
UPDATE customer_order
   SET status = 'CLOSED', closed_at = $3
 WHERE alliance_id = $1
   AND order_id = $2
"""

CANCEL_ORDER = """
UPDATE customer_order
   SET status = 'CANCELLED', cancelled_at = $3
 WHERE alliance_id = $1
   AND order_id = $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderScope:
    """Whose orders may be listed: everybody's, those that concern a unit's staff, or one person."""

    unit_id: UUID | None = None
    staff_id: UUID | None = None


async def by_ids(
    connection: Connection, alliance: Alliance, ids: Collection[UUID]
) -> dict[UUID, StoredOrder]:
    """Return orders by id; an id that is none of the alliance's is absent."""
    rows = await connection.fetch(SELECT_BY_IDS, alliance.id, list(ids))
    return {order.id: order for order in await _stored(connection, alliance, rows)}


async def lock_by_id(connection: Connection, alliance: Alliance, id: UUID) -> StoredOrder | None:
    """Return an order as it stands now, held until the transaction ends."""
    rows = await connection.fetch(LOCK_BY_IDS, alliance.id, [id])
    return next(iter(await _stored(connection, alliance, rows)), None)


async def by_external_ref(
    connection: Connection, alliance: Alliance, external_ref: str
) -> StoredOrder | None:
    """Return the order that the caller knows by this number, or None."""
    rows = await connection.fetch(SELECT_BY_EXTERNAL_REF, alliance.id, external_ref)
    return next(iter(await _stored(connection, alliance, rows)), None)


async def facts_digest(connection: Connection, alliance_id: int, id: UUID) -> bytes:
    """Return the keyed digest of the facts that an order was placed with."""
    digest: bytes = await connection.fetchval(SELECT_FACTS_DIGEST, alliance_id, id)
    return digest


async def find_by_keys(
    connection: Connection, alliance: Alliance, keys: Iterable[CustomerKeys]
) -> tuple[StoredOrder, ...]:
    """Return the orders that share a recorded key with any of these, earliest first."""
    pairs = list(keys)
    phones = {key_bytes(pair.phone) for pair in pairs} - {None}
    addresses = {key_bytes(pair.address) for pair in pairs} - {None}
    rows = await connection.fetch(SELECT_BY_KEYS, alliance.id, list(phones), list(addresses))
    return await _stored(connection, alliance, rows)


async def page(
    connection: Connection, alliance: Alliance, *, scope: OrderScope, page: Page
) -> tuple[tuple[StoredOrder, ...], bool]:
    """Return a page of orders, newest first, and whether more follow."""
    rows = await connection.fetch(
        SELECT_PAGE, alliance.id, scope.unit_id, scope.staff_id, page.after, page.first + 1
    )
    return await _stored(connection, alliance, rows[: page.first]), len(rows) > page.first


async def insert(
    connection: Connection, alliance_id: int, order: StoredOrder, *, facts_digest: bytes
) -> None:
    """Store a new order; a number that is taken violates `customer_order_external_ref_key`."""
    converted = order.facts.converted
    await connection.execute(
        INSERT_ORDER,
        alliance_id,
        order.id,
        order.facts.placed.sequence,
        order.external_ref,
        order.placed_at,
        order.placed_by_id,
        order.taken_by_id,
        order.contact_id,
        order.policy_version_id,
        key_bytes(order.facts.keys.phone),
        key_bytes(order.facts.keys.address),
        order.amount_fen,
        facts_digest,
        None if converted is None else UUID(converted),
        order.list_fen,
        order.special_price_approval_id,
        order.price_violation,
    )


async def close(connection: Connection, alliance_id: int, id: UUID, *, at: datetime) -> None:
    """Record that an order is complete."""
    await change_one(connection, CLOSE_ORDER, alliance_id, id, at)


async def cancel(connection: Connection, alliance_id: int, id: UUID, *, at: datetime) -> None:
    """Record that an order was called off."""
    await change_one(connection, CANCEL_ORDER, alliance_id, id, at)


async def _stored(connection: Connection, alliance: Alliance, rows: Sequence[Row]) -> tuple[StoredOrder, ...]:
    ids = {row["policy_version_id"] for row in rows}
    versions = await policies.by_ids(connection, alliance, ids) if ids else {}
    return tuple(_order(row, versions) for row in rows)


def _order(row: Row, versions: Mapping[UUID, PublishedPolicy]) -> StoredOrder:
    return StoredOrder(
        id=row["order_id"],
        external_ref=row["external_ref"],
        status=OrderStatus(row["status"]),
        facts=_facts(row, versions),
        contact_id=row["contact_id"],
        placed_by_id=row["placed_by_id"],
        taken_by_id=row["taken_by_id"],
        amount_fen=row["amount_fen"],
        placed_at=row["placed_at"],
        closed_at=row["closed_at"],
        cancelled_at=row["cancelled_at"],
        policy_version_id=row["policy_version_id"],
        erased_at=row["erased_at"],
        list_fen=row["list_fen"],
        special_price_approval_id=row["special_price_approval_id"],
        price_violation=row["price_violation"],
    )


def _facts(row: Row, versions: Mapping[UUID, PublishedPolicy]) -> Order:
    taken_by, converted = row["taken_by_id"], row["converted_registration_id"]
    return Order(
        id=OrderId(str(row["order_id"])),
        placed=Moment(row["placed_at"], row["sequence"]),
        taken_by=None if taken_by is None else StaffId(str(taken_by)),
        keys=CustomerKeys(
            phone=key_text(row["phone_key"]),
            address=key_text(row["address_key"]),
        ),
        policy=versions[row["policy_version_id"]].policy,
        closed_at=row["closed_at"],
        cancelled_at=row["cancelled_at"],
        converted=None if converted is None else RegistrationId(str(converted)),
    )
