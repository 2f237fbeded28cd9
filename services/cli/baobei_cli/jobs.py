"""`baobei jobs`: what the worker has given up, and letting it run again."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer

from baobei.operations.actor import Desk, Office
from baobei.operations.jobs import NAMES
from baobei.operations.parked_jobs import (
    NOT_PARKED,
    UNKNOWN_JOB,
    NotDone,
    Parked,
    dismiss_parked,
    list_parked,
    retry_parked,
)
from baobei.store.import_models import FailedImport
from baobei.store.parked_ticks import ParkedTick
from baobei_cli.desk import database_url_of, opened_desk, opened_office
from baobei_cli.errors import CommandError

app = typer.Typer(no_args_is_help=True, help="See what the worker has given up, and let it run again.")

TickArgument = Annotated[int, typer.Argument(min=1, max=2**63 - 1, help="the number that `jobs list` shows")]
ReasonOption = Annotated[str | None, typer.Option(help="why, for whoever asks later")]
DataOption = Annotated[Path | None, typer.Option(help="the data folder of a running `baobei up`")]

T = TypeVar("T")

_WHY: Final = {
    NOT_PARKED: "nothing of that number is parked",
    UNKNOWN_JOB: "this version has no such job; `baobei jobs dismiss` puts it aside",
}


@app.command()
def list(data: DataOption = None) -> None:
    """List what is parked, the oldest first: number, job, period, tries, since when, and what it said.

    Then the imports that were given up: their sender reads why, and sends the file again.
    """
    parked: Parked = asyncio.run(_on_desk(data, list_parked))
    for tick in parked.shown:
        print(_line(tick))
    if parked.count > len(parked.shown):
        print(f"… and {parked.count - len(parked.shown)} more")
    for failed in parked.imports:
        print(_import_line(failed))


@app.command()
def retry(tick: TickArgument, reason: ReasonOption = None, data: DataOption = None) -> None:
    """Let a parked tick run again, once its cause is gone."""
    done = asyncio.run(
        _in_office(data, lambda office: retry_parked(office, tick, known=NAMES, reason=reason))
    )
    print(f"to be run again: {_named(done, tick)}")


@app.command()
def dismiss(tick: TickArgument, reason: ReasonOption = None, data: DataOption = None) -> None:
    """Put a parked tick aside: it counts as done and is not run."""
    done = asyncio.run(_in_office(data, lambda office: dismiss_parked(office, tick, reason=reason)))
    print(f"put aside: {_named(done, tick)}")


async def _on_desk(data: Path | None, work: Callable[[Desk], Awaitable[T]]) -> T:
    async with opened_desk(database_url_of(data)) as desk:
        return await work(desk)


async def _in_office(data: Path | None, work: Callable[[Office], Awaitable[T]]) -> T:
    async with opened_office(data) as office:
        return await work(office)


def _named(done: ParkedTick | NotDone, tick: int) -> str:
    if isinstance(done, NotDone):
        raise CommandError(f"{tick}: {_WHY[done.code]}")
    return f"{done.id} {done.job} {done.period.isoformat()}"


def _line(tick: ParkedTick) -> str:
    said = " ".join(f"{name}={value}" for name, value in sorted(tick.outcome.items()))
    alliance = tick.alliance_code or "-"
    return (
        f"{tick.id}  {tick.job}  {alliance}  {tick.period.isoformat()}  tries={tick.attempts}"
        f"  parked={tick.parked_at.isoformat(timespec='seconds')}  {said}"
    )


def _import_line(failed: FailedImport) -> str:
    total = "?" if failed.rows_total is None else failed.rows_total
    return (
        f"import {failed.id}  {failed.alliance_code}  rows={failed.rows_done}/{total}"
        f"  failed={failed.ended_at.isoformat(timespec='seconds')}"
    )
