"""Everything that is sealed, by the key that sealed it: counted, and sealed anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from baobei.store import contacts
from baobei.store.connection import Connection
from baobei.vault import EVIDENCE_FIELD, KEY_ID_BYTES, PIECE_FIELD, SECRET_FIELD, TEXT_FIELD

# $1 alliance, $2 id: where the chunk before ended; $3 the two bytes of the active key; $4 rows.
SELECT_OLD_CONTACTS = """
SELECT alliance_id, contact_id AS id, name_sealed AS name, phone_sealed AS phone, address_sealed AS address
  FROM contact
 WHERE (alliance_id, contact_id) > ($1, $2)
   AND (substr(name_sealed, 1, 2) <> $3 OR substr(phone_sealed, 1, 2) <> $3
        OR substr(address_sealed, 1, 2) <> $3)
 ORDER BY alliance_id, contact_id
 LIMIT $4
   FOR UPDATE
"""

SELECT_OLD_TEXTS = """
SELECT alliance_id, text_id AS id, sealed AS text
  FROM sealed_text
 WHERE (alliance_id, text_id) > ($1, $2)
   AND substr(sealed, 1, 2) <> $3
 ORDER BY alliance_id, text_id
 LIMIT $4
   FOR UPDATE
"""

SELECT_OLD_SECRETS = """
SELECT alliance_id, webhook_id AS id, secret_sealed AS secret, previous_secret_sealed AS previous_secret
  FROM webhook_subscription
 WHERE (alliance_id, webhook_id) > ($1, $2)
   AND (substr(secret_sealed, 1, 2) <> $3 OR substr(previous_secret_sealed, 1, 2) <> $3)
 ORDER BY alliance_id, webhook_id
 LIMIT $4
   FOR UPDATE
"""

# Pieces are large: a few at a time.
SELECT_OLD_PIECES = """
SELECT alliance_id, piece_id AS id, sealed AS piece
  FROM import_piece
 WHERE (alliance_id, piece_id) > ($1, $2)
   AND substr(sealed, 1, 2) <> $3
 ORDER BY alliance_id, piece_id
 LIMIT least($4, 16)
   FOR UPDATE
"""

SELECT_OLD_EVIDENCE = """
SELECT alliance_id, evidence_id AS id, sealed AS evidence
  FROM approval_evidence
 WHERE (alliance_id, evidence_id) > ($1, $2)
   AND substr(sealed, 1, 2) <> $3
 ORDER BY alliance_id, evidence_id
 LIMIT least($4, 4)
   FOR UPDATE
"""

# What is NULL was erased or was never there, and stays so.
UPDATE_CONTACTS = """
UPDATE contact c
   SET name_sealed = n.name, phone_sealed = n.phone, address_sealed = n.address
  FROM unnest($1::integer[], $2::uuid[], $3::bytea[], $4::bytea[], $5::bytea[])
       AS n (alliance_id, id, name, phone, address)
 WHERE c.alliance_id = n.alliance_id
   AND c.contact_id = n.id
"""

UPDATE_TEXTS = """
UPDATE sealed_text t
   SET sealed = n.text
  FROM unnest($1::integer[], $2::uuid[], $3::bytea[]) AS n (alliance_id, id, text)
 WHERE t.alliance_id = n.alliance_id
   AND t.text_id = n.id
"""

UPDATE_SECRETS = """
UPDATE webhook_subscription w
   SET secret_sealed = n.secret, previous_secret_sealed = n.previous_secret
  FROM unnest($1::integer[], $2::uuid[], $3::bytea[], $4::bytea[]) AS n (alliance_id, id, secret, previous_secret)
 WHERE w.alliance_id = n.alliance_id
   AND w.webhook_id = n.id
"""

UPDATE_PIECES = """
UPDATE import_piece p
   SET sealed = n.piece
  FROM unnest($1::integer[], $2::uuid[], $3::bytea[]) AS n (alliance_id, id, piece)
 WHERE p.alliance_id = n.alliance_id
   AND p.piece_id = n.id
"""

UPDATE_EVIDENCE = """
UPDATE approval_evidence e
   SET sealed = n.evidence
  FROM unnest($1::integer[], $2::uuid[], $3::bytea[]) AS n (alliance_id, id, evidence)
 WHERE e.alliance_id = n.alliance_id
   AND e.evidence_id = n.id
"""

COUNT_BY_KEY = """
SELECT substr(sealed, 1, 2) AS key, count(*) AS values
  FROM (SELECT name_sealed AS sealed FROM contact
        UNION ALL SELECT phone_sealed FROM contact
        UNION ALL SELECT address_sealed FROM contact
        UNION ALL SELECT sealed FROM sealed_text
        UNION ALL SELECT sealed FROM import_piece
        UNION ALL SELECT sealed FROM approval_evidence
        UNION ALL SELECT secret_sealed FROM webhook_subscription
        UNION ALL SELECT previous_secret_sealed FROM webhook_subscription) every
 WHERE sealed IS NOT NULL
 GROUP BY key
 ORDER BY key
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A table with sealed values; `fields` are what each is bound to, in the order of the statements' columns."""

    name: str
    select: str
    update: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRow:
    """A row with its sealed values, in the order of the fields of its kind."""

    alliance_id: int
    id: UUID
    values: tuple[bytes | None, ...]

    @property
    def place(self) -> tuple[int, UUID]:
        """Return its place in the order of rows."""
        return self.alliance_id, self.id


KINDS: Final = (
    Kind(
        name="contacts",
        select=SELECT_OLD_CONTACTS,
        update=UPDATE_CONTACTS,
        fields=(contacts.NAME, contacts.PHONE, contacts.ADDRESS),
    ),
    Kind(name="texts", select=SELECT_OLD_TEXTS, update=UPDATE_TEXTS, fields=(TEXT_FIELD,)),
    Kind(name="imported files", select=SELECT_OLD_PIECES, update=UPDATE_PIECES, fields=(PIECE_FIELD,)),
    Kind(name="evidence", select=SELECT_OLD_EVIDENCE, update=UPDATE_EVIDENCE, fields=(EVIDENCE_FIELD,)),
    Kind(
        name="webhook secrets",
        select=SELECT_OLD_SECRETS,
        update=UPDATE_SECRETS,
        fields=(SECRET_FIELD, SECRET_FIELD),
    ),
)
BEGINNING: Final = (0, UUID(int=0))


async def count_by_key(connection: Connection) -> dict[int, int]:
    """Return how many values each key has sealed, by its number."""
    rows = await connection.fetch(COUNT_BY_KEY)
    return {int.from_bytes(row["key"], "big"): row["values"] for row in rows}


async def lock_old(
    connection: Connection, kind: Kind, *, after: tuple[int, UUID], active: int, limit: int
) -> tuple[SealedRow, ...]:
    """Return the next rows with a value under another key than the active one, held; none at the end."""
    rows = await connection.fetch(kind.select, *after, active.to_bytes(KEY_ID_BYTES, "big"), limit)
    return tuple(
        SealedRow(alliance_id=row["alliance_id"], id=row["id"], values=tuple(row.values())[2:])
        for row in rows
    )


async def replace(connection: Connection, kind: Kind, rows: Sequence[SealedRow]) -> None:
    """Store rows with their values sealed anew."""
    columns = [[row.values[place] for row in rows] for place in range(len(kind.fields))]
    await connection.execute(
        kind.update, [row.alliance_id for row in rows], [row.id for row in rows], *columns
    )
