"""`baobei person`: what is held about one person, for that person to have or to have erased (PIPL)."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from baobei.operations.actor import Office
from baobei.operations.erase_person import Erased, ErasePerson, count_person, erase_person
from baobei.operations.errors import UnusableInput
from baobei.operations.export_person import export_person
from baobei.operations.person_records import NotSealedYet, StillDisputed
from baobei.operations.transaction import AS_LOGIN, lent
from baobei.store import organisation
from baobei.store.organisation_models import Alliance
from baobei.vault import VaultError
from baobei_cli.desk import opened_office
from baobei_cli.errors import CommandError

app = typer.Typer(no_args_is_help=True, help="Export or erase all that is held about one person.")
app.callback()(lambda: None)

T = TypeVar("T")

AllianceOption = Annotated[str, typer.Option(help="the code of the alliance")]
PhoneOption = Annotated[str | None, typer.Option(help="the person's phone, in any spelling")]
AddressOption = Annotated[str | None, typer.Option(help="the person's home, down to the room")]
DataOption = Annotated[Path | None, typer.Option(help="the data folder of a running `baobei up`")]


@app.command()
def export(
    alliance: AllianceOption,
    phone: PhoneOption = None,
    address: AddressOption = None,
    out: Annotated[Path | None, typer.Option(help="the file to write; standard output when left out")] = None,
    data: DataOption = None,
) -> None:
    """Write all that carries a person's phone or address as JSON."""
    found = asyncio.run(
        _for(data, alliance, lambda office, known: export_person(office, known, phone=phone, address=address))
    )
    _write(json.dumps(found, ensure_ascii=False, indent=2) + "\n", out)


@app.command()
def erase(
    alliance: AllianceOption,
    reason: Annotated[str, typer.Option(help="why, for the record")],
    phone: PhoneOption = None,
    address: AddressOption = None,
    by: Annotated[str | None, typer.Option(help="the code of the staff member who does it")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    data: DataOption = None,
) -> None:
    """Erase a person: names, phones, addresses, notes and the keys to find them; decisions and credits stay."""
    if not reason.strip():
        raise CommandError("--reason: expected text that is not blank")
    if not yes:
        found = asyncio.run(
            _for(
                data,
                alliance,
                lambda office, known: count_person(office, known, phone=phone, address=address),
            )
        )
        typer.confirm(f"{_would_erase(found)}: erase, which cannot be undone?", abort=True, err=True)
    print(
        _told(asyncio.run(_for(data, alliance, _erasing(phone=phone, address=address, reason=reason, by=by))))
    )


def _erasing(
    *, phone: str | None, address: str | None, reason: str, by: str | None
) -> Callable[[Office, Alliance], Awaitable[Erased]]:
    async def erasing(office: Office, alliance: Alliance) -> Erased:
        by_id = None
        if by is not None:
            async with lent(office, AS_LOGIN) as connection:
                staff = await organisation.staff_by_code(connection, alliance.id, by)
            if staff is None:
                raise CommandError(f"--by {by}: no such staff member")
            by_id = staff.id
        return await erase_person(
            office, alliance, ErasePerson(phone=phone, address=address, reason=reason, by_id=by_id)
        )

    return erasing


async def _for(data: Path | None, code: str, work: Callable[[Office, Alliance], Awaitable[T]]) -> T:
    async with opened_office(data) as office:
        async with lent(office, AS_LOGIN) as connection:
            alliance = await organisation.alliance_by_code(connection, code)
        if alliance is None:
            raise CommandError(f"--alliance {code}: no such alliance")
        try:
            return await work(office, alliance)
        except UnusableInput as error:
            raise CommandError(f"--{error.field}: expected {error.expected}") from None
        except NotSealedYet as error:
            raise CommandError(f"{error}: run `baobei keys rotate` first", status=1) from None
        except StillDisputed as error:
            raise CommandError(str(error), status=1) from None
        except VaultError as error:
            raise CommandError(str(error), status=1) from None


def _would_erase(found: Erased) -> str:
    return (
        f"contacts {found.contacts}, registrations {found.registrations} (withdrawn {found.withdrawn}),"
        f" requests cancelled {found.requests_cancelled}, orders {found.orders}, what was written about them,"
        f" and the files of {found.files} past imports of the whole alliance"
    )


def _told(erased: Erased) -> str:
    return (
        f"contacts {erased.contacts}, registrations {erased.registrations} (withdrawn {erased.withdrawn}),"
        f" requests cancelled {erased.requests_cancelled}, orders {erased.orders}, texts {erased.texts},"
        f" imported files {erased.files}"
    )


def _write(text: str, out: Path | None) -> None:
    """Write a person's data, into a file that nobody else may read."""
    if out is None:
        sys.stdout.write(text)
        return
    try:
        with os.fdopen(
            os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(text)
    except OSError as error:
        raise CommandError(f"--out {out}: {error.strerror}") from None
