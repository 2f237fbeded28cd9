"""Requests of an attempt are found whatever became of them: those that were withdrawn too."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

REQUESTS = """
    CREATE INDEX approval_of_attempt_idx ON approval (alliance_id, attempt_id) WHERE attempt_id IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(REQUESTS)
