"""The registrations of which there is something to tell: taken in order, settled in one statement."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from baobei.policy.burst import Course, course_of
from baobei.policy.document import Policy
from baobei.policy.identity import CustomerKeys
from baobei.policy.records import Registration
from baobei.policy.terms import Channel, Moment, RegistrationId, StaffId
from baobei.store import policies
from baobei.store.connection import Connection, Row, RowMissing
from baobei.store.organisation_models import Alliance

# A keyset, so that a sweep never goes over what it has settled or what others hold again; the columns are
# those of an index. Whoever changed a row meanwhile moved its due_at: the row is looked at again once it is held.
# Where a row lies (ctid) stays so while it is held, and is the shortest way back to it.
LOCK_DUE = """
SELECT r.due_at, r.alliance_id, r.registration_id, r.ctid, r.sequence, r.registered_at, r.registrant_id,
       r.owner_id, r.channel, r.policy_version_id, r.last_touch_at, r.measured_at, r.deposit_taken,
       r.extended_days, r.extension_count, r.registered_class
  FROM registration r
 WHERE (r.due_at, r.alliance_id, r.registration_id) > ($1, $2, $3)
   AND r.due_at <= $4
 ORDER BY r.due_at, r.alliance_id, r.registration_id
 LIMIT $5
   FOR UPDATE SKIP LOCKED
"""

# $1: where the rows lie, outcome after outcome; $2 to $6: the outcomes, each with the first and the last of its
# rows and what becomes of them; $7 to $10: what is told, of each row of an outcome, in order. What is told of
# whom stands in the row itself. The rows of an outcome are a slice, so that no plan but going to each of them
# looks cheap: to join all of them to the table would read the table.
SETTLE = """
WITH outcome AS (
    SELECT number, first_row, last_row, stored_status, due_at, live
      FROM unnest($2::integer[], $3::integer[], $4::text[], $5::timestamptz[], $6::boolean[])
           WITH ORDINALITY AS o (first_row, last_row, stored_status, due_at, live, number)
), settled AS (
    UPDATE registration r
       SET stored_status = o.stored_status,
           due_at = o.due_at,
           claimed_phone = CASE WHEN o.live THEN r.claimed_phone END,
           claimed_address = CASE WHEN o.live THEN r.claimed_address END
      FROM outcome o
     CROSS JOIN LATERAL unnest(($1::tid[])[o.first_row:o.last_row]) AS held (place)
     WHERE r.ctid = held.place
    RETURNING r.alliance_id, r.registration_id, r.owner_id, o.number
), act AS (
    SELECT s.alliance_id, s.registration_id, a.kind, a.occurred_at, a.position,
           jsonb_build_object('registration', s.registration_id, 'owner', s.owner_id) || a.detail AS detail
      FROM settled s
      JOIN unnest($7::integer[], $8::text[], $9::timestamptz[], $10::jsonb[])
           WITH ORDINALITY AS a (outcome, kind, occurred_at, detail, position) ON a.outcome = s.number
), told AS (
    INSERT INTO outbox_event (alliance_id, event_type, subject_id, occurred_at, payload)
    SELECT alliance_id, kind, registration_id, occurred_at, detail
      FROM act
     ORDER BY position
), written AS (
    INSERT INTO audit_event (alliance_id, occurred_at, kind, subject_kind, subject_id, detail)
    SELECT alliance_id, occurred_at, kind, 'registration', registration_id, detail
      FROM act
     ORDER BY position
)
SELECT count(*)
  FROM settled
"""


class Place(NamedTuple):
    """A place in the order of the sweep."""

    due_at: datetime
    alliance_id: int
    registration_id: UUID


_NO_KEYS: Final = CustomerKeys(phone=None, address=None)
_CHANNELS: Final = {channel.value: channel for channel in Channel}

BEGINNING: Final = Place(datetime(1, 1, 1, tzinfo=UTC), 0, UUID(int=0))

# Where a row lies in its table: block and line.
Tid = tuple[int, int]


class DueRegistration(NamedTuple):
    """A registration of which there is something to tell, held: no more than tells it from others.

    It is not ended by an act: of such a one there is nothing to tell.
    """

    tid: Tid
    due_at: datetime
    alliance_id: int
    owner_id: UUID
    last_touch_at: datetime
    course: Course
    row: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Registrations of which there is something to tell, held, in the order of the sweep.

    Each is made of its row when it is asked for and not kept: a burst is many, and they are looked at once.
    """

    rows: Sequence[Row]
    versions: Mapping[tuple[int, UUID], Policy]

    def __len__(self) -> int:
        """Return how many are held."""
        return len(self.rows)

    def __iter__(self) -> Iterator[DueRegistration]:
        """Yield them in order."""
        for row in self.rows:
            (due_at, alliance_id, _, tid, _, made_at, _, owner_id, channel, version, touched_at, measured_at,
             deposit_taken, extended_days, _, customer_class) = row  # fmt: skip
            course = course_of(
                self.versions[alliance_id, version],
                _CHANNELS[channel],
                made_at=made_at,
                touched_at=touched_at,
                measured=measured_at is not None,
                deposit_taken=deposit_taken,
                extended_days=extended_days,
                customer_class=customer_class,
            )
            yield DueRegistration(tid, due_at, alliance_id, owner_id, touched_at, course, row)

    @property
    def end(self) -> Place:
        """Return the place of the last one; there must be one."""
        return Place(*self.rows[-1][:3])


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is told of a registration beside whose it is: ids, codes and instants, never personal data."""

    kind: str
    occurred_at: datetime
    detail: Mapping[str, Any]


class Settlement:
    """What becomes of registrations, and what is told of them, column by column as it is written."""

    def __init__(self) -> None:
        self.held: list[Tid] = []
        self.outcomes: tuple[list[int], list[int], list[str], list[datetime | None], list[bool]] = (
            [], [], [], [], [],
        )  # fmt: skip
        self.told: tuple[list[int], list[str], list[datetime], list[str]] = ([], [], [], [])
        self.acts = 0

    def add(
        self, held: Sequence[Tid], *, status: str, next_at: datetime | None, live: bool, told: Sequence[Told]
    ) -> None:
        """Add registrations of which the same becomes, and what is told of each of them, in order."""
        firsts, lasts, statuses, due_ats, lives = self.outcomes
        firsts.append(len(self.held) + 1)
        self.held += held
        lasts.append(len(self.held))
        statuses.append(status)
        due_ats.append(next_at)
        lives.append(live)
        outcomes, kinds, instants, details = self.told
        for act in told:
            outcomes.append(len(firsts))
            kinds.append(act.kind)
            instants.append(act.occurred_at)
            details.append(orjson.dumps(act.detail).decode())
        self.acts += len(held) * len(told)


async def lock_due(
    connection: Connection, alliances: Mapping[int, Alliance], *, after: Place, at: datetime, limit: int
) -> Held:
    """Return what is due at `at` (inclusive) from a place on, held; skips what others hold."""
    rows = await connection.fetch(LOCK_DUE, *after, at, limit)
    wanted = {(row["alliance_id"], row["policy_version_id"]) for row in rows}
    versions: dict[tuple[int, UUID], Policy] = {}
    for alliance_id in {alliance_id for alliance_id, _ in wanted}:
        ids = {id for of_alliance, id in wanted if of_alliance == alliance_id}
        found = await policies.by_ids(connection, alliances[alliance_id], ids)
        versions |= {(alliance_id, id): version.policy for id, version in found.items()}
    return Held(rows=rows, versions=versions)


def facts_of(due: DueRegistration) -> Registration:
    """Return the whole of a registration that is held; without its keys, which no calendar reads."""
    (_, _, id, _, sequence, made_at, registrant, owner, _, _, touched_at, measured_at,
     deposit_taken, extended_days, extension_count, customer_class) = due.row  # fmt: skip
    return Registration(
        id=RegistrationId(str(id)),
        made=Moment(made_at, sequence),
        registrant=StaffId(str(registrant)),
        owner=StaffId(str(owner)),
        channel=due.course.channel,
        keys=_NO_KEYS,
        policy=due.course.policy,
        last_touch_at=touched_at,
        measured_at=measured_at,
        deposit_taken=deposit_taken,
        extended_days=extended_days,
        extension_count=extension_count,
        customer_class=customer_class,
    )


async def settle(connection: Connection, settlement: Settlement) -> None:
    """Write what became of registrations that are held, and what is told of them, in one statement.

    Raises `RowMissing`, which undoes the transaction, when one of them is not where it lay.
    """
    settled = await connection.fetchval(SETTLE, settlement.held, *settlement.outcomes, *settlement.told)
    if settled != len(settlement.held):
        raise RowMissing(f"{settled} of {len(settlement.held)} held registrations settled")
