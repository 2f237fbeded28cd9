"""The figures of a month, one statement for each group of them, all by person.

Counted from what happened and from deadlines, never from `stored_status`: whether a sweep has run changes nothing.
Of two things the ledger is asked: what started a clock, and that a registration was overdue or lapsed, which stands in
it before whatever was recorded next. What nobody has written down yet follows from the deadlines.

`width_bucket` says how many of the instants at which somebody moved to another unit had come by then, or which of the
days of the month it was: where either begins is for others to say (`figure_spans`, the policy).
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from baobei.policy.disputes import DisputeStatus
from baobei.policy.follow_up_windows import Window
from baobei.policy.terms import WHOLE_CREDIT
from baobei.store.attempt_models import AttemptOutcome
from baobei.store.connection import Connection, Row
from baobei.store.figure_models import CreditShare, FollowedUp, Made
from baobei.store.figure_spans import FigureMonth, InSpan

# $3 inclusive, $4 exclusive; $5 when somebody moved.
SELECT_ATTEMPTS = """
SELECT a.registrant_id AS staff_id, width_bucket(a.attempted_at, $5::timestamptz[]) AS span, a.outcome,
       count(*)::integer AS attempts
  FROM attempt a
 WHERE a.alliance_id = $1
   AND a.registrant_id = ANY($2::uuid[])
   AND a.attempted_at >= $3
   AND a.attempted_at < $4
 GROUP BY a.registrant_id, span, a.outcome
 ORDER BY a.registrant_id, span, a.outcome
"""

# $4: the instant of the standings; $5 when somebody moved. What baobei.policy.standing says, from the facts alone.
SELECT_MADE = """
SELECT r.registrant_id AS staff_id, width_bucket(r.registered_at, $5::timestamptz[]) AS span, count(*)::integer AS made,
       (count(*) FILTER (WHERE r.end_kind = 'CONVERTED'))::integer AS converted,
       (count(*) FILTER (WHERE r.end_kind IS NULL
                           AND r.expires_at <= $4
                           AND (r.lapse_curable OR r.expires_at <= r.lapses_at)))::integer AS expired,
       (count(*) FILTER (WHERE (r.end_kind IS NULL
                                AND r.lapses_at <= $4
                                AND (r.expires_at IS NULL OR r.lapses_at < r.expires_at))
                            OR EXISTS (SELECT FROM audit_event a
                                        WHERE a.alliance_id = $1
                                          AND a.subject_id = r.registration_id
                                          AND a.kind = 'registration.lapsed')))::integer AS lapsed
  FROM registration r
 WHERE r.alliance_id = $1
   AND r.registrant_id = ANY($2::uuid[])
   AND r.quota_month = $3
 GROUP BY r.registrant_id, span
 ORDER BY r.registrant_id, span
"""

# $3 inclusive, $4 exclusive: when windows begin; $5 the instant asked about; $6 to $11: the deadlines of the month,
# policy by policy (baobei.policy.follow_up_windows), those of the registration's class before everybody's. Each act
# but an overdue begins a stage of its registration, and the next one ends it; what was overdue by then was written
# down before. It is whose the registration had passed to by then, else whose it was first. An act that is no touch
# begins no window. A contact on the day ($12: when the days begin) on which the window began meets nothing. $13: when
# somebody moved. What was touched in the month is looked up one by one (OFFSET 0 holds the planner to it): a month
# costs what happened in it, however long the past is.
SELECT_FOLLOW_UPS = """
WITH of_month AS (
    SELECT DISTINCT a.subject_id
      FROM audit_event a
     WHERE a.alliance_id = $1
       AND a.occurred_at >= $3
       AND a.occurred_at < $4
       AND a.kind IN ('registration.admitted', 'registration.followed_up', 'registration.measured',
                      'registration.transferred', 'registration.extended', 'registration.reinstated')
), touched AS (
    SELECT m.subject_id
      FROM of_month m
     CROSS JOIN LATERAL (
           SELECT r.owner_id, r.registrant_id
             FROM registration r
            WHERE r.alliance_id = $1
              AND r.registration_id = m.subject_id
           OFFSET 0) r
     WHERE r.owner_id = ANY($2::uuid[])
        OR r.registrant_id = ANY($2::uuid[])
        OR m.subject_id IN (
           SELECT a.subject_id
             FROM audit_event a
            WHERE a.alliance_id = $1
              AND a.kind = 'registration.transferred'
              AND a.detail ->> 'to' = ANY($2::uuid[]::text[]))
), act AS (
    SELECT a.subject_id AS registration_id, a.occurred_at, a.kind,
           CASE WHEN a.kind = 'registration.transferred' THEN (a.detail ->> 'to')::uuid END AS passed_to,
           count(*) FILTER (WHERE a.kind <> 'registration.follow_up_overdue') OVER recorded AS stage,
           count(*) FILTER (WHERE a.kind = 'registration.transferred') OVER recorded AS hand
      FROM touched t
     CROSS JOIN LATERAL (
           SELECT e.subject_id, e.sequence, e.occurred_at, e.kind, e.detail
             FROM audit_event e
            WHERE e.alliance_id = $1
              AND e.subject_id = t.subject_id
              AND e.kind IN ('registration.admitted', 'registration.followed_up', 'registration.measured',
                             'registration.transferred', 'registration.extended', 'registration.reinstated',
                             'registration.converted', 'registration.lost', 'registration.withdrawn',
                             'registration.superseded', 'registration.follow_up_overdue')
           OFFSET 0) a
    WINDOW recorded AS (PARTITION BY a.subject_id ORDER BY a.sequence)
), stage AS (
    SELECT a.registration_id, a.stage, a.hand, max(a.passed_to::text)::uuid AS passed_to,
           min(a.kind) FILTER (WHERE a.kind <> 'registration.follow_up_overdue') AS kind,
           min(a.occurred_at) FILTER (WHERE a.kind <> 'registration.follow_up_overdue') AS began_at,
           min(a.occurred_at) FILTER (WHERE a.kind = 'registration.follow_up_overdue') AS overdue_at
      FROM act a
     GROUP BY a.registration_id, a.stage, a.hand
), followed AS (
    SELECT s.registration_id, s.kind, s.began_at, s.overdue_at,
           max(s.passed_to::text) OVER (PARTITION BY s.registration_id, s.hand) AS owner_id,
           lead(s.kind) OVER recorded AS next_kind, lead(s.began_at) OVER recorded AS next_at
      FROM stage s
    WINDOW recorded AS (PARTITION BY s.registration_id ORDER BY s.stage)
), counted AS (
    SELECT coalesce(f.owner_id::uuid, r.registrant_id) AS staff_id, f.began_at, f.next_at, f.next_kind AS kind,
           CASE WHEN f.next_kind IS NOT NULL
                THEN f.overdue_at IS NOT NULL AND f.overdue_at <= f.next_at
                ELSE d.due_at <= $5
                     AND (r.expires_at IS NULL OR d.due_at < r.expires_at)
                     AND (r.lapse_curable OR d.due_at < r.lapses_at)
           END AS missed
      FROM followed f
      JOIN registration r ON r.alliance_id = $1 AND r.registration_id = f.registration_id
      LEFT JOIN LATERAL (
           SELECT coalesce(w.due_at, f.began_at + make_interval(hours => w.hours)) AS due_at
             FROM unnest($6::uuid[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::integer[],
                         $11::text[])
                  AS w (policy_version_id, begins_at, ends_at, due_at, hours, customer_class)
            WHERE f.next_kind IS NULL
              AND w.policy_version_id = r.policy_version_id
              AND f.began_at >= w.begins_at
              AND f.began_at < w.ends_at
              AND (w.customer_class IS NULL OR w.customer_class = r.registered_class)
            ORDER BY w.customer_class NULLS LAST
            LIMIT 1) d ON true
     WHERE f.began_at >= $3
       AND f.began_at < $4
       AND f.kind IN ('registration.admitted', 'registration.followed_up', 'registration.measured',
                      'registration.transferred', 'registration.extended', 'registration.reinstated')
)
SELECT c.staff_id, width_bucket(c.began_at, $13::timestamptz[]) AS span,
       (count(*) FILTER (WHERE c.missed))::integer AS missed,
       (count(*) FILTER (WHERE NOT c.missed
                           AND c.kind IN ('registration.followed_up', 'registration.measured')
                           AND width_bucket(c.next_at, $12::timestamptz[])
                               > width_bucket(c.began_at, $12::timestamptz[])))::integer AS met
  FROM counted c
 WHERE c.staff_id = ANY($2::uuid[])
 GROUP BY c.staff_id, span
 ORDER BY c.staff_id, span
"""

# $3 inclusive, $4 exclusive: when it was decided; $5 when somebody moved. A decision gives what it credits and takes
# back what the one before it did, from where that one gave it; of shared ones each comes by itself, to be divided.
# Looked up one by one, as above.
SELECT_CREDITS = """
WITH decided AS (
    SELECT a.attribution_id, a.order_id, a.sequence, a.decided_at
      FROM attribution a
     WHERE a.alliance_id = $1
       AND a.decided_at >= $3
       AND a.decided_at < $4
), entry AS (
    SELECT d.attribution_id, d.order_id, d.decided_at AS given_at, 1 AS sign
      FROM decided d
     UNION ALL
    SELECT replaced.attribution_id, d.order_id, replaced.decided_at, -1
      FROM decided d
     CROSS JOIN LATERAL (
           SELECT p.attribution_id, p.decided_at
             FROM attribution p
            WHERE p.alliance_id = $1
              AND p.order_id = d.order_id
              AND p.sequence < d.sequence
            ORDER BY p.sequence DESC
            LIMIT 1) replaced
), credit AS (
    SELECT c.staff_id, width_bucket(e.given_at, $5::timestamptz[]) AS span, e.sign, o.amount_fen,
           CASE WHEN c.share_bp < 10000 THEN e.attribution_id END AS decision,
           CASE WHEN c.share_bp < 10000 THEN c.position ELSE 1 END AS position
      FROM entry e
     CROSS JOIN LATERAL (
           SELECT c.staff_id, c.share_bp, c.position
             FROM attribution_credit c
            WHERE c.alliance_id = $1
              AND c.attribution_id = e.attribution_id
           OFFSET 0) c
     CROSS JOIN LATERAL (
           SELECT o.amount_fen
             FROM customer_order o
            WHERE o.alliance_id = $1
              AND o.order_id = e.order_id
           OFFSET 0) o
     WHERE c.staff_id = ANY($2::uuid[])
)
SELECT c.staff_id, c.span, c.decision, c.position, sum(c.sign)::integer AS orders,
       sum(c.sign * coalesce(c.amount_fen, 0))::bigint AS amount_fen,
       ARRAY(SELECT s.share_bp
               FROM attribution_credit s
              WHERE s.alliance_id = $1
                AND s.attribution_id = c.decision
              ORDER BY s.position) AS shares
  FROM credit c
 GROUP BY c.staff_id, c.span, c.decision, c.position
 ORDER BY c.staff_id, c.span, c.decision, c.position
"""

# $3 inclusive, $4 exclusive: when they were opened; $5 when somebody moved.
SELECT_DISPUTES = """
SELECT d.opened_by_id AS staff_id, width_bucket(d.opened_at, $5::timestamptz[]) AS span, d.status,
       count(*)::integer AS disputes
  FROM dispute d
 WHERE d.alliance_id = $1
   AND d.opened_by_id = ANY($2::uuid[])
   AND d.opened_at >= $3
   AND d.opened_at < $4
 GROUP BY d.opened_by_id, span, d.status
 ORDER BY d.opened_by_id, span, d.status
"""


async def disputes(
    connection: Connection, alliance_id: int, staff_ids: Collection[UUID], month: FigureMonth
) -> dict[InSpan, dict[DisputeStatus, int]]:
    """Return how many disputes people opened in a month, by where each is now."""
    rows = await connection.fetch(
        SELECT_DISPUTES, alliance_id, list(staff_ids), month.begins_at, month.ends_at, month.moved_at
    )
    found: dict[InSpan, dict[DisputeStatus, int]] = defaultdict(dict)
    for row in rows:
        found[_in_span(row)][DisputeStatus(row["status"])] = row["disputes"]
    return dict(found)


async def attempts(
    connection: Connection, alliance_id: int, staff_ids: Collection[UUID], month: FigureMonth
) -> dict[InSpan, dict[AttemptOutcome, int]]:
    """Return how many attempts were made for people in a month, by outcome, whoever recorded them."""
    rows = await connection.fetch(
        SELECT_ATTEMPTS, alliance_id, list(staff_ids), month.begins_at, month.ends_at, month.moved_at
    )
    found: dict[InSpan, dict[AttemptOutcome, int]] = defaultdict(dict)
    for row in rows:
        found[_in_span(row)][AttemptOutcome(row["outcome"])] = row["attempts"]
    return dict(found)


async def made(
    connection: Connection, alliance_id: int, staff_ids: Collection[UUID], month: FigureMonth, *, at: datetime
) -> dict[InSpan, Made]:
    """Return the registrations that people made in a month and what they have come to at `at`."""
    rows = await connection.fetch(
        SELECT_MADE, alliance_id, list(staff_ids), month.first_day, at, month.moved_at
    )
    return {
        _in_span(row): Made(
            made=row["made"], lapsed=row["lapsed"], expired=row["expired"], converted=row["converted"]
        )
        for row in rows
    }


async def followed_up(
    connection: Connection,
    alliance_id: int,
    staff_ids: Collection[UUID],
    windows: Sequence[tuple[UUID, Window]],
    month: FigureMonth,
    *,
    at: datetime,
) -> dict[InSpan, FollowedUp]:
    """Return how people's follow-up windows that began in a month ended up to `at`.

    `windows` are those of every policy version that a registration of the month may have been made under.
    """
    rows = await connection.fetch(
        SELECT_FOLLOW_UPS,
        alliance_id,
        list(staff_ids),
        month.begins_at,
        month.ends_at,
        at,
        [version for version, _ in windows],
        [window.begins_at for _, window in windows],
        [window.ends_at for _, window in windows],
        [window.due_at for _, window in windows],
        [window.hours for _, window in windows],
        [window.customer_class for _, window in windows],
        month.days,
        month.moved_at,
    )
    return {_in_span(row): FollowedUp(met=row["met"], missed=row["missed"]) for row in rows}


async def credits(
    connection: Connection, alliance_id: int, staff_ids: Collection[UUID], month: FigureMonth
) -> tuple[CreditShare, ...]:
    """Return what the decisions of a month changed for people."""
    rows = await connection.fetch(
        SELECT_CREDITS, alliance_id, list(staff_ids), month.begins_at, month.ends_at, month.moved_at
    )
    return tuple(
        CreditShare(
            whose=_in_span(row),
            orders=row["orders"],
            amount_fen=row["amount_fen"],
            decision=row["decision"],
            shares_bp=tuple(row["shares"]) or (WHOLE_CREDIT,),
            place=row["position"] - 1,
        )
        for row in rows
    )


def _in_span(row: Row) -> InSpan:
    return InSpan(row["staff_id"], row["span"])
