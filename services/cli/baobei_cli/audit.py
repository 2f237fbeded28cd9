"""`baobei audit`: whether the audit is what was written."""

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from baobei.operations.seal_audit import seal_audit
from baobei.operations.verify_audit import (
    AuditHead,
    Finding,
    Tampering,
    Verified,
    audit_head,
    verify_audit,
)
from baobei_cli.desk import alliance_of, opened_office
from baobei_cli.errors import CommandError

app = typer.Typer(no_args_is_help=True, help="Check that nobody has tampered with the audit.")
app.callback()(lambda: None)

AllianceOption = Annotated[str, typer.Option(help="the code of the alliance")]
DataOption = Annotated[Path | None, typer.Option(help="the data folder of a running `baobei up`")]

SAID: Final = {
    Tampering.EDITED: "an event is not as it was written",
    Tampering.MISSING: "an event is gone",
    Tampering.SLIPPED_IN: "an event stands among sealed ones and was not there when they were sealed",
    Tampering.BACK_DATED: "an event says that it was written before a seal that does not have it",
    Tampering.SEAL_EDITED: "a seal is not as it was made, or not in its place",
    Tampering.SEAL_MISSING: "a seal is gone",
    Tampering.HEAD_MISSING: "the seal of the head that was kept is gone: the end was cut off",
    Tampering.HEAD_DIFFERS: "the seal of the head that was kept is another one: the chain was made anew",
}


@app.command()
def verify(
    alliance: AllianceOption,
    head: Annotated[Path | None, typer.Option(help="a head that `baobei audit head` printed")] = None,
    data: DataOption = None,
) -> None:
    """Compute the whole chain again; status 1 when something is not as it was written."""
    kept = None if head is None else _read_head(head, alliance)
    verified = asyncio.run(_verify(data, alliance, kept))
    for finding in verified.findings:
        print(f"{finding.what}: {SAID[finding.what]}{_place(finding)}")
    print(_summary(verified))
    if verified.findings:
        raise typer.Exit(1)


@app.command()
def head(alliance: AllianceOption, data: DataOption = None) -> None:
    """Seal what is written, and print the newest seal; keep it where nobody can change it."""
    newest = asyncio.run(_head(data, alliance))
    if newest is None:
        raise CommandError(f"{alliance}: nothing has been recorded yet", status=1)
    text = {
        "alliance": alliance,
        "seal_number": newest.seal_number,
        "hash": newest.hash.hex(),
        "sealed_at": newest.sealed_at.isoformat(),
    }
    print(json.dumps(text))


async def _verify(data: Path | None, code: str, kept: AuditHead | None) -> Verified:
    async with opened_office(data) as office:
        return await verify_audit(office, await alliance_of(office, code), head=kept)


async def _head(data: Path | None, code: str) -> AuditHead | None:
    async with opened_office(data) as office:
        alliance = await alliance_of(office, code)
        while (did := await seal_audit(office, alliance)).more:
            pass
        if did.held_up:
            raise CommandError("somebody has been writing for long and does not end: ask again", status=1)
        return await audit_head(office, alliance)


def _read_head(path: Path, alliance: str) -> AuditHead:
    try:
        text = json.loads(path.read_text(encoding="utf-8"))
        read = AuditHead(
            seal_number=int(text["seal_number"]),
            hash=bytes.fromhex(text["hash"]),
            sealed_at=datetime.fromisoformat(text["sealed_at"]),
        )
        of = text["alliance"]
    except OSError as error:
        raise CommandError(f"--head {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise CommandError(f"--head {path}: expected what `baobei audit head` printed") from None
    if of != alliance:
        raise CommandError(f"--head {path}: it is the head of {of}, not of {alliance}")
    return read


def _place(finding: Finding) -> str:
    places = (("event", finding.sequence), ("seal", finding.seal_number))
    told = ", ".join(f"{what} {number}" for what, number in places if number is not None)
    return f" ({told})"


def _summary(verified: Verified) -> str:
    what = "ok" if not verified.findings else f"{len(verified.findings)} things are wrong"
    oldest = verified.oldest_unsealed_at
    since = "" if oldest is None else f", the oldest of {oldest.isoformat(timespec='seconds')}"
    newest = "none" if verified.head is None else f"{verified.head.seal_number} {verified.head.hash.hex()}"
    return (
        f"{what}: {verified.events} events under {verified.seals} seals, {verified.unsealed} not sealed yet"
        f"{since}; newest seal {newest}"
    )
