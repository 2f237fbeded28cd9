"""`baobei apikey`: keys by which integrations ask."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from baobei import clock
from baobei.history_events import read_instant
from baobei.operations.create_api_key import CreateApiKey, issue_api_key
from baobei.operations.errors import UnusableInput
from baobei.operations.results import Refused
from baobei.operations.revoke_api_key import end_api_key
from baobei.operations.transaction import AS_LOGIN, lent
from baobei.store import api_keys, organisation
from baobei.store.api_key_models import ApiKey, KeyScope
from baobei_cli.desk import database_url_of, opened_desk
from baobei_cli.errors import CommandError

if TYPE_CHECKING:
    from baobei.operations.actor import Desk
    from baobei.store.organisation_models import Alliance

LISTED = 100
NEVER = "-"

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke the API keys of integrations.")

AllianceOption = Annotated[str, typer.Option(help="the code of the alliance")]
DataOption = Annotated[Path | None, typer.Option(help="the data folder of a running `baobei up`")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="what people are to call it by")],
    alliance: AllianceOption,
    scope: Annotated[list[KeyScope], typer.Option(case_sensitive=False, help="what it may be used for")],
    staff: Annotated[
        str | None, typer.Option(help="the staff member in the role INTEGRATION that it is")
    ] = None,
    act_as: Annotated[list[str] | None, typer.Option(help="a staff member for whom it may act")] = None,
    act_as_unit: Annotated[list[str] | None, typer.Option(help="a unit for whose people it may act")] = None,
    act_as_anybody: Annotated[bool, typer.Option(help="it may act for everybody")] = False,
    expires: Annotated[
        str | None, typer.Option(help="the instant from which on it is none, with its offset")
    ] = None,
    data: DataOption = None,
) -> None:
    """Make a key and print it, this once."""
    if not 1 <= len(name.strip()) <= 100:
        raise CommandError("NAME: expected 1 to 100 characters")
    request = CreateApiKey(
        name=name.strip(),
        scopes=tuple(scope),
        staff_code=staff,
        for_everybody=act_as_anybody,
        for_staff_codes=tuple(act_as or ()),
        for_unit_codes=tuple(act_as_unit or ()),
        expires_at=None if expires is None else _instant(expires),
    )
    print(asyncio.run(_create(alliance, request, data)))


@app.command("list")
def list_(
    alliance: AllianceOption,
    revoked: Annotated[bool, typer.Option(help="those that were revoked, too")] = False,
    data: DataOption = None,
) -> None:
    """Print the keys, newest first, one a line: id, state, scopes, last used, name."""
    for key in asyncio.run(_list(alliance, data, revoked=revoked)):
        print(_line(key))


@app.command()
def revoke(
    key_id: Annotated[UUID, typer.Argument(help="the id of the key")],
    alliance: AllianceOption,
    data: DataOption = None,
) -> None:
    """Let a key be none from now on, for good."""
    print(asyncio.run(_revoke(alliance, key_id, data)))


async def _create(alliance_code: str, request: CreateApiKey, data: Path | None) -> str:
    async with opened_desk(database_url_of(data)) as desk:
        alliance = await _alliance(desk, alliance_code)
        try:
            answer = await issue_api_key(desk, alliance, request, by=None)
        except UnusableInput as error:
            raise CommandError(f"{error.field.removeprefix('input.')}: expected {error.expected}") from None
    if isinstance(answer, Refused):
        raise CommandError(f"{answer.code}: {answer.message.en}")
    return answer.text


async def _list(alliance_code: str, data: Path | None, *, revoked: bool) -> Sequence[ApiKey]:
    async with opened_desk(database_url_of(data)) as desk:
        alliance = await _alliance(desk, alliance_code)
        async with lent(desk, alliance) as connection:
            return await api_keys.newest(connection, alliance.id, revoked=revoked, at_most=LISTED)


async def _revoke(alliance_code: str, key_id: UUID, data: Path | None) -> str:
    async with opened_desk(database_url_of(data)) as desk:
        answer = await end_api_key(desk, await _alliance(desk, alliance_code), key_id, by=None)
    if isinstance(answer, Refused):
        raise CommandError(f"{answer.code}: {answer.message.en}")
    return f"{answer.key.id} revoked"


async def _alliance(desk: "Desk", code: str) -> "Alliance":
    async with lent(desk, AS_LOGIN) as connection:
        found = await organisation.alliance_by_code(connection, code)
    if found is None:
        raise CommandError(f"--alliance {code}: no such alliance")
    return found


def _line(key: ApiKey) -> str:
    state = "good" if key.good_at(clock.wall_now()) else "revoked" if key.revoked_at else "expired"
    scopes = ",".join(sorted(scope.value.lower() for scope in key.scopes))
    used = NEVER if key.last_used_at is None else key.last_used_at.isoformat(timespec="minutes")
    return "\t".join([str(key.id), state, scopes, used, key.name])


def _instant(text: str) -> datetime:
    try:
        return read_instant(text)
    except ValueError:
        raise CommandError(f"--expires {text}: expected an ISO 8601 instant with its offset") from None
