"""Requests that need an approver: asked once, decided once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baobei.policy.identity import CustomerKeys
from baobei.store.approval_models import Approval, ApprovalKind, ApprovalStatus
from baobei.store.connection import Connection, Row, change_one, fetch_planned_anew
from baobei.store.customer_keys import key_bytes, key_text
from baobei.store.paging import Page
from baobei.store.texts import parts, read, read_required

COLUMNS = """
SELECT p.approval_id, p.kind, p.status, p.registration_id, p.reason, p.reason_id, w.sealed AS reason_sealed,
       p.requested_by_id, p.requested_at, p.decided_by_id, p.decided_at, p.decision_note, p.decision_note_id,
       n.sealed AS decision_note_sealed, p.days,
       p.attempt_id, p.receiver_id, p.approver_unit_ids, p.phone_key, p.address_key, p.list_fen, p.asked_fen
  FROM approval p
  LEFT JOIN sealed_text w ON w.alliance_id = p.alliance_id AND w.text_id = p.reason_id
  LEFT JOIN sealed_text n ON n.alliance_id = p.alliance_id AND n.text_id = p.decision_note_id
"""

SELECT_BY_IDS = (
    COLUMNS
    + """
 WHERE p.alliance_id = $1
   AND p.approval_id = ANY($2::uuid[])
"""
)

LOCK_BY_IDS = (
    SELECT_BY_IDS
    + """
 ORDER BY p.sequence
   FOR UPDATE OF p
"""
)

# $2 registrations, $3 attempts, $4 phone and $5 address of a special price.
LOCK_BY_PERSON = (
    COLUMNS
    + """
 WHERE p.alliance_id = $1
   AND (p.registration_id = ANY($2::uuid[]) OR p.attempt_id = ANY($3::uuid[])
        OR p.phone_key = $4 OR p.address_key = $5)
 ORDER BY p.sequence
   FOR UPDATE OF p
"""
)

# $2 a unit, $3 a person: who may see (None: everybody's); $4 a status; $5 rows; $6 a store whose manager decides;
# $7 the last id of the page before.
SELECT_PAGE = (
    COLUMNS
    + """
  LEFT JOIN registration r ON r.alliance_id = $1 AND r.registration_id = p.registration_id
  LEFT JOIN staff o ON o.alliance_id = $1 AND o.staff_id = r.owner_id
  JOIN staff q ON q.alliance_id = $1 AND q.staff_id = p.requested_by_id
  LEFT JOIN staff c ON c.alliance_id = $1 AND c.staff_id = p.receiver_id
 WHERE p.alliance_id = $1
   AND (($2::uuid IS NULL AND $3::uuid IS NULL)
        OR o.unit_id = $2 OR q.unit_id = $2 OR c.unit_id = $2
        OR o.staff_id = $3 OR q.staff_id = $3 OR c.staff_id = $3 OR $6 = ANY (p.approver_unit_ids))
   AND ($4::text IS NULL OR p.status = $4)
   AND ($7::uuid IS NULL OR p.sequence < (
           SELECT l.sequence FROM approval l WHERE l.alliance_id = $1 AND l.approval_id = $7))
 ORDER BY p.sequence DESC
 LIMIT $5
"""
)

INSERT_APPROVAL = """
WITH written AS (
    INSERT INTO sealed_text (alliance_id, text_id, sealed)
    VALUES ($1, $6, $9)
)
INSERT INTO approval (alliance_id, approval_id, sequence, kind, status, registration_id, days, reason_id,
                      requested_by_id, requested_at, attempt_id, receiver_id, approver_unit_ids, phone_key,
                      address_key, list_fen, asked_fen)
VALUES ($1, $2, nextval('recording_sequence'), $3, 'PENDING', $4, $5, $6, $7, $8, $10, $11, $12, $13, $14, $15, $16)
"""

SELECT_ID_BY_ATTEMPT = """
SELECT approval_id
  FROM approval
 WHERE alliance_id = $1
   AND attempt_id = $2
   AND status <> 'CANCELLED'
"""

# What waits for $2: of a department head ($3) all but what stores decide, of the manager of store $4 what waits for
# that store, of a deputy ($5) what waits for stores without another manager who may decide it; never their own case. As
# `access.deciders` says of `approval_parties`. $6 the instant at which registrations are live, $7: addresses are in
# force as keys.
WAITS_FOR = """
  LEFT JOIN registration r ON r.alliance_id = $1 AND r.registration_id = p.registration_id
  LEFT JOIN attempt a ON a.alliance_id = $1 AND a.attempt_id = p.attempt_id
 WHERE p.alliance_id = $1
   AND p.status = 'PENDING'
   AND (($3 AND p.kind <> 'CROSS_REGION')
        OR $4 = ANY (p.approver_unit_ids)
        OR ($5 AND p.kind = 'CROSS_REGION' AND NOT EXISTS (
               SELECT FROM staff m
                WHERE m.alliance_id = $1
                  AND m.unit_id = ANY (p.approver_unit_ids)
                  AND m.active
                  AND 'STORE_MANAGER' = ANY (m.roles)
                  AND m.staff_id <> $2
                  AND m.staff_id <> p.requested_by_id
                  AND m.staff_id IS DISTINCT FROM p.receiver_id
                  AND m.staff_id IS DISTINCT FROM a.recorded_by_id
                  AND m.staff_id IS DISTINCT FROM a.registrant_id)))
   AND p.requested_by_id <> $2
   AND r.owner_id IS DISTINCT FROM $2
   AND p.receiver_id IS DISTINCT FROM $2
   AND a.recorded_by_id IS DISTINCT FROM $2
   AND a.registrant_id IS DISTINCT FROM $2
   AND NOT EXISTS (SELECT FROM registration l
                    WHERE l.alliance_id = $1
                      AND p.kind = 'SPECIAL_PRICE'
                      AND p.registration_id IS NULL
                      AND l.owner_id = $2
                      AND (l.phone_key = p.phone_key OR ($7 AND l.address_key = p.address_key))
                      AND l.end_kind IS NULL
                      AND (l.expires_at IS NULL OR l.expires_at > $6)
                      AND (l.lapse_curable OR l.lapses_at > $6))
   AND NOT EXISTS (SELECT FROM handover h
                    WHERE h.alliance_id = $1
                      AND h.approval_id = p.approval_id
                      AND (h.from_staff_id = $2 OR $2 = ANY (h.receiver_ids)))
"""

# Oldest first. $8 the last id of the page before, $9 rows.
SELECT_INBOX = (
    COLUMNS
    + WAITS_FOR
    + """
   AND ($8::uuid IS NULL OR p.sequence > (
           SELECT l.sequence FROM approval l WHERE l.alliance_id = $1 AND l.approval_id = $8))
 ORDER BY p.sequence
 LIMIT $9
"""
)

COUNT_INBOX = (
    """
SELECT count(*)
  FROM approval p
"""
    + WAITS_FOR
)

DECIDE_APPROVAL = """
WITH written AS (
    INSERT INTO sealed_text (alliance_id, text_id, sealed)
    SELECT $1, $6, $7 WHERE $6::uuid IS NOT NULL
)
UPDATE approval
   SET status = $3, decided_by_id = $4, decided_at = $5, decision_note_id = $6,
       registration_id = coalesce(registration_id, $8)
 WHERE alliance_id = $1
   AND approval_id = $2
   AND status = 'PENDING'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalScope:
    """Whose requests may be listed: everybody's, those of a unit's staff, or those of one person.

    And those that the manager of the store `decides_for` decides.
    """

    unit_id: UUID | None = None
    staff_id: UUID | None = None
    decides_for: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """What waits for whom: as a department head, as the manager of a store, or both; and instead of one.

    `at` is the instant of it; `by_address`: homes are keys of a customer then.
    """

    viewer_id: UUID
    as_head: bool
    as_deputy: bool
    store_id: UUID | None
    at: datetime
    by_address: bool


async def by_ids(connection: Connection, alliance_id: int, ids: Collection[UUID]) -> dict[UUID, Approval]:
    """Return requests by id."""
    rows = await connection.fetch(SELECT_BY_IDS, alliance_id, list(ids))
    return {row["approval_id"]: approval_of(row) for row in rows}


async def lock_by_id(connection: Connection, alliance_id: int, id: UUID) -> Approval | None:
    """Return a request as it stands now, held until the transaction ends."""
    return (await lock_by_ids(connection, alliance_id, [id])).get(id)


async def lock_by_ids(
    connection: Connection, alliance_id: int, ids: Collection[UUID]
) -> dict[UUID, Approval]:
    """Return requests as they stand now, held in the order of asking until the transaction ends."""
    rows = await connection.fetch(LOCK_BY_IDS, alliance_id, list(ids))
    return {row["approval_id"]: approval_of(row) for row in rows}


async def lock_by_person(
    connection: Connection,
    alliance_id: int,
    *,
    registration_ids: Collection[UUID],
    attempt_ids: Collection[UUID],
    keys: CustomerKeys,
) -> tuple[Approval, ...]:
    """Return the requests about a customer, earliest first, held until the transaction ends."""
    rows = await connection.fetch(
        LOCK_BY_PERSON,
        alliance_id,
        list(registration_ids),
        list(attempt_ids),
        key_bytes(keys.phone),
        key_bytes(keys.address),
    )
    return tuple(approval_of(row) for row in rows)


async def page(
    connection: Connection,
    alliance_id: int,
    *,
    scope: ApprovalScope,
    status: ApprovalStatus | None,
    first: int,
    after: UUID | None = None,
) -> tuple[Approval, ...]:
    """Return the newest requests, newest first; those asked for before the request `after`, where it is given."""
    rows = await fetch_planned_anew(
        connection,
        SELECT_PAGE,
        alliance_id,
        scope.unit_id,
        scope.staff_id,
        None if status is None else status.value,
        first,
        scope.decides_for,
        after,
    )
    return tuple(approval_of(row) for row in rows)


async def inbox(
    connection: Connection, alliance_id: int, inbox: Inbox, page: Page
) -> tuple[tuple[Approval, ...], bool]:
    """Return a page of what waits for a decision, oldest first, and whether more follow."""
    rows = await fetch_planned_anew(
        connection, SELECT_INBOX, alliance_id, *_waits_for(inbox), page.after, page.first + 1
    )
    return tuple(approval_of(row) for row in rows[: page.first]), len(rows) > page.first


async def count_inbox(connection: Connection, alliance_id: int, inbox: Inbox) -> int:
    """Return how many requests wait for a decision."""
    rows = await fetch_planned_anew(connection, COUNT_INBOX, alliance_id, *_waits_for(inbox))
    counted: int = rows[0]["count"]
    return counted


def _waits_for(inbox: Inbox) -> tuple[object, ...]:
    return (
        inbox.viewer_id,
        inbox.as_head,
        inbox.store_id,
        inbox.as_deputy,
        inbox.at,
        inbox.by_address,
    )


async def insert(connection: Connection, alliance_id: int, approval: Approval) -> None:
    """Store a request that waits for its approver."""
    reason_id, sealed = parts(approval.reason)
    await connection.execute(
        INSERT_APPROVAL,
        alliance_id,
        approval.id,
        approval.kind.value,
        approval.registration_id,
        approval.days,
        reason_id,
        approval.requested_by_id,
        approval.requested_at,
        sealed,
        approval.attempt_id,
        approval.receiver_id,
        list(approval.approver_unit_ids),
        key_bytes(approval.keys.phone),
        key_bytes(approval.keys.address),
        approval.list_fen,
        approval.asked_fen,
    )


async def id_by_attempt(connection: Connection, alliance_id: int, attempt_id: UUID) -> UUID | None:
    """Return the request that an attempt may stand, withdrawn ones aside."""
    id: UUID | None = await connection.fetchval(SELECT_ID_BY_ATTEMPT, alliance_id, attempt_id)
    return id


async def decide(connection: Connection, alliance_id: int, approval: Approval) -> None:
    """Store how a request was decided, and the registration that granting it made, if any."""
    await change_one(
        connection,
        DECIDE_APPROVAL,
        alliance_id,
        approval.id,
        approval.status.value,
        approval.decided_by_id,
        approval.decided_at,
        *parts(approval.decision_note),
        approval.registration_id,
    )


def approval_of(row: Row) -> Approval:
    """Return a row of `COLUMNS` as a request."""
    return Approval(
        id=row["approval_id"],
        kind=ApprovalKind(row["kind"]),
        status=ApprovalStatus(row["status"]),
        registration_id=row["registration_id"],
        reason=read_required(row, "reason"),
        requested_by_id=row["requested_by_id"],
        requested_at=row["requested_at"],
        decided_by_id=row["decided_by_id"],
        decided_at=row["decided_at"],
        decision_note=read(row, "decision_note"),
        days=row["days"],
        attempt_id=row["attempt_id"],
        receiver_id=row["receiver_id"],
        approver_unit_ids=tuple(row["approver_unit_ids"]),
        keys=CustomerKeys(phone=key_text(row["phone_key"]), address=key_text(row["address_key"])),
        list_fen=row["list_fen"],
        asked_fen=row["asked_fen"],
    )
