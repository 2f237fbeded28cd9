"""The files of imports as they are kept: in pieces of bounded size, each sealed under an id of its own."""

import base64
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

from baobei.clock import new_id
from baobei.operations.actor import Office
from baobei.operations.transaction import lent
from baobei.store import import_files
from baobei.store.connection import Connection
from baobei.store.import_models import FilePart, ImportJob
from baobei.store.walls import APP, Walls
from baobei.vault import PIECE_FIELD

PIECE_BYTES: Final = 256 * 1024


async def keep_file(
    connection: Connection, office: Office, alliance_id: int, import_id: UUID, part: FilePart, written: bytes
) -> None:
    """Keep a file in place of the one before it."""
    await import_files.delete_part(connection, alliance_id, import_id, part)
    for position, start in enumerate(range(0, len(written), PIECE_BYTES)):
        # The vault seals text.
        piece = base64.b64encode(written[start : start + PIECE_BYTES]).decode()
        id = new_id()
        sealed = office.vault.seal(piece, alliance_id=alliance_id, record_id=id, field=PIECE_FIELD)
        await import_files.insert_piece(
            connection, alliance_id, import_id, part, position=position, id=id, sealed=sealed
        )


async def pieces_of(office: Office, job: ImportJob, part: FilePart) -> AsyncIterator[bytes]:
    """Yield a file piece by piece, holding a connection for none of them longer than it takes to read it."""
    position = 0
    while True:
        async with lent(office, Walls(APP, job.alliance_id)) as connection:
            found = await import_files.piece(connection, job.alliance_id, job.id, part, position=position)
        if found is None:
            return
        id, sealed = found
        opened = office.vault.open(sealed, alliance_id=job.alliance_id, record_id=id, field=PIECE_FIELD)
        yield base64.b64decode(opened)
        position += 1


async def whole_file(office: Office, job: ImportJob, part: FilePart) -> bytes:
    """Return a file; empty when it has been taken away."""
    return b"".join([piece async for piece in pieces_of(office, job, part)])
