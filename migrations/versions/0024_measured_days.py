"""Measuring visits on the sheet of a day, and big days submitted in time.

A visit has no row of its own: it is an act on its registration, and the sheet keeps the act's place in the audit.
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# Lines are read with what was noted of them: an act's note stands with the act.
MEASURED = """
    ALTER TABLE daily_report_entry
        ADD COLUMN act_sequence bigint,
        ADD CONSTRAINT daily_report_entry_act_fkey
            FOREIGN KEY (alliance_id, act_sequence) REFERENCES audit_event,
        ADD CONSTRAINT daily_report_entry_act_check
            CHECK ((kind = 'MEASUREMENT') = (act_sequence IS NOT NULL));
    COMMENT ON COLUMN daily_report_entry.act_sequence IS 'the act of a measuring visit; NULL for what has a row of its own';
    CREATE INDEX audit_event_measured_idx ON audit_event (alliance_id, actor_id, occurred_at)
     WHERE kind = 'registration.measured';
"""

# While a day is being submitted there are no statistics of its lines. Of two unique indexes that begin with the report
# the check of each entry's line took the one without the line, and read the whole sheet for each entry of it.
BIG_DAYS = """
    ALTER TABLE daily_report_line
        DROP CONSTRAINT daily_report_line_registration_key,
        ADD CONSTRAINT daily_report_line_registration_key UNIQUE (alliance_id, registration_id, report_id);
"""


def upgrade() -> None:
    for part in (MEASURED, BIG_DAYS):
        op.execute(part)
