"""A leaver claims nobody, also in the moment in which they leave."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

# The uncontested claim as it was, but for what it begins with: whose it is to be is held, and is nobody who left.
CLAIM = """
    CREATE OR REPLACE FUNCTION claim_unknown_customer(
        in_alliance integer, in_locks bigint[], in_registration uuid, in_attempt uuid, in_contact uuid,
        in_registrant uuid, in_recorded_by uuid, in_channel text, in_new_need boolean, in_note_id uuid,
        in_note_sealed bytea,
        in_policy_version uuid, in_at timestamptz, in_month date,
        in_name bytea, in_phone bytea, in_address bytea, in_phone_key bytea, in_address_key bytea,
        in_claims_address boolean, in_lapses_at timestamptz, in_expires_at timestamptz, in_lapse_curable boolean,
        in_clause text, in_quota_limit integer, in_quota_channels text[], in_quota_by_closing boolean,
        in_operation text, in_idempotency_key text, in_input_digest bytea, in_due_at timestamptz,
        in_class text, in_segment text, in_source text, in_need_id uuid, in_need_sealed bytea,
        in_visited_at timestamptz
    ) RETURNS TABLE (sequence bigint, used integer) LANGUAGE plpgsql AS $$
    DECLARE
        lock_key bigint;
        placed   bigint;
        tally    quota_tally;
        in_use   integer;
        answer   jsonb;
    BEGIN
        PERFORM
           FROM staff s
          WHERE s.alliance_id = in_alliance
            AND s.staff_id = in_registrant
            AND s.active
            FOR SHARE;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        FOREACH lock_key IN ARRAY in_locks LOOP
            PERFORM pg_advisory_xact_lock(lock_key);
        END LOOP;
        IF EXISTS (SELECT FROM registration r WHERE r.alliance_id = in_alliance AND r.phone_key = in_phone_key)
           OR EXISTS (SELECT FROM registration r WHERE r.alliance_id = in_alliance AND r.address_key = in_address_key)
           OR EXISTS (SELECT FROM customer_order o WHERE o.alliance_id = in_alliance AND o.phone_key = in_phone_key)
           OR EXISTS (SELECT FROM customer_order o WHERE o.alliance_id = in_alliance AND o.address_key = in_address_key)
           OR EXISTS (SELECT FROM idempotency_key k WHERE k.alliance_id = in_alliance
                         AND k.caller_id = in_recorded_by AND k.key = in_idempotency_key)
        THEN
            RETURN;
        END IF;
        INSERT INTO quota_tally AS t (alliance_id, staff_id, month, channel, made, converted, closed)
        SELECT in_alliance, in_registrant, in_month, in_channel, 1, 0, 0
         WHERE in_quota_limit IS NULL OR in_quota_limit > 0
        ON CONFLICT ON CONSTRAINT quota_tally_pkey DO UPDATE SET made = t.made + 1
         WHERE in_quota_limit IS NULL
            OR t.made - CASE WHEN in_quota_by_closing THEN t.closed ELSE t.converted END < in_quota_limit
        RETURNING t.* INTO tally;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        SELECT coalesce(sum(t.made - CASE WHEN in_quota_by_closing THEN t.closed ELSE t.converted END), 0)
          INTO in_use
          FROM quota_tally t
         WHERE t.alliance_id = in_alliance AND t.staff_id = in_registrant AND t.month = in_month
           AND t.channel = ANY (in_quota_channels);
        placed := nextval('recording_sequence');
        answer := jsonb_build_object('attempt', in_attempt, 'registration', in_registration,
                                     'limit', in_quota_limit, 'used', in_use, 'month', in_month);
        INSERT INTO contact (alliance_id, contact_id, name_sealed, phone_sealed, address_sealed, indexed)
        VALUES (in_alliance, in_contact, in_name, in_phone, in_address, true);
        IF in_note_id IS NOT NULL THEN
            INSERT INTO sealed_text (alliance_id, text_id, sealed) VALUES (in_alliance, in_note_id, in_note_sealed);
        END IF;
        IF in_need_id IS NOT NULL THEN
            INSERT INTO sealed_text (alliance_id, text_id, sealed) VALUES (in_alliance, in_need_id, in_need_sealed);
        END IF;
        INSERT INTO attempt (alliance_id, attempt_id, sequence, attempted_at, registrant_id, recorded_by_id,
                             channel, new_need, note_id, contact_id, policy_version_id, outcome, code, clause,
                             registration_id, detail, customer_class, segment, source, need_id)
        VALUES (in_alliance, in_attempt, placed, in_at, in_registrant, in_recorded_by, in_channel, in_new_need,
                in_note_id, in_contact, in_policy_version, 'PROTECTED', 'PROTECTED', in_clause, in_registration, answer,
                in_class, in_segment, in_source, in_need_id);
        INSERT INTO registration (alliance_id, registration_id, sequence, registered_at, registrant_id, owner_id,
                                  channel, new_need, contact_id, policy_version_id, quota_month, phone_key,
                                  address_key, claimed_phone, claimed_address, last_touch_at, lapses_at,
                                  expires_at, lapse_curable, stored_status, due_at, registered_class,
                                  customer_class, segment, source, need_id, visited_at, plan_at)
        VALUES (in_alliance, in_registration, placed, in_at, in_registrant, in_registrant, in_channel,
                in_new_need, in_contact, in_policy_version, in_month, in_phone_key, in_address_key, in_phone_key,
                CASE WHEN in_claims_address THEN in_address_key END, in_at, in_lapses_at, in_expires_at,
                in_lapse_curable, 'PROTECTED', in_due_at, in_class, in_class, in_segment, in_source, in_need_id,
                in_visited_at, in_visited_at);
        INSERT INTO audit_event (alliance_id, occurred_at, kind, subject_kind, subject_id, actor_id, detail)
        VALUES (in_alliance, in_at, 'registration.admitted', 'registration', in_registration, in_recorded_by, answer);
        INSERT INTO outbox_event (alliance_id, event_type, subject_id, occurred_at, payload)
        VALUES (in_alliance, 'registration.admitted', in_registration, in_at, answer);
        IF in_use = in_quota_limit THEN
            INSERT INTO audit_event (alliance_id, occurred_at, kind, subject_kind, subject_id, actor_id, detail)
            VALUES (in_alliance, in_at, 'quota.used_up', 'quota', in_registrant, in_recorded_by,
                    jsonb_build_object('month', in_month, 'used', in_use, 'limit', in_quota_limit));
            INSERT INTO outbox_event (alliance_id, event_type, subject_id, occurred_at, payload)
            VALUES (in_alliance, 'quota.used_up', in_registrant, in_at,
                    jsonb_build_object('month', in_month, 'used', in_use, 'limit', in_quota_limit));
        END IF;
        IF in_idempotency_key IS NOT NULL THEN
            INSERT INTO idempotency_key (alliance_id, caller_id, key, operation, input_digest, answer)
            VALUES (in_alliance, in_recorded_by, in_idempotency_key, in_operation, in_input_digest, answer);
        END IF;
        RETURN QUERY SELECT placed, in_use;
    END;
    $$;
"""


def upgrade() -> None:
    op.execute(CLAIM)
