"""Registrations: read with their facts for the policy, saved as the fold of their events."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from baobei.policy.identity import CustomerKeys, Match
from baobei.policy.records import End, RecordedEnd, Registration, as_admitted, fold
from baobei.policy.standing import Standing, standing
from baobei.policy.terms import Channel, Moment, OrderId, RegistrationId, StaffId, StandingStatus
from baobei.store import ledger, policies
from baobei.store.connection import Connection, Row
from baobei.store.customer_keys import key_bytes, key_text
from baobei.store.numbers import number_of
from baobei.store.organisation_models import Alliance
from baobei.store.policy_models import PublishedPolicy
from baobei.store.profiles import profile_of, profile_values
from baobei.store.registration_models import StoredRegistration

COLUMNS = """
SELECT r.registration_id, r.sequence, r.registered_at, r.registrant_id, r.owner_id, r.channel, r.new_need,
       r.contact_id, r.policy_version_id, r.phone_key, r.address_key, r.last_touch_at, r.measured_at,
       r.deposit_taken, r.extended_days, r.extension_count, r.end_kind, r.ended_at, r.ended_by_order_id,
       r.stored_status, r.due_at, r.erased_at, r.registered_class, r.customer_class, r.segment, r.source, r.need_id,
       r.visited_at
  FROM registration r
"""

SELECT_BY_IDS = (
    COLUMNS
    + """
 WHERE r.alliance_id = $1
   AND r.registration_id = ANY($2::uuid[])
 ORDER BY r.sequence
"""
)

# In order of recording, so that two judges of overlapping customers wait for each other one way only.
LOCK_BY_IDS = (
    SELECT_BY_IDS
    + """
   FOR UPDATE OF r
"""
)

LOCK_BY_KEYS = (
    COLUMNS
    + """
 WHERE r.alliance_id = $1
   AND (r.phone_key = $2 OR r.address_key = $3)
 ORDER BY r.sequence
   FOR UPDATE OF r
"""
)

SELECT_BY_KEYS = (
    COLUMNS
    + """
 WHERE r.alliance_id = $1
   AND (r.phone_key = $2 OR r.address_key = $3)
 ORDER BY r.sequence
"""
)

INSERT_REGISTRATION = """
INSERT INTO registration (
    alliance_id, registration_id, sequence, registered_at, registrant_id, owner_id, channel, new_need,
    contact_id, policy_version_id, quota_month, phone_key, address_key, claimed_phone, claimed_address,
    last_touch_at, lapses_at, expires_at, lapse_curable, stored_status, due_at, registered_class,
    customer_class, segment, source, need_id, visited_at, plan_at)
VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $4, $15, $16, $17, $18, $19, $20,
        $21, $22, $23, $24, $25, $25)
"""

# A claimed key that another live registration holds is left to it: a policy that changed `match` in between
# may have let both in, and the decision looks at recorded keys, not at claims. The plan is looked at again where the
# registration ends, and goes on where it is live again.
UPDATE_FOLD = """
UPDATE registration r
   SET owner_id = n.owner_id,
       last_touch_at = n.last_touch_at,
       measured_at = n.measured_at,
       deposit_taken = n.deposit_taken,
       extended_days = n.extended_days,
       extension_count = n.extension_count,
       end_kind = n.end_kind,
       ended_at = n.ended_at,
       ended_by_order_id = n.ended_by_order_id,
       claimed_phone = CASE
           WHEN n.claimed_phone IS NULL OR r.claimed_phone = n.claimed_phone THEN n.claimed_phone
           WHEN NOT EXISTS (SELECT FROM registration x
                             WHERE x.alliance_id = $1 AND x.claimed_phone = n.claimed_phone)
           THEN n.claimed_phone END,
       claimed_address = CASE
           WHEN n.claimed_address IS NULL OR r.claimed_address = n.claimed_address THEN n.claimed_address
           WHEN NOT EXISTS (SELECT FROM registration x
                             WHERE x.alliance_id = $1 AND x.claimed_address = n.claimed_address)
           THEN n.claimed_address END,
       lapses_at = n.lapses_at,
       expires_at = n.expires_at,
       stored_status = n.stored_status,
       due_at = n.due_at,
       plan_at = CASE
           WHEN r.visited_at IS NULL THEN NULL
           WHEN r.end_kind IS NULL AND n.end_kind IS NOT NULL THEN least(r.plan_at, n.ended_at)
           WHEN r.end_kind IS NOT NULL AND n.end_kind IS NULL THEN n.last_touch_at
           ELSE r.plan_at END
  FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::boolean[], $7::integer[],
              $8::integer[], $9::text[], $10::timestamptz[], $11::uuid[], $12::bytea[], $13::bytea[],
              $14::timestamptz[], $15::timestamptz[], $16::text[], $17::timestamptz[])
       AS n (registration_id, owner_id, last_touch_at, measured_at, deposit_taken, extended_days,
             extension_count, end_kind, ended_at, ended_by_order_id, claimed_phone, claimed_address,
             lapses_at, expires_at, stored_status, due_at)
 WHERE r.alliance_id = $1
   AND r.registration_id = n.registration_id
"""

NEXT_PLACE = "SELECT nextval('recording_sequence')"


async def by_ids(
    connection: Connection, alliance: Alliance, ids: Collection[UUID]
) -> dict[UUID, StoredRegistration]:
    """Return registrations by id; an id that is none of the alliance's is absent."""
    rows = await connection.fetch(SELECT_BY_IDS, alliance.id, list(ids))
    return {stored.id: stored for stored in await stored(connection, alliance, rows)}


async def lock_by_ids(
    connection: Connection, alliance: Alliance, ids: Collection[UUID]
) -> dict[UUID, StoredRegistration]:
    """Return registrations by id as they stand now, held until the transaction ends."""
    rows = await connection.fetch(LOCK_BY_IDS, alliance.id, list(ids))
    return {stored.id: stored for stored in await stored(connection, alliance, rows)}


async def lock_by_keys(
    connection: Connection, alliance: Alliance, keys: CustomerKeys
) -> tuple[StoredRegistration, ...]:
    """Return the registrations that share a recorded key, earliest first, held until the transaction ends."""
    rows = await connection.fetch(LOCK_BY_KEYS, alliance.id, key_bytes(keys.phone), key_bytes(keys.address))
    return await stored(connection, alliance, rows)


async def find_by_keys(
    connection: Connection, alliance: Alliance, keys: CustomerKeys
) -> tuple[StoredRegistration, ...]:
    """Return the registrations that share a recorded key, earliest first, without holding them."""
    rows = await connection.fetch(SELECT_BY_KEYS, alliance.id, key_bytes(keys.phone), key_bytes(keys.address))
    return await stored(connection, alliance, rows)


async def as_of(
    connection: Connection, alliance: Alliance, ids: Collection[UUID], at: datetime
) -> dict[UUID, Registration]:
    """Return the facts of registrations as they were at an instant, folded from their events."""
    stored = await by_ids(connection, alliance, ids)
    events = await ledger.registration_events(connection, alliance.id, ids, until=at)
    return {
        id: fold(as_admitted(registration.facts), events.get(id, ()), until=at)
        for id, registration in stored.items()
    }


async def next_sequence(connection: Connection) -> int:
    """Return the next place in the order of recording."""
    sequence: int = await connection.fetchval(NEXT_PLACE)
    return sequence


async def insert(connection: Connection, alliance: Alliance, registration: StoredRegistration) -> None:
    """Store a new registration with its claims; a key that is claimed already violates
    `registration_first_by_phone` or `registration_first_by_address`.
    """
    facts = registration.facts
    worth = standing(facts, facts.made.at)
    claimed_phone, claimed_address = claims(facts, worth)
    await connection.execute(
        INSERT_REGISTRATION,
        alliance.id,
        registration.id,
        facts.made.sequence,
        facts.made.at,
        registration.registrant_id,
        facts.channel.value,
        registration.new_need,
        registration.contact_id,
        registration.policy_version_id,
        facts.made.at.astimezone(alliance.time_zone).date().replace(day=1),
        key_bytes(facts.keys.phone),
        key_bytes(facts.keys.address),
        claimed_phone,
        claimed_address,
        worth.lapses_at,
        worth.expires_at,
        facts.policy.lapse_curable,
        worth.status.value,
        registration.due_at,
        facts.customer_class,
        *profile_values(registration.profile),
        registration.visited_at,
    )


async def save(
    connection: Connection,
    alliance: Alliance,
    registrations: Sequence[Registration],
    *,
    due_at: Sequence[datetime | None],
    at: datetime,
) -> None:
    """Store what became of registrations, with their claims and their copy for lists as of `at`.

    `due_at` says of each when there is something to tell next.
    """
    worths = [standing(facts, at) for facts in registrations]
    claimed = [claims(facts, worth) for facts, worth in zip(registrations, worths, strict=True)]
    ends = [facts.end for facts in registrations]
    await connection.execute(
        UPDATE_FOLD,
        alliance.id,
        [UUID(facts.id) for facts in registrations],
        [UUID(facts.owner) for facts in registrations],
        [facts.last_touch_at for facts in registrations],
        [facts.measured_at for facts in registrations],
        [facts.deposit_taken for facts in registrations],
        [facts.extended_days for facts in registrations],
        [facts.extension_count for facts in registrations],
        [None if end is None else end.kind.value for end in ends],
        [None if end is None else end.at for end in ends],
        [None if end is None or end.order is None else UUID(end.order) for end in ends],
        [phone for phone, _ in claimed],
        [address for _, address in claimed],
        [worth.lapses_at for worth in worths],
        [worth.expires_at for worth in worths],
        [worth.status.value for worth in worths],
        due_at,
    )


def claims(facts: Registration, worth: Standing) -> tuple[bytes | None, bytes | None]:
    """Return the keys that a registration claims: those in force under its policy while it is live."""
    if not worth.live:
        return None, None
    by_address = facts.policy.match is Match.PHONE_OR_ADDRESS
    return key_bytes(facts.keys.phone), key_bytes(facts.keys.address) if by_address else None


async def stored(
    connection: Connection, alliance: Alliance, rows: Sequence[Row]
) -> tuple[StoredRegistration, ...]:
    """Return rows of `COLUMNS` as registrations, in their order, each with its policy."""
    ids = {row["policy_version_id"] for row in rows}
    versions = await policies.by_ids(connection, alliance, ids) if ids else {}
    return tuple(_registration(row, versions) for row in rows)


def _registration(row: Row, versions: Mapping[UUID, PublishedPolicy]) -> StoredRegistration:
    return StoredRegistration(
        id=row["registration_id"],
        number=number_of(row["sequence"]),
        facts=_facts(row, versions),
        registrant_id=row["registrant_id"],
        owner_id=row["owner_id"],
        contact_id=row["contact_id"],
        new_need=row["new_need"],
        policy_version_id=row["policy_version_id"],
        stored_status=StandingStatus(row["stored_status"]),
        due_at=row["due_at"],
        erased_at=row["erased_at"],
        profile=profile_of(row),
        visited_at=row["visited_at"],
    )


def _facts(row: Row, versions: Mapping[UUID, PublishedPolicy]) -> Registration:
    return Registration(
        id=RegistrationId(str(row["registration_id"])),
        made=Moment(row["registered_at"], row["sequence"]),
        registrant=StaffId(str(row["registrant_id"])),
        owner=StaffId(str(row["owner_id"])),
        channel=Channel(row["channel"]),
        keys=CustomerKeys(phone=key_text(row["phone_key"]), address=key_text(row["address_key"])),
        policy=versions[row["policy_version_id"]].policy,
        last_touch_at=row["last_touch_at"],
        measured_at=row["measured_at"],
        deposit_taken=row["deposit_taken"],
        extended_days=row["extended_days"],
        extension_count=row["extension_count"],
        end=_end(row),
        customer_class=row["registered_class"],
    )


def _end(row: Row) -> End | None:
    if row["end_kind"] is None:
        return None
    order = row["ended_by_order_id"]
    return End(
        kind=RecordedEnd(row["end_kind"]),
        at=row["ended_at"],
        order=None if order is None else OrderId(str(order)),
    )
