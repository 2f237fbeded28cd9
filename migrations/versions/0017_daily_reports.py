"""Daily reports: what a unit's day held when it was submitted, what was added later, and which closing times were missed.

A submitted report names the records that it was drawn from and keeps what else stood on the sheet. Who a customer is
and what was said stay where they are, sealed and never changed: taken away there, they are gone from the report too.
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

REPORTS = """
    CREATE TABLE daily_report (
        alliance_id       integer     NOT NULL,
        report_id         uuid        NOT NULL,
        unit_id           uuid        NOT NULL,
        -- A day in the alliance's time zone.
        day               date        NOT NULL,
        -- The first instant at which it was late, by the version in force when the day began.
        closes_at         timestamptz NOT NULL,
        policy_version_id uuid        NOT NULL,
        submitted_at      timestamptz NOT NULL,
        submitted_by_id   uuid        NOT NULL,
        remark_id         uuid,
        -- Whom it went to, and who had a copy.
        recipient_ids     uuid[]      NOT NULL,
        copied_ids        uuid[]      NOT NULL,
        line_count        integer     NOT NULL,
        entry_count       integer     NOT NULL,
        -- Keyed, over all that stood on the sheet.
        digest            bytea       NOT NULL,
        CONSTRAINT daily_report_pkey PRIMARY KEY (alliance_id, report_id),
        CONSTRAINT daily_report_unit_day_key UNIQUE (alliance_id, unit_id, day),
        CONSTRAINT daily_report_unit_fkey FOREIGN KEY (alliance_id, unit_id) REFERENCES unit,
        CONSTRAINT daily_report_policy_fkey FOREIGN KEY (alliance_id, policy_version_id) REFERENCES policy_version,
        CONSTRAINT daily_report_submitted_by_fkey FOREIGN KEY (alliance_id, submitted_by_id) REFERENCES staff,
        CONSTRAINT daily_report_remark_fkey FOREIGN KEY (alliance_id, remark_id) REFERENCES sealed_text,
        CONSTRAINT daily_report_count_check CHECK (line_count BETWEEN 0 AND entry_count),
        CONSTRAINT daily_report_digest_check CHECK (octet_length(digest) = 32)
    );

    -- A customer on the sheet, as the registration stood when it was submitted.
    CREATE TABLE daily_report_line (
        alliance_id      integer     NOT NULL,
        report_id        uuid        NOT NULL,
        line             integer     NOT NULL,
        registration_id  uuid        NOT NULL,
        contact_id       uuid        NOT NULL,
        source           text,
        need_id          uuid,
        status           text        NOT NULL,
        follow_up_due_at timestamptz,
        days_left        integer,
        -- Keyed, over this line with its entries.
        digest           bytea       NOT NULL,
        CONSTRAINT daily_report_line_pkey PRIMARY KEY (alliance_id, report_id, line),
        CONSTRAINT daily_report_line_registration_key UNIQUE (alliance_id, report_id, registration_id),
        CONSTRAINT daily_report_line_report_fkey FOREIGN KEY (alliance_id, report_id) REFERENCES daily_report,
        CONSTRAINT daily_report_line_registration_fkey
            FOREIGN KEY (alliance_id, registration_id) REFERENCES registration,
        CONSTRAINT daily_report_line_contact_fkey FOREIGN KEY (alliance_id, contact_id) REFERENCES contact,
        CONSTRAINT daily_report_line_need_fkey FOREIGN KEY (alliance_id, need_id) REFERENCES sealed_text,
        CONSTRAINT daily_report_line_digest_check CHECK (octet_length(digest) = 32)
    );
    CREATE INDEX daily_report_line_contact_idx ON daily_report_line (alliance_id, contact_id);

    -- What was recorded of the customer on that day: the registration itself, or a follow-up of a kind.
    CREATE TABLE daily_report_entry (
        alliance_id      integer     NOT NULL,
        report_id        uuid        NOT NULL,
        line             integer     NOT NULL,
        position         integer     NOT NULL,
        kind             text        NOT NULL,
        record_id        uuid        NOT NULL,
        recorded_at      timestamptz NOT NULL,
        recorded_by_id   uuid        NOT NULL,
        -- As it was; people change their names.
        recorded_by_name text        NOT NULL,
        CONSTRAINT daily_report_entry_pkey PRIMARY KEY (alliance_id, report_id, line, position),
        CONSTRAINT daily_report_entry_record_key UNIQUE (alliance_id, report_id, record_id),
        CONSTRAINT daily_report_entry_line_fkey
            FOREIGN KEY (alliance_id, report_id, line) REFERENCES daily_report_line,
        CONSTRAINT daily_report_entry_recorded_by_fkey FOREIGN KEY (alliance_id, recorded_by_id) REFERENCES staff
    );

    CREATE TABLE daily_report_correction (
        alliance_id     integer     NOT NULL,
        correction_id   uuid        NOT NULL,
        report_id       uuid        NOT NULL,
        sequence        bigint      NOT NULL DEFAULT nextval('recording_sequence'),
        corrected_at    timestamptz NOT NULL,
        corrected_by_id uuid        NOT NULL,
        text_id         uuid        NOT NULL,
        CONSTRAINT daily_report_correction_pkey PRIMARY KEY (alliance_id, correction_id),
        CONSTRAINT daily_report_correction_report_fkey FOREIGN KEY (alliance_id, report_id) REFERENCES daily_report,
        CONSTRAINT daily_report_correction_by_fkey FOREIGN KEY (alliance_id, corrected_by_id) REFERENCES staff,
        CONSTRAINT daily_report_correction_text_fkey FOREIGN KEY (alliance_id, text_id) REFERENCES sealed_text
    );
    CREATE INDEX daily_report_correction_report_idx ON daily_report_correction (alliance_id, report_id, sequence);
"""

CLOSINGS = """
    -- Days whose closing time has passed and been seen to; the next one is the day after the newest.
    CREATE TABLE report_day (
        alliance_id integer     NOT NULL,
        day         date        NOT NULL,
        noted_at    timestamptz NOT NULL,
        CONSTRAINT report_day_pkey PRIMARY KEY (alliance_id, day),
        CONSTRAINT report_day_alliance_fkey FOREIGN KEY (alliance_id) REFERENCES alliance
    );

    -- Which unit had not submitted at its closing time, each day once.
    CREATE TABLE missed_report (
        alliance_id integer     NOT NULL,
        unit_id     uuid        NOT NULL,
        day         date        NOT NULL,
        closes_at   timestamptz NOT NULL,
        noted_at    timestamptz NOT NULL,
        CONSTRAINT missed_report_pkey PRIMARY KEY (alliance_id, unit_id, day),
        CONSTRAINT missed_report_unit_fkey FOREIGN KEY (alliance_id, unit_id) REFERENCES unit
    );

    -- Whoever worked here before there were reports owed none: theirs begin today.
    INSERT INTO report_day (alliance_id, day, noted_at)
    SELECT alliance_id, (now() AT TIME ZONE time_zone)::date - 1, now()
      FROM alliance;
"""

# A person's day; and where a person worked when.
INDEXES = """
    CREATE INDEX registration_registrant_idx ON registration (alliance_id, registrant_id, registered_at);
    CREATE INDEX follow_up_recorded_by_idx ON follow_up (alliance_id, recorded_by_id, recorded_at);
    CREATE INDEX audit_event_staff_changed_idx ON audit_event (alliance_id, subject_id, occurred_at)
     WHERE kind = 'staff.changed';
"""

KEPT = """
    DO $$
    DECLARE
        kept text;
    BEGIN
        FOREACH kept IN ARRAY ARRAY['daily_report', 'daily_report_line', 'daily_report_entry',
                                    'daily_report_correction', 'missed_report']
        LOOP
            EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW'
                           ' EXECUTE FUNCTION refuse_change()', kept || '_append_only', kept);
            EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT'
                           ' EXECUTE FUNCTION refuse_change()', kept || '_no_truncate', kept);
        END LOOP;
    END;
    $$;

    SELECT guard_table('daily_report', app => 'SELECT, INSERT');
    SELECT guard_table('daily_report_line', app => 'SELECT, INSERT');
    SELECT guard_table('daily_report_entry', app => 'SELECT, INSERT');
    SELECT guard_table('daily_report_correction', app => 'SELECT, INSERT');
    SELECT guard_table('missed_report', app => 'SELECT, INSERT');
    SELECT guard_table('report_day', app => 'SELECT, INSERT');
"""


def upgrade() -> None:
    for part in (REPORTS, CLOSINGS, INDEXES, KEPT):
        op.execute(part)
