"""Webhooks: who is told of events, what is on its way to them, and how each attempt ended.

An event is written once; each subscription that wants it gets a delivery of its own, which is claimed with a
lease and a fencing number and settled only by the claim that is still the newest.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# The id that receivers know an event by; wall time, for how long an event has waited; and when its deliveries
# were made. Events from before there were webhooks count as relayed and have no id: no row is written anew.
# The index holds only what has not been relayed.
EVENTS = """
    ALTER TABLE outbox_event
        ADD COLUMN event_id   uuid,
        ADD COLUMN written_at timestamptz NOT NULL DEFAULT now(),
        ADD COLUMN relayed_at timestamptz DEFAULT now();
    ALTER TABLE outbox_event
        ALTER COLUMN event_id SET DEFAULT gen_random_uuid(),
        ALTER COLUMN relayed_at DROP DEFAULT;
    CREATE INDEX outbox_event_unrelayed_idx ON outbox_event (outbox_id) WHERE relayed_at IS NULL;
"""

SUBSCRIPTIONS = """
    CREATE TABLE webhook_subscription (
        alliance_id            integer     NOT NULL,
        webhook_id             uuid        NOT NULL,
        url                    text        NOT NULL,
        -- NULL: every type.
        event_types            text[],
        -- Sealed by the vault and bound to this row; the one before it signs too until its instant.
        secret_sealed          bytea       NOT NULL,
        previous_secret_sealed bytea,
        previous_secret_until  timestamptz,
        include_personal_data  boolean     NOT NULL DEFAULT false,
        -- Told of what was written after it.
        since_outbox_id        bigint      NOT NULL,
        created_by_id          uuid        NOT NULL,
        created_at             timestamptz NOT NULL,
        disabled_at            timestamptz,
        disabled_reason        text,
        CONSTRAINT webhook_subscription_pkey PRIMARY KEY (alliance_id, webhook_id),
        CONSTRAINT webhook_subscription_alliance_fkey FOREIGN KEY (alliance_id) REFERENCES alliance,
        CONSTRAINT webhook_subscription_created_by_fkey FOREIGN KEY (alliance_id, created_by_id) REFERENCES staff,
        CONSTRAINT webhook_subscription_event_types_check CHECK (cardinality(event_types) > 0),
        CONSTRAINT webhook_subscription_overlap_check CHECK (
            (previous_secret_sealed IS NULL) = (previous_secret_until IS NULL)),
        CONSTRAINT webhook_subscription_ids_only CHECK (NOT include_personal_data),
        CONSTRAINT webhook_subscription_disabled_check CHECK (
            (disabled_at IS NULL) = (disabled_reason IS NULL)
            AND disabled_reason IN ('BY_HAND', 'GONE', 'DELETED'))
    );
"""

# The states are those of DeliveryState; what is on its way has an instant at which it is due next, what has
# come to an end has the instant of its end.
DELIVERIES = """
    CREATE TABLE webhook_delivery (
        alliance_id     integer     NOT NULL,
        delivery_id     uuid        NOT NULL DEFAULT gen_random_uuid(),
        webhook_id      uuid        NOT NULL,
        outbox_id       bigint      NOT NULL,
        event_id        uuid        NOT NULL,
        event_type      text        NOT NULL,
        subject_id      uuid        NOT NULL,
        state           text        NOT NULL DEFAULT 'PENDING',
        attempts        integer     NOT NULL DEFAULT 0,
        next_attempt_at timestamptz,
        lease_until     timestamptz,
        fence           bigint      NOT NULL DEFAULT 0,
        created_at      timestamptz NOT NULL,
        settled_at      timestamptz,
        CONSTRAINT webhook_delivery_pkey PRIMARY KEY (alliance_id, delivery_id),
        CONSTRAINT webhook_delivery_webhook_fkey FOREIGN KEY (alliance_id, webhook_id)
            REFERENCES webhook_subscription,
        CONSTRAINT webhook_delivery_once UNIQUE (alliance_id, webhook_id, outbox_id),
        CONSTRAINT webhook_delivery_state_check CHECK (
            state IN ('PENDING', 'RETRYING', 'DELIVERED', 'DEAD', 'CANCELLED')),
        CONSTRAINT webhook_delivery_due_check CHECK (
            (state IN ('PENDING', 'RETRYING')) = (next_attempt_at IS NOT NULL)),
        CONSTRAINT webhook_delivery_settled_check CHECK (
            (state IN ('PENDING', 'RETRYING')) = (settled_at IS NULL)),
        CONSTRAINT webhook_delivery_lease_check CHECK (
            lease_until IS NULL OR (state IN ('PENDING', 'RETRYING') AND fence > 0))
    );
    CREATE INDEX webhook_delivery_due_idx
        ON webhook_delivery (alliance_id, webhook_id, next_attempt_at, outbox_id)
     WHERE state IN ('PENDING', 'RETRYING');
    CREATE INDEX webhook_delivery_subject_idx
        ON webhook_delivery (alliance_id, webhook_id, subject_id, outbox_id)
     WHERE state IN ('PENDING', 'RETRYING');
    CREATE INDEX webhook_delivery_settled_idx ON webhook_delivery (settled_at)
     WHERE settled_at IS NOT NULL;
"""

ATTEMPTS = """
    -- One row an attempt: written once, taken away by age alone.
    CREATE TABLE webhook_attempt (
        alliance_id  integer     NOT NULL,
        delivery_id  uuid        NOT NULL,
        fence        bigint      NOT NULL,
        number       integer     NOT NULL,
        attempted_at timestamptz NOT NULL,
        duration_ms  integer     NOT NULL,
        status_code  integer,
        failure      text,
        excerpt      text,
        CONSTRAINT webhook_attempt_pkey PRIMARY KEY (alliance_id, delivery_id, fence),
        CONSTRAINT webhook_attempt_failure_check CHECK (failure IN (
            'TIMED_OUT', 'NOT_CONNECTED', 'TLS', 'UNRESOLVED', 'TARGET_NOT_ALLOWED', 'GARBAGE', 'REDIRECTED',
            'STATUS', 'SECRET_UNREADABLE', 'EVENT_PURGED')),
        CONSTRAINT webhook_attempt_outcome_check CHECK (failure IS NOT NULL OR status_code BETWEEN 200 AND 299),
        CONSTRAINT webhook_attempt_excerpt_check CHECK (length(excerpt) <= 256)
    );
    CREATE TRIGGER webhook_attempt_append_only BEFORE UPDATE ON webhook_attempt
        FOR EACH ROW EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER webhook_attempt_kept BEFORE DELETE ON webhook_attempt
        FOR EACH ROW WHEN (OLD.attempted_at > now() - interval '90 days') EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER webhook_attempt_no_truncate BEFORE TRUNCATE ON webhook_attempt
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    for part in (EVENTS, SUBSCRIPTIONS, DELIVERIES, ATTEMPTS):
        op.execute(part)
