"""`baobei history`: an alliance begins with its past."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TextIO

import typer

from baobei.replay import Outcome, to_line
from baobei_cli.errors import CommandError

if TYPE_CHECKING:
    from baobei.operations.actor import Actor, Office

STANDARD_STREAM: Final = "-"

app = typer.Typer(no_args_is_help=True, help="Let an alliance begin with its past.")
app.callback()(lambda: None)


@app.command()
def load(
    file: Annotated[Path, typer.Argument(metavar="HISTORY", help="JSON Lines, as for `baobei replay`")],
    alliance: Annotated[
        str | None, typer.Option(help="the code of the alliance, when there are several")
    ] = None,
    as_: Annotated[
        str | None,
        typer.Option("--as", help="the administrator who vouches for the times, when there are several"),
    ] = None,
    out: Annotated[
        str | None, typer.Option("--out", help="where the outcomes go; - is standard output")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="the data folder of a running `baobei up`")] = None,
) -> None:
    """Record a history in an alliance that has none, each event at the instant that the file states.

    All or nothing. Outcomes are those of a replay; webhooks are told nothing of the past.
    """
    if not file.is_file():
        raise CommandError(f"{file}: no such file")
    print(asyncio.run(_load(file, alliance, as_, out, data)), file=sys.stderr)


async def _load(file: Path, alliance: str | None, as_: str | None, out: str | None, data: Path | None) -> str:
    from baobei.operations.errors import Forbidden
    from baobei.operations.load_history import HistoryNotLoadable, load_history
    from baobei_cli.desk import opened_office

    async with opened_office(data) as office:
        actor = await _voucher(office, alliance, as_)
        written = _opened(file, out)
        try:
            loaded = await load_history(
                office,
                actor,
                lambda: _lines(file),
                on_outcome=_writer(written),
            )
        except Forbidden:
            raise CommandError(f"--as {as_}: expected an administrator") from None
        except HistoryNotLoadable as error:
            raise CommandError(
                "\n".join([f"{file}: nothing was loaded", *error.problems]), status=1
            ) from None
        finally:
            if written is not None and written is not sys.stdout:
                written.close()
    first, last = loaded.first_at.isoformat(), loaded.last_at.isoformat()
    return f"{file}: {loaded.events} events loaded into {actor.alliance.code}, from {first} to {last}"


async def _voucher(office: "Office", alliance_code: str | None, staff_code: str | None) -> "Actor":
    from baobei.operations.transaction import lent
    from baobei.store import histories
    from baobei_cli.desk import alliance_of, member

    if staff_code is None:
        alliance = await alliance_of(office, alliance_code)
        async with lent(office, alliance) as connection:
            codes = await histories.administrators(connection, alliance.id)
        if len(codes) != 1:
            raise CommandError(f"--as: expected one of the administrators: {', '.join(codes) or 'none'}")
        staff_code = codes[0]
    return await member(office, alliance_code=alliance_code, staff_code=staff_code)


def _writer(written: TextIO | None) -> Callable[[Outcome], None]:
    def write(outcome: Outcome) -> None:
        if written is not None:
            written.write(to_line(outcome))

    return write


def _opened(file: Path, out: str | None) -> TextIO | None:
    if out is None or out == STANDARD_STREAM:
        return None if out is None else sys.stdout
    if Path(out).exists() and file.samefile(out):
        raise CommandError(f"--out {out}: expected another file than the history")
    try:
        return open(out, "w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise CommandError(f"{out}: {error.strerror}") from None


def _lines(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        yield from opened
