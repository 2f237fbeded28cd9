"""Taking a file of customers in: checked, sealed, and left for the worker."""

import asyncio
import hashlib
import math
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from baobei.clock import new_id
from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.errors import Forbidden, TooOften
from baobei.operations.import_pieces import keep_file
from baobei.operations.transaction import in_transaction
from baobei.sheets.kinds import SheetKind
from baobei.sheets.tracking import check_file
from baobei.store import imports, ledger
from baobei.store.connection import Connection
from baobei.store.import_models import FilePart, ImportJob
from baobei.store.ledger import Act
from baobei.store.locks import lock_staff

# A person brings their ledger in now and then. A dry run tells who is protected and leaves no attempt behind:
# whoever asks for many is looking for something else.
MOST_OPEN: Final = 5
MOST_DRY_RUNS: Final = 10
WITHIN: Final = timedelta(days=1)
IMPORTS_OPEN: Final = "import"
DRY_RUNS: Final = "dryRun"
# One of five ends sooner or later.
RETRY_AFTER_S: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class StartImport:
    """A file to import; a dry run checks its rows and registers nobody."""

    written: bytes
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportStarted:
    """The import that answers for the file; `repeated` when it was sent before."""

    job: ImportJob
    repeated: bool


async def start_import(office: Office, actor: Actor, request: StartImport) -> ImportStarted:
    """Keep a file for the worker; the same file from the same person is answered with its first import for ever,
    also when the file itself has been taken away.

    A dry run is answered with the one before it only until that one has ended, as the answers change with time.
    Raises `Forbidden` for who can register nobody, `SheetError` for a file that cannot be read, and
    `TooOften` when `MOST_OPEN` imports of the person have not ended or a dry run is one too many.
    """
    if not access.may_import(actor.staff):
        raise Forbidden(operation="import")
    # Unpacking takes a moment, and lets others work meanwhile.
    kind = await asyncio.to_thread(check_file, request.written)
    return await in_transaction(
        office,
        partial(_start, office=office, actor=actor, request=request, kind=kind),
        within=actor,
    )


async def _start(
    connection: Connection, *, office: Office, actor: Actor, request: StartImport, kind: SheetKind
) -> ImportStarted:
    id, alliance_id = new_id(), actor.alliance.id
    content = hashlib.sha256(request.written).hexdigest()
    digest = office.vault.keyed_digest(f"import {content}", alliance_id=alliance_id)
    # Two at once would not count one another.
    await lock_staff(connection, actor.staff.id)
    at = await office.clock.now(connection)
    stored = await imports.insert(
        connection,
        alliance_id,
        id=id,
        uploaded_by_id=actor.staff.id,
        uploaded_at=at,
        kind=kind.value,
        dry_run=request.dry_run,
        size_bytes=len(request.written),
        content_digest=digest,
    )
    if not stored:
        first = await imports.repeated(
            connection,
            alliance_id,
            uploaded_by_id=actor.staff.id,
            dry_run=request.dry_run,
            content_digest=digest,
        )
        if first is None:
            raise RuntimeError("an import answers for a file and is not there")
        return ImportStarted(job=first, repeated=True)
    sent = await imports.count_sent(connection, alliance_id, actor.staff.id, within=WITHIN)
    if sent.open > MOST_OPEN:
        raise TooOften(operation=IMPORTS_OPEN, retry_after_s=RETRY_AFTER_S)
    if request.dry_run and sent.dry_runs > MOST_DRY_RUNS:
        raise TooOften(operation=DRY_RUNS, retry_after_s=max(1, math.ceil(sent.room_in_s or 0)))
    await keep_file(connection, office, alliance_id, id, FilePart.FILE, request.written)
    started = Act(
        kind="import.started",
        subject_id=id,
        occurred_at=at,
        actor_id=actor.staff.id,
        detail={"dry_run": request.dry_run, "bytes": len(request.written)},
    )
    await ledger.append(connection, alliance_id, [started])
    job = await imports.by_id(connection, alliance_id, id)
    if job is None:
        raise RuntimeError("an import was stored and is not there")
    return ImportStarted(job=job, repeated=False)
