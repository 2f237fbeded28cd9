"""Working on imports: row after row through the same operation as a single registration.

A run claims an import with a lease and a fence. Killed anywhere, the next one goes on with the first row that
was not written down; rows asked again are answered as the first time, by a key of their own.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Final
from uuid import UUID

import structlog

from baobei.clock import monotonic
from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.failures import describe
from baobei.operations.import_answers import HEADINGS, ROW_FAILED, beside
from baobei.operations.import_pieces import keep_file, whole_file
from baobei.operations.import_problems import FILE_GONE, INTERNAL, SENDER_GONE
from baobei.operations.import_rows import Answering, People, Registering, Rehearsing, policy_now
from baobei.operations.ticks import pause_s
from baobei.operations.transaction import ALL_ALLIANCES, in_transaction, lent
from baobei.sheets.annotate import annotated
from baobei.sheets.errors import SheetError
from baobei.sheets.rows import SheetRow
from baobei.sheets.tracking import TrackingSheet, open_tracking_sheet
from baobei.store import import_files, imports, ledger, organisation
from baobei.store.connection import NO_ANSWER, Connection
from baobei.store.import_models import FilePart, ImportClaim, ImportState, RowAnswer
from baobei.store.ledger import Act
from baobei.store.organisation_models import Role
from baobei.store.walls import APP, Walls

log = structlog.get_logger("baobei.imports")

LEASE_S: Final = 15.0
RENEW_EVERY_S: Final = 4.0
# Written down together: what a kill makes ask again, at most.
ROWS_A_STEP: Final = 100
# When others wait, a long import lets them have a turn.
TURN_S: Final = 20.0
TRIES: Final = 8
# From then on what the database says of a row is held against the row: it may fail for ever.
PATIENT_TRIES: Final = 3
# What nobody foresaw, and no database that does not answer, is there the next time as well.
SURPRISES: Final = 3
ROWS_A_PAGE: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportsRun:
    """What a run did: rows answered, imports that ended; `more`: another run would find something at once."""

    rows: int = 0
    ended: int = 0
    more: bool = False


class ImportLost(Exception):
    """The lease ran out and somebody else has taken the import."""


class _Ended(Exception):
    """The import cannot go on; `problem` says why."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(problem)


async def run_imports(
    office: Office, *, only: UUID | None = None, turn_s: float = TURN_S, step: int = ROWS_A_STEP
) -> ImportsRun:
    """Work on the import that has waited longest, to its end or until others have waited for a turn.

    Any number may run at once, each on an import of its own; killed anywhere, nothing is done twice. Cancelled,
    it gives the import back. `only` names the one import to work on; `step` rows are written down together.
    """
    claim = await in_transaction(
        office, partial(imports.claim, lease_s=LEASE_S, only=only), within=ALL_ALLIANCES
    )
    if claim is None:
        return ImportsRun()
    run = _Run(office, claim, turn_s=turn_s, step=step)
    with structlog.contextvars.bound_contextvars(import_id=str(claim.job.id), fence=claim.fence):
        try:
            ended = await run.within_lease()
        except asyncio.CancelledError:
            await _give_back(office, claim, retry_in_s=0, uncounted=True)
            raise
        except ImportLost:
            log.warning("import_lost", rows=run.rows)
            return ImportsRun(rows=run.rows)
        except Exception as error:
            if not isinstance(error, NO_ANSWER) and claim.attempts >= SURPRISES and await run.given_up():
                log.error("import_given_up", attempts=claim.attempts, rows=run.rows, **describe(error))
                return ImportsRun(rows=run.rows, ended=1, more=True)
            log.warning("import_put_off", attempts=claim.attempts, rows=run.rows, **describe(error))
            await _give_back(office, claim, retry_in_s=pause_s(claim.attempts))
            return ImportsRun(rows=run.rows)
        log.info("import", ended=ended, rows=run.rows)
        return ImportsRun(rows=run.rows, ended=int(ended), more=True)


async def _give_back(
    office: Office, claim: ImportClaim, *, retry_in_s: float, uncounted: bool = False
) -> None:
    # When it cannot be said, the lease runs out and somebody goes on.
    with contextlib.suppress(*NO_ANSWER):
        await in_transaction(
            office,
            partial(imports.give_back, claim=claim, retry_in_s=retry_in_s, uncounted=uncounted),
            within=ALL_ALLIANCES,
        )


class _Run:
    """One turn at an import."""

    def __init__(self, office: Office, claim: ImportClaim, *, turn_s: float, step: int) -> None:
        self._office, self._claim, self._job = office, claim, claim.job
        self._turn_s, self._step = turn_s, step
        self._walls = Walls(APP, claim.job.alliance_id)
        self._counts = Counter(claim.job.counts)
        self._last_row = claim.job.last_row
        self.rows = 0

    async def within_lease(self) -> bool:
        """Work while the lease is renewed; return whether the import has ended."""
        work = asyncio.ensure_future(self._work())
        try:
            while not work.done():
                await asyncio.wait({work}, timeout=RENEW_EVERY_S)
                if not work.done() and not await self._renewed():
                    raise ImportLost
            return await work
        finally:
            if not work.done():
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)

    async def given_up(self) -> bool:
        """End the import as failed; False when that cannot be written down now, or it is somebody else's."""
        try:
            await self._end_failed(INTERNAL)
        except (ImportLost, *NO_ANSWER):
            return False
        return True

    async def _renewed(self) -> bool:
        try:
            return await in_transaction(
                self._office, partial(imports.renew, claim=self._claim, lease_s=LEASE_S), within=self._walls
            )
        except NO_ANSWER:
            # Nobody can take it either while the database does not answer; the fence decides afterwards.
            return True

    async def _work(self) -> bool:
        began = monotonic()
        try:
            if self._claim.attempts > TRIES:
                raise _Ended(INTERNAL)
            actor = await self._actor()
            sheet = await self._sheet()
            answering = await self._answering(actor, sheet)
            rows = (row for row in sheet.rows() if row.counts and row.number > self._last_row)
            while step := list(islice(rows, self._step)):
                await self._write_down(await answering.answers(step))
                if monotonic() - began > self._turn_s and await self._others_wait():
                    await _give_back(self._office, self._claim, retry_in_s=0, uncounted=True)
                    return False
                # A long import does not outlive a right, a unit or a policy by more than a step.
                actor = answering.actor = await self._actor()
                answering.people = await self._people(actor)
                answering.policy = await policy_now(self._office, actor)
            await self._end_done(actor, sheet)
        except SheetError as error:
            await self._end_failed(error.problem.value)
        except _Ended as ended:
            await self._end_failed(ended.problem)
        return True

    async def _actor(self) -> Actor:
        """Return who sent the file, as they are now; raises `_Ended` when they may no longer import."""
        async with lent(self._office, self._walls) as connection:
            alliances = await organisation.alliances(connection)
            people = await organisation.staff_by_ids(
                connection, self._job.alliance_id, [self._job.uploaded_by_id]
            )
        alliance = next(each for each in alliances if each.id == self._job.alliance_id)
        sender = people[self._job.uploaded_by_id]
        if not sender.active or not access.may_import(sender):
            raise _Ended(SENDER_GONE)
        return Actor(alliance=alliance, staff=sender, origin=f"import:{self._job.id}")

    async def _sheet(self) -> TrackingSheet:
        """Open the file, and write down what it is the first time; raises `SheetError`."""
        written = await whole_file(self._office, self._job, FilePart.FILE)
        if not written:
            raise _Ended(FILE_GONE)
        known = self._job.rows_total is not None
        sheet = await asyncio.to_thread(open_tracking_sheet, written, cells_checked=known)
        if not known:
            await self._held(
                partial(
                    imports.opened,
                    claim=self._claim,
                    sheet_number=sheet.sheet.number,
                    header_row=sheet.header_row,
                    encoding=sheet.encoding,
                    rows_total=await asyncio.to_thread(sheet.count),
                )
            )
        return sheet

    async def _people(self, actor: Actor) -> People:
        """Return the people of the sender's unit as it is now."""
        async with lent(self._office, self._walls) as connection:
            members = await organisation.active_staff_of_units(
                connection, actor.alliance.id, [actor.staff.unit_id], roles=list(Role)
            )
        return People.of([actor.staff, *(each for each in members if each.id != actor.staff.id)])

    async def _answering(self, actor: Actor, sheet: TrackingSheet) -> Answering:
        people = await self._people(actor)
        policy = await policy_now(self._office, actor)
        if not self._job.dry_run:
            return Registering(
                # Rows are told to nobody before their answers are written down, with a commit that waits.
                office=replace(self._office, flushed_later=True),
                actor=actor,
                people=people,
                import_id=self._job.id,
                policy=policy,
                patient=self._claim.attempts <= PATIENT_TRIES,
            )
        rehearsing = Rehearsing(
            office=self._office, actor=actor, people=people, import_id=self._job.id, policy=policy
        )
        if self._last_row:
            answers = {answer.row_number: answer async for answer in self._answered()}
            before = ((row, answers[row.number]) for row in sheet.rows() if row.number in answers)
            await rehearsing.answered_before(before)
        return rehearsing

    async def _write_down(self, answers: list[RowAnswer]) -> None:
        """Write answers down with how far the import has come by them, in one transaction."""
        counts = self._counts + Counter(answer.code for answer in answers)
        last_row = answers[-1].row_number

        async def write(connection: Connection) -> bool:
            await import_files.insert_rows(connection, self._job.alliance_id, self._job.id, answers)
            return await imports.advance(
                connection,
                self._claim,
                rows_done=counts.total(),
                last_row=last_row,
                counts=counts,
                lease_s=LEASE_S,
            )

        await self._held(write)
        self._counts, self._last_row = counts, last_row
        self.rows += len(answers)

    async def _others_wait(self) -> bool:
        return await in_transaction(self._office, imports.others_wait, within=ALL_ALLIANCES)

    async def _end_done(self, actor: Actor, sheet: TrackingSheet) -> None:
        result = await annotated(
            self._rows_and_answers(actor, sheet),
            kind=sheet.kind,
            sheet_name=sheet.sheet.name,
            width=await asyncio.to_thread(sheet.width, without=HEADINGS),
        )

        async def write(connection: Connection) -> bool:
            await keep_file(
                connection, self._office, self._job.alliance_id, self._job.id, FilePart.RESULT, result
            )
            # A row that went wrong may be sent again; so may a dry run, whose answers change with time.
            repeats = not self._job.dry_run and not self._counts[ROW_FAILED]
            return await self._end(connection, ImportState.DONE, answers_repeats=repeats)

        await self._held(write)

    async def _end_failed(self, problem: str) -> None:
        async def write(connection: Connection) -> bool:
            return await self._end(connection, ImportState.FAILED, problem=problem, answers_repeats=False)

        await self._held(write)

    async def _end(
        self,
        connection: Connection,
        state: ImportState,
        *,
        answers_repeats: bool,
        problem: str | None = None,
    ) -> bool:
        ended = Act(
            kind="import.ended",
            subject_id=self._job.id,
            occurred_at=await self._office.clock.now(connection),
            actor_id=self._job.uploaded_by_id,
            detail={"state": state.value, "problem": problem, "counts": dict(self._counts)},
        )
        await ledger.append(connection, self._job.alliance_id, [ended])
        return await imports.end(
            connection, self._claim, state=state, problem=problem, answers_repeats=answers_repeats
        )

    async def _rows_and_answers(
        self, actor: Actor, sheet: TrackingSheet
    ) -> AsyncIterator[tuple[SheetRow, tuple[str, ...]]]:
        """Yield every row of the sheet with what stands beside it."""
        answers = self._answered()
        next_answer = await anext(answers, None)
        for row in sheet.sheet.rows():
            told: tuple[str, ...] = HEADINGS if row.number == sheet.header_row else ()
            if next_answer is not None and next_answer.row_number == row.number:
                told = beside(next_answer, dry_run=self._job.dry_run, time_zone=actor.alliance.time_zone)
                next_answer = await anext(answers, None)
            yield row, told

    async def _answered(self) -> AsyncIterator[RowAnswer]:
        """Yield the answers that are written down, by row."""
        row_number = 0
        while True:
            async with lent(self._office, self._walls) as connection:
                page = await import_files.rows_after(
                    connection, self._job.alliance_id, self._job.id, row_number=row_number, limit=ROWS_A_PAGE
                )
            for answer in page:
                yield answer
            if len(page) < ROWS_A_PAGE:
                return
            row_number = page[-1].row_number

    async def _held(self, write: Callable[[Connection], Awaitable[bool]]) -> None:
        """Do what writes, in a transaction of its own; raises `ImportLost` when the import is somebody else's."""

        async def once(connection: Connection) -> None:
            if not await write(connection):
                raise ImportLost

        await in_transaction(self._office, once, within=self._walls)
