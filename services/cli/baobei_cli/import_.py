"""`baobei import`: a sheet of customers registered row by row, with an answer for every row."""

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from baobei_cli.errors import CommandError

if TYPE_CHECKING:
    from rich.progress import Progress

    from baobei.operations.actor import Actor, Office
    from baobei.store.import_models import ImportJob

POLL_S: Final = 0.2
_OK, _SOME_REFUSED, _USAGE = 0, 1, 2


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a tracking sheet, xlsx or csv")],
    as_: Annotated[str, typer.Option("--as", help="the code of who registers the customers")],
    alliance: Annotated[
        str | None, typer.Option(help="the code of the alliance, when there are several")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="check every row and register nobody")] = False,
    result: Annotated[
        Path | None, typer.Option("--result", help="where the sheet goes with an answer on every row")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="the data folder of a running `baobei up`")] = None,
) -> None:
    """Register the customers of a sheet: status 0 when every row is admitted or was one's own already, else 1."""
    written = _read(file)
    if result is not None and result.exists() and result.samefile(file):
        raise CommandError(f"--result {result}: expected another file than the one to import")
    try:
        status = asyncio.run(_import(written, file, as_, alliance, dry_run, result, data))
    except KeyboardInterrupt:
        raise CommandError("stopped looking: a worker goes on with the import", status=130) from None
    raise typer.Exit(status)


async def _import(
    written: bytes,
    file: Path,
    staff_code: str,
    alliance_code: str | None,
    dry_run: bool,
    result: Path | None,
    data: Path | None,
) -> int:
    from baobei.operations.errors import Forbidden, TooOften
    from baobei.operations.import_pieces import whole_file
    from baobei.operations.import_problems import explain_no_result
    from baobei.operations.start_import import StartImport, start_import
    from baobei.sheets.errors import SheetError, explain_problem
    from baobei.store.import_models import FilePart
    from baobei_cli.desk import member, opened_office

    async with opened_office(data) as office:
        actor = await member(office, alliance_code=alliance_code, staff_code=staff_code)
        try:
            started = await start_import(office, actor, StartImport(written=written, dry_run=dry_run))
        except SheetError as error:
            raise CommandError(f"{file}: {explain_problem(error.problem).en}") from None
        except Forbidden:
            raise CommandError(f"--as {staff_code}: works where no customers are registered") from None
        except TooOften:
            raise CommandError(
                "too many imports at once, or dry runs today; try again later", status=1
            ) from None
        if started.repeated:
            print(f"{file}: sent before, as import {started.job.id}")
        job = await _followed(office, actor, started.job)
        if result is not None and job.has_result:
            _save(await whole_file(office, job, FilePart.RESULT), result)
        elif result is not None and job.problem is None:
            print(f"{file}: {explain_no_result(job).en}")
    return _tell(file, job)


async def _followed(office: "Office", actor: "Actor", job: "ImportJob") -> "ImportJob":
    """Work on the import, or watch whoever does, until it has ended."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from baobei.operations.read_import import read_import
    from baobei.operations.run_imports import run_imports

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]} rows/s"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("import", total=None, rate="0")
        work: asyncio.Task[object] | None = None
        try:
            while not job.ended:
                if work is None or work.done():
                    # Somebody else may hold it: then there is nothing to do here but look.
                    work = asyncio.create_task(run_imports(office, only=job.id))
                await asyncio.wait({work}, timeout=POLL_S)
                found = await read_import(office, actor, job.id)
                if found is None:
                    raise CommandError("the import is no longer there", status=1)
                job = found
                _show(progress, bar, job)
                if work.done() and not job.ended:
                    await asyncio.sleep(POLL_S)
        finally:
            if work is not None and not work.done():
                work.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await work
    return job


def _show(progress: "Progress", bar: object, job: "ImportJob") -> None:
    rate = f"{job.rows_per_second or 0:.0f}"
    progress.update(bar, total=job.rows_total, completed=job.rows_done, rate=rate)  # type: ignore[arg-type]


def _save(written: bytes, result: Path) -> None:
    try:
        result.write_bytes(written)
    except OSError as error:
        raise CommandError(f"--result {result}: {error.strerror}", status=1) from None


def _tell(file: Path, job: "ImportJob") -> int:
    from baobei.operations.import_answers import GOOD
    from baobei.operations.import_problems import explain_import_problem
    from baobei.sheets.errors import SheetProblem

    if job.problem is not None:
        usage = job.problem in SheetProblem.__members__
        told = explain_import_problem(job.problem).en
        raise CommandError(f"{file}: {told}", status=_USAGE if usage else _SOME_REFUSED)
    counts = ", ".join(f"{code} {count}" for code, count in sorted(job.counts.items())) or "no rows"
    print(f"{file}: {'checked' if job.dry_run else 'imported'} {job.rows_done} rows: {counts}")
    return _OK if set(job.counts) <= GOOD else _SOME_REFUSED


def _read(file: Path) -> bytes:
    from baobei.sheets.archives import LARGEST_FILE_BYTES

    try:
        if file.stat().st_size > LARGEST_FILE_BYTES:
            raise CommandError(f"{file}: expected at most {LARGEST_FILE_BYTES} bytes")
        return file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from None
