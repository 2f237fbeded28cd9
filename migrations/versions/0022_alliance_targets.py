"""A target of the alliance itself: of nobody and of no unit."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

ALLIANCE = """
    ALTER TABLE sales_target
        DROP CONSTRAINT sales_target_whose_check,
        -- Neither: the alliance's own.
        ADD CONSTRAINT sales_target_whose_check CHECK (staff_id IS NULL OR unit_id IS NULL);
    CREATE INDEX sales_target_alliance_idx ON sales_target (alliance_id, month, sequence)
     WHERE staff_id IS NULL AND unit_id IS NULL;
"""


def upgrade() -> None:
    op.execute(ALLIANCE)
