"""What was attached to requests: texts, links and files; appended, erased with the person that they are about."""

import enum
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baobei.store.connection import Connection, Row
from baobei.store.texts import parts, read
from baobei.vault import SealedText

INSERT_EVIDENCE = """
WITH written AS (
    INSERT INTO sealed_text (alliance_id, text_id, sealed)
    SELECT $1, $5, $6 WHERE $5::uuid IS NOT NULL
)
INSERT INTO approval_evidence (alliance_id, evidence_id, approval_id, kind, text_id, media_type, size_bytes,
                               content_digest, sealed, attached_by_id, attached_at)
VALUES ($1, $2, $3, $4, $5, $7, $8, $9, $10, $11, $12)
"""

COUNT_EVIDENCE = """
SELECT count(*)
  FROM approval_evidence
 WHERE alliance_id = $1
   AND approval_id = $2
"""

# The files themselves are read one at a time.
SELECT_BY_APPROVALS = """
SELECT e.evidence_id, e.approval_id, e.kind, e.text_id, t.sealed AS text_sealed, NULL AS text, e.media_type,
       e.size_bytes, e.attached_by_id, e.attached_at, e.erased_at
  FROM approval_evidence e
  LEFT JOIN sealed_text t ON t.alliance_id = e.alliance_id AND t.text_id = e.text_id
 WHERE e.alliance_id = $1
   AND e.approval_id = ANY($2::uuid[])
 ORDER BY e.approval_id, e.evidence_id
"""

# With its place among all that is attached to its request, from 1.
SELECT_FILE = """
SELECT e.evidence_id, e.approval_id, e.kind, e.text_id, NULL AS text_sealed, NULL AS text, e.media_type,
       e.size_bytes, e.attached_by_id, e.attached_at, e.erased_at, e.sealed,
       (SELECT count(*) FROM approval_evidence b
         WHERE b.alliance_id = $1 AND b.approval_id = e.approval_id AND b.evidence_id <= e.evidence_id) AS place
  FROM approval_evidence e
 WHERE e.alliance_id = $1
   AND e.evidence_id = $2
   AND e.sealed IS NOT NULL
"""


class EvidenceKind(enum.StrEnum):
    """What was attached."""

    TEXT = "TEXT"
    LINK = "LINK"
    FILE = "FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was attached to a request; a file has a type and a size in bytes, a text or link its words."""

    id: UUID
    approval_id: UUID
    kind: EvidenceKind
    text: SealedText | None
    media_type: str | None
    size_bytes: int | None
    attached_by_id: UUID
    attached_at: datetime
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedFile:
    """A file as it is kept; `place` is its place among all that is attached to its request, from 1."""

    evidence: Evidence
    sealed: bytes
    place: int


async def insert(
    connection: Connection, alliance_id: int, attached: Evidence, *, file: bytes | None, digest: bytes | None
) -> None:
    """Append evidence; a file comes sealed, with its keyed digest."""
    text_id, text = parts(attached.text)
    await connection.execute(
        INSERT_EVIDENCE,
        alliance_id,
        attached.id,
        attached.approval_id,
        attached.kind.value,
        text_id,
        text,
        attached.media_type,
        attached.size_bytes,
        digest,
        file,
        attached.attached_by_id,
        attached.attached_at,
    )


async def count(connection: Connection, alliance_id: int, approval_id: UUID) -> int:
    """Return how much is attached to a request."""
    found: int = await connection.fetchval(COUNT_EVIDENCE, alliance_id, approval_id)
    return found


async def by_approvals(
    connection: Connection, alliance_id: int, ids: Collection[UUID]
) -> dict[UUID, tuple[Evidence, ...]]:
    """Return what is attached to each of these requests, in the order of attaching."""
    found: dict[UUID, list[Evidence]] = defaultdict(list)
    for row in await connection.fetch(SELECT_BY_APPROVALS, alliance_id, list(ids)):
        found[row["approval_id"]].append(_evidence(row))
    return {id: tuple(found[id]) for id in ids}


async def file_by_id(connection: Connection, alliance_id: int, id: UUID) -> SealedFile | None:
    """Return a file with what is known of it; None where there is none or it was erased."""
    row = await connection.fetchrow(SELECT_FILE, alliance_id, id)
    return (
        None if row is None else SealedFile(evidence=_evidence(row), sealed=row["sealed"], place=row["place"])
    )


def _evidence(row: Row) -> Evidence:
    return Evidence(
        id=row["evidence_id"],
        approval_id=row["approval_id"],
        kind=EvidenceKind(row["kind"]),
        text=read(row, "text"),
        media_type=row["media_type"],
        size_bytes=row["size_bytes"],
        attached_by_id=row["attached_by_id"],
        attached_at=row["attached_at"],
        erased_at=row["erased_at"],
    )
