"""The registrations of which there is something to tell: taken in order, settled in one statement."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

import orjson

from baobei.policy.document import Policy
from baobei.policy.identity import CustomerKeys
from baobei.policy.notices import Review
from baobei.policy.records import Registration
from baobei.policy.terms import Channel, Moment, RegistrationId, StaffId
from baobei.store import policies
from baobei.store.connection import Connection, Row
from baobei.store.ledger import Act
from baobei.store.models import Alliance

# A keyset, so that a sweep never goes over what it has settled or what others hold again; the columns are
# those of an index. Whoever changed a row meanwhile moved its due_at: the row is looked at again once it is held.
LOCK_DUE = """
SELECT r.due_at, r.alliance_id, r.registration_id, r.sequence, r.registered_at, r.registrant_id, r.owner_id,
       r.channel, r.policy_version_id, r.last_touch_at, r.measured_at, r.deposit_taken, r.extended_days,
       r.extension_count
  FROM registration r
 WHERE (r.due_at, r.alliance_id, r.registration_id) > ($1, $2, $3)
   AND r.due_at <= $4
 ORDER BY r.due_at, r.alliance_id, r.registration_id
 LIMIT $5
   FOR UPDATE SKIP LOCKED
"""

# $1 to $5: what becomes of each registration; $6 to $10: what is told, in order.
SETTLE = """
WITH settled AS (
    UPDATE registration r
       SET stored_status = n.stored_status,
           due_at = n.due_at,
           claimed_phone = CASE WHEN n.live THEN r.claimed_phone END,
           claimed_address = CASE WHEN n.live THEN r.claimed_address END
      FROM unnest($1::integer[], $2::uuid[], $3::text[], $4::timestamptz[], $5::boolean[])
           AS n (alliance_id, registration_id, stored_status, due_at, live)
     WHERE r.alliance_id = n.alliance_id
       AND r.registration_id = n.registration_id
), act AS (
    SELECT *
      FROM unnest($6::integer[], $7::text[], $8::uuid[], $9::timestamptz[], $10::jsonb[])
           WITH ORDINALITY AS a (alliance_id, kind, subject_id, occurred_at, detail, position)
), told AS (
    INSERT INTO outbox_event (alliance_id, event_type, subject_id, occurred_at, payload)
    SELECT alliance_id, kind, subject_id, occurred_at, detail
      FROM act
     ORDER BY position
)
INSERT INTO audit_event (alliance_id, occurred_at, kind, subject_kind, subject_id, detail)
SELECT alliance_id, occurred_at, kind, 'registration', subject_id, detail
  FROM act
 ORDER BY position
"""

# What is due and how long the oldest has been.
SELECT_BACKLOG = """
SELECT count(*) AS registrations, min(due_at) AS oldest_due_at
  FROM registration
 WHERE due_at <= $1
"""


class Place(NamedTuple):
    """A place in the order of the sweep."""

    due_at: datetime
    alliance_id: int
    registration_id: UUID


_NO_KEYS: Final = CustomerKeys(phone=None, address=None)
_CHANNELS: Final = {channel.value: channel for channel in Channel}

BEGINNING: Final = Place(datetime(1, 1, 1, tzinfo=UTC), 0, UUID(int=0))


class DueRegistration(NamedTuple):
    """A registration of which there is something to tell, held; without its keys, which no calendar reads.

    It is not ended by an act: of such a one there is nothing to tell.
    """

    place: Place
    facts: Registration


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
        return (_due_registration(row, self.versions) for row in self.rows)

    @property
    def end(self) -> Place:
        """Return the place of the last one; there must be one."""
        return Place(*self.rows[-1][:3])


class Settlement:
    """What becomes of registrations, and what is told of them, column by column as it is written."""

    def __init__(self) -> None:
        self.became: tuple[list[int], list[UUID], list[str], list[datetime | None], list[bool]] = (
            [], [], [], [], [],
        )  # fmt: skip
        self.told: tuple[list[int], list[str], list[UUID], list[datetime], list[str]] = ([], [], [], [], [])

    def add(self, place: Place, review: Review) -> None:
        """Add what the calendar made of a registration."""
        alliances, ids, statuses, due_ats, live = self.became
        alliances.append(place.alliance_id)
        ids.append(place.registration_id)
        statuses.append(review.worth.status)
        due_ats.append(review.next_at)
        live.append(review.worth.live)

    def tell(self, alliance_id: int, act: Act) -> int:
        """Add an act to tell after those before it, and return its number."""
        alliances, kinds, subjects, instants, details = self.told
        alliances.append(alliance_id)
        kinds.append(act.kind)
        subjects.append(act.subject_id)
        instants.append(act.occurred_at)
        details.append(_json(act))
        return len(alliances) - 1

    def tell_instead(self, number: int, act: Act) -> None:
        """Replace the detail of an act that was added."""
        self.told[4][number] = _json(act)

    @property
    def acts(self) -> int:
        """Return how many acts there are."""
        return len(self.told[0])


def _json(act: Act) -> str:
    return orjson.dumps(act.detail).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """How many registrations are due, and since when the one that has waited longest is (None: none)."""

    registrations: int
    oldest_due_at: datetime | None


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


def _due_registration(row: Row, versions: Mapping[tuple[int, UUID], Policy]) -> DueRegistration:
    (due_at, alliance_id, id, sequence, made_at, registrant, owner, channel, version, touched_at, measured_at,
     deposit_taken, extended_days, extension_count) = row  # fmt: skip
    facts = Registration(
        id=RegistrationId(str(id)),
        made=Moment(made_at, sequence),
        registrant=StaffId(str(registrant)),
        owner=StaffId(str(owner)),
        channel=_CHANNELS[channel],
        keys=_NO_KEYS,
        policy=versions[alliance_id, version],
        last_touch_at=touched_at,
        measured_at=measured_at,
        deposit_taken=deposit_taken,
        extended_days=extended_days,
        extension_count=extension_count,
    )
    return DueRegistration(Place(due_at, alliance_id, id), facts)


async def settle(connection: Connection, settlement: Settlement) -> None:
    """Write what became of registrations that are held, and what is told of them, in one statement."""
    await connection.execute(SETTLE, *settlement.became, *settlement.told)


async def backlog(connection: Connection, *, at: datetime) -> Backlog:
    """Return what is due at `at` and not settled yet."""
    row = await connection.fetchrow(SELECT_BACKLOG, at)
    if row is None:
        raise RuntimeError("an aggregate returned no row")
    return Backlog(registrations=row["registrations"], oldest_due_at=row["oldest_due_at"])
