"""Disputes: who disputes a decision, who has a stake in it, what both sides say, and how it ended.

A dispute changes once, when it ends; its parties and statements are appended. An order has one open dispute.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

DISPUTES = """
    CREATE TABLE dispute (
        alliance_id    integer     NOT NULL,
        dispute_id     uuid        NOT NULL,
        sequence       bigint      NOT NULL DEFAULT nextval('recording_sequence'),
        order_id       uuid        NOT NULL,
        -- The decision in force when it was opened.
        attribution_id uuid        NOT NULL,
        opened_by_id   uuid        NOT NULL,
        opened_at      timestamptz NOT NULL,
        status         text        NOT NULL DEFAULT 'OPEN',
        ended_at       timestamptz,
        ended_by_id    uuid,
        -- Why it was ruled on, upheld or withdrawn; of a ruling, the text of the ruling itself.
        reason_id      uuid,
        ruling_id      uuid,
        CONSTRAINT dispute_pkey PRIMARY KEY (alliance_id, dispute_id),
        CONSTRAINT dispute_order_fkey FOREIGN KEY (alliance_id, order_id) REFERENCES customer_order,
        CONSTRAINT dispute_attribution_fkey FOREIGN KEY (alliance_id, attribution_id) REFERENCES attribution,
        CONSTRAINT dispute_ruling_fkey FOREIGN KEY (alliance_id, ruling_id) REFERENCES attribution,
        CONSTRAINT dispute_opened_by_fkey FOREIGN KEY (alliance_id, opened_by_id) REFERENCES staff,
        CONSTRAINT dispute_ended_by_fkey FOREIGN KEY (alliance_id, ended_by_id) REFERENCES staff,
        CONSTRAINT dispute_reason_fkey FOREIGN KEY (alliance_id, reason_id) REFERENCES sealed_text,
        CONSTRAINT dispute_status_check CHECK (status IN ('OPEN', 'RULED', 'UPHELD', 'WITHDRAWN', 'VOID')),
        CONSTRAINT dispute_ended_check CHECK (
            (status = 'OPEN') = (ended_at IS NULL) AND (status = 'OPEN') = (ended_by_id IS NULL)),
        CONSTRAINT dispute_reason_check CHECK ((status IN ('OPEN', 'VOID')) = (reason_id IS NULL)),
        CONSTRAINT dispute_ruling_check CHECK ((status = 'RULED') = (ruling_id IS NOT NULL))
    );
    CREATE UNIQUE INDEX dispute_one_open ON dispute (alliance_id, order_id) WHERE status = 'OPEN';
    CREATE INDEX dispute_order_idx ON dispute (alliance_id, order_id, sequence);
    CREATE INDEX dispute_sequence_idx ON dispute (alliance_id, sequence);
    CREATE INDEX dispute_opened_idx ON dispute (alliance_id, opened_by_id, opened_at);
    CREATE INDEX dispute_status_idx ON dispute (alliance_id, status, sequence);

    -- Who had a stake when it was opened, and by what; each person once.
    CREATE TABLE dispute_party (
        alliance_id integer NOT NULL,
        dispute_id  uuid    NOT NULL,
        staff_id    uuid    NOT NULL,
        stake       text    NOT NULL,
        CONSTRAINT dispute_party_pkey PRIMARY KEY (alliance_id, dispute_id, staff_id),
        CONSTRAINT dispute_party_dispute_fkey FOREIGN KEY (alliance_id, dispute_id) REFERENCES dispute,
        CONSTRAINT dispute_party_staff_fkey FOREIGN KEY (alliance_id, staff_id) REFERENCES staff,
        CONSTRAINT dispute_party_stake_check CHECK (stake IN ('TAKER', 'CREDITED', 'OWNER', 'REFUSED'))
    );
    CREATE INDEX dispute_party_staff_idx ON dispute_party (alliance_id, staff_id);

    CREATE TABLE dispute_statement (
        alliance_id  integer     NOT NULL,
        statement_id uuid        NOT NULL,
        sequence     bigint      NOT NULL DEFAULT nextval('recording_sequence'),
        dispute_id   uuid        NOT NULL,
        text_id      uuid        NOT NULL,
        made_by_id   uuid        NOT NULL,
        made_at      timestamptz NOT NULL,
        CONSTRAINT dispute_statement_pkey PRIMARY KEY (alliance_id, statement_id),
        CONSTRAINT dispute_statement_dispute_fkey FOREIGN KEY (alliance_id, dispute_id) REFERENCES dispute,
        CONSTRAINT dispute_statement_text_fkey FOREIGN KEY (alliance_id, text_id) REFERENCES sealed_text,
        CONSTRAINT dispute_statement_made_by_fkey FOREIGN KEY (alliance_id, made_by_id) REFERENCES staff
    );
    CREATE INDEX dispute_statement_dispute_idx ON dispute_statement (alliance_id, dispute_id, sequence);
"""

# What precedents are looked up by: the rulings of an alliance, newest first.
RULINGS = """
    CREATE INDEX attribution_ruled_idx ON attribution (alliance_id, sequence) WHERE verdict = 'RULED';
"""

APPEND_ONLY = """
    CREATE FUNCTION refuse_change_but_ending() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        ending constant text[] := ARRAY['status', 'ended_at', 'ended_by_id', 'reason_id', 'ruling_id'];
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF OLD.status = 'OPEN' AND to_jsonb(OLD) - ending = to_jsonb(NEW) - ending THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION '% changes once, when it ends', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END;
    $$;

    CREATE TRIGGER dispute_ends_once BEFORE UPDATE OR DELETE ON dispute
        FOR EACH ROW EXECUTE FUNCTION refuse_change_but_ending();
    CREATE TRIGGER dispute_no_truncate BEFORE TRUNCATE ON dispute
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER dispute_party_append_only BEFORE UPDATE OR DELETE ON dispute_party
        FOR EACH ROW EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER dispute_party_no_truncate BEFORE TRUNCATE ON dispute_party
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER dispute_statement_append_only BEFORE UPDATE OR DELETE ON dispute_statement
        FOR EACH ROW EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER dispute_statement_no_truncate BEFORE TRUNCATE ON dispute_statement
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

WALLS = """
    SELECT guard_table('dispute',
        app => 'SELECT, INSERT, UPDATE (status, ended_at, ended_by_id, reason_id, ruling_id)');
    SELECT guard_table('dispute_party', app => 'SELECT, INSERT');
    SELECT guard_table('dispute_statement', app => 'SELECT, INSERT');
"""


def upgrade() -> None:
    for part in (DISPUTES, RULINGS, APPEND_ONLY, WALLS):
        op.execute(part)
