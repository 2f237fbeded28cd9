"""`baobei policy`: show, check and publish policy documents."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from baobei.history_events import read_instant
from baobei.policy.document import default_document, read_policy
from baobei.policy.yaml_lines import PolicyDocumentError
from baobei_cli.errors import CommandError

if TYPE_CHECKING:
    from baobei.store.connection import Connection
    from baobei.store.organisation_models import Alliance

app = typer.Typer(no_args_is_help=True, help="Show, check and publish attribution policies.")

DataOption = Annotated[Path | None, typer.Option(help="the data folder of a running `baobei up`")]
AllianceOption = Annotated[str | None, typer.Option(help="the code of the alliance, when there are several")]


@app.command()
def check(file: Annotated[Path, typer.Argument(help="a policy document (YAML)")]) -> None:
    """Say whether a policy document can be used; else name the line, the field and what was expected."""
    try:
        policy = read_policy(_text_of(file), name=str(file))
    except PolicyDocumentError as error:
        raise CommandError(str(error)) from None
    print(f"ok: {policy.code} version {policy.version}, digest {policy.digest}")


@app.command()
def show(
    default: Annotated[bool, typer.Option("--default", help="the document that ships")] = False,
    alliance: AllianceOption = None,
    data: DataOption = None,
) -> None:
    """Print a policy document: the one in force now, or with --default the one that ships."""
    print(default_document() if default else asyncio.run(_in_force(alliance, data)), end="")


@app.command()
def publish(
    file: Annotated[Path, typer.Argument(help="a policy document (YAML)")],
    effective_from: Annotated[
        str, typer.Option("--from", help="the instant from which it is in force, with its offset")
    ],
    alliance: AllianceOption = None,
    data: DataOption = None,
) -> None:
    """Publish a document as the next version; everything recorded before keeps its own."""
    try:
        instant = read_instant(effective_from)
    except ValueError:
        raise CommandError(f"--from {effective_from}: expected an ISO 8601 instant with its offset") from None
    print(asyncio.run(_publish(file, instant, alliance, data)))


async def _in_force(alliance_code: str | None, data: Path | None) -> str:
    from baobei.operations.transaction import AS_LOGIN, lent
    from baobei.store import policies
    from baobei_cli.desk import database_url_of, opened_desk

    async with opened_desk(database_url_of(data)) as desk, lent(desk, AS_LOGIN) as connection:
        alliance = await _alliance(connection, alliance_code)
        return await policies.document_in_force(connection, alliance, await desk.clock.now(connection))


async def _publish(file: Path, instant: datetime, alliance_code: str | None, data: Path | None) -> str:
    from baobei.operations.publish_policy import PolicyNotPublishable, PublishPolicy, publish_policy
    from baobei.operations.transaction import AS_LOGIN, lent
    from baobei_cli.desk import database_url_of, opened_desk

    document = _text_of(file)
    async with opened_desk(database_url_of(data)) as desk:
        async with lent(desk, AS_LOGIN) as connection:
            alliance = await _alliance(connection, alliance_code)
        request = PublishPolicy(
            alliance_code=alliance.code, document=document, name=str(file), effective_from=instant
        )
        try:
            published = await publish_policy(desk, request)
        except (PolicyDocumentError, PolicyNotPublishable) as error:
            raise CommandError(str(error)) from None
    policy = published.policy
    return f"published {policy.code} version {policy.version} for {alliance.code}, in force from {instant.isoformat()}"


async def _alliance(connection: "Connection", code: str | None) -> "Alliance":
    from baobei.store import organisation

    known = await organisation.alliances(connection)
    chosen = [alliance for alliance in known if code in (None, alliance.code)]
    if len(chosen) != 1:
        codes = ", ".join(alliance.code for alliance in known) or "none"
        raise CommandError(f"--alliance: expected one of those that exist: {codes}")
    return chosen[0]


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CommandError(f"{file}: expected text in UTF-8") from None
