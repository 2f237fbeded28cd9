"""A task that was not done in time and gave way to the next one is kept as MISSED."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

OUTCOMES = """
    ALTER TABLE follow_up_task
        DROP CONSTRAINT follow_up_task_outcome_check,
        ADD CONSTRAINT follow_up_task_outcome_check CHECK (outcome IN ('DONE', 'VOID', 'MISSED'));
"""


def upgrade() -> None:
    op.execute(OUTCOMES)
