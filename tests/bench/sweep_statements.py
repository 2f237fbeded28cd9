"""The statements of the sweep's bench: what is filled in, the bare statements, and what was left behind."""

CONTACT = """
INSERT INTO contact (alliance_id, contact_id, name_sealed)
VALUES ($1, $2, '\\x00')
"""

# Each made at an instant of its own over eight hours of a day, by $7 people of each channel.
FILL = """
INSERT INTO registration (
    alliance_id, registration_id, sequence, registered_at, registrant_id, owner_id, channel, new_need,
    contact_id, policy_version_id, quota_month, phone_key, address_key, claimed_phone, claimed_address,
    last_touch_at, lapses_at, expires_at, lapse_curable, stored_status, due_at)
SELECT $1, uuidv7(), nextval('recording_sequence'), made, s.staff_id, s.staff_id, channel, false, $2,
       v.policy_version_id, '2026-11-01', phone, address, phone, address, made,
       CASE channel WHEN 'FIELD' THEN $6::timestamptz - interval '5 days' ELSE $6 END,
       CASE channel WHEN 'FIELD' THEN $6 END, true,
       CASE channel WHEN 'FIELD' THEN 'LAPSED' ELSE 'PROTECTED' END, $6
  FROM generate_series(1, $3::integer) AS n
 CROSS JOIN LATERAL (
       SELECT CASE n % 2 WHEN 0 THEN 'FIELD' ELSE 'STORE' END AS channel,
              CASE n % 2 WHEN 0 THEN $4::timestamptz ELSE $5::timestamptz END + n * (interval '8 hours' / $3)
                  AS made,
              sha256(('p' || n)::bytea) AS phone, sha256(('a' || n)::bytea) AS address) AS customer
  JOIN staff s ON s.alliance_id = $1
              AND s.code = CASE channel WHEN 'FIELD' THEN 'F' ELSE 'G' END || lpad((1 + n / 2 % $7)::text, 2, '0')
  JOIN policy_version v ON v.alliance_id = $1
"""

# Updates and audit events of a sweep, and nothing else; the bench asserts that both leave the same behind.
BARE = """
WITH settled AS (
    UPDATE registration r
       SET stored_status = CASE WHEN r.expires_at <= $1 THEN 'EXPIRED' ELSE 'LAPSED' END,
           due_at = NULL,
           claimed_phone = CASE WHEN r.expires_at <= $1 THEN NULL ELSE r.claimed_phone END,
           claimed_address = CASE WHEN r.expires_at <= $1 THEN NULL ELSE r.claimed_address END
     WHERE r.due_at <= $1
    RETURNING r.alliance_id, r.registration_id, r.owner_id, r.lapses_at, r.expires_at, r.stored_status
)
INSERT INTO audit_event (alliance_id, occurred_at, kind, subject_kind, subject_id, detail)
SELECT alliance_id, coalesce(expires_at, lapses_at), 'registration.' || lower(stored_status), 'registration',
       registration_id,
       jsonb_build_object('registration', registration_id, 'owner', owner_id,
                          'clause', CASE stored_status WHEN 'EXPIRED' THEN '3.3.3' ELSE '3.3.2' END,
                          'deadline', coalesce(expires_at, lapses_at), 'days_left', 0)
  FROM settled
"""

# The same with the events for integrators, which the sweep writes too.
BARE_WITH_EVENTS = """
WITH settled AS (
    UPDATE registration r
       SET stored_status = CASE WHEN r.expires_at <= $1 THEN 'EXPIRED' ELSE 'LAPSED' END,
           due_at = NULL,
           claimed_phone = CASE WHEN r.expires_at <= $1 THEN NULL ELSE r.claimed_phone END,
           claimed_address = CASE WHEN r.expires_at <= $1 THEN NULL ELSE r.claimed_address END
     WHERE r.due_at <= $1
    RETURNING r.alliance_id, r.registration_id, r.owner_id, r.lapses_at, r.expires_at, r.stored_status
), act AS (
    SELECT alliance_id, coalesce(expires_at, lapses_at) AS occurred_at,
           'registration.' || lower(stored_status) AS kind, registration_id,
           jsonb_build_object('registration', registration_id, 'owner', owner_id,
                              'clause', CASE stored_status WHEN 'EXPIRED' THEN '3.3.3' ELSE '3.3.2' END,
                              'deadline', coalesce(expires_at, lapses_at), 'days_left', 0) AS detail
      FROM settled
), told AS (
    INSERT INTO outbox_event (alliance_id, event_type, subject_id, occurred_at, payload)
    SELECT alliance_id, kind, registration_id, occurred_at, detail
      FROM act
)
INSERT INTO audit_event (alliance_id, occurred_at, kind, subject_kind, subject_id, detail)
SELECT alliance_id, occurred_at, kind, 'registration', registration_id, detail
  FROM act
"""

BACKENDS = """
SELECT pid
  FROM pg_stat_activity
 WHERE datname = current_database()
   AND backend_type = 'client backend'
"""

# What was left behind: how many, and a sum that tells one content from another, whatever the order.
LEFT_REGISTRATIONS = """
SELECT count(*), count(due_at),
       sum(hashtextextended(concat_ws(' ', registration_id, stored_status, claimed_phone, claimed_address), 0))
  FROM registration
"""
LEFT_ACTS = """
SELECT count(*), count(DISTINCT subject_id),
       sum(hashtextextended(concat_ws(' ', alliance_id, kind, subject_kind, subject_id, occurred_at, detail), 0))
  FROM audit_event
 WHERE kind IN ('registration.lapsed', 'registration.expired')
"""
LEFT_EVENTS = """
SELECT count(*), count(DISTINCT subject_id),
       sum(hashtextextended(concat_ws(' ', alliance_id, event_type, 'registration', subject_id, occurred_at,
                                      payload), 0))
  FROM outbox_event
 WHERE event_type IN ('registration.lapsed', 'registration.expired')
"""
