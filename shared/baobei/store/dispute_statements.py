"""What the sides of disputes say: appended while a dispute is open, read in pages."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from baobei.store.connection import Connection, Row
from baobei.store.dispute_models import Said, Statement
from baobei.store.texts import parts
from baobei.vault import SealedText

INSERT_STATEMENT = """
WITH written AS (
    INSERT INTO sealed_text (alliance_id, text_id, sealed)
    VALUES ($1, $4, $5)
)
INSERT INTO dispute_statement (alliance_id, statement_id, dispute_id, text_id, made_by_id, made_at)
VALUES ($1, $2, $3, $4, $6, $7)
"""

# Of each dispute ($2) a page: after a statement of its ($3, null: from the first on), so many ($4).
SELECT_PAGES = """
SELECT q.place, s.statement_id, s.dispute_id, s.text_id, t.sealed AS text_sealed, s.made_by_id, s.made_at
  FROM unnest($2::uuid[], $3::uuid[], $4::int[]) WITH ORDINALITY AS q (dispute_id, after_id, size, place)
 CROSS JOIN LATERAL (
       SELECT m.statement_id, m.dispute_id, m.sequence, m.text_id, m.made_by_id, m.made_at
         FROM dispute_statement m
        WHERE m.alliance_id = $1
          AND m.dispute_id = q.dispute_id
          AND (q.after_id IS NULL OR m.sequence > (
                  SELECT l.sequence
                    FROM dispute_statement l
                   WHERE l.alliance_id = $1 AND l.statement_id = q.after_id AND l.dispute_id = q.dispute_id))
        ORDER BY m.sequence
        LIMIT q.size) s
  JOIN sealed_text t ON t.alliance_id = $1 AND t.text_id = s.text_id
 ORDER BY q.place, s.sequence
"""

SELECT_ALL = """
SELECT s.statement_id, s.dispute_id, s.text_id, t.sealed AS text_sealed, s.made_by_id, s.made_at
  FROM dispute_statement s
  JOIN sealed_text t ON t.alliance_id = s.alliance_id AND t.text_id = s.text_id
 WHERE s.alliance_id = $1
   AND s.dispute_id = ANY($2::uuid[])
 ORDER BY s.dispute_id, s.sequence
"""

SELECT_SPEAKERS = """
SELECT s.dispute_id, s.made_by_id, count(*) AS statements, max(s.made_at) AS last_at
  FROM dispute_statement s
 WHERE s.alliance_id = $1
   AND s.dispute_id = ANY($2::uuid[])
 GROUP BY s.dispute_id, s.made_by_id
 ORDER BY s.dispute_id, s.made_by_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPage:
    """Which statements of a dispute: the first so many, or those after one of them."""

    dispute_id: UUID
    first: int
    after: UUID | None


async def insert(connection: Connection, alliance_id: int, statement: Statement) -> None:
    """Append what somebody said."""
    await connection.execute(
        INSERT_STATEMENT,
        alliance_id,
        statement.id,
        statement.dispute_id,
        *parts(statement.text),
        statement.made_by_id,
        statement.made_at,
    )


async def pages(
    connection: Connection, alliance_id: int, asked: Sequence[StatementPage]
) -> dict[StatementPage, tuple[Statement, ...]]:
    """Return pages of what was said, oldest first; one after a statement that is none of the dispute's is empty."""
    found: dict[StatementPage, list[Statement]] = {page: [] for page in asked}
    rows = await connection.fetch(
        SELECT_PAGES,
        alliance_id,
        [page.dispute_id for page in asked],
        [page.after for page in asked],
        [page.first for page in asked],
    )
    for row in rows:
        found[asked[row["place"] - 1]].append(_statement(row))
    return {page: tuple(said) for page, said in found.items()}


async def of_disputes(
    connection: Connection, alliance_id: int, ids: Collection[UUID]
) -> dict[UUID, tuple[Statement, ...]]:
    """Return all that was said in each dispute, oldest first: for an export, which leaves nothing out."""
    found: dict[UUID, list[Statement]] = defaultdict(list)
    for row in await connection.fetch(SELECT_ALL, alliance_id, list(ids)):
        found[row["dispute_id"]].append(_statement(row))
    return {id: tuple(found[id]) for id in ids}


async def speakers(
    connection: Connection, alliance_id: int, ids: Collection[UUID]
) -> dict[UUID, tuple[Said, ...]]:
    """Return who spoke in each dispute, how often, and when last: a row a person."""
    found: dict[UUID, list[Said]] = defaultdict(list)
    for row in await connection.fetch(SELECT_SPEAKERS, alliance_id, list(ids)):
        found[row["dispute_id"]].append(
            Said(made_by_id=row["made_by_id"], statements=row["statements"], last_at=row["last_at"])
        )
    return {id: tuple(found[id]) for id in ids}


def _statement(row: Row) -> Statement:
    return Statement(
        id=row["statement_id"],
        dispute_id=row["dispute_id"],
        text=SealedText(id=row["text_id"], sealed=row["text_sealed"]),
        made_by_id=row["made_by_id"],
        made_at=row["made_at"],
    )
