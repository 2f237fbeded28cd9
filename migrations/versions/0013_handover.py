"""Handovers: what is to pass from one person to colleagues, and what became of each registration.

Which registration goes to whom is written down when a handover starts, so that a run that is killed goes on with
what has no outcome yet.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# States, plans and outcomes are those of `store.handover_models` and `policy.handovers`. Leases, attempts and `_at`
# without a business meaning are wall time.
HANDOVERS = """
    CREATE TABLE handover (
        alliance_id   integer     NOT NULL,
        handover_id   uuid        NOT NULL,
        from_staff_id uuid        NOT NULL,
        plan          text        NOT NULL,
        -- In the order in which they take turns.
        receiver_ids  uuid[]      NOT NULL,
        reason_id     uuid        NOT NULL,
        asked_by_id   uuid        NOT NULL,
        -- By the business clock, as started_at.
        asked_at      timestamptz NOT NULL,
        -- The request that it waited for; NULL when the department head began it at once.
        approval_id   uuid,
        state         text        NOT NULL,
        -- Who decided it.
        started_by_id uuid,
        started_at    timestamptz,
        total         integer     NOT NULL DEFAULT 0,
        moved         integer     NOT NULL DEFAULT 0,
        skipped       integer     NOT NULL DEFAULT 0,
        -- Whether more was theirs than one handover takes.
        more          boolean     NOT NULL DEFAULT false,
        written_at    timestamptz NOT NULL DEFAULT now(),
        ended_at      timestamptz,
        claimed_at    timestamptz,
        lease_until   timestamptz,
        retry_at      timestamptz,
        fence         bigint      NOT NULL DEFAULT 0,
        -- Claims since the last progress.
        attempts      integer     NOT NULL DEFAULT 0,
        CONSTRAINT handover_pkey PRIMARY KEY (alliance_id, handover_id),
        CONSTRAINT handover_alliance_fkey FOREIGN KEY (alliance_id) REFERENCES alliance,
        CONSTRAINT handover_from_staff_fkey FOREIGN KEY (alliance_id, from_staff_id) REFERENCES staff,
        CONSTRAINT handover_asked_by_fkey FOREIGN KEY (alliance_id, asked_by_id) REFERENCES staff,
        CONSTRAINT handover_started_by_fkey FOREIGN KEY (alliance_id, started_by_id) REFERENCES staff,
        CONSTRAINT handover_reason_fkey FOREIGN KEY (alliance_id, reason_id) REFERENCES sealed_text,
        CONSTRAINT handover_approval_fkey FOREIGN KEY (alliance_id, approval_id) REFERENCES approval,
        CONSTRAINT handover_approval_key UNIQUE (alliance_id, approval_id),
        CONSTRAINT handover_plan_check CHECK (plan IN ('ONE_COLLEAGUE', 'ROUND_ROBIN', 'BY_STORE')),
        CONSTRAINT handover_receivers_check CHECK (
            cardinality(receiver_ids) > 0 AND NOT from_staff_id = ANY (receiver_ids)),
        CONSTRAINT handover_state_check CHECK (state IN ('ASKED', 'WAITING', 'RUNNING', 'DONE', 'FAILED')),
        CONSTRAINT handover_asked_check CHECK (state <> 'ASKED' OR approval_id IS NOT NULL),
        CONSTRAINT handover_start_check CHECK (
            (state = 'ASKED') = (started_at IS NULL) AND (started_at IS NULL) = (started_by_id IS NULL)),
        CONSTRAINT handover_end_check CHECK ((state IN ('DONE', 'FAILED')) = (ended_at IS NOT NULL)),
        CONSTRAINT handover_lease_check CHECK (lease_until IS NULL OR (state = 'RUNNING' AND fence > 0)),
        CONSTRAINT handover_counts_check CHECK (
            moved >= 0 AND skipped >= 0 AND moved + skipped <= total AND (state <> 'DONE' OR moved + skipped = total))
    );
    -- What a person hands over, they hand over once at a time.
    CREATE UNIQUE INDEX handover_under_way_key
        ON handover (alliance_id, from_staff_id) WHERE state IN ('WAITING', 'RUNNING');
    CREATE INDEX handover_open_idx
        ON handover (claimed_at NULLS FIRST, written_at) WHERE state IN ('WAITING', 'RUNNING');
"""

ITEMS = """
    CREATE TABLE handover_item (
        alliance_id     integer     NOT NULL,
        handover_id     uuid        NOT NULL,
        -- From 1, the oldest registration first.
        position        integer     NOT NULL,
        registration_id uuid        NOT NULL,
        -- NULL: nobody of its store is among the receivers.
        to_staff_id     uuid,
        -- NULL until it was its turn.
        outcome         text,
        settled_at      timestamptz,
        CONSTRAINT handover_item_pkey PRIMARY KEY (alliance_id, handover_id, position),
        CONSTRAINT handover_item_registration_key UNIQUE (alliance_id, handover_id, registration_id),
        CONSTRAINT handover_item_handover_fkey FOREIGN KEY (alliance_id, handover_id) REFERENCES handover,
        CONSTRAINT handover_item_registration_fkey FOREIGN KEY (alliance_id, registration_id) REFERENCES registration,
        CONSTRAINT handover_item_to_staff_fkey FOREIGN KEY (alliance_id, to_staff_id) REFERENCES staff,
        CONSTRAINT handover_item_outcome_check CHECK (
            outcome IN ('MOVED', 'ENDED', 'NOT_THEIRS', 'RECEIVER_LEFT', 'NO_RECEIVER')),
        CONSTRAINT handover_item_receiver_check CHECK ((to_staff_id IS NULL) = (outcome IS NOT DISTINCT FROM 'NO_RECEIVER')),
        CONSTRAINT handover_item_settled_check CHECK ((outcome IS NULL) = (settled_at IS NULL))
    );
    CREATE INDEX handover_item_open_idx ON handover_item (alliance_id, handover_id, position) WHERE outcome IS NULL;

    -- What became of a registration is written once.
    CREATE FUNCTION refuse_another_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'what became of a registration in a handover is written once'
            USING ERRCODE = 'integrity_constraint_violation';
    END;
    $$;
    CREATE TRIGGER handover_item_once BEFORE UPDATE ON handover_item
        FOR EACH ROW WHEN (OLD.outcome IS NOT NULL) EXECUTE FUNCTION refuse_another_outcome();
    CREATE TRIGGER handover_item_kept BEFORE DELETE ON handover_item
        FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""

# The worker finds what is to be done; on the registrations it works for their alliance.
WALLS = """
    SELECT guard_table('handover', app => 'SELECT, INSERT, UPDATE', worker => 'SELECT, UPDATE');
    SELECT guard_table('handover_item', app => 'SELECT, INSERT, UPDATE (outcome, settled_at)');
"""


def upgrade() -> None:
    for part in (HANDOVERS, ITEMS, WALLS):
        op.execute(part)
