"""What people write in their own words is sealed too; a person's data can be taken away; reveals are counted.

A text stands in `sealed_text`, and what it belongs to names it. So the append-only tables stay as they are when a
text is sealed anew under another key, or erased. Texts from before stand in clear until `baobei keys rotate` has
sealed them: that is the one change that their tables allow.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TEXTS = """
    CREATE TABLE sealed_text (
        alliance_id integer NOT NULL,
        text_id     uuid    NOT NULL,
        -- Sealed by the vault and bound to this row; NULL when it was erased.
        sealed      bytea,
        erased_at   timestamptz,
        CONSTRAINT sealed_text_pkey PRIMARY KEY (alliance_id, text_id),
        CONSTRAINT sealed_text_alliance_fkey FOREIGN KEY (alliance_id) REFERENCES alliance,
        CONSTRAINT sealed_text_sealed_or_erased CHECK ((sealed IS NULL) = (erased_at IS NOT NULL))
    );

    ALTER TABLE attempt ADD COLUMN note_id uuid,
        ADD CONSTRAINT attempt_note_fkey FOREIGN KEY (alliance_id, note_id) REFERENCES sealed_text;
    ALTER TABLE follow_up ADD COLUMN note_id uuid, ALTER COLUMN note DROP NOT NULL,
        ADD CONSTRAINT follow_up_note_fkey FOREIGN KEY (alliance_id, note_id) REFERENCES sealed_text,
        ADD CONSTRAINT follow_up_has_a_note CHECK (note IS NOT NULL OR note_id IS NOT NULL);
    ALTER TABLE attribution ADD COLUMN reason_id uuid,
        ADD CONSTRAINT attribution_reason_fkey FOREIGN KEY (alliance_id, reason_id) REFERENCES sealed_text;
    ALTER TABLE approval ADD COLUMN reason_id uuid, ADD COLUMN decision_note_id uuid,
        ALTER COLUMN reason DROP NOT NULL,
        ADD CONSTRAINT approval_reason_fkey FOREIGN KEY (alliance_id, reason_id) REFERENCES sealed_text,
        ADD CONSTRAINT approval_decision_note_fkey FOREIGN KEY (alliance_id, decision_note_id)
            REFERENCES sealed_text,
        ADD CONSTRAINT approval_has_a_reason CHECK (reason IS NOT NULL OR reason_id IS NOT NULL);
    ALTER TABLE audit_event ADD COLUMN reason_id uuid,
        ADD CONSTRAINT audit_event_reason_fkey FOREIGN KEY (alliance_id, reason_id) REFERENCES sealed_text;

    -- What is left in clear; empty once it has been sealed.
    CREATE INDEX attempt_clear_idx ON attempt (alliance_id, attempt_id) WHERE note IS NOT NULL;
    CREATE INDEX follow_up_clear_idx ON follow_up (alliance_id, follow_up_id) WHERE note IS NOT NULL;
    CREATE INDEX attribution_clear_idx ON attribution (alliance_id, attribution_id) WHERE reason IS NOT NULL;
    CREATE INDEX approval_clear_idx ON approval (alliance_id, approval_id)
     WHERE reason IS NOT NULL OR decision_note IS NOT NULL;
    CREATE INDEX audit_event_clear_idx ON audit_event (alliance_id, sequence) WHERE reason IS NOT NULL;
"""

# Arguments: the column in clear and the column of the sealed one.
APPEND_ONLY = """
    CREATE FUNCTION refuse_change_but_sealing() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        was jsonb;
        becomes jsonb;
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            was := to_jsonb(OLD);
            becomes := to_jsonb(NEW);
            IF was - TG_ARGV[0] - TG_ARGV[1] = becomes - TG_ARGV[0] - TG_ARGV[1]
               AND was ->> TG_ARGV[0] IS NOT NULL AND was ->> TG_ARGV[1] IS NULL
               AND becomes ->> TG_ARGV[0] IS NULL AND becomes ->> TG_ARGV[1] IS NOT NULL
            THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END;
    $$;

    CREATE OR REPLACE TRIGGER attempt_append_only BEFORE UPDATE OR DELETE ON attempt
        FOR EACH ROW EXECUTE FUNCTION refuse_change_but_sealing('note', 'note_id');
    CREATE OR REPLACE TRIGGER follow_up_append_only BEFORE UPDATE OR DELETE ON follow_up
        FOR EACH ROW EXECUTE FUNCTION refuse_change_but_sealing('note', 'note_id');
    CREATE OR REPLACE TRIGGER attribution_append_only BEFORE UPDATE OR DELETE ON attribution
        FOR EACH ROW EXECUTE FUNCTION refuse_change_but_sealing('reason', 'reason_id');

    -- Questions used to be written down with the blind index of whom they were about: no erasure would reach it.
    ALTER TABLE audit_event DISABLE TRIGGER audit_event_append_only;
    UPDATE audit_event
       SET detail = detail - 'phone' - 'address'
     WHERE kind = 'staff.checked_protection'
       AND detail ?| ARRAY['phone', 'address'];
    CREATE OR REPLACE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON audit_event
        FOR EACH ROW EXECUTE FUNCTION refuse_change_but_sealing('reason', 'reason_id');
    ALTER TABLE audit_event ENABLE TRIGGER audit_event_append_only;

    CREATE TRIGGER sealed_text_kept BEFORE DELETE ON sealed_text
        FOR EACH ROW EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER sealed_text_no_truncate BEFORE TRUNCATE ON sealed_text
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER contact_kept BEFORE DELETE ON contact
        FOR EACH ROW EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER contact_no_truncate BEFORE TRUNCATE ON contact
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

ERASURE = """
    -- A registration and an order have keys of their own; the keys here are those of attempts that came to
    -- neither. `indexed` says that they have been looked at: of a contact from before they are not known yet.
    ALTER TABLE contact
        ADD COLUMN phone_key   bytea,
        ADD COLUMN address_key bytea,
        ADD COLUMN indexed     boolean NOT NULL DEFAULT false,
        ADD COLUMN erased_at   timestamptz,
        ALTER COLUMN name_sealed DROP NOT NULL,
        ADD CONSTRAINT contact_sealed_or_erased CHECK ((name_sealed IS NULL) = (erased_at IS NOT NULL)),
        ADD CONSTRAINT contact_erased_leaves_nothing CHECK (erased_at IS NULL OR (
            phone_sealed IS NULL AND address_sealed IS NULL AND phone_key IS NULL AND address_key IS NULL));
    CREATE INDEX contact_phone_idx ON contact (alliance_id, phone_key) WHERE phone_key IS NOT NULL;
    CREATE INDEX contact_address_idx ON contact (alliance_id, address_key) WHERE address_key IS NOT NULL;
    CREATE INDEX contact_unindexed_idx ON contact (alliance_id, contact_id) WHERE NOT indexed;
    CREATE INDEX attempt_contact_idx ON attempt (alliance_id, contact_id);

    ALTER TABLE registration
        ADD COLUMN erased_at timestamptz,
        ALTER COLUMN phone_key DROP NOT NULL,
        ALTER COLUMN address_key DROP NOT NULL,
        ADD CONSTRAINT registration_has_its_keys CHECK (
            CASE WHEN erased_at IS NULL THEN phone_key IS NOT NULL AND address_key IS NOT NULL
                 ELSE phone_key IS NULL AND address_key IS NULL
                      AND claimed_phone IS NULL AND claimed_address IS NULL END);

    ALTER TABLE customer_order
        ADD COLUMN erased_at timestamptz,
        DROP CONSTRAINT customer_order_has_a_key,
        ADD CONSTRAINT customer_order_has_a_key CHECK (
            (erased_at IS NULL) = (phone_key IS NOT NULL OR address_key IS NOT NULL));
"""

REVEALS = """
    -- How often a person looked at customers in full on a day of wall time in the alliance's zone; the row is
    -- the lock that no parallel request passes.
    CREATE TABLE reveal_tally (
        alliance_id integer NOT NULL,
        staff_id    uuid    NOT NULL,
        day         date    NOT NULL,
        revealed    integer NOT NULL,
        CONSTRAINT reveal_tally_pkey PRIMARY KEY (alliance_id, staff_id, day),
        CONSTRAINT reveal_tally_staff_fkey FOREIGN KEY (alliance_id, staff_id) REFERENCES staff,
        CONSTRAINT reveal_tally_check CHECK (revealed > 0)
    );
"""

KEYS = """
    -- Which keys the sealed data needs: a proof that a key is the one that sealed under its number. Number 0 is
    -- the index key. Of the whole service; whoever starts without one of them refuses.
    CREATE TABLE vault_key (
        key_number integer     NOT NULL,
        proof      bytea       NOT NULL,
        used_since timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT vault_key_pkey PRIMARY KEY (key_number),
        CONSTRAINT vault_key_number_check CHECK (key_number BETWEEN 0 AND 65535)
    );
"""

# What is erased goes by the API's role, within its alliance; what is sealed anew, and the keys that are forgotten, go by
# the owner's, who rotates.
WALLS = """
    SELECT guard_table('sealed_text', app => 'SELECT, INSERT, UPDATE (sealed, erased_at)');
    SELECT guard_table('reveal_tally', app => 'SELECT, INSERT, UPDATE (revealed)');
    GRANT UPDATE (name_sealed, phone_sealed, address_sealed, phone_key, address_key, indexed, erased_at)
        ON contact TO baobei_app;
    GRANT SELECT, INSERT ON vault_key TO baobei_app;
"""

# The uncontested claim with its note sealed. The function of this name with a text among its arguments is that of
# the version that is still running; the next release takes it away.
CLAIM = """
    CREATE FUNCTION claim_unknown_customer(
        in_alliance integer, in_locks bigint[], in_registration uuid, in_attempt uuid, in_contact uuid,
        in_registrant uuid, in_recorded_by uuid, in_channel text, in_new_need boolean, in_note_id uuid,
        in_note_sealed bytea,
        in_policy_version uuid, in_at timestamptz, in_month date,
        in_name bytea, in_phone bytea, in_address bytea, in_phone_key bytea, in_address_key bytea,
        in_claims_address boolean, in_lapses_at timestamptz, in_expires_at timestamptz, in_lapse_curable boolean,
        in_clause text, in_quota_limit integer, in_quota_channels text[], in_quota_by_closing boolean,
        in_operation text, in_idempotency_key text, in_input_digest bytea, in_due_at timestamptz
    ) RETURNS TABLE (sequence bigint, used integer) LANGUAGE plpgsql AS $$
    DECLARE
        lock_key bigint;
        placed   bigint;
        tally    quota_tally;
        in_use   integer;
        answer   jsonb;
    BEGIN
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
        INSERT INTO attempt (alliance_id, attempt_id, sequence, attempted_at, registrant_id, recorded_by_id,
                             channel, new_need, note_id, contact_id, policy_version_id, outcome, code, clause,
                             registration_id, detail)
        VALUES (in_alliance, in_attempt, placed, in_at, in_registrant, in_recorded_by, in_channel, in_new_need,
                in_note_id, in_contact, in_policy_version, 'PROTECTED', 'PROTECTED', in_clause, in_registration, answer);
        INSERT INTO registration (alliance_id, registration_id, sequence, registered_at, registrant_id, owner_id,
                                  channel, new_need, contact_id, policy_version_id, quota_month, phone_key,
                                  address_key, claimed_phone, claimed_address, last_touch_at, lapses_at,
                                  expires_at, lapse_curable, stored_status, due_at)
        VALUES (in_alliance, in_registration, placed, in_at, in_registrant, in_registrant, in_channel,
                in_new_need, in_contact, in_policy_version, in_month, in_phone_key, in_address_key, in_phone_key,
                CASE WHEN in_claims_address THEN in_address_key END, in_at, in_lapses_at, in_expires_at,
                in_lapse_curable, 'PROTECTED', in_due_at);
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
    for part in (TEXTS, APPEND_ONLY, ERASURE, REVEALS, KEYS, WALLS, CLAIM):
        op.execute(part)
