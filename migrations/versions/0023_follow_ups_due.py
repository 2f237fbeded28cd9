"""Whose claims have gone without a touch for how long: what a person is to follow up today."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# Live claims of a person by their last touch: the day reads what is due, and not all that the person has.
FOLLOW_UPS_DUE = """
    CREATE INDEX registration_touched_idx ON registration (alliance_id, owner_id, last_touch_at)
     WHERE end_kind IS NULL
"""


def upgrade() -> None:
    op.execute(FOLLOW_UPS_DUE)
