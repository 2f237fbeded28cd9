"""The core: organisation, policies, customers, registrations, orders, decisions.

Every table leads with the alliance. What a dispute may need is append-only, by trigger. First registration
wins by two unique keys; the quota is held by the row of its month.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ORGANISATION = """
    -- The order in which things were recorded, across all tables: instants may be equal, this never is.
    CREATE SEQUENCE recording_sequence AS bigint;

    CREATE TABLE alliance (
        alliance_id  integer GENERATED ALWAYS AS IDENTITY,
        code         text    NOT NULL,
        name         text    NOT NULL,
        time_zone    text    NOT NULL,
        closing_time time    NOT NULL,
        CONSTRAINT alliance_pkey PRIMARY KEY (alliance_id),
        CONSTRAINT alliance_code_key UNIQUE (code)
    );

    CREATE TABLE unit (
        alliance_id integer NOT NULL,
        unit_id     uuid    NOT NULL,
        code        text    NOT NULL,
        name        text    NOT NULL,
        kind        text    NOT NULL,
        region      text    NOT NULL,
        CONSTRAINT unit_pkey PRIMARY KEY (alliance_id, unit_id),
        CONSTRAINT unit_alliance_fkey FOREIGN KEY (alliance_id) REFERENCES alliance,
        CONSTRAINT unit_code_key UNIQUE (alliance_id, code),
        CONSTRAINT unit_kind_check CHECK (kind IN ('HEADQUARTERS', 'STORE', 'FIELD_DEPARTMENT'))
    );

    CREATE TABLE staff (
        alliance_id integer NOT NULL,
        staff_id    uuid    NOT NULL,
        code        text    NOT NULL,
        name        text    NOT NULL,
        unit_id     uuid    NOT NULL,
        roles       text[]  NOT NULL,
        active      boolean NOT NULL,
        CONSTRAINT staff_pkey PRIMARY KEY (alliance_id, staff_id),
        CONSTRAINT staff_unit_fkey FOREIGN KEY (alliance_id, unit_id) REFERENCES unit,
        CONSTRAINT staff_code_key UNIQUE (alliance_id, code),
        CONSTRAINT staff_roles_check CHECK (roles <@ ARRAY[
            'GUIDE', 'STORE_MANAGER', 'SALESPERSON', 'SUPERVISOR', 'OPERATIONS_MANAGER', 'MARKETING_MANAGER',
            'DEPARTMENT_HEAD', 'CONSULTANT', 'FINANCE', 'ADMINISTRATOR', 'INTEGRATION'])
    );
    CREATE INDEX staff_unit_idx ON staff (alliance_id, unit_id);

    CREATE TABLE policy_version (
        alliance_id       integer     NOT NULL,
        policy_version_id uuid        NOT NULL,
        code              text        NOT NULL,
        version           text        NOT NULL,
        effective_from    timestamptz NOT NULL,
        digest            text        NOT NULL,
        document          text        NOT NULL,
        published_at      timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT policy_version_pkey PRIMARY KEY (alliance_id, policy_version_id),
        CONSTRAINT policy_version_alliance_fkey FOREIGN KEY (alliance_id) REFERENCES alliance,
        CONSTRAINT policy_version_effective_key UNIQUE (alliance_id, effective_from)
    );
"""

CUSTOMERS = """
    -- Who a customer is, sealed and bound to its row (see baobei.vault). Notes and reasons, which people
    -- write in their own words, stand in clear where they were written.
    CREATE TABLE contact (
        alliance_id    integer NOT NULL,
        contact_id     uuid    NOT NULL,
        name_sealed    bytea   NOT NULL,
        phone_sealed   bytea,
        address_sealed bytea,
        CONSTRAINT contact_pkey PRIMARY KEY (alliance_id, contact_id),
        CONSTRAINT contact_alliance_fkey FOREIGN KEY (alliance_id) REFERENCES alliance
    );

    CREATE TABLE attempt (
        alliance_id       integer     NOT NULL,
        attempt_id        uuid        NOT NULL,
        sequence          bigint      NOT NULL DEFAULT nextval('recording_sequence'),
        attempted_at      timestamptz NOT NULL,
        registrant_id     uuid,
        recorded_by_id    uuid        NOT NULL,
        channel           text,
        new_need          boolean     NOT NULL,
        note              text,
        contact_id        uuid        NOT NULL,
        policy_version_id uuid        NOT NULL,
        outcome           text        NOT NULL,
        code              text        NOT NULL,
        clause            text,
        registration_id   uuid,
        detail            jsonb       NOT NULL,
        CONSTRAINT attempt_pkey PRIMARY KEY (alliance_id, attempt_id),
        CONSTRAINT attempt_recorded_by_fkey FOREIGN KEY (alliance_id, recorded_by_id) REFERENCES staff
    );

    CREATE TABLE registration (
        alliance_id       integer     NOT NULL,
        registration_id   uuid        NOT NULL,
        sequence          bigint      NOT NULL,
        registered_at     timestamptz NOT NULL,
        registrant_id     uuid        NOT NULL,
        owner_id          uuid        NOT NULL,
        channel           text        NOT NULL,
        new_need          boolean     NOT NULL,
        contact_id        uuid        NOT NULL,
        policy_version_id uuid        NOT NULL,
        quota_month       date        NOT NULL,
        -- Keys as recorded; they never change.
        phone_key         bytea       NOT NULL,
        address_key       bytea       NOT NULL,
        -- Keys it holds now: a key has one live claim at most.
        claimed_phone     bytea,
        claimed_address   bytea,
        -- The fold of its events; what people are paid by is computed from these and an instant.
        last_touch_at     timestamptz NOT NULL,
        measured_at       timestamptz,
        deposit_taken     boolean     NOT NULL DEFAULT false,
        extended_days     integer     NOT NULL DEFAULT 0,
        extension_count   integer     NOT NULL DEFAULT 0,
        end_kind          text,
        ended_at          timestamptz,
        ended_by_order_id uuid,
        -- A copy for lists, searches and the sweep; no decision reads it.
        lapses_at         timestamptz NOT NULL,
        expires_at        timestamptz,
        lapse_curable     boolean     NOT NULL,
        stored_status     text        NOT NULL,
        due_at            timestamptz,
        CONSTRAINT registration_pkey PRIMARY KEY (alliance_id, registration_id),
        CONSTRAINT registration_owner_fkey FOREIGN KEY (alliance_id, owner_id) REFERENCES staff,
        CONSTRAINT registration_registrant_fkey FOREIGN KEY (alliance_id, registrant_id) REFERENCES staff,
        CONSTRAINT registration_contact_fkey FOREIGN KEY (alliance_id, contact_id) REFERENCES contact,
        CONSTRAINT registration_policy_fkey FOREIGN KEY (alliance_id, policy_version_id) REFERENCES policy_version,
        CONSTRAINT registration_sequence_key UNIQUE (alliance_id, sequence),
        CONSTRAINT registration_first_by_phone UNIQUE (alliance_id, claimed_phone),
        CONSTRAINT registration_first_by_address UNIQUE (alliance_id, claimed_address),
        CONSTRAINT registration_channel_check CHECK (channel IN ('STORE', 'FIELD')),
        CONSTRAINT registration_end_check CHECK (end_kind IN ('CONVERTED', 'LOST', 'WITHDRAWN', 'SUPERSEDED')),
        CONSTRAINT registration_end_has_instant CHECK ((end_kind IS NULL) = (ended_at IS NULL)),
        CONSTRAINT registration_ended_claims_nothing CHECK (
            end_kind IS NULL OR (claimed_phone IS NULL AND claimed_address IS NULL)),
        CONSTRAINT registration_status_check CHECK (stored_status IN (
            'PROTECTED', 'LAPSED', 'EXPIRED', 'SUPERSEDED', 'CONVERTED', 'LOST', 'WITHDRAWN'))
    );
    CREATE INDEX registration_phone_idx ON registration (alliance_id, phone_key);
    CREATE INDEX registration_address_idx ON registration (alliance_id, address_key);
    CREATE INDEX registration_owner_idx ON registration (alliance_id, owner_id, sequence);
    CREATE INDEX registration_due_idx ON registration (due_at) WHERE due_at IS NOT NULL;

    CREATE TABLE follow_up (
        alliance_id     integer     NOT NULL,
        follow_up_id    uuid        NOT NULL,
        registration_id uuid        NOT NULL,
        sequence        bigint      NOT NULL,
        kind            text        NOT NULL,
        note            text        NOT NULL,
        recorded_at     timestamptz NOT NULL,
        occurred_at     timestamptz,
        recorded_by_id  uuid        NOT NULL,
        CONSTRAINT follow_up_pkey PRIMARY KEY (alliance_id, follow_up_id),
        CONSTRAINT follow_up_registration_fkey FOREIGN KEY (alliance_id, registration_id) REFERENCES registration,
        CONSTRAINT follow_up_recorded_by_fkey FOREIGN KEY (alliance_id, recorded_by_id) REFERENCES staff
    );
    CREATE INDEX follow_up_registration_idx ON follow_up (alliance_id, registration_id, sequence);

    -- What a person made in a month in a channel; the row is the lock that no parallel request passes.
    CREATE TABLE quota_tally (
        alliance_id integer NOT NULL,
        staff_id    uuid    NOT NULL,
        month       date    NOT NULL,
        channel     text    NOT NULL,
        made        integer NOT NULL,
        converted   integer NOT NULL,
        closed      integer NOT NULL,
        CONSTRAINT quota_tally_pkey PRIMARY KEY (alliance_id, staff_id, month, channel),
        CONSTRAINT quota_tally_check CHECK (closed >= 0 AND closed <= converted AND converted <= made)
    );
"""

ORDERS = """
    CREATE TABLE customer_order (
        alliance_id               integer     NOT NULL,
        order_id                  uuid        NOT NULL,
        sequence                  bigint      NOT NULL,
        external_ref              text        NOT NULL,
        placed_at                 timestamptz NOT NULL,
        placed_by_id              uuid        NOT NULL,
        taken_by_id               uuid,
        contact_id                uuid        NOT NULL,
        policy_version_id         uuid        NOT NULL,
        phone_key                 bytea,
        address_key               bytea,
        amount_fen                bigint,
        facts_digest              bytea       NOT NULL,
        status                    text        NOT NULL,
        closed_at                 timestamptz,
        cancelled_at              timestamptz,
        converted_registration_id uuid,
        CONSTRAINT customer_order_pkey PRIMARY KEY (alliance_id, order_id),
        CONSTRAINT customer_order_external_ref_key UNIQUE (alliance_id, external_ref),
        CONSTRAINT customer_order_taken_by_fkey FOREIGN KEY (alliance_id, taken_by_id) REFERENCES staff,
        CONSTRAINT customer_order_placed_by_fkey FOREIGN KEY (alliance_id, placed_by_id) REFERENCES staff,
        CONSTRAINT customer_order_contact_fkey FOREIGN KEY (alliance_id, contact_id) REFERENCES contact,
        CONSTRAINT customer_order_policy_fkey FOREIGN KEY (alliance_id, policy_version_id) REFERENCES policy_version,
        CONSTRAINT customer_order_has_a_key CHECK (phone_key IS NOT NULL OR address_key IS NOT NULL),
        CONSTRAINT customer_order_status_check CHECK (status IN ('PLACED', 'CLOSED', 'CANCELLED')),
        CONSTRAINT customer_order_cancelled_check CHECK ((status = 'CANCELLED') = (cancelled_at IS NOT NULL))
    );
    CREATE INDEX customer_order_phone_idx ON customer_order (alliance_id, phone_key);
    CREATE INDEX customer_order_address_idx ON customer_order (alliance_id, address_key);
    CREATE INDEX customer_order_sequence_idx ON customer_order (alliance_id, sequence);
    CREATE INDEX customer_order_placed_by_idx ON customer_order (alliance_id, placed_by_id, sequence);
    CREATE INDEX customer_order_taken_by_idx ON customer_order (alliance_id, taken_by_id, sequence);

    CREATE TABLE attribution (
        alliance_id       integer     NOT NULL,
        attribution_id    uuid        NOT NULL,
        sequence          bigint      NOT NULL DEFAULT nextval('recording_sequence'),
        order_id          uuid        NOT NULL,
        decided_at        timestamptz NOT NULL,
        verdict           text        NOT NULL,
        clause            text,
        registration_id   uuid,
        needs_review      boolean     NOT NULL,
        policy_version_id uuid        NOT NULL,
        digest            text        NOT NULL,
        ruled_by_id       uuid,
        reason            text,
        CONSTRAINT attribution_pkey PRIMARY KEY (alliance_id, attribution_id),
        CONSTRAINT attribution_order_fkey FOREIGN KEY (alliance_id, order_id) REFERENCES customer_order,
        CONSTRAINT attribution_verdict_check CHECK (
            verdict IN ('REGISTRANT', 'TAKER', 'UNASSIGNED', 'RULED', 'REVERSED')),
        CONSTRAINT attribution_ruled_by_fkey FOREIGN KEY (alliance_id, ruled_by_id) REFERENCES staff
    );
    CREATE INDEX attribution_order_idx ON attribution (alliance_id, order_id, sequence);

    CREATE TABLE attribution_credit (
        alliance_id    integer  NOT NULL,
        attribution_id uuid     NOT NULL,
        position       smallint NOT NULL,
        staff_id       uuid     NOT NULL,
        share_bp       integer  NOT NULL,
        CONSTRAINT attribution_credit_pkey PRIMARY KEY (alliance_id, attribution_id, position),
        CONSTRAINT attribution_credit_attribution_fkey
            FOREIGN KEY (alliance_id, attribution_id) REFERENCES attribution,
        CONSTRAINT attribution_credit_staff_fkey FOREIGN KEY (alliance_id, staff_id) REFERENCES staff,
        CONSTRAINT attribution_credit_share_check CHECK (share_bp BETWEEN 1 AND 10000)
    );
    CREATE INDEX attribution_credit_staff_idx ON attribution_credit (alliance_id, staff_id);

    CREATE TABLE attribution_candidate (
        alliance_id     integer     NOT NULL,
        attribution_id  uuid        NOT NULL,
        position        smallint    NOT NULL,
        registration_id uuid        NOT NULL,
        owner_id        uuid        NOT NULL,
        standing        text        NOT NULL,
        holds           boolean     NOT NULL,
        clause          text,
        registered_at   timestamptz NOT NULL,
        sequence        bigint      NOT NULL,
        last_touch_at   timestamptz NOT NULL,
        lapses_at       timestamptz NOT NULL,
        expires_at      timestamptz,
        ended_at        timestamptz,
        CONSTRAINT attribution_candidate_pkey PRIMARY KEY (alliance_id, attribution_id, position),
        CONSTRAINT attribution_candidate_attribution_fkey
            FOREIGN KEY (alliance_id, attribution_id) REFERENCES attribution,
        CONSTRAINT attribution_candidate_registration_fkey
            FOREIGN KEY (alliance_id, registration_id) REFERENCES registration,
        CONSTRAINT attribution_candidate_owner_fkey FOREIGN KEY (alliance_id, owner_id) REFERENCES staff
    );
    CREATE INDEX attribution_candidate_owner_idx ON attribution_candidate (alliance_id, owner_id);

    CREATE TABLE approval (
        alliance_id     integer     NOT NULL,
        approval_id     uuid        NOT NULL,
        sequence        bigint      NOT NULL,
        kind            text        NOT NULL,
        status          text        NOT NULL,
        registration_id uuid,
        days            integer,
        reason          text        NOT NULL,
        requested_by_id uuid        NOT NULL,
        requested_at    timestamptz NOT NULL,
        decided_by_id   uuid,
        decided_at      timestamptz,
        decision_note   text,
        CONSTRAINT approval_pkey PRIMARY KEY (alliance_id, approval_id),
        CONSTRAINT approval_registration_fkey FOREIGN KEY (alliance_id, registration_id) REFERENCES registration,
        CONSTRAINT approval_requested_by_fkey FOREIGN KEY (alliance_id, requested_by_id) REFERENCES staff,
        CONSTRAINT approval_decided_by_fkey FOREIGN KEY (alliance_id, decided_by_id) REFERENCES staff,
        CONSTRAINT approval_status_check CHECK (
            status IN ('PENDING', 'APPROVED', 'REJECTED', 'TOO_LATE', 'CANCELLED')),
        CONSTRAINT approval_decided_check CHECK ((status = 'PENDING') = (decided_at IS NULL))
    );
    CREATE INDEX approval_sequence_idx ON approval (alliance_id, sequence);
    CREATE INDEX approval_status_idx ON approval (alliance_id, status, sequence);
    CREATE INDEX approval_registration_idx ON approval (alliance_id, registration_id);
"""

LEDGERS = """
    -- One row an act: what the state of a registration or an order is folded from, and what an audit reads.
    CREATE TABLE audit_event (
        alliance_id  integer     NOT NULL,
        sequence     bigint      NOT NULL DEFAULT nextval('recording_sequence'),
        occurred_at  timestamptz NOT NULL,
        kind         text        NOT NULL,
        subject_kind text        NOT NULL,
        subject_id   uuid        NOT NULL,
        actor_id     uuid,
        detail       jsonb       NOT NULL,
        reason       text,
        written_at   timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT audit_event_pkey PRIMARY KEY (alliance_id, sequence)
    );
    CREATE INDEX audit_event_subject_idx ON audit_event (alliance_id, subject_id, sequence);

    -- Events on their way out: written with what makes them true, taken away when delivered.
    CREATE TABLE outbox_event (
        alliance_id integer     NOT NULL,
        outbox_id   bigint      GENERATED ALWAYS AS IDENTITY,
        event_type  text        NOT NULL,
        subject_id  uuid        NOT NULL,
        occurred_at timestamptz NOT NULL,
        payload     jsonb       NOT NULL,
        CONSTRAINT outbox_event_pkey PRIMARY KEY (alliance_id, outbox_id)
    );

    CREATE TABLE idempotency_key (
        alliance_id  integer     NOT NULL,
        caller_id    uuid        NOT NULL,
        key          text        NOT NULL,
        operation    text        NOT NULL,
        input_digest bytea       NOT NULL,
        answer       jsonb,
        written_at   timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT idempotency_key_pkey PRIMARY KEY (alliance_id, caller_id, key)
    );
    CREATE INDEX idempotency_key_written_idx ON idempotency_key (written_at);
"""

APPEND_ONLY = """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END;
    $$;

    DO $$
    DECLARE
        kept text;
    BEGIN
        FOREACH kept IN ARRAY ARRAY['attempt', 'follow_up', 'attribution', 'attribution_credit',
                                    'attribution_candidate', 'audit_event', 'policy_version']
        LOOP
            EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW'
                           ' EXECUTE FUNCTION refuse_change()', kept || '_append_only', kept);
            EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT'
                           ' EXECUTE FUNCTION refuse_change()', kept || '_no_truncate', kept);
        END LOOP;
    END;
    $$;
"""


def upgrade() -> None:
    for part in (ORGANISATION, CUSTOMERS, ORDERS, LEDGERS, APPEND_ONLY):
        op.execute(part)
