"""Texts from before texts were sealed: found, and sealed where they stand.

The one change that the append-only tables allow: a text in clear goes, and the sealed one is named in its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from baobei.store.connection import Connection
from baobei.vault import SealedText

# $1: how many. What is sealed leaves the index, so that the next look finds the rest.
SELECT_NOTES_OF_ATTEMPTS = """
SELECT alliance_id, attempt_id AS id, note AS text
  FROM attempt
 WHERE note IS NOT NULL
 ORDER BY alliance_id, attempt_id
 LIMIT $1
   FOR UPDATE
"""

SELECT_NOTES_OF_FOLLOW_UPS = """
SELECT alliance_id, follow_up_id AS id, note AS text
  FROM follow_up
 WHERE note IS NOT NULL
 ORDER BY alliance_id, follow_up_id
 LIMIT $1
   FOR UPDATE
"""

SELECT_REASONS_OF_ATTRIBUTIONS = """
SELECT alliance_id, attribution_id AS id, reason AS text
  FROM attribution
 WHERE reason IS NOT NULL
 ORDER BY alliance_id, attribution_id
 LIMIT $1
   FOR UPDATE
"""

SELECT_REASONS_OF_APPROVALS = """
SELECT alliance_id, approval_id AS id, reason AS text
  FROM approval
 WHERE reason IS NOT NULL
 ORDER BY alliance_id, approval_id
 LIMIT $1
   FOR UPDATE
"""

SELECT_NOTES_OF_DECISIONS = """
SELECT alliance_id, approval_id AS id, decision_note AS text
  FROM approval
 WHERE decision_note IS NOT NULL
 ORDER BY alliance_id, approval_id
 LIMIT $1
   FOR UPDATE
"""

SELECT_REASONS_OF_ACTS = """
SELECT alliance_id, sequence AS id, reason AS text
  FROM audit_event
 WHERE reason IS NOT NULL
 ORDER BY alliance_id, sequence
 LIMIT $1
   FOR UPDATE
"""

# $1 alliances, $2 records, $3 ids of the texts, $4 the sealed texts.
SEAL_NOTES_OF_ATTEMPTS = """
WITH n AS (
    SELECT * FROM unnest($1::integer[], $2::uuid[], $3::uuid[], $4::bytea[]) AS n (alliance_id, id, text_id, sealed)
), written AS (
    INSERT INTO sealed_text (alliance_id, text_id, sealed) SELECT alliance_id, text_id, sealed FROM n
)
UPDATE attempt t
   SET note = NULL, note_id = n.text_id
  FROM n
 WHERE t.alliance_id = n.alliance_id
   AND t.attempt_id = n.id
"""

SEAL_NOTES_OF_FOLLOW_UPS = """
WITH n AS (
    SELECT * FROM unnest($1::integer[], $2::uuid[], $3::uuid[], $4::bytea[]) AS n (alliance_id, id, text_id, sealed)
), written AS (
    INSERT INTO sealed_text (alliance_id, text_id, sealed) SELECT alliance_id, text_id, sealed FROM n
)
UPDATE follow_up t
   SET note = NULL, note_id = n.text_id
  FROM n
 WHERE t.alliance_id = n.alliance_id
   AND t.follow_up_id = n.id
"""

SEAL_REASONS_OF_ATTRIBUTIONS = """
WITH n AS (
    SELECT * FROM unnest($1::integer[], $2::uuid[], $3::uuid[], $4::bytea[]) AS n (alliance_id, id, text_id, sealed)
), written AS (
    INSERT INTO sealed_text (alliance_id, text_id, sealed) SELECT alliance_id, text_id, sealed FROM n
)
UPDATE attribution t
   SET reason = NULL, reason_id = n.text_id
  FROM n
 WHERE t.alliance_id = n.alliance_id
   AND t.attribution_id = n.id
"""

SEAL_REASONS_OF_APPROVALS = """
WITH n AS (
    SELECT * FROM unnest($1::integer[], $2::uuid[], $3::uuid[], $4::bytea[]) AS n (alliance_id, id, text_id, sealed)
), written AS (
    INSERT INTO sealed_text (alliance_id, text_id, sealed) SELECT alliance_id, text_id, sealed FROM n
)
UPDATE approval t
   SET reason = NULL, reason_id = n.text_id
  FROM n
 WHERE t.alliance_id = n.alliance_id
   AND t.approval_id = n.id
"""

SEAL_NOTES_OF_DECISIONS = """
WITH n AS (
    SELECT * FROM unnest($1::integer[], $2::uuid[], $3::uuid[], $4::bytea[]) AS n (alliance_id, id, text_id, sealed)
), written AS (
    INSERT INTO sealed_text (alliance_id, text_id, sealed) SELECT alliance_id, text_id, sealed FROM n
)
UPDATE approval t
   SET decision_note = NULL, decision_note_id = n.text_id
  FROM n
 WHERE t.alliance_id = n.alliance_id
   AND t.approval_id = n.id
"""

SEAL_REASONS_OF_ACTS = """
WITH n AS (
    SELECT * FROM unnest($1::integer[], $2::bigint[], $3::uuid[], $4::bytea[]) AS n (alliance_id, id, text_id, sealed)
), written AS (
    INSERT INTO sealed_text (alliance_id, text_id, sealed) SELECT alliance_id, text_id, sealed FROM n
)
UPDATE audit_event t
   SET reason = NULL, reason_id = n.text_id
  FROM n
 WHERE t.alliance_id = n.alliance_id
   AND t.sequence = n.id
"""

COUNT_CLEAR_TEXTS = """
SELECT (SELECT count(*) FROM attempt WHERE note IS NOT NULL)
     + (SELECT count(*) FROM follow_up WHERE note IS NOT NULL)
     + (SELECT count(*) FROM attribution WHERE reason IS NOT NULL)
     + (SELECT count(*) FROM approval WHERE reason IS NOT NULL)
     + (SELECT count(*) FROM approval WHERE decision_note IS NOT NULL)
     + (SELECT count(*) FROM audit_event WHERE reason IS NOT NULL)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A column that may hold texts in clear: how they are found, and how they are sealed."""

    select: str
    seal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearText:
    """A text in clear and the record that it belongs to."""

    alliance_id: int
    record_id: UUID | int
    text: str


SOURCES: Final = (
    Source(select=SELECT_NOTES_OF_ATTEMPTS, seal=SEAL_NOTES_OF_ATTEMPTS),
    Source(select=SELECT_NOTES_OF_FOLLOW_UPS, seal=SEAL_NOTES_OF_FOLLOW_UPS),
    Source(select=SELECT_REASONS_OF_ATTRIBUTIONS, seal=SEAL_REASONS_OF_ATTRIBUTIONS),
    Source(select=SELECT_REASONS_OF_APPROVALS, seal=SEAL_REASONS_OF_APPROVALS),
    Source(select=SELECT_NOTES_OF_DECISIONS, seal=SEAL_NOTES_OF_DECISIONS),
    Source(select=SELECT_REASONS_OF_ACTS, seal=SEAL_REASONS_OF_ACTS),
)


async def count(connection: Connection) -> int:
    """Return how many texts stand in clear."""
    found: int = await connection.fetchval(COUNT_CLEAR_TEXTS)
    return found


async def lock_some(connection: Connection, source: Source, *, limit: int) -> tuple[ClearText, ...]:
    """Return texts in clear of one column, held until the transaction ends."""
    return tuple(
        ClearText(alliance_id=row["alliance_id"], record_id=row["id"], text=row["text"])
        for row in await connection.fetch(source.select, limit)
    )


async def seal(
    connection: Connection, source: Source, texts: Sequence[ClearText], sealed: Sequence[SealedText]
) -> None:
    """Store texts sealed, and let their records name them instead of holding them."""
    await connection.execute(
        source.seal,
        [text.alliance_id for text in texts],
        [text.record_id for text in texts],
        [text.id for text in sealed],
        [text.sealed for text in sealed],
    )
