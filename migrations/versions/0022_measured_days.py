"""Measuring visits on the sheet of a day.

A visit has no row of its own: it is an act on its registration, and the sheet keeps the act's place in the audit.
"""

from alembic import op

revision = "0022"
down_revision = "0017"
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


def upgrade() -> None:
    op.execute(MEASURED)
