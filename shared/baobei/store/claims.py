"""The claim of a customer of whom nothing is known: one statement, one round trip."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from baobei.policy.document import DealPoint
from baobei.policy.identity import Match
from baobei.policy.standing import standing
from baobei.policy.terms import ClauseNumber
from baobei.store.connection import Connection
from baobei.store.customer_keys import key_bytes
from baobei.store.idempotency import IdempotencyKey
from baobei.store.locks import lock_numbers
from baobei.store.organisation_models import Alliance
from baobei.store.profiles import profile_values
from baobei.store.registration_models import StoredRegistration
from baobei.store.texts import parts
from baobei.vault import SealedContact, SealedText

# The order of the arguments is that of the function in migration 0025. $31 and $32 say where the
# acts come from; the claim is made of a row of `whence`, so they are said before it, in the same round trip. There is
# no such row, and no claim, when the policy version $11 that decided is not the one in force at $12.
CLAIM_UNKNOWN_CUSTOMER = """
WITH whence AS MATERIALIZED (
    SELECT $1::integer AS alliance_id, set_config('baobei.origin', $31, true),
           set_config('baobei.request_id', $32, true)
     WHERE $11::uuid = (SELECT v.policy_version_id
                          FROM policy_version v
                         WHERE v.alliance_id = $1
                           AND v.effective_from <= $12
                         ORDER BY v.effective_from DESC
                         LIMIT 1)
)
SELECT c.sequence, c.used
  FROM whence w
 CROSS JOIN LATERAL claim_unknown_customer(
       w.alliance_id, $2, $3, $4, $5, $6, $39, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
       $22, $23, $24, $25, $26, $27, $28, $29, $30, $33, $34, $35, $36, $37,
       $38) c
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A registration that is admitted if the customer is unknown, the month has room and its policy is in force.

    `month` is the first day of the calendar month that it counts in; `quota_limit` None: no limit.
    """

    registration: StoredRegistration
    recorded_by_id: UUID
    attempt_id: UUID
    clause: ClauseNumber
    note: SealedText | None
    need: SealedText | None
    month: date
    quota_limit: int | None
    contact: SealedContact
    idempotency_key: IdempotencyKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """The claim's place in the order of recording, and how much of the month is used with it."""

    sequence: int
    used: int


async def claim_unknown_customer(
    connection: Connection, alliance: Alliance, claim: Claim, *, origin: str = "", request_id: str = ""
) -> Claimed | None:
    """Store the claim with its attempt, quota, acts, events and idempotency key; None: nothing was done.

    `origin` and `request_id` say where its acts come from.

    Raises asyncpg's UniqueViolationError when another transaction is using the idempotency key.
    """
    stored, facts, key = claim.registration, claim.registration.facts, claim.idempotency_key
    policy = facts.policy
    worth = standing(facts, facts.made.at)
    row = await connection.fetchrow(
        CLAIM_UNKNOWN_CUSTOMER,
        alliance.id,
        lock_numbers([facts.keys]),
        stored.id,
        claim.attempt_id,
        stored.contact_id,
        stored.registrant_id,
        facts.channel.value,
        stored.new_need,
        *parts(claim.note),
        stored.policy_version_id,
        facts.made.at,
        claim.month,
        claim.contact.name,
        claim.contact.phone,
        claim.contact.address,
        key_bytes(facts.keys.phone),
        key_bytes(facts.keys.address),
        policy.match is Match.PHONE_OR_ADDRESS,
        worth.lapses_at,
        worth.expires_at,
        policy.lapse_curable,
        claim.clause,
        claim.quota_limit,
        [channel.value for channel in policy.quota_channels],
        policy.deal_point is DealPoint.CLOSING,
        None if key is None else key.operation,
        None if key is None else key.key,
        None if key is None else key.input_digest,
        stored.due_at,
        origin,
        request_id,
        *profile_values(stored.profile),
        parts(claim.need)[1],
        stored.visited_at,
        claim.recorded_by_id,
    )
    return None if row is None else Claimed(sequence=row["sequence"], used=row["used"])
