"""What a ruling rests on, gathered from the records themselves: case events in one order, and earlier rulings."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from baobei.policy.disputes import CaseEventKind
from baobei.policy.identity import CustomerKeys
from baobei.policy.terms import ClauseNumber
from baobei.store.attribution_models import AttributionVerdict, StoredCredit
from baobei.store.attributions import SELECT_CREDITS
from baobei.store.connection import Connection, Row
from baobei.store.customer_keys import key_bytes
from baobei.store.dispute_models import CaseEvent, Precedent
from baobei.store.texts import read

# $2 the order; $3, $4 its keys in force; $5 the last place of the page before; $6 rows; $7 a unit, $8 a person: whose
# records are seen (None: everybody's); $9 whether the decision is read. What an event needs to be seen: PARTY to see
# the dispute, DECISION to read the decision, SIDE to see the record itself, as its owner then or now: whose a registration
# or a request was then gave it away in the first transfer, or the first handover of requests, from there on.
SELECT_PAGE = """
WITH people AS (
    SELECT s.staff_id FROM staff s WHERE s.alliance_id = $1 AND (s.unit_id = $7 OR s.staff_id = $8)
), decided AS (
    SELECT a.attribution_id, a.sequence, a.decided_at, a.verdict, a.clause, a.ruled_by_id, a.reason, a.reason_id
      FROM attribution a
     WHERE a.alliance_id = $1 AND a.order_id = $2
), looked_at AS (
    SELECT DISTINCT c.registration_id
      FROM attribution_candidate c
      JOIN decided d ON d.attribution_id = c.attribution_id
     WHERE c.alliance_id = $1
), found AS (
    SELECT l.registration_id FROM looked_at l
    UNION
    SELECT r.registration_id FROM registration r WHERE r.alliance_id = $1 AND r.phone_key = $3
    UNION
    SELECT r.registration_id FROM registration r WHERE r.alliance_id = $1 AND r.address_key = $4
), claim AS (
    SELECT r.registration_id, r.contact_id, r.owner_id,
           EXISTS (SELECT FROM looked_at l WHERE l.registration_id = r.registration_id) AS candidate
      FROM found f
      JOIN registration r ON r.alliance_id = $1 AND r.registration_id = f.registration_id
), passed AS (
    SELECT e.subject_id AS registration_id, e.sequence, (e.detail ->> 'from')::uuid AS from_id
      FROM claim c
      JOIN audit_event e ON e.alliance_id = $1 AND e.subject_id = c.registration_id
     WHERE e.kind = 'registration.transferred'
), tried AS (
    SELECT a.sequence, a.attempt_id, a.attempted_at, a.recorded_by_id, a.registrant_id, a.outcome, a.code, a.clause,
           a.note, a.note_id
      FROM contact k
      JOIN attempt a ON a.alliance_id = k.alliance_id AND a.contact_id = k.contact_id
     WHERE k.alliance_id = $1
       AND (k.phone_key = $3 OR k.address_key = $4)
       AND a.registration_id IS NULL
), asked AS (
    SELECT p.approval_id, p.registration_id, c.owner_id
      FROM claim c
      JOIN approval p ON p.alliance_id = $1 AND p.registration_id = c.registration_id
    UNION ALL
    SELECT p.approval_id, NULL, p.receiver_id
      FROM tried t
      JOIN approval p ON p.alliance_id = $1 AND p.attempt_id = t.attempt_id
     WHERE p.registration_id IS NULL
    UNION ALL
    SELECT p.approval_id, NULL, coalesce(p.receiver_id, p.requested_by_id)
      FROM approval p
     WHERE p.alliance_id = $1 AND (p.phone_key = $3 OR p.address_key = $4) AND p.registration_id IS NULL
), given AS (
    SELECT t.registration_id AS of_id, t.sequence, t.from_id FROM passed t
    UNION ALL
    SELECT q.approval_id, e.sequence, (e.detail ->> 'from')::uuid
      FROM asked q
      JOIN audit_event e ON e.alliance_id = $1 AND e.subject_id = q.approval_id
     WHERE e.kind = 'approval.passed_on'
), quarrel AS (
    SELECT d.dispute_id FROM dispute d WHERE d.alliance_id = $1 AND d.order_id = $2
), shown (act, kind) AS (
    VALUES ('registration.measured', 'MEASURED'), ('registration.extended', 'EXTENDED'),
           ('registration.transferred', 'TRANSFERRED'), ('registration.lapsed', 'LAPSED'),
           ('registration.expired', 'EXPIRED'), ('registration.superseded', 'SUPERSEDED'),
           ('registration.withdrawn', 'WITHDRAWN'), ('registration.converted', 'CONVERTED'),
           ('registration.lost', 'LOST'), ('registration.reinstated', 'REINSTATED'),
           ('approval.requested', 'REQUESTED'), ('approval.decided', 'REQUEST_DECIDED'),
           ('approval.withdrawn', 'REQUEST_WITHDRAWN'), ('approval.passed_on', 'REQUEST_PASSED_ON'),
           ('order.closed', 'ORDER_CLOSED'), ('order.cancelled', 'ORDER_CANCELLED'),
           ('dispute.opened', 'DISPUTED'), ('dispute.decided', 'DISPUTE_DECIDED')
), entry AS (
    SELECT a.sequence, 'REGISTERED' AS kind, a.attempt_id AS record_id, a.attempted_at AS at,
           a.recorded_by_id AS by_id, c.owner_id, a.registration_id, a.code, a.clause,
           a.note AS text, a.note_id AS text_id, CASE WHEN c.candidate THEN 'DECISION' ELSE 'SIDE' END AS seen
      FROM claim c
      JOIN attempt a ON a.alliance_id = $1 AND a.contact_id = c.contact_id AND a.registration_id = c.registration_id
    UNION ALL
    SELECT t.sequence, CASE WHEN t.outcome = 'AWAITING_APPROVAL' THEN 'ATTEMPT_WAITING' ELSE 'ATTEMPT_REFUSED' END,
           t.attempt_id, t.attempted_at, t.recorded_by_id, t.registrant_id, NULL, t.code, t.clause, t.note, t.note_id,
           'SIDE'
      FROM tried t
    UNION ALL
    SELECT f.sequence, 'FOLLOWED_UP', f.follow_up_id, f.recorded_at, f.recorded_by_id, c.owner_id,
           f.registration_id, f.kind, NULL, f.note, f.note_id, 'SIDE'
      FROM claim c
      JOIN follow_up f ON f.alliance_id = $1 AND f.registration_id = c.registration_id
    UNION ALL
    SELECT e.sequence, s.kind, e.subject_id, e.occurred_at, e.actor_id, c.owner_id, c.registration_id, NULL, NULL,
           e.reason, e.reason_id, 'SIDE'
      FROM claim c
      JOIN audit_event e ON e.alliance_id = $1 AND e.subject_id = c.registration_id
      JOIN shown s ON s.act = e.kind
    UNION ALL
    SELECT e.sequence, s.kind, e.subject_id, e.occurred_at, e.actor_id, q.owner_id, q.registration_id,
           coalesce(e.detail ->> 'status', e.detail ->> 'kind'), NULL, e.reason, e.reason_id, 'SIDE'
      FROM asked q
      JOIN audit_event e ON e.alliance_id = $1 AND e.subject_id = q.approval_id
      JOIN shown s ON s.act = e.kind
    UNION ALL
    SELECT o.sequence, 'ORDER_PLACED', o.order_id, o.placed_at, o.placed_by_id, o.taken_by_id, NULL, NULL, NULL, NULL,
           NULL, 'DECISION'
      FROM customer_order o
     WHERE o.alliance_id = $1 AND o.order_id = $2
    UNION ALL
    SELECT e.sequence, s.kind, e.subject_id, e.occurred_at, e.actor_id, NULL, NULL, NULL, NULL, e.reason, e.reason_id,
           'DECISION'
      FROM audit_event e
      JOIN shown s ON s.act = e.kind
     WHERE e.alliance_id = $1 AND e.subject_id = $2
    UNION ALL
    SELECT d.sequence, CASE WHEN d.verdict IN ('RULED', 'REVERSED') THEN d.verdict ELSE 'DECIDED' END,
           d.attribution_id, d.decided_at, d.ruled_by_id, NULL, NULL, d.verdict, d.clause, d.reason, d.reason_id,
           'DECISION'
      FROM decided d
    UNION ALL
    SELECT e.sequence, s.kind, e.subject_id, e.occurred_at, e.actor_id, NULL, NULL, e.detail ->> 'status', NULL,
           e.reason, e.reason_id, 'PARTY'
      FROM quarrel q
      JOIN audit_event e ON e.alliance_id = $1 AND e.subject_id = q.dispute_id
      JOIN shown s ON s.act = e.kind
    UNION ALL
    SELECT t.sequence, 'STATEMENT', t.statement_id, t.made_at, t.made_by_id, t.made_by_id, NULL, NULL, NULL, NULL,
           t.text_id, 'PARTY'
      FROM quarrel q
      JOIN dispute_statement t ON t.alliance_id = $1 AND t.dispute_id = q.dispute_id
), page AS (
    SELECT e.sequence, e.kind, e.record_id, e.at, e.by_id, coalesce(w.from_id, e.owner_id) AS side_id, e.owner_id,
           e.registration_id, e.code, e.clause, e.text, e.text_id
      FROM entry e
      LEFT JOIN LATERAL (
           SELECT g.from_id
             FROM given g
            WHERE g.of_id IN (e.registration_id, e.record_id) AND g.sequence >= e.sequence
            ORDER BY g.sequence
            LIMIT 1) w ON true
     WHERE ($5::bigint IS NULL OR e.sequence > $5)
       AND (($7::uuid IS NULL AND $8::uuid IS NULL)
            OR e.seen = 'PARTY'
            OR (e.seen = 'DECISION' AND $9)
            OR e.owner_id IN (SELECT staff_id FROM people)
            OR w.from_id IN (SELECT staff_id FROM people))
     ORDER BY e.sequence
     LIMIT $6
)
SELECT p.sequence, p.kind, p.record_id, p.at, p.by_id, p.side_id, p.owner_id, p.registration_id, p.code, p.clause,
       p.text, p.text_id, w.sealed AS text_sealed
  FROM page p
  LEFT JOIN sealed_text w ON w.alliance_id = $1 AND w.text_id = p.text_id
 ORDER BY p.sequence
"""

# What the policy decided on an order is its first decision; a later one is a ruling or a reversal, and the last is in
# force. $2 the order whose question it is, which is no precedent of itself; $3 rows.
SELECT_PRECEDENTS = """
WITH question AS (
    SELECT a.verdict, a.clause, a.needs_review
      FROM attribution a
     WHERE a.alliance_id = $1 AND a.order_id = $2
     ORDER BY a.sequence
     LIMIT 1
)
SELECT r.attribution_id, r.ruled_by_id, r.decided_at, r.reason, r.reason_id, w.sealed AS reason_sealed,
       f.verdict, f.clause, f.needs_review,
       f.verdict = q.verdict AND f.needs_review = q.needs_review AS alike, l.sequence = r.sequence AS in_force
  FROM question q
  JOIN attribution r ON r.alliance_id = $1 AND r.verdict = 'RULED' AND r.order_id <> $2
 CROSS JOIN LATERAL (
       SELECT a.verdict, a.clause, a.needs_review
         FROM attribution a
        WHERE a.alliance_id = $1 AND a.order_id = r.order_id
        ORDER BY a.sequence
        LIMIT 1) f
 CROSS JOIN LATERAL (
       SELECT a.sequence
         FROM attribution a
        WHERE a.alliance_id = $1 AND a.order_id = r.order_id
        ORDER BY a.sequence DESC
        LIMIT 1) l
  LEFT JOIN sealed_text w ON w.alliance_id = r.alliance_id AND w.text_id = r.reason_id
 WHERE f.clause IS NOT DISTINCT FROM q.clause
 ORDER BY in_force DESC, r.sequence DESC
 LIMIT $3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEventScope:
    """Whose records are seen: everybody's, those of a unit's staff, or one person's; and whether the decision is."""

    unit_id: UUID | None = None
    staff_id: UUID | None = None
    reads_decision: bool = False


async def page(
    connection: Connection,
    alliance_id: int,
    order_id: UUID,
    in_force: CustomerKeys,
    *,
    scope: CaseEventScope,
    after: int | None,
    first: int,
) -> tuple[tuple[CaseEvent, ...], bool]:
    """Return a page of what was recorded, in the order of recording, and whether more follows."""
    rows = await connection.fetch(
        SELECT_PAGE,
        alliance_id,
        order_id,
        key_bytes(in_force.phone),
        key_bytes(in_force.address),
        after,
        first + 1,
        scope.unit_id,
        scope.staff_id,
        scope.reads_decision,
    )
    return tuple(_case_event(row) for row in rows[:first]), len(rows) > first


async def precedents(
    connection: Connection, alliance_id: int, order_id: UUID, *, first: int
) -> tuple[Precedent, ...]:
    """Return rulings on other orders that the policy had decided by the same clause.

    Those in force first, then those that were replaced or reversed; each newest first.
    """
    rows = await connection.fetch(SELECT_PRECEDENTS, alliance_id, order_id, first)
    credits: dict[UUID, list[StoredCredit]] = defaultdict(list)
    for row in await connection.fetch(SELECT_CREDITS, alliance_id, [row["attribution_id"] for row in rows]):
        credits[row["attribution_id"]].append(
            StoredCredit(staff_id=row["staff_id"], share_bp=row["share_bp"])
        )
    return tuple(
        Precedent(
            id=row["attribution_id"],
            verdict=AttributionVerdict(row["verdict"]),
            clause=_clause(row),
            needs_review=row["needs_review"],
            alike=row["alike"],
            in_force=row["in_force"],
            credits=tuple(credits[row["attribution_id"]]),
            ruled_by_id=row["ruled_by_id"],
            ruled_at=row["decided_at"],
            reason=read(row, "reason"),
        )
        for row in rows
    )


def _case_event(row: Row) -> CaseEvent:
    return CaseEvent(
        sequence=row["sequence"],
        kind=CaseEventKind(row["kind"]),
        record_id=row["record_id"],
        at=row["at"],
        by_id=row["by_id"],
        side_id=row["side_id"],
        owner_id=row["owner_id"],
        registration_id=row["registration_id"],
        code=row["code"],
        clause=_clause(row),
        text=read(row, "text"),
    )


def _clause(row: Row) -> ClauseNumber | None:
    clause = row["clause"]
    return None if clause is None else ClauseNumber(clause)
