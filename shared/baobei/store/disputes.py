"""Disputes: opened once, ended once; their parties are appended, and so is what they say (`dispute_statements`)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baobei.policy.disputes import DisputeStatus, Stake
from baobei.store.connection import Connection, Row, change_one, fetch_planned_anew
from baobei.store.dispute_models import Dispute
from baobei.store.paging import Page
from baobei.store.texts import parts
from baobei.vault import SealedText

COLUMNS = """
SELECT d.dispute_id, d.order_id, d.attribution_id, d.opened_by_id, d.opened_at, d.status, d.ended_at, d.ended_by_id,
       d.reason_id, t.sealed AS reason_sealed, d.ruling_id
  FROM dispute d
  LEFT JOIN sealed_text t ON t.alliance_id = d.alliance_id AND t.text_id = d.reason_id
"""

SELECT_BY_IDS = (
    COLUMNS
    + """
 WHERE d.alliance_id = $1
   AND d.dispute_id = ANY($2::uuid[])
"""
)

SELECT_BY_ORDER = (
    COLUMNS
    + """
 WHERE d.alliance_id = $1
   AND d.order_id = $2
 ORDER BY d.sequence
"""
)

# $2 a unit, $3 a person: whose stakes are looked for (None: all); $4 a status; $5 an order; $6 the last id of the
# page before; $7 rows. Whoever opened one for somebody else sees it too.
SELECT_PAGE = (
    """
WITH people AS (
    SELECT s.staff_id FROM staff s WHERE s.alliance_id = $1 AND (s.unit_id = $2 OR s.staff_id = $3)
)
"""
    + COLUMNS
    + """
 WHERE d.alliance_id = $1
   AND (($2::uuid IS NULL AND $3::uuid IS NULL)
        OR d.opened_by_id IN (SELECT staff_id FROM people)
        OR d.dispute_id IN (
           SELECT p.dispute_id FROM dispute_party p
            WHERE p.alliance_id = $1 AND p.staff_id IN (SELECT staff_id FROM people)))
   AND ($4::text IS NULL OR d.status = $4)
   AND ($5::uuid IS NULL OR d.order_id = $5)
   AND ($6::uuid IS NULL OR d.sequence < (
           SELECT l.sequence FROM dispute l WHERE l.alliance_id = $1 AND l.dispute_id = $6))
 ORDER BY d.sequence DESC
 LIMIT $7
"""
)

# Open disputes of an order that is a person's or that one of their records matches: $2 orders, $3 registrations, $4 the
# contacts of attempts, $5 requests. An erasure would take away what is to be heard in them.
SELECT_RESTING_ON = """
SELECT o.external_ref
  FROM dispute d
  JOIN customer_order o ON o.alliance_id = d.alliance_id AND o.order_id = d.order_id
 WHERE d.alliance_id = $1
   AND d.status = 'OPEN'
   AND (o.order_id = ANY($2::uuid[])
        OR EXISTS (SELECT FROM registration r
                    WHERE r.alliance_id = $1
                      AND r.registration_id = ANY($3::uuid[])
                      AND (r.phone_key = o.phone_key OR r.address_key = o.address_key))
        OR EXISTS (SELECT FROM contact c
                    WHERE c.alliance_id = $1
                      AND c.contact_id = ANY($4::uuid[])
                      AND (c.phone_key = o.phone_key OR c.address_key = o.address_key))
        OR EXISTS (SELECT FROM approval p
                    WHERE p.alliance_id = $1
                      AND p.approval_id = ANY($5::uuid[])
                      AND (p.phone_key = o.phone_key OR p.address_key = o.address_key)))
 ORDER BY d.sequence
"""

# Also the orders of which nobody has opened a dispute yet: whoever opens one holds its order first.
HOLD_ORDERS_RESTING_ON = """
WITH known AS (
    SELECT r.phone_key, r.address_key
      FROM registration r
     WHERE r.alliance_id = $1
       AND r.registration_id = ANY($3::uuid[])
    UNION ALL
    SELECT c.phone_key, c.address_key
      FROM contact c
     WHERE c.alliance_id = $1
       AND c.contact_id = ANY($4::uuid[])
    UNION ALL
    SELECT p.phone_key, p.address_key
      FROM approval p
     WHERE p.alliance_id = $1
       AND p.approval_id = ANY($5::uuid[])
)
SELECT o.order_id
  FROM customer_order o
 WHERE o.alliance_id = $1
   AND (o.order_id = ANY($2::uuid[])
        OR o.phone_key = ANY(ARRAY(SELECT k.phone_key FROM known k))
        OR o.address_key = ANY(ARRAY(SELECT k.address_key FROM known k)))
 ORDER BY o.sequence
   FOR UPDATE OF o
"""

INSERT_DISPUTE = """
INSERT INTO dispute (alliance_id, dispute_id, order_id, attribution_id, opened_by_id, opened_at)
VALUES ($1, $2, $3, $4, $5, $6)
"""

INSERT_PARTIES = """
INSERT INTO dispute_party (alliance_id, dispute_id, staff_id, stake)
SELECT $1, $2, staff_id, stake
  FROM unnest($3::uuid[], $4::text[]) AS p (staff_id, stake)
"""

SELECT_PARTIES = """
SELECT dispute_id, staff_id, stake
  FROM dispute_party
 WHERE alliance_id = $1
   AND dispute_id = ANY($2::uuid[])
 ORDER BY dispute_id, staff_id
"""

# The text may be that of a ruling, which was stored with it before.
END_DISPUTE = """
WITH written AS (
    INSERT INTO sealed_text (alliance_id, text_id, sealed)
    SELECT $1, $7, $8 WHERE $7::uuid IS NOT NULL
    ON CONFLICT ON CONSTRAINT sealed_text_pkey DO NOTHING
)
UPDATE dispute
   SET status = $3, ended_at = $4, ended_by_id = $5, ruling_id = $6, reason_id = $7
 WHERE alliance_id = $1
   AND dispute_id = $2
   AND status = 'OPEN'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeScope:
    """Whose disputes may be listed: everybody's, those that concern a unit's staff, or one person."""

    unit_id: UUID | None = None
    staff_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldIds:
    """The ids of what is held of a person, kind by kind; contacts are those of attempts too."""

    orders: Sequence[UUID]
    registrations: Sequence[UUID]
    contacts: Sequence[UUID]
    approvals: Sequence[UUID]

    @property
    def by_kind(self) -> tuple[Sequence[UUID], ...]:
        """Return them in the order in which statements take them."""
        return self.orders, self.registrations, self.contacts, self.approvals


async def by_ids(connection: Connection, alliance_id: int, ids: Collection[UUID]) -> dict[UUID, Dispute]:
    """Return disputes by id; an id that is none of the alliance's is absent."""
    rows = await connection.fetch(SELECT_BY_IDS, alliance_id, list(ids))
    return {row["dispute_id"]: _dispute(row) for row in rows}


async def by_order(connection: Connection, alliance_id: int, order_id: UUID) -> tuple[Dispute, ...]:
    """Return the disputes of an order, oldest first."""
    rows = await connection.fetch(SELECT_BY_ORDER, alliance_id, order_id)
    return tuple(_dispute(row) for row in rows)


async def page(
    connection: Connection,
    alliance_id: int,
    *,
    scope: DisputeScope,
    status: DisputeStatus | None,
    order_id: UUID | None,
    page: Page,
) -> tuple[tuple[Dispute, ...], bool]:
    """Return a page of disputes, newest first, and whether more follow."""
    rows = await fetch_planned_anew(
        connection,
        SELECT_PAGE,
        alliance_id,
        scope.unit_id,
        scope.staff_id,
        None if status is None else status.value,
        order_id,
        page.after,
        page.first + 1,
    )
    return tuple(_dispute(row) for row in rows[: page.first]), len(rows) > page.first


async def insert(
    connection: Connection, alliance_id: int, dispute: Dispute, parties: Mapping[UUID, Stake]
) -> None:
    """Store an open dispute with its parties; a second one of the order violates `dispute_one_open`."""
    await connection.execute(
        INSERT_DISPUTE,
        alliance_id,
        dispute.id,
        dispute.order_id,
        dispute.attribution_id,
        dispute.opened_by_id,
        dispute.opened_at,
    )
    stakes = [stake.value for stake in parties.values()]
    await connection.execute(INSERT_PARTIES, alliance_id, dispute.id, list(parties), stakes)


async def party_ids(
    connection: Connection, alliance_id: int, ids: Collection[UUID]
) -> dict[UUID, dict[UUID, Stake]]:
    """Return who has a stake in each dispute, by staff id."""
    found: dict[UUID, dict[UUID, Stake]] = {id: {} for id in ids}
    for row in await connection.fetch(SELECT_PARTIES, alliance_id, list(ids)):
        found[row["dispute_id"]][row["staff_id"]] = Stake(row["stake"])
    return found


async def end(connection: Connection, alliance_id: int, dispute: Dispute) -> None:
    """Store how an open dispute ended."""
    reason_id, sealed = parts(dispute.reason)
    await change_one(
        connection,
        END_DISPUTE,
        alliance_id,
        dispute.id,
        dispute.status.value,
        dispute.ended_at,
        dispute.ended_by_id,
        dispute.ruling_id,
        reason_id,
        sealed,
    )


async def hold_orders_resting_on(connection: Connection, alliance_id: int, held: HeldIds) -> None:
    """Hold the orders whose hearing would need one of these records: nobody opens a dispute of them meanwhile."""
    await connection.execute(HOLD_ORDERS_RESTING_ON, alliance_id, *held.by_kind)


async def resting_on(connection: Connection, alliance_id: int, held: HeldIds) -> tuple[str, ...]:
    """Return the numbers of disputed orders whose hearing needs one of these records, earliest disputed first."""
    rows = await connection.fetch(SELECT_RESTING_ON, alliance_id, *held.by_kind)
    return tuple(row["external_ref"] for row in rows)


def _dispute(row: Row) -> Dispute:
    reason_id: UUID | None = row["reason_id"]
    ended_at: datetime | None = row["ended_at"]
    return Dispute(
        id=row["dispute_id"],
        order_id=row["order_id"],
        attribution_id=row["attribution_id"],
        opened_by_id=row["opened_by_id"],
        opened_at=row["opened_at"],
        status=DisputeStatus(row["status"]),
        ended_at=ended_at,
        ended_by_id=row["ended_by_id"],
        reason=None if reason_id is None else SealedText(id=reason_id, sealed=row["reason_sealed"]),
        ruling_id=row["ruling_id"],
    )
