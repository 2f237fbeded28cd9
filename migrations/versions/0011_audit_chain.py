"""Where an act came from, and seals over the audit: batches of events, each chained to the one before it.

Acts are written without waiting for one another; a seal is put on them afterwards. Defaults read what the
transaction says of itself.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

WHENCE = """
    ALTER TABLE audit_event
        ADD COLUMN origin     text DEFAULT nullif(current_setting('baobei.origin', true), ''),
        ADD COLUMN request_id text DEFAULT nullif(current_setting('baobei.request_id', true), '');
    -- What was never drawn from the sequence is none; and nobody but the sequence, the clock and the transaction says
    -- where an event stands, when it was written and where it came from.
    ALTER TABLE audit_event ADD CONSTRAINT audit_event_sequence_check CHECK (sequence > 0);
    REVOKE INSERT ON audit_event FROM baobei_app, baobei_worker;
    GRANT INSERT (alliance_id, occurred_at, kind, subject_kind, subject_id, actor_id, detail, reason, reason_id)
        ON audit_event TO baobei_app, baobei_worker;
    COMMENT ON COLUMN audit_event.origin IS 'by what the request was let in; NULL for what no request asked for';
"""

SEALS = """
    -- A seal is over all events whose number is above that of the seal before it and up to its own.
    CREATE TABLE audit_seal (
        alliance_id   integer     NOT NULL,
        seal_number   bigint      NOT NULL,
        -- Up to this number all that was given out was written, or came to nothing, when the seal was made.
        given_out     bigint      NOT NULL,
        -- Rising. Empty where nothing was written: a seal says that too.
        sequences     bigint[]    NOT NULL,
        -- Of each event 32 bytes, in the same order: they tell which event it is that was changed.
        event_digests bytea       NOT NULL,
        previous_hash bytea       NOT NULL,
        hash          bytea       NOT NULL,
        sealed_at     timestamptz NOT NULL,
        CONSTRAINT audit_seal_pkey PRIMARY KEY (alliance_id, seal_number),
        CONSTRAINT audit_seal_alliance_fkey FOREIGN KEY (alliance_id) REFERENCES alliance,
        CONSTRAINT audit_seal_digests_check CHECK (octet_length(event_digests) = 32 * cardinality(sequences)),
        CONSTRAINT audit_seal_events_check CHECK (
            cardinality(sequences) = 0 OR sequences[cardinality(sequences)] <= given_out),
        CONSTRAINT audit_seal_hash_check CHECK (octet_length(hash) = 32 AND octet_length(previous_hash) = 32)
    );

    CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE ON audit_seal
        FOR EACH ROW EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER audit_seal_no_truncate BEFORE TRUNCATE ON audit_seal
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
    SELECT guard_table('audit_seal', worker => 'SELECT, INSERT');
    GRANT SELECT ON audit_event TO baobei_worker;
    -- How far numbers have been given out.
    GRANT SELECT ON SEQUENCE recording_sequence TO baobei_worker;
"""


def upgrade() -> None:
    for part in (WHENCE, SEALS):
        op.execute(part)
