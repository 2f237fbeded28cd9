"""Events in the order of relaying, for those who listen: what came after a place, and whom it concerns.

A place is given when an event is relayed, by one process at a time: whoever has read up to a place will never
find a smaller one that is new.
"""

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from baobei.store.connection import Connection

# $2 the place that is read from (exclusive), $3 events.
SELECT_AFTER = """
SELECT place, event_type, subject_id, occurred_at, payload
  FROM outbox_event
 WHERE alliance_id = $1
   AND place > $2
 ORDER BY place
 LIMIT $3
"""

SELECT_NEWEST = """
SELECT coalesce(max(place), 0)
  FROM outbox_event
 WHERE alliance_id = $1
   AND place IS NOT NULL
"""

SELECT_RELAYED_AT = """
SELECT relayed_at
  FROM outbox_event
 WHERE alliance_id = $1
   AND place = $2
"""

# $3: where counting stops.
COUNT_AFTER = """
SELECT count(*)
  FROM (SELECT
          FROM outbox_event
         WHERE alliance_id = $1
           AND place > $2
         LIMIT $3) later
"""

# Whom each subject concerns as things stand now: a registration its owner, a refused attempt who was to own it,
# a person themselves, an order its taker, those credited and the owners of its candidates, a request who asked,
# the owner of what it is about, who would receive and the store managers who decide it, a dispute whoever opened it or
# has a stake. `managed`: their managers are concerned as well; of who merely placed an order or recorded an attempt,
# they are not.
SELECT_CONCERNED = """
SELECT s.subject_id, p.staff_id, p.managed
  FROM unnest($2::uuid[]) AS s (subject_id)
 CROSS JOIN LATERAL (
       SELECT r.owner_id AS staff_id, true AS managed
         FROM registration r
        WHERE r.alliance_id = $1 AND r.registration_id = s.subject_id
       UNION
       SELECT a.registrant_id, true
         FROM attempt a
        WHERE a.alliance_id = $1 AND a.attempt_id = s.subject_id
       UNION
       SELECT a.recorded_by_id, false
         FROM attempt a
        WHERE a.alliance_id = $1 AND a.attempt_id = s.subject_id
       UNION
       SELECT f.staff_id, true
         FROM staff f
        WHERE f.alliance_id = $1 AND f.staff_id = s.subject_id
       UNION
       SELECT o.taken_by_id, true
         FROM customer_order o
        WHERE o.alliance_id = $1 AND o.order_id = s.subject_id
       UNION
       SELECT o.placed_by_id, false
         FROM customer_order o
        WHERE o.alliance_id = $1 AND o.order_id = s.subject_id
       UNION
       SELECT c.staff_id, true
         FROM attribution d
         JOIN attribution_credit c ON c.alliance_id = d.alliance_id AND c.attribution_id = d.attribution_id
        WHERE d.alliance_id = $1 AND d.order_id = s.subject_id
       UNION
       SELECT c.owner_id, true
         FROM attribution d
         JOIN attribution_candidate c ON c.alliance_id = d.alliance_id AND c.attribution_id = d.attribution_id
        WHERE d.alliance_id = $1 AND d.order_id = s.subject_id
       UNION
       SELECT q.requested_by_id, true
         FROM approval q
        WHERE q.alliance_id = $1 AND q.approval_id = s.subject_id
       UNION
       SELECT r.owner_id, true
         FROM approval q
         JOIN registration r ON r.alliance_id = q.alliance_id AND r.registration_id = q.registration_id
        WHERE q.alliance_id = $1 AND q.approval_id = s.subject_id
       UNION
       SELECT q.receiver_id, true
         FROM approval q
        WHERE q.alliance_id = $1 AND q.approval_id = s.subject_id
       UNION
       SELECT m.staff_id, false
         FROM approval q
         JOIN staff m ON m.alliance_id = q.alliance_id AND m.unit_id = ANY (q.approver_unit_ids)
        WHERE q.alliance_id = $1 AND q.approval_id = s.subject_id AND 'STORE_MANAGER' = ANY (m.roles)
       UNION
       SELECT d.opened_by_id, true
         FROM dispute d
        WHERE d.alliance_id = $1 AND d.dispute_id = s.subject_id
       UNION
       SELECT t.staff_id, true
         FROM dispute_party t
        WHERE t.alliance_id = $1 AND t.dispute_id = s.subject_id) p
 WHERE p.staff_id IS NOT NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayedEvent:
    """An event with its place in the order of relaying."""

    place: int
    event_type: str
    subject_id: UUID
    occurred_at: datetime
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """Whom a subject concerns, by id; `alone` are those whose managers it does not concern."""

    people: frozenset[UUID]
    alone: frozenset[UUID]


async def after(
    connection: Connection, alliance_id: int, place: int, *, at_most: int
) -> tuple[RelayedEvent, ...]:
    """Return the alliance's events after a place, in order, at most so many."""
    rows = await connection.fetch(SELECT_AFTER, alliance_id, place, at_most)
    return tuple(
        RelayedEvent(
            place=row["place"],
            event_type=row["event_type"],
            subject_id=row["subject_id"],
            occurred_at=row["occurred_at"],
            payload=json.loads(row["payload"]),
        )
        for row in rows
    )


async def newest(connection: Connection, alliance_id: int) -> int:
    """Return the place of the alliance's newest event, 0 where there is none."""
    place: int = await connection.fetchval(SELECT_NEWEST, alliance_id)
    return place


async def relayed_at(connection: Connection, alliance_id: int, place: int) -> datetime | None:
    """Return when the event of a place was relayed; None when the alliance has none there, or no longer."""
    at: datetime | None = await connection.fetchval(SELECT_RELAYED_AT, alliance_id, place)
    return at


async def count_after(connection: Connection, alliance_id: int, place: int, *, up_to: int) -> int:
    """Return how many events the alliance has after a place, up to a number."""
    count: int = await connection.fetchval(COUNT_AFTER, alliance_id, place, up_to)
    return count


async def concerned(
    connection: Connection, alliance_id: int, subjects: Collection[UUID]
) -> dict[UUID, Concerned]:
    """Return whom subjects concern now; a subject that concerns nobody is absent."""
    rows = await connection.fetch(SELECT_CONCERNED, alliance_id, list(subjects))
    people: dict[UUID, set[UUID]] = defaultdict(set)
    alone: dict[UUID, set[UUID]] = defaultdict(set)
    for row in rows:
        (people if row["managed"] else alone)[row["subject_id"]].add(row["staff_id"])
    return {
        subject: Concerned(people=frozenset(people[subject]), alone=frozenset(alone[subject]))
        for subject in {*people, *alone}
    }
