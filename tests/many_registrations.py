"""Registrations by the thousand: copies of one, each of another customer."""

from uuid import UUID

from alliances import TestAlliance

# Keys are any 32 bytes. The attempts and the acts of admission stay those of the first.
COPIES = """
INSERT INTO registration (
    alliance_id, registration_id, sequence, registered_at, registrant_id, owner_id, channel, new_need, contact_id,
    policy_version_id, quota_month, phone_key, address_key, claimed_phone, claimed_address, last_touch_at, lapses_at,
    expires_at, lapse_curable, stored_status, due_at)
SELECT r.alliance_id, gen_random_uuid(), nextval('recording_sequence'), r.registered_at, r.registrant_id, r.owner_id,
       r.channel, r.new_need, r.contact_id, r.policy_version_id, r.quota_month, key, key, key, key, r.last_touch_at,
       r.lapses_at, r.expires_at, r.lapse_curable, r.stored_status, r.due_at
  FROM registration r
 CROSS JOIN LATERAL (SELECT sha256(convert_to(r.registration_id::text || number, 'UTF8')) AS key
                       FROM generate_series(1, $2::integer) AS number) AS n
 WHERE r.registration_id = $1
"""


async def copied(alliance: TestAlliance, id: UUID, times: int) -> None:
    """Add so many copies of a registration, of other customers, as if made at the same instant."""
    await alliance.office.pool.execute(COPIES, id, times)
