"""The instant at which a travelled clock stands.

Empty outside development: only a service started with ``--clock travel`` writes the one row it may hold.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE dev_clock (
            only_row boolean     NOT NULL DEFAULT true,
            instant  timestamptz NOT NULL,
            chosen   boolean     NOT NULL,
            CONSTRAINT dev_clock_pkey PRIMARY KEY (only_row),
            CONSTRAINT dev_clock_one_row CHECK (only_row)
        );
        COMMENT ON TABLE dev_clock IS 'the instant at which a travelled clock stands; development only';
        COMMENT ON COLUMN dev_clock.chosen IS 'false while it merely stopped at first use: only then may it be set back';
    """)
