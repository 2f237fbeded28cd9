"""What people wrote in their own words: sealed, and named by what it belongs to.

Statements that store a record store its text with it, in one round trip; here is what they have in common.
"""

from collections.abc import Collection
from uuid import UUID

from baobei.store.connection import Connection, Row
from baobei.vault import SealedText

SELECT_BY_IDS = """
SELECT text_id, sealed
  FROM sealed_text
 WHERE alliance_id = $1
   AND text_id = ANY($2::uuid[])
"""


async def by_ids(connection: Connection, alliance_id: int, ids: Collection[UUID]) -> dict[UUID, SealedText]:
    """Return texts by id, sealed."""
    rows = await connection.fetch(SELECT_BY_IDS, alliance_id, list(ids))
    return {row["text_id"]: SealedText(id=row["text_id"], sealed=row["sealed"]) for row in rows}


def parts(text: SealedText | None) -> tuple[UUID | None, bytes | None]:
    """Return the id and the sealed bytes of a text to be stored, None for none.

    Raises `ValueError` for a text in clear: nothing is written unsealed.
    """
    if text is None:
        return None, None
    if text.id is None:
        raise ValueError("a text that is not sealed")
    return text.id, text.sealed


def read(row: Row, name: str) -> SealedText | None:
    """Return the text of a column, as `note`, that comes with `note_id` and `note_sealed`."""
    id, clear = row[f"{name}_id"], row[name]
    if id is None and clear is None:
        return None
    return SealedText(id=id, sealed=row[f"{name}_sealed"], clear=clear)


def read_required(row: Row, name: str) -> SealedText:
    """Return the text of a column of which each record has one."""
    text = read(row, name)
    if text is None:
        raise ValueError(f"a record without its {name}")
    return text
