"""Ticks: a row `(job, period)` makes each period of a job effective once, with any number of workers.

`alliance_id` is NULL for the jobs of the whole service, which belong to no alliance: one table, so that one
look shows everything that is due, held or parked.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE job_tick (
            alliance_id integer,
            tick_id     bigint      GENERATED ALWAYS AS IDENTITY,
            job         text        NOT NULL,
            -- The first instant of the period, by the business clock.
            period      timestamptz NOT NULL,
            -- All below is wall time. Whoever holds the newest fence may finish; a lease that ran out may be taken.
            planned_at  timestamptz NOT NULL DEFAULT now(),
            claimed_at  timestamptz,
            fence       bigint      NOT NULL DEFAULT 0,
            lease_until timestamptz,
            attempts    integer     NOT NULL DEFAULT 0,
            retry_at    timestamptz,
            done_at     timestamptz,
            -- Given up: a person has to look.
            parked_at   timestamptz,
            -- Counts and codes, never personal data.
            outcome     jsonb,
            CONSTRAINT job_tick_pkey PRIMARY KEY (tick_id),
            CONSTRAINT job_tick_period_key UNIQUE NULLS NOT DISTINCT (alliance_id, job, period),
            CONSTRAINT job_tick_alliance_fkey FOREIGN KEY (alliance_id) REFERENCES alliance,
            CONSTRAINT job_tick_one_end CHECK (done_at IS NULL OR parked_at IS NULL),
            CONSTRAINT job_tick_lease_check CHECK (
                lease_until IS NULL OR (claimed_at IS NOT NULL AND done_at IS NULL AND parked_at IS NULL)),
            CONSTRAINT job_tick_attempts_check CHECK (attempts BETWEEN 0 AND fence)
        );
        CREATE INDEX job_tick_open_idx ON job_tick (period, tick_id) WHERE done_at IS NULL AND parked_at IS NULL;
        CREATE INDEX job_tick_parked_idx ON job_tick (parked_at) WHERE parked_at IS NOT NULL;
    """)
