"""Requests of every kind: who would receive, which stores decide, prices, evidence, reminders; orders below list.

Expanding only: what is new is empty for what there is.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

REQUESTS = """
    ALTER TABLE approval
        -- CROSS_REGION: the attempt that waits, whose registration it would be, and the stores of the customer's region.
        ADD COLUMN attempt_id        uuid,
        ADD COLUMN receiver_id       uuid,
        ADD COLUMN approver_unit_ids uuid[]  NOT NULL DEFAULT '{}',
        -- SPECIAL_PRICE: of which customer, and at which price, in fen.
        ADD COLUMN phone_key         bytea,
        ADD COLUMN address_key       bytea,
        ADD COLUMN list_fen          bigint,
        ADD COLUMN asked_fen         bigint,
        -- The last day, in the alliance's time zone, on which its approver was reminded, and how often so far.
        ADD COLUMN reminded_on       date,
        ADD COLUMN reminders         integer NOT NULL DEFAULT 0,
        ADD CONSTRAINT approval_receiver_fkey FOREIGN KEY (alliance_id, receiver_id) REFERENCES staff,
        ADD CONSTRAINT approval_price_check CHECK (asked_fen BETWEEN 0 AND list_fen),
        ADD CONSTRAINT approval_kind_check CHECK (
            (kind <> 'CROSS_REGION' OR (attempt_id IS NOT NULL AND receiver_id IS NOT NULL))
            AND (kind = 'SPECIAL_PRICE') = (list_fen IS NOT NULL AND asked_fen IS NOT NULL));
    -- An attempt waits for one decision at a time; what was withdrawn can be asked again.
    CREATE UNIQUE INDEX approval_attempt_key ON approval (alliance_id, attempt_id) WHERE status <> 'CANCELLED';
    CREATE INDEX approval_receiver_idx ON approval (alliance_id, receiver_id, sequence) WHERE receiver_id IS NOT NULL;
    CREATE INDEX approval_price_phone_idx ON approval (alliance_id, phone_key) WHERE phone_key IS NOT NULL;
    CREATE INDEX approval_price_address_idx ON approval (alliance_id, address_key) WHERE address_key IS NOT NULL;
"""

ORDERS = """
    ALTER TABLE customer_order
        ADD COLUMN list_fen                  bigint,
        ADD COLUMN special_price_approval_id uuid,
        ADD COLUMN price_violation           boolean NOT NULL DEFAULT false,
        ADD CONSTRAINT customer_order_special_price_fkey FOREIGN KEY (alliance_id, special_price_approval_id)
            REFERENCES approval;
    -- A special price is for one order; called off, it can be used once more.
    CREATE UNIQUE INDEX customer_order_special_price_key
        ON customer_order (alliance_id, special_price_approval_id) WHERE status <> 'CANCELLED';
"""

EVIDENCE = """
    -- What was attached to a request: a text or link in sealed_text, or a file that the vault has sealed.
    CREATE TABLE approval_evidence (
        alliance_id    integer     NOT NULL,
        evidence_id    uuid        NOT NULL,
        approval_id    uuid        NOT NULL,
        kind           text        NOT NULL,
        text_id        uuid,
        media_type     text,
        size_bytes     integer,
        -- Keyed, over the file as it came.
        content_digest bytea,
        sealed         bytea,
        attached_by_id uuid        NOT NULL,
        attached_at    timestamptz NOT NULL,
        erased_at      timestamptz,
        CONSTRAINT approval_evidence_pkey PRIMARY KEY (alliance_id, evidence_id),
        CONSTRAINT approval_evidence_approval_fkey FOREIGN KEY (alliance_id, approval_id) REFERENCES approval,
        CONSTRAINT approval_evidence_text_fkey FOREIGN KEY (alliance_id, text_id) REFERENCES sealed_text,
        CONSTRAINT approval_evidence_attached_by_fkey FOREIGN KEY (alliance_id, attached_by_id) REFERENCES staff,
        CONSTRAINT approval_evidence_kind_check CHECK (kind IN ('TEXT', 'LINK', 'FILE')),
        CONSTRAINT approval_evidence_text_check CHECK ((kind = 'FILE') = (text_id IS NULL)),
        CONSTRAINT approval_evidence_file_check CHECK (
            (kind = 'FILE') = (media_type IS NOT NULL AND size_bytes IS NOT NULL AND content_digest IS NOT NULL)),
        CONSTRAINT approval_evidence_sealed_check CHECK (
            (sealed IS NOT NULL) = (kind = 'FILE' AND erased_at IS NULL))
    );
    CREATE INDEX approval_evidence_approval_idx ON approval_evidence (alliance_id, approval_id, evidence_id);
    -- Appended; an erasure takes the file away, and nothing else of it changes.
    SELECT guard_table('approval_evidence', app => 'SELECT, INSERT, UPDATE (sealed, erased_at)');
"""


def upgrade() -> None:
    for part in (REQUESTS, ORDERS, EVIDENCE):
        op.execute(part)
