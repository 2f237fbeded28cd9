"""The second wall: neither the API nor the worker works as the owner of the tables.

`baobei_app` sees the rows of one alliance, that of `baobei.alliance_id`, and none while it is not set.
`baobei_worker` sees every alliance, in the few tables that its work is about. Neither has more than its
statements need: nothing to change what is append-only, no TRUNCATE, no DDL. The owner, who migrates, is not
walled in.

A table made later gets its policies and grants by `SELECT guard_table(…)` in the migration that makes it.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Roles belong to the whole cluster: another database may have made them, and may be doing so now.
ROLES = """
    DO $$
    DECLARE
        wanted text;
    BEGIN
        FOREACH wanted IN ARRAY ARRAY['baobei_app', 'baobei_worker'] LOOP
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
                BEGIN
                    EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
                EXCEPTION WHEN duplicate_object OR unique_violation THEN
                    NULL;
                END;
            END IF;
            IF NOT pg_has_role(current_user, wanted, 'SET') THEN
                EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
            END IF;
        END LOOP;
    EXCEPTION WHEN insufficient_privilege THEN
        RAISE EXCEPTION USING
            ERRCODE = 'insufficient_privilege',
            MESSAGE = format('the login %1$I may not make the roles of the service, or join them. As a superuser run:'
                             ' CREATE ROLE baobei_app NOLOGIN; CREATE ROLE baobei_worker NOLOGIN;'
                             ' GRANT baobei_app, baobei_worker TO %1$I;'
                             ' (leave out what there is), then migrate again', current_user);
    END;
    $$;
"""

# The alliance is looked up once a statement, not once a row; what was never set, or was reset, is no alliance.
GUARD = """
    CREATE FUNCTION guard_table(guarded regclass, app text DEFAULT NULL, worker text DEFAULT NULL)
    RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded);
        EXECUTE format('CREATE POLICY own_alliance ON %s TO baobei_app USING (alliance_id ='
                       ' (SELECT nullif(current_setting(''baobei.alliance_id'', true), '''')::integer))', guarded);
        IF app IS NOT NULL THEN
            EXECUTE format('GRANT %s ON %s TO baobei_app', app, guarded);
        END IF;
        IF worker IS NOT NULL THEN
            EXECUTE format('CREATE POLICY every_alliance ON %s TO baobei_worker USING (true)', guarded);
            EXECUTE format('GRANT %s ON %s TO baobei_worker', worker, guarded);
        END IF;
    END;
    $$;
    COMMENT ON FUNCTION guard_table IS
        'for migrations: lets baobei_app have these privileges on rows of its alliance, baobei_worker on all rows';
    REVOKE ALL ON FUNCTION guard_table FROM PUBLIC;
"""

# Holding a row takes the right to update a column of it: the one that is named for that alone takes no other
# value (an identity, an instant that nothing reads).
GUARDED = """
    SELECT guard_table('alliance', app => 'SELECT, UPDATE (alliance_id)', worker => 'SELECT');
    SELECT guard_table('unit', app => 'SELECT', worker => 'SELECT');
    SELECT guard_table('staff', app => 'SELECT', worker => 'SELECT');
    SELECT guard_table('policy_version', app => 'SELECT', worker => 'SELECT');
    SELECT guard_table('contact', app => 'SELECT, INSERT');
    SELECT guard_table('attempt', app => 'SELECT, INSERT');
    SELECT guard_table('registration', app => 'SELECT, INSERT, UPDATE',
        worker => 'SELECT, UPDATE (stored_status, due_at, claimed_phone, claimed_address)');
    SELECT guard_table('follow_up', app => 'SELECT, INSERT');
    SELECT guard_table('quota_tally', app => 'SELECT, INSERT, UPDATE');
    SELECT guard_table('quota_opening', app => 'SELECT, INSERT');
    SELECT guard_table('customer_order', app => 'SELECT, INSERT, UPDATE');
    SELECT guard_table('attribution', app => 'SELECT, INSERT');
    SELECT guard_table('attribution_credit', app => 'SELECT, INSERT');
    SELECT guard_table('attribution_candidate', app => 'SELECT, INSERT');
    SELECT guard_table('approval', app => 'SELECT, INSERT, UPDATE');
    SELECT guard_table('audit_event', app => 'SELECT, INSERT', worker => 'INSERT');
    SELECT guard_table('outbox_event', app => 'SELECT, INSERT', worker => 'SELECT, INSERT, UPDATE (relayed_at), DELETE');
    SELECT guard_table('idempotency_key', app => 'SELECT, INSERT, UPDATE', worker => 'SELECT, UPDATE (written_at), DELETE');
    SELECT guard_table('webhook_subscription', app => 'SELECT, INSERT, UPDATE',
        worker => 'SELECT, UPDATE (disabled_at, disabled_reason)');
    SELECT guard_table('webhook_delivery', app => 'SELECT, INSERT, UPDATE', worker => 'SELECT, INSERT, UPDATE, DELETE');
    SELECT guard_table('webhook_attempt', app => 'SELECT', worker => 'SELECT, INSERT, DELETE');
    SELECT guard_table('job_tick', worker => 'SELECT, INSERT, UPDATE, DELETE');
"""

# What belongs to no alliance.
SHARED = """
    GRANT USAGE ON SEQUENCE recording_sequence TO baobei_app, baobei_worker;
    GRANT SELECT, INSERT, UPDATE ON dev_clock TO baobei_app, baobei_worker;
    GRANT SELECT ON alembic_version TO baobei_app, baobei_worker;
"""

# A token names its alliance by code, and without the number of the alliance nothing is seen: this one number is
# told to whoever knows the code, and nothing else. It runs as the owner, whatever the caller's search path.
ALLIANCE_ID = """
    CREATE FUNCTION alliance_id_of(alliance_code text) RETURNS integer
        LANGUAGE sql STABLE SECURITY DEFINER
        BEGIN ATOMIC
            SELECT a.alliance_id FROM alliance a WHERE a.code = alliance_code;
        END;
    REVOKE ALL ON FUNCTION alliance_id_of FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION alliance_id_of TO baobei_app;
"""


def upgrade() -> None:
    for part in (ROLES, GUARD, GUARDED, SHARED, ALLIANCE_ID):
        op.execute(part)
