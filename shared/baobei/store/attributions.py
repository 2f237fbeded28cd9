"""Decisions and rulings on orders; appended, never changed."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from baobei.policy.terms import ClauseNumber, StandingStatus
from baobei.store.attribution_models import (
    AttributionVerdict,
    StoredAttribution,
    StoredCandidate,
    StoredCredit,
)
from baobei.store.connection import Connection, Row
from baobei.store.numbers import number_of
from baobei.store.texts import parts, read

INSERT_ATTRIBUTION = """
WITH written AS (
    INSERT INTO sealed_text (alliance_id, text_id, sealed)
    SELECT $1, $12, $13 WHERE $12::uuid IS NOT NULL
)
INSERT INTO attribution (alliance_id, attribution_id, order_id, decided_at, verdict, clause, registration_id,
                         needs_review, policy_version_id, digest, ruled_by_id, reason_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""

INSERT_CREDITS = """
INSERT INTO attribution_credit (alliance_id, attribution_id, position, staff_id, share_bp)
SELECT $1, $2, position, staff_id, share_bp
  FROM unnest($3::uuid[], $4::integer[]) WITH ORDINALITY AS c (staff_id, share_bp, position)
"""

# The place of each registration in the order of recording comes along: its number is made of it. So do who made it and
# when it last passed to another owner, as of the order ($13): a ruling carries what was so then.
INSERT_CANDIDATES = """
INSERT INTO attribution_candidate (
    alliance_id, attribution_id, position, registration_id, owner_id, standing, holds, clause, registered_at,
    sequence, last_touch_at, lapses_at, expires_at, ended_at, registrant_id, passed_on_at)
SELECT $1, $2, c.position, c.registration_id, c.owner_id, c.standing, c.holds, c.clause, c.registered_at,
       r.sequence, c.last_touch_at, c.lapses_at, c.expires_at, c.ended_at, r.registrant_id,
       CASE WHEN r.registrant_id <> c.owner_id THEN (
           SELECT max(e.occurred_at)
             FROM audit_event e
            WHERE e.alliance_id = $1
              AND e.subject_id = c.registration_id
              AND e.kind = 'registration.transferred'
              AND e.occurred_at <= (SELECT o.placed_at FROM customer_order o WHERE o.alliance_id = $1 AND o.order_id = $13)
       ) END
  FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::boolean[], $7::text[], $8::timestamptz[],
              $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[])
       WITH ORDINALITY AS c (registration_id, owner_id, standing, holds, clause, registered_at,
                             last_touch_at, lapses_at, expires_at, ended_at, position)
  JOIN registration r ON r.alliance_id = $1 AND r.registration_id = c.registration_id
"""

SELECT_BY_ORDERS = """
SELECT a.attribution_id, a.order_id, a.decided_at, a.verdict, a.clause, a.registration_id, a.needs_review,
       a.policy_version_id, a.digest, a.ruled_by_id, a.reason, a.reason_id, t.sealed AS reason_sealed
  FROM attribution a
  LEFT JOIN sealed_text t ON t.alliance_id = a.alliance_id AND t.text_id = a.reason_id
 WHERE a.alliance_id = $1
   AND a.order_id = ANY($2::uuid[])
 ORDER BY a.order_id, a.sequence
"""

SELECT_CREDITS = """
SELECT attribution_id, staff_id, share_bp
  FROM attribution_credit
 WHERE alliance_id = $1
   AND attribution_id = ANY($2::uuid[])
 ORDER BY attribution_id, position
"""

SELECT_CANDIDATES = """
SELECT attribution_id, registration_id, owner_id, standing, holds, clause, registered_at, sequence,
       last_touch_at, lapses_at, expires_at, ended_at, registrant_id, passed_on_at
  FROM attribution_candidate
 WHERE alliance_id = $1
   AND attribution_id = ANY($2::uuid[])
 ORDER BY attribution_id, position
"""


async def insert(connection: Connection, alliance_id: int, attribution: StoredAttribution) -> None:
    """Append a decision with its credits and candidates."""
    await connection.execute(
        INSERT_ATTRIBUTION,
        alliance_id,
        attribution.id,
        attribution.order_id,
        attribution.decided_at,
        attribution.verdict.value,
        attribution.clause,
        attribution.registration_id,
        attribution.needs_review,
        attribution.policy_version_id,
        attribution.digest,
        attribution.ruled_by_id,
        *parts(attribution.reason),
    )
    if attribution.credits:
        await connection.execute(
            INSERT_CREDITS,
            alliance_id,
            attribution.id,
            [credit.staff_id for credit in attribution.credits],
            [credit.share_bp for credit in attribution.credits],
        )
    if attribution.candidates:
        await _insert_candidates(connection, alliance_id, attribution)


async def _insert_candidates(
    connection: Connection, alliance_id: int, attribution: StoredAttribution
) -> None:
    candidates = attribution.candidates
    await connection.execute(
        INSERT_CANDIDATES,
        alliance_id,
        attribution.id,
        [candidate.registration_id for candidate in candidates],
        [candidate.owner_id for candidate in candidates],
        [candidate.status.value for candidate in candidates],
        [candidate.holds for candidate in candidates],
        [candidate.clause for candidate in candidates],
        [candidate.registered_at for candidate in candidates],
        [candidate.last_touch_at for candidate in candidates],
        [candidate.lapses_at for candidate in candidates],
        [candidate.expires_at for candidate in candidates],
        [candidate.ended_at for candidate in candidates],
        attribution.order_id,
    )


async def by_order_ids(
    connection: Connection, alliance_id: int, order_ids: Collection[UUID]
) -> dict[UUID, tuple[StoredAttribution, ...]]:
    """Return every decision on each order, oldest first; the last is the one in force."""
    rows = await connection.fetch(SELECT_BY_ORDERS, alliance_id, list(order_ids))
    ids = [row["attribution_id"] for row in rows]
    credits: dict[UUID, list[StoredCredit]] = defaultdict(list)
    for row in await connection.fetch(SELECT_CREDITS, alliance_id, ids):
        credits[row["attribution_id"]].append(
            StoredCredit(staff_id=row["staff_id"], share_bp=row["share_bp"])
        )
    candidates: dict[UUID, list[StoredCandidate]] = defaultdict(list)
    for row in await connection.fetch(SELECT_CANDIDATES, alliance_id, ids):
        candidates[row["attribution_id"]].append(_candidate(row))
    found: dict[UUID, list[StoredAttribution]] = defaultdict(list)
    for row in rows:
        id = row["attribution_id"]
        found[row["order_id"]].append(
            _attribution(row, credits=tuple(credits[id]), candidates=tuple(candidates[id]))
        )
    return {order_id: tuple(attributions) for order_id, attributions in found.items()}


def _candidate(row: Row) -> StoredCandidate:
    return StoredCandidate(
        registration_id=row["registration_id"],
        registration_number=number_of(row["sequence"]),
        owner_id=row["owner_id"],
        status=StandingStatus(row["standing"]),
        holds=row["holds"],
        clause=_clause(row),
        registered_at=row["registered_at"],
        last_touch_at=row["last_touch_at"],
        lapses_at=row["lapses_at"],
        expires_at=row["expires_at"],
        ended_at=row["ended_at"],
        registrant_id=row["registrant_id"],
        passed_on_at=row["passed_on_at"],
    )


def _attribution(
    row: Row, *, credits: tuple[StoredCredit, ...], candidates: tuple[StoredCandidate, ...]
) -> StoredAttribution:
    return StoredAttribution(
        id=row["attribution_id"],
        order_id=row["order_id"],
        verdict=AttributionVerdict(row["verdict"]),
        credits=credits,
        clause=_clause(row),
        registration_id=row["registration_id"],
        needs_review=row["needs_review"],
        candidates=candidates,
        policy_version_id=row["policy_version_id"],
        decided_at=row["decided_at"],
        digest=row["digest"],
        ruled_by_id=row["ruled_by_id"],
        reason=read(row, "reason"),
    )


def _clause(row: Row) -> ClauseNumber | None:
    clause = row["clause"]
    return None if clause is None else ClauseNumber(clause)
