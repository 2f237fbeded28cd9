"""Requests of their own that a person hands over; who made a candidate, and when it passed to its owner.

Expanding only: what is new is empty for what there is, and decisions from before are explained as they were.
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# Outcomes are those of `store.handover_models`; a request that was decided when its turn came is ENDED.
REQUESTS = """
    CREATE TABLE handover_request (
        alliance_id integer     NOT NULL,
        handover_id uuid        NOT NULL,
        -- From 1, the oldest request first.
        position    integer     NOT NULL,
        approval_id uuid        NOT NULL,
        -- NULL: nobody of its store is among the receivers.
        to_staff_id uuid,
        -- NULL until it was its turn.
        outcome     text,
        settled_at  timestamptz,
        CONSTRAINT handover_request_pkey PRIMARY KEY (alliance_id, handover_id, position),
        CONSTRAINT handover_request_approval_key UNIQUE (alliance_id, handover_id, approval_id),
        CONSTRAINT handover_request_handover_fkey FOREIGN KEY (alliance_id, handover_id) REFERENCES handover,
        CONSTRAINT handover_request_approval_fkey FOREIGN KEY (alliance_id, approval_id) REFERENCES approval,
        CONSTRAINT handover_request_to_staff_fkey FOREIGN KEY (alliance_id, to_staff_id) REFERENCES staff,
        CONSTRAINT handover_request_outcome_check CHECK (
            outcome IN ('MOVED', 'ENDED', 'NOT_THEIRS', 'RECEIVER_LEFT', 'NO_RECEIVER')),
        CONSTRAINT handover_request_receiver_check CHECK (
            (to_staff_id IS NULL) = (outcome IS NOT DISTINCT FROM 'NO_RECEIVER')),
        CONSTRAINT handover_request_settled_check CHECK ((outcome IS NULL) = (settled_at IS NULL))
    );
    -- What became of a request is written once, as of a registration.
    CREATE TRIGGER handover_request_once BEFORE UPDATE ON handover_request
        FOR EACH ROW WHEN (OLD.outcome IS NOT NULL) EXECUTE FUNCTION refuse_another_outcome();
    CREATE TRIGGER handover_request_kept BEFORE DELETE ON handover_request
        FOR EACH ROW EXECUTE FUNCTION refuse_change();
    SELECT guard_table('handover_request', app => 'SELECT, INSERT, UPDATE (outcome, settled_at)');
"""

CANDIDATES = """
    ALTER TABLE attribution_candidate
        -- Who made the registration; NULL in decisions from before it was written down.
        ADD COLUMN registrant_id uuid,
        -- When it last passed to another owner before the order; NULL where it never did.
        ADD COLUMN passed_on_at  timestamptz,
        ADD CONSTRAINT attribution_candidate_registrant_fkey FOREIGN KEY (alliance_id, registrant_id) REFERENCES staff;
"""


def upgrade() -> None:
    for part in (REQUESTS, CANDIDATES):
        op.execute(part)
