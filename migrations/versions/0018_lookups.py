"""What lists, the plan and the figures look things up by when an alliance has years behind it.

Each is found by an index that holds what is asked for alone, so that a page costs what stands on it and not what has
ever been recorded.
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Lists by status and by time: what somebody's act has ended, written when it ends; and what was made when.
LISTS = """
    CREATE INDEX registration_ended_idx ON registration (alliance_id, end_kind, sequence) WHERE end_kind IS NOT NULL;
    CREATE INDEX registration_made_idx ON registration (alliance_id, registered_at);
"""

# Whether a later task has opened: the plan of a registration that has lived for years has made hundreds.
TASKS = """
    CREATE INDEX follow_up_task_opened_idx ON follow_up_task (alliance_id, registration_id, opens_at);
"""

# Whether a registration has lapsed before; written when one does.
FIGURES = """
    CREATE INDEX audit_event_lapsed_idx ON audit_event (alliance_id, subject_id) WHERE kind = 'registration.lapsed';
"""


def upgrade() -> None:
    for part in (LISTS, TASKS, FIGURES):
        op.execute(part)
