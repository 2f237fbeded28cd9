"""Targets of people and units for a month, and what the figures of a month are counted by.

A target is never changed: setting it again is one more version, and the last one counts.
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TARGETS = """
    CREATE TABLE sales_target (
        alliance_id integer     NOT NULL,
        target_id   uuid        NOT NULL,
        sequence    bigint      NOT NULL DEFAULT nextval('recording_sequence'),
        -- Whose it is: a person's or a unit's.
        staff_id    uuid,
        unit_id     uuid,
        -- The first day of a calendar month.
        month       date        NOT NULL,
        -- What is aimed at: either, or both.
        amount_fen  bigint,
        order_count integer,
        set_by_id   uuid        NOT NULL,
        set_at      timestamptz NOT NULL,
        CONSTRAINT sales_target_pkey PRIMARY KEY (alliance_id, target_id),
        CONSTRAINT sales_target_staff_fkey FOREIGN KEY (alliance_id, staff_id) REFERENCES staff,
        CONSTRAINT sales_target_unit_fkey FOREIGN KEY (alliance_id, unit_id) REFERENCES unit,
        CONSTRAINT sales_target_set_by_fkey FOREIGN KEY (alliance_id, set_by_id) REFERENCES staff,
        CONSTRAINT sales_target_whose_check CHECK ((staff_id IS NULL) <> (unit_id IS NULL)),
        CONSTRAINT sales_target_month_check CHECK (extract(day FROM month) = 1),
        CONSTRAINT sales_target_aim_check CHECK (
            amount_fen >= 0 AND order_count >= 0 AND (amount_fen IS NOT NULL OR order_count IS NOT NULL))
    );
    CREATE INDEX sales_target_staff_idx ON sales_target (alliance_id, staff_id, month, sequence)
     WHERE staff_id IS NOT NULL;
    CREATE INDEX sales_target_unit_idx ON sales_target (alliance_id, unit_id, month, sequence)
     WHERE unit_id IS NOT NULL;

    CREATE TRIGGER sales_target_append_only BEFORE UPDATE OR DELETE ON sales_target
        FOR EACH ROW EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER sales_target_no_truncate BEFORE TRUNCATE ON sales_target
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
    SELECT guard_table('sales_target', app => 'SELECT, INSERT');
"""

# Each figure is read by month or by whose it is. What starts the clocks of a registration, and whom it passed to,
# stands in the audit.
COUNTED_BY = """
    CREATE INDEX attempt_registrant_idx ON attempt (alliance_id, registrant_id, attempted_at);
    CREATE INDEX attribution_decided_idx ON attribution (alliance_id, decided_at);
    CREATE INDEX audit_event_touch_idx ON audit_event (alliance_id, occurred_at)
     WHERE kind IN ('registration.admitted', 'registration.followed_up', 'registration.measured',
                    'registration.transferred', 'registration.extended', 'registration.reinstated');
    CREATE INDEX audit_event_transferred_to_idx ON audit_event (alliance_id, (detail ->> 'to'))
     WHERE kind = 'registration.transferred';
"""


def upgrade() -> None:
    for part in (TARGETS, COUNTED_BY):
        op.execute(part)
