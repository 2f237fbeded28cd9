"""Attempts to register, admitted and refused; append-only."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from baobei.policy.identity import CustomerKeys
from baobei.policy.regions import HomeRegion
from baobei.policy.terms import Channel, ClauseNumber
from baobei.store.attempt_models import Attempt, AttemptOutcome
from baobei.store.connection import Connection, Row
from baobei.store.customer_keys import key_text
from baobei.store.profiles import profile_of, profile_values
from baobei.store.registration_models import UNSORTED, Profile
from baobei.store.texts import parts
from baobei.vault import SealedText

INSERT_ATTEMPT = """
WITH written AS (
    INSERT INTO sealed_text (alliance_id, text_id, sealed)
    SELECT $1, text_id, sealed
      FROM unnest(ARRAY[$8, $20]::uuid[], ARRAY[$16, $21]::bytea[]) AS t (text_id, sealed)
     WHERE sealed IS NOT NULL
)
INSERT INTO attempt (alliance_id, attempt_id, attempted_at, registrant_id, recorded_by_id, channel, new_need,
                     note_id, contact_id, policy_version_id, outcome, code, clause, registration_id, detail,
                     customer_class, segment, source, need_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15::jsonb, $17, $18, $19, $20)
"""

SELECT_BY_IDS = """
SELECT attempt_id, attempted_at, registrant_id, recorded_by_id, outcome, code, clause, registration_id,
       policy_version_id, detail
  FROM attempt
 WHERE alliance_id = $1
   AND attempt_id = ANY($2::uuid[])
"""

SELECT_CONTACT_IDS = """
SELECT attempt_id, contact_id
  FROM attempt
 WHERE alliance_id = $1
   AND attempt_id = ANY($2::uuid[])
"""

# What the attempt that made a registration noted of the home; nothing where the policy did not look.
SELECT_HOMES = """
SELECT r.registration_id, a.detail ->> 'home' AS home
  FROM registration r
  LEFT JOIN attempt a
    ON a.alliance_id = $1
   AND a.contact_id = r.contact_id
   AND a.registration_id = r.registration_id
   AND a.outcome = 'PROTECTED'
 WHERE r.alliance_id = $1
   AND r.registration_id = ANY($2::uuid[])
"""

# Its keys are those of its contact, as it came to no registration.
SELECT_WAITING = """
SELECT a.registrant_id, a.recorded_by_id, a.contact_id, a.new_need, a.customer_class, a.segment, a.source, a.need_id,
       c.phone_key, c.address_key, c.erased_at
  FROM attempt a
  JOIN contact c ON c.alliance_id = a.alliance_id AND c.contact_id = a.contact_id
 WHERE a.alliance_id = $1
   AND a.attempt_id = $2
   AND a.outcome = 'AWAITING_APPROVAL'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingAttempt:
    """An attempt that waits for an approval, with the keys that it was recorded with; erased, it has none."""

    registrant_id: UUID
    recorded_by_id: UUID
    contact_id: UUID
    new_need: bool
    profile: Profile
    keys: CustomerKeys
    erased: bool


async def waiting(connection: Connection, alliance_id: int, id: UUID) -> WaitingAttempt | None:
    """Return an attempt that was told to wait, or None."""
    row = await connection.fetchrow(SELECT_WAITING, alliance_id, id)
    if row is None:
        return None
    return WaitingAttempt(
        registrant_id=row["registrant_id"],
        recorded_by_id=row["recorded_by_id"],
        contact_id=row["contact_id"],
        new_need=row["new_need"],
        profile=profile_of(row),
        keys=CustomerKeys(phone=key_text(row["phone_key"]), address=key_text(row["address_key"])),
        erased=row["erased_at"] is not None,
    )


async def homes(
    connection: Connection, alliance_id: int, registration_ids: Collection[UUID]
) -> dict[UUID, HomeRegion | None]:
    """Return where the home of each registration was found to be; None where nobody looked."""
    rows = await connection.fetch(SELECT_HOMES, alliance_id, list(registration_ids))
    return {row["registration_id"]: None if row["home"] is None else HomeRegion(row["home"]) for row in rows}


async def insert(
    connection: Connection,
    alliance_id: int,
    attempt: Attempt,
    *,
    channel: Channel | None,
    new_need: bool,
    note: SealedText | None,
    contact_id: UUID,
    profile: Profile = UNSORTED,
    need: SealedText | None = None,
) -> None:
    """Append an attempt as it was answered; `need` is the text of the profile's need, sealed, where it is
    not stored yet.
    """
    note_id, sealed = parts(note)
    await connection.execute(
        INSERT_ATTEMPT,
        alliance_id,
        attempt.id,
        attempt.attempted_at,
        attempt.registrant_id,
        attempt.recorded_by_id,
        None if channel is None else channel.value,
        new_need,
        note_id,
        contact_id,
        attempt.policy_version_id,
        attempt.outcome.value,
        attempt.code,
        attempt.clause,
        attempt.registration_id,
        json.dumps(attempt.detail),
        sealed,
        *profile_values(profile),
        parts(need)[1],
    )


async def by_ids(connection: Connection, alliance_id: int, ids: Collection[UUID]) -> dict[UUID, Attempt]:
    """Return attempts by id."""
    rows = await connection.fetch(SELECT_BY_IDS, alliance_id, list(ids))
    return {row["attempt_id"]: _attempt(row) for row in rows}


async def contact_ids(connection: Connection, alliance_id: int, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return which contact each of these attempts was of."""
    rows = await connection.fetch(SELECT_CONTACT_IDS, alliance_id, list(ids))
    return {row["attempt_id"]: row["contact_id"] for row in rows}


def _attempt(row: Row) -> Attempt:
    clause = row["clause"]
    return Attempt(
        id=row["attempt_id"],
        attempted_at=row["attempted_at"],
        registrant_id=row["registrant_id"],
        recorded_by_id=row["recorded_by_id"],
        outcome=AttemptOutcome(row["outcome"]),
        code=row["code"],
        clause=None if clause is None else ClauseNumber(clause),
        registration_id=row["registration_id"],
        policy_version_id=row["policy_version_id"],
        detail=json.loads(row["detail"]),
    )
