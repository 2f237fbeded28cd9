"""Imports answer for their file for ever: also when the file itself was taken away, and why it was.

The digest is keyed and the counts name nobody: neither is personal data, and without them a file sent again
would be registered again.
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

REPEATS = """
    ALTER TABLE import_job
        DROP CONSTRAINT import_job_purged_check,
        ADD COLUMN taken_away text,
        ADD CONSTRAINT import_job_taken_away_check CHECK (taken_away IN ('AGE', 'ERASURE')),
        ADD CONSTRAINT import_job_purged_check CHECK (
            purged_at IS NULL OR ended_at IS NOT NULL) NOT VALID;
    ALTER TABLE import_job VALIDATE CONSTRAINT import_job_purged_check;
"""

# Of files that were sent again after they had been taken away, the import that answers now goes on doing so.
ANSWER_AGAIN = """
    UPDATE import_job j
       SET answers_repeats = true
      FROM (SELECT DISTINCT ON (alliance_id, uploaded_by_id, content_digest) alliance_id, import_id
              FROM import_job p
             WHERE state = 'DONE'
               AND NOT dry_run
               AND purged_at IS NOT NULL
               AND NOT counts ? 'INTERNAL'
               AND NOT EXISTS (
                   SELECT
                     FROM import_job other
                    WHERE other.alliance_id = p.alliance_id
                      AND other.uploaded_by_id = p.uploaded_by_id
                      AND other.content_digest = p.content_digest
                      AND NOT other.dry_run
                      AND other.answers_repeats)
             ORDER BY alliance_id, uploaded_by_id, content_digest, ended_at) first
     WHERE j.alliance_id = first.alliance_id
       AND j.import_id = first.import_id;
"""


def upgrade() -> None:
    for part in (REPEATS, ANSWER_AGAIN):
        op.execute(part)
