"""`baobei org`: units and staff from a file."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from baobei.operations.apply_organisation import TimeZoneFixed, apply_organisation
from baobei.operations.staff_changes import LastOfRole
from baobei.organisation_file import OrganisationFileError, read_organisation
from baobei_cli.desk import database_url_of, opened_desk
from baobei_cli.errors import CommandError

app = typer.Typer(no_args_is_help=True, help="Create and update an alliance with its units and staff.")
app.callback()(lambda: None)


@app.command()
def apply(
    file: Annotated[Path, typer.Argument(help="an organisation file (YAML)")],
    data: Annotated[Path | None, typer.Option(help="the data folder of a running `baobei up`")] = None,
) -> None:
    """Create or update what a file names; applying twice changes nothing."""
    print(asyncio.run(apply_file(database_url=database_url_of(data), path=file)))


async def apply_file(*, database_url: str, path: Path) -> str:
    """Apply an organisation file to a database and return one line on what changed.

    Raises `CommandError`, which names the line, the field and what was expected.
    """
    try:
        organisation = read_organisation(path)
    except OrganisationFileError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None
    try:
        async with opened_desk(database_url) as desk:
            applied = await apply_organisation(desk, organisation)
    except (LastOfRole, TimeZoneFixed) as error:
        raise CommandError(f"{path}: {error}") from None
    return f"{organisation.alliance.code}: {applied.summary}"
