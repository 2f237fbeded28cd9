"""All that is held of one person, found by the keys it was recorded with, and taken away.

A new table with texts or keys of customers has its place here, or an erasure would pass it by.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baobei.policy.identity import CustomerKeys
from baobei.store import texts
from baobei.store.connection import Connection
from baobei.store.customer_keys import key_bytes, key_text
from baobei.vault import SealedText

# Attempts that came to no registration: their keys are those of their contact.
SELECT_CONTACTS_BY_KEYS = """
SELECT contact_id
  FROM contact
 WHERE alliance_id = $1
   AND (phone_key = $2 OR address_key = $3)
 ORDER BY contact_id
"""

SELECT_ATTEMPTS = """
SELECT a.attempt_id, a.contact_id, a.attempted_at, a.recorded_by_id, a.outcome, a.code, a.registration_id, a.note,
       a.note_id, t.sealed AS note_sealed, a.need_id, n.sealed AS need_sealed
  FROM attempt a
  LEFT JOIN sealed_text t ON t.alliance_id = a.alliance_id AND t.text_id = a.note_id
  LEFT JOIN sealed_text n ON n.alliance_id = a.alliance_id AND n.text_id = a.need_id
 WHERE a.alliance_id = $1
   AND a.contact_id = ANY($2::uuid[])
 ORDER BY a.sequence
"""

SELECT_ACTS = """
SELECT e.subject_id, e.kind, e.occurred_at, e.actor_id, e.reason, e.reason_id, t.sealed AS reason_sealed
  FROM audit_event e
  LEFT JOIN sealed_text t ON t.alliance_id = e.alliance_id AND t.text_id = e.reason_id
 WHERE e.alliance_id = $1
   AND e.subject_id = ANY($2::uuid[])
 ORDER BY e.sequence
"""

# $2 contacts, $3 registrations, $4 orders, $5 all subjects of acts, $6 the instant, $7 requests. Nobody can tell whom
# the manager's words about a whole day mean: those of each day on whose sheet the person stands go too.
ERASE_TEXTS = """
WITH written AS (
    SELECT note_id AS text_id FROM attempt WHERE alliance_id = $1 AND contact_id = ANY($2::uuid[])
    UNION SELECT need_id FROM attempt WHERE alliance_id = $1 AND contact_id = ANY($2::uuid[])
    UNION SELECT need_id FROM registration WHERE alliance_id = $1 AND registration_id = ANY($3::uuid[])
    UNION SELECT note_id FROM follow_up WHERE alliance_id = $1 AND registration_id = ANY($3::uuid[])
    UNION SELECT reason_id FROM approval WHERE alliance_id = $1 AND registration_id = ANY($3::uuid[])
    UNION SELECT decision_note_id FROM approval WHERE alliance_id = $1 AND registration_id = ANY($3::uuid[])
    UNION SELECT reason_id FROM approval WHERE alliance_id = $1 AND approval_id = ANY($7::uuid[])
    UNION SELECT decision_note_id FROM approval WHERE alliance_id = $1 AND approval_id = ANY($7::uuid[])
    UNION SELECT text_id FROM approval_evidence WHERE alliance_id = $1 AND approval_id = ANY($7::uuid[])
    UNION SELECT reason_id FROM attribution WHERE alliance_id = $1 AND order_id = ANY($4::uuid[])
    UNION SELECT reason_id FROM dispute WHERE alliance_id = $1 AND order_id = ANY($4::uuid[])
    UNION SELECT s.text_id
            FROM dispute d
            JOIN dispute_statement s ON s.alliance_id = d.alliance_id AND s.dispute_id = d.dispute_id
           WHERE d.alliance_id = $1 AND d.order_id = ANY($4::uuid[])
    UNION SELECT reason_id FROM audit_event WHERE alliance_id = $1 AND subject_id = ANY($5::uuid[])
    UNION SELECT need_id FROM daily_report_line WHERE alliance_id = $1 AND contact_id = ANY($2::uuid[])
    UNION SELECT r.remark_id
      FROM daily_report_line l
      JOIN daily_report r ON r.alliance_id = l.alliance_id AND r.report_id = l.report_id
     WHERE l.alliance_id = $1
       AND l.contact_id = ANY($2::uuid[])
    UNION SELECT c.text_id
      FROM daily_report_line l
      JOIN daily_report_correction c ON c.alliance_id = l.alliance_id AND c.report_id = l.report_id
     WHERE l.alliance_id = $1
       AND l.contact_id = ANY($2::uuid[])
)
UPDATE sealed_text t
   SET sealed = NULL, erased_at = $6
 WHERE t.alliance_id = $1
   AND t.text_id IN (SELECT text_id FROM written)
   AND t.erased_at IS NULL
"""

ERASE_CONTACTS = """
UPDATE contact
   SET name_sealed = NULL, phone_sealed = NULL, address_sealed = NULL, phone_key = NULL, address_key = NULL,
       indexed = true, erased_at = $3
 WHERE alliance_id = $1
   AND contact_id = ANY($2::uuid[])
   AND erased_at IS NULL
"""

ERASE_REGISTRATIONS = """
UPDATE registration
   SET phone_key = NULL, address_key = NULL, claimed_phone = NULL, claimed_address = NULL, erased_at = $3
 WHERE alliance_id = $1
   AND registration_id = ANY($2::uuid[])
   AND erased_at IS NULL
"""

# The digest of the facts goes too: an order with the same number and facts is then another one.
ERASE_ORDERS = """
UPDATE customer_order
   SET phone_key = NULL, address_key = NULL, facts_digest = '', erased_at = $3
 WHERE alliance_id = $1
   AND order_id = ANY($2::uuid[])
   AND erased_at IS NULL
"""

ERASE_REQUESTS = """
WITH keys AS (
    UPDATE approval
       SET phone_key = NULL, address_key = NULL
     WHERE alliance_id = $1
       AND approval_id = ANY($2::uuid[])
)
UPDATE approval_evidence
   SET sealed = NULL, erased_at = $3
 WHERE alliance_id = $1
   AND approval_id = ANY($2::uuid[])
   AND erased_at IS NULL
"""

# What was recorded before $2, as pages after the last id of the page before: $3, $4 rows. Each has its own keys.
SELECT_OLD_REGISTRATIONS = """
SELECT registration_id AS id, phone_key, address_key
  FROM registration
 WHERE alliance_id = $1
   AND registered_at < $2
   AND registration_id > $3
   AND erased_at IS NULL
 ORDER BY registration_id
 LIMIT $4
"""

SELECT_OLD_ORDERS = """
SELECT order_id AS id, phone_key, address_key
  FROM customer_order
 WHERE alliance_id = $1
   AND placed_at < $2
   AND order_id > $3
   AND erased_at IS NULL
 ORDER BY order_id
 LIMIT $4
"""

SELECT_OLD_ATTEMPTS = """
SELECT c.contact_id AS id, c.phone_key, c.address_key
  FROM contact c
  JOIN attempt a ON a.alliance_id = c.alliance_id AND a.contact_id = c.contact_id
 WHERE c.alliance_id = $1
   AND a.attempted_at < $2
   AND c.contact_id > $3
   AND (c.phone_key IS NOT NULL OR c.address_key IS NOT NULL)
 ORDER BY c.contact_id
 LIMIT $4
"""

OLD = (SELECT_OLD_REGISTRATIONS, SELECT_OLD_ORDERS, SELECT_OLD_ATTEMPTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAttempt:
    """An attempt with its note, sealed."""

    id: UUID
    contact_id: UUID
    attempted_at: datetime
    recorded_by_id: UUID
    outcome: str
    code: str
    registration_id: UUID | None
    note: SealedText | None
    need: SealedText | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAct:
    """An act with its reason, sealed; `actor_id` is None for what the calendar did."""

    subject_id: UUID
    kind: str
    occurred_at: datetime
    actor_id: UUID | None
    reason: SealedText | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OldRecord:
    """A record of a customer from before some instant, with the keys that it was made with."""

    id: UUID
    keys: CustomerKeys


async def contacts_by_keys(connection: Connection, alliance_id: int, keys: CustomerKeys) -> list[UUID]:
    """Return the contacts of attempts with these keys that came to no registration."""
    rows = await connection.fetch(
        SELECT_CONTACTS_BY_KEYS, alliance_id, key_bytes(keys.phone), key_bytes(keys.address)
    )
    return [row["contact_id"] for row in rows]


async def attempts_of(
    connection: Connection, alliance_id: int, contact_ids: Collection[UUID]
) -> tuple[HeldAttempt, ...]:
    """Return the attempts by which contacts were written down, earliest first."""
    return tuple(
        HeldAttempt(
            id=row["attempt_id"],
            contact_id=row["contact_id"],
            attempted_at=row["attempted_at"],
            recorded_by_id=row["recorded_by_id"],
            outcome=row["outcome"],
            code=row["code"],
            registration_id=row["registration_id"],
            note=texts.read(row, "note"),
            need=None if row["need_id"] is None else SealedText(id=row["need_id"], sealed=row["need_sealed"]),
        )
        for row in await connection.fetch(SELECT_ATTEMPTS, alliance_id, list(contact_ids))
    )


async def acts_on(
    connection: Connection, alliance_id: int, subject_ids: Collection[UUID]
) -> tuple[HeldAct, ...]:
    """Return the acts on subjects, in the order of recording."""
    return tuple(
        HeldAct(
            subject_id=row["subject_id"],
            kind=row["kind"],
            occurred_at=row["occurred_at"],
            actor_id=row["actor_id"],
            reason=texts.read(row, "reason"),
        )
        for row in await connection.fetch(SELECT_ACTS, alliance_id, list(subject_ids))
    )


async def erase_texts(
    connection: Connection,
    alliance_id: int,
    *,
    contact_ids: Collection[UUID],
    registration_ids: Collection[UUID],
    order_ids: Collection[UUID],
    subject_ids: Collection[UUID],
    approval_ids: Collection[UUID],
    at: datetime,
) -> int:
    """Erase what was written about a person's records; return how many texts."""
    arguments = (list(contact_ids), list(registration_ids), list(order_ids), list(subject_ids))
    return _changed(await connection.execute(ERASE_TEXTS, alliance_id, *arguments, at, list(approval_ids)))


async def erase_contacts(
    connection: Connection, alliance_id: int, ids: Collection[UUID], at: datetime
) -> int:
    """Erase names, phones, addresses and their keys; return how many contacts."""
    return _changed(await connection.execute(ERASE_CONTACTS, alliance_id, list(ids), at))


async def erase_registrations(
    connection: Connection, alliance_id: int, ids: Collection[UUID], at: datetime
) -> int:
    """Erase the keys of registrations; return how many."""
    return _changed(await connection.execute(ERASE_REGISTRATIONS, alliance_id, list(ids), at))


async def erase_orders(connection: Connection, alliance_id: int, ids: Collection[UUID], at: datetime) -> int:
    """Erase the keys of orders; return how many."""
    return _changed(await connection.execute(ERASE_ORDERS, alliance_id, list(ids), at))


async def erase_requests(
    connection: Connection, alliance_id: int, ids: Collection[UUID], at: datetime
) -> None:
    """Erase the keys of requests and the evidence that was attached to them."""
    await connection.execute(ERASE_REQUESTS, alliance_id, list(ids), at)


async def old_records(
    connection: Connection, alliance_id: int, statement: str, *, before: datetime, after: UUID, limit: int
) -> tuple[OldRecord, ...]:
    """Return a page of records (a statement of `OLD`) from before an instant that were not erased."""
    rows = await connection.fetch(statement, alliance_id, before, after, limit)
    return tuple(
        OldRecord(
            id=row["id"],
            keys=CustomerKeys(phone=key_text(row["phone_key"]), address=key_text(row["address_key"])),
        )
        for row in rows
    )


def _changed(status: str) -> int:
    return int(status.rpartition(" ")[2])
