"""What took and what gave back a slot of a person's month, recounted from the records themselves."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from baobei.policy.quota import Tally
from baobei.policy.slots import SlotAct, SlotEvent
from baobei.policy.terms import Channel, OrderId, RegistrationId
from baobei.store.connection import Connection, Row, change_one
from baobei.store.numbers import number_of

# The acts on the registrations that a person made in a month, and on the orders that were credited to them.
SELECT_SLOT_ACTS = """
WITH made AS (
    SELECT r.registration_id, r.sequence, r.channel
      FROM registration r
     WHERE r.alliance_id = $1
       AND r.registrant_id = $2
       AND r.quota_month = $3
)
SELECT a.sequence, a.occurred_at, a.kind, m.registration_id, m.sequence AS made_sequence, m.channel,
       NULL::uuid AS order_id
  FROM made m
  JOIN audit_event a
    ON a.alliance_id = $1 AND a.subject_id = m.registration_id AND a.kind = 'registration.admitted'
 UNION ALL
SELECT a.sequence, a.occurred_at, a.kind, m.registration_id, m.sequence, m.channel, o.order_id
  FROM made m
  JOIN customer_order o ON o.alliance_id = $1 AND o.converted_registration_id = m.registration_id
  JOIN audit_event a
    ON a.alliance_id = $1 AND a.subject_id = o.order_id
       AND a.kind IN ('order.placed', 'order.closed', 'order.cancelled')
 ORDER BY sequence
"""

# $2 the last person of the chunk before, $3 how many people.
SELECT_PEOPLE = """
SELECT staff_id
  FROM staff
 WHERE alliance_id = $1
   AND staff_id > $2
 ORDER BY staff_id
 LIMIT $3
"""

# What the registrations and orders of people come to; $3 one month, or NULL for all of them.
RECOUNT = """
SELECT r.registrant_id AS staff_id, r.quota_month AS month, r.channel, count(*)::integer AS made,
       count(o.order_id)::integer AS converted, count(o.closed_at)::integer AS closed
  FROM registration r
  LEFT JOIN customer_order o
    ON o.alliance_id = r.alliance_id AND o.converted_registration_id = r.registration_id
       AND o.status <> 'CANCELLED'
 WHERE r.alliance_id = $1
   AND r.registrant_id = ANY($2::uuid[])
   AND ($3::date IS NULL OR r.quota_month = $3)
 GROUP BY r.registrant_id, r.quota_month, r.channel
"""

SELECT_COUNTED = """
SELECT staff_id, month, channel, made, converted, closed
  FROM quota_tally
 WHERE alliance_id = $1
   AND staff_id = ANY($2::uuid[])
"""

SET_TALLY = """
UPDATE quota_tally
   SET made = $5, converted = $6, closed = $7
 WHERE alliance_id = $1
   AND staff_id = $2
   AND month = $3
   AND channel = $4
"""

_KINDS = {
    "registration.admitted": SlotAct.REGISTERED,
    "order.placed": SlotAct.ORDERED,
    "order.closed": SlotAct.CLOSED,
    "order.cancelled": SlotAct.CANCELLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TallyKey:
    """What a tally is of: a person, the first day of a month, and a channel."""

    staff_id: UUID
    month: date
    channel: Channel


async def slot_events(
    connection: Connection, alliance_id: int, *, staff_id: UUID, month: date
) -> tuple[SlotEvent, ...]:
    """Return what bears on the slots of a person's month, in the order of recording."""
    rows = await connection.fetch(SELECT_SLOT_ACTS, alliance_id, staff_id, month)
    return tuple(
        SlotEvent(
            sequence=row["sequence"],
            at=row["occurred_at"],
            act=_KINDS[row["kind"]],
            registration=RegistrationId(str(row["registration_id"])),
            number=number_of(row["made_sequence"]),
            channel=Channel(row["channel"]),
            order=None if row["order_id"] is None else OrderId(str(row["order_id"])),
        )
        for row in rows
    )


async def people(connection: Connection, alliance_id: int, *, after: UUID, limit: int) -> tuple[UUID, ...]:
    """Return a chunk of the alliance's people, by id."""
    rows = await connection.fetch(SELECT_PEOPLE, alliance_id, after, limit)
    return tuple(row["staff_id"] for row in rows)


async def recount(
    connection: Connection, alliance_id: int, staff_ids: Collection[UUID], *, month: date | None = None
) -> dict[TallyKey, Tally]:
    """Return what the registrations and orders of people come to; who made nothing is absent."""
    rows = await connection.fetch(RECOUNT, alliance_id, list(staff_ids), month)
    return {_key(row): _tally(row) for row in rows}


async def counted(
    connection: Connection, alliance_id: int, staff_ids: Collection[UUID]
) -> dict[TallyKey, Tally]:
    """Return the tallies of people as they are kept."""
    rows = await connection.fetch(SELECT_COUNTED, alliance_id, list(staff_ids))
    return {_key(row): _tally(row) for row in rows}


async def set_tally(connection: Connection, alliance_id: int, key: TallyKey, tally: Tally) -> None:
    """Put a tally right; whoever does so holds it."""
    await change_one(
        connection,
        SET_TALLY,
        alliance_id,
        key.staff_id,
        key.month,
        key.channel.value,
        tally.made,
        tally.converted,
        tally.closed,
    )


def _key(row: Row) -> TallyKey:
    return TallyKey(staff_id=row["staff_id"], month=row["month"], channel=Channel(row["channel"]))


def _tally(row: Row) -> Tally:
    return Tally(made=row["made"], converted=row["converted"], closed=row["closed"])
