"""Imports: a file of customers, what became of each row, and the file given back.

The file holds personal data: it is kept sealed, in pieces, and taken away after a while with all that was
said of its rows. The job stays, with its counts.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# The states are those of ImportState. Leases, attempts and `_at` without a business meaning are wall time.
JOBS = """
    CREATE TABLE import_job (
        alliance_id     integer     NOT NULL,
        import_id       uuid        NOT NULL,
        uploaded_by_id  uuid        NOT NULL,
        -- By the business clock.
        uploaded_at     timestamptz NOT NULL,
        kind            text        NOT NULL,
        dry_run         boolean     NOT NULL,
        size_bytes      integer     NOT NULL,
        -- Keyed: whoever has the database alone cannot try files against it.
        content_digest  bytea       NOT NULL,
        -- The same file from the same person is answered with this import instead of a new one.
        answers_repeats boolean     NOT NULL DEFAULT true,
        state           text        NOT NULL DEFAULT 'WAITING',
        problem         text,
        -- The sheet that was read, from 1, and the row of its header; NULL until the file was opened.
        sheet_number    integer,
        header_row      integer,
        encoding        text,
        rows_total      integer,
        rows_done       integer     NOT NULL DEFAULT 0,
        -- All rows of the sheet up to this one have been answered.
        last_row        integer     NOT NULL DEFAULT 0,
        -- Answers by code.
        counts          jsonb       NOT NULL DEFAULT '{}',
        written_at      timestamptz NOT NULL DEFAULT now(),
        started_at      timestamptz,
        ended_at        timestamptz,
        purged_at       timestamptz,
        claimed_at      timestamptz,
        lease_until     timestamptz,
        retry_at        timestamptz,
        fence           bigint      NOT NULL DEFAULT 0,
        -- Claims since the last progress.
        attempts        integer     NOT NULL DEFAULT 0,
        CONSTRAINT import_job_pkey PRIMARY KEY (alliance_id, import_id),
        CONSTRAINT import_job_alliance_fkey FOREIGN KEY (alliance_id) REFERENCES alliance,
        CONSTRAINT import_job_uploaded_by_fkey FOREIGN KEY (alliance_id, uploaded_by_id) REFERENCES staff,
        CONSTRAINT import_job_kind_check CHECK (kind IN ('XLSX', 'CSV')),
        CONSTRAINT import_job_state_check CHECK (state IN ('WAITING', 'RUNNING', 'DONE', 'FAILED')),
        CONSTRAINT import_job_problem_check CHECK ((state = 'FAILED') = (problem IS NOT NULL)),
        CONSTRAINT import_job_end_check CHECK ((state IN ('DONE', 'FAILED')) = (ended_at IS NOT NULL)),
        CONSTRAINT import_job_lease_check CHECK (lease_until IS NULL OR (state = 'RUNNING' AND fence > 0)),
        CONSTRAINT import_job_purged_check CHECK (
            purged_at IS NULL OR (ended_at IS NOT NULL AND NOT answers_repeats)),
        CONSTRAINT import_job_rows_check CHECK (rows_done BETWEEN 0 AND last_row)
    );
    CREATE UNIQUE INDEX import_job_repeat_key
        ON import_job (alliance_id, uploaded_by_id, dry_run, content_digest) WHERE answers_repeats;
    CREATE INDEX import_job_open_idx ON import_job (claimed_at NULLS FIRST, written_at) WHERE ended_at IS NULL;
    CREATE INDEX import_job_uploaded_by_idx ON import_job (alliance_id, uploaded_by_id);
    CREATE INDEX import_job_kept_idx ON import_job (ended_at) WHERE purged_at IS NULL;
"""

FILES = """
    -- The file as it came (FILE) and as it is given back (RESULT), in pieces that the vault has sealed.
    CREATE TABLE import_piece (
        alliance_id integer  NOT NULL,
        import_id   uuid     NOT NULL,
        part        text     NOT NULL,
        position    integer  NOT NULL,
        piece_id    uuid     NOT NULL,
        sealed      bytea    NOT NULL,
        CONSTRAINT import_piece_pkey PRIMARY KEY (alliance_id, import_id, part, position),
        CONSTRAINT import_piece_id_key UNIQUE (alliance_id, piece_id),
        CONSTRAINT import_piece_job_fkey FOREIGN KEY (alliance_id, import_id) REFERENCES import_job,
        CONSTRAINT import_piece_part_check CHECK (part IN ('FILE', 'RESULT'))
    );

    -- What became of a row; nothing of what stands in it.
    CREATE TABLE import_row (
        alliance_id         integer     NOT NULL,
        import_id           uuid        NOT NULL,
        row_number          integer     NOT NULL,
        code                text        NOT NULL,
        clause              text,
        message             text        NOT NULL,
        registration_number text,
        protected_until     timestamptz,
        CONSTRAINT import_row_pkey PRIMARY KEY (alliance_id, import_id, row_number),
        CONSTRAINT import_row_job_fkey FOREIGN KEY (alliance_id, import_id) REFERENCES import_job
    );
"""


# The worker finds what is to be done, and takes away what is old; on the rows it works for their alliance.
WALLS = """
    SELECT guard_table('import_job', app => 'SELECT, INSERT, UPDATE', worker => 'SELECT, UPDATE');
    SELECT guard_table('import_piece', app => 'SELECT, INSERT, DELETE', worker => 'SELECT, DELETE');
    SELECT guard_table('import_row', app => 'SELECT, INSERT', worker => 'SELECT, DELETE');
"""


def upgrade() -> None:
    for part in (JOBS, FILES, WALLS):
        op.execute(part)
