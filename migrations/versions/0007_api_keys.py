"""Keys of integrations: who asks without being a person, for whom, and for what.

Of a key only a digest is kept. What a key may is fixed when it is made: of a row only its end and its last use
change, so that whatever was done with it can be explained afterwards.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEYS = """
    CREATE TABLE api_key (
        alliance_id    integer     NOT NULL,
        api_key_id     uuid        NOT NULL,
        name           text        NOT NULL,
        -- SHA-256 of the secret, which is 32 random bytes: nothing to guess, so nothing to slow down.
        secret_digest  bytea       NOT NULL,
        scopes         text[]      NOT NULL,
        -- Whom it is when it acts for nobody; NULL: it always acts for somebody.
        staff_id       uuid,
        -- For whom it may act: everybody, or these people and whoever is in these units at the time.
        for_everybody  boolean     NOT NULL,
        for_staff_ids  uuid[]      NOT NULL,
        for_unit_ids   uuid[]      NOT NULL,
        -- NULL: made, or revoked, at the command line.
        created_by_id  uuid,
        revoked_by_id  uuid,
        -- By wall time; expires_at is exclusive, NULL: never.
        created_at     timestamptz NOT NULL,
        expires_at     timestamptz,
        revoked_at     timestamptz,
        last_used_at   timestamptz,
        CONSTRAINT api_key_pkey PRIMARY KEY (alliance_id, api_key_id),
        CONSTRAINT api_key_alliance_fkey FOREIGN KEY (alliance_id) REFERENCES alliance,
        CONSTRAINT api_key_staff_fkey FOREIGN KEY (alliance_id, staff_id) REFERENCES staff,
        CONSTRAINT api_key_created_by_fkey FOREIGN KEY (alliance_id, created_by_id) REFERENCES staff,
        CONSTRAINT api_key_revoked_by_fkey FOREIGN KEY (alliance_id, revoked_by_id) REFERENCES staff,
        CONSTRAINT api_key_digest_check CHECK (octet_length(secret_digest) = 32),
        CONSTRAINT api_key_scopes_check CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY[
            'READ', 'WRITE', 'ORDERS', 'DECISIONS', 'WEBHOOKS', 'IMPORTS']),
        CONSTRAINT api_key_is_somebody CHECK (
            staff_id IS NOT NULL OR for_everybody
            OR cardinality(for_staff_ids) > 0 OR cardinality(for_unit_ids) > 0),
        CONSTRAINT api_key_everybody_check CHECK (
            NOT for_everybody OR (cardinality(for_staff_ids) = 0 AND cardinality(for_unit_ids) = 0)),
        CONSTRAINT api_key_revoked_check CHECK (revoked_at IS NOT NULL OR revoked_by_id IS NULL)
    );
    CREATE TRIGGER api_key_as_made BEFORE UPDATE OF alliance_id, api_key_id, name, secret_digest, scopes, staff_id,
            for_everybody, for_staff_ids, for_unit_ids, created_by_id, created_at, expires_at ON api_key
        FOR EACH ROW EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER api_key_kept BEFORE DELETE ON api_key
        FOR EACH ROW EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER api_key_no_truncate BEFORE TRUNCATE ON api_key
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

# The same right lets a person go and holds them while they are given something.
WITHIN_WALLS = """
    SELECT guard_table('api_key', app => 'SELECT, INSERT, UPDATE (revoked_at, revoked_by_id, last_used_at)');
    GRANT UPDATE (active) ON staff TO baobei_app;
"""

# What a leaver leaves behind is looked up by who asked for it.
LEAVERS = """
    CREATE INDEX approval_requested_by_idx ON approval (alliance_id, requested_by_id, sequence)
     WHERE status = 'PENDING';
"""


def upgrade() -> None:
    for part in (KEYS, WITHIN_WALLS, LEAVERS):
        op.execute(part)
