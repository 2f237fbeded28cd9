"""A place for each event in the order of relaying, by which streams are resumed; and webhooks in trouble.

Numbers of the outbox are given out before the transaction commits: a larger one may be seen first. Places are
given by the one process that relays, which has ended its transaction before the next one begins: whoever has
seen a place will never be shown a smaller one.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE SEQUENCE relay_sequence AS bigint;
        -- NULL: not relayed yet, for one webhook alone, or relayed before there were streams.
        ALTER TABLE outbox_event ADD COLUMN place bigint;
        ALTER SEQUENCE relay_sequence OWNED BY outbox_event.place;
        CREATE INDEX outbox_event_place_idx ON outbox_event (alliance_id, place) WHERE place IS NOT NULL;

        -- Since when its letters fail or take long; NULL: the latest one was taken soon.
        ALTER TABLE webhook_subscription ADD COLUMN troubled_since timestamptz;

        GRANT USAGE ON SEQUENCE relay_sequence TO baobei_worker;
        GRANT UPDATE (place) ON outbox_event TO baobei_worker;
        GRANT UPDATE (troubled_since) ON webhook_subscription TO baobei_worker;
    """)
