"""`baobei keys`: the keys that seal personal data."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from baobei.operations.actor import Office
from baobei.operations.reseal import Inventory, reseal, take_inventory
from baobei.vault import new_key
from baobei_cli.desk import opened_office, vault_of

app = typer.Typer(no_args_is_help=True, help="Make and rotate the keys that seal personal data.")
app.callback()(lambda: None)

DataOption = Annotated[Path | None, typer.Option(help="the data folder of a running `baobei up`")]
LARGEST_NUMBER: Final = 0xFFFF


@app.command()
def new(data: DataOption = None) -> None:
    """Print a new random key with the next free number, as an entry of BAOBEI_VAULT_KEYS."""
    taken = vault_of(data).numbers
    print(f"{next(n for n in range(max(taken) + 1, LARGEST_NUMBER + 1) if n not in taken)}:{new_key()}")


@app.command()
def rotate(
    check: Annotated[bool, typer.Option("--check", help="only count what each key has sealed")] = False,
    data: DataOption = None,
) -> None:
    """Seal everything with the last key of the ring, while the service runs; may be stopped and run again."""
    left = asyncio.run(_rotate(data, check=check))
    for line in _told(left):
        print(line)
    if left.lost or (left.left and not check):
        raise typer.Exit(1)


async def _rotate(data: Path | None, *, check: bool) -> Inventory:
    async with opened_office(data) as office:
        found = await take_inventory(office)
        return found if check else await _with_progress(office, found)


async def _with_progress(office: Office, found: Inventory) -> Inventory:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(file=sys.stderr)) as progress:
        bar = progress.add_task(f"sealing with key {office.vault.active}", total=found.left)
        return await reseal(office, tell=lambda done: progress.advance(bar, done))


def _told(left: Inventory) -> list[str]:
    lines = [
        f"key {key}: {count} values{', the active one' if key == left.active else ''}"
        for key, count in sorted({left.active: 0, **left.values}.items())
    ]
    lines.append(
        f"left: {left.old} under older keys, {left.clear_texts} in clear, {left.unindexed} without index"
    )
    lines += [
        f"key {key} is not in the ring: its {count} values cannot be read, put it back"
        for key, count in sorted(left.lost.items())
    ]
    unused = ", ".join(str(key) for key in left.unused)
    lines.append(f"may be taken from the ring: {unused or 'none'}")
    return lines
