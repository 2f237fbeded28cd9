"""`baobei token`: a bearer token for development."""

import os
from pathlib import Path
from typing import Annotated

import typer

from baobei_api.tokens import issue_token
from baobei_cli.errors import CommandError
from baobei_cli.folder import DataFolder

A_DAY_S = 24 * 60 * 60
A_YEAR_S = 366 * A_DAY_S


def token(
    staff_code: Annotated[str, typer.Argument(help="the staff member to act as")],
    alliance: Annotated[str, typer.Option(help="the code of the alliance")],
    data: Annotated[Path, typer.Option(help="the data folder of `baobei up`")] = Path("data"),
    valid_s: Annotated[
        int, typer.Option("--valid-seconds", min=1, max=A_YEAR_S, help="how long it is valid")
    ] = A_DAY_S,
) -> None:
    """Print a bearer token for a staff member; refused where production keys are configured."""
    if os.environ.get("BAOBEI_MODE") == "production" or os.environ.get("BAOBEI_JWKS_URL"):
        raise CommandError("token: production keys are configured; tokens come from their issuer")
    print(issue_token(key=_key(data), staff_code=staff_code, alliance=alliance, expires_in_s=valid_s))


def _key(data: Path) -> str:
    if key := os.environ.get("BAOBEI_DEV_TOKEN_KEY"):
        return key
    path = DataFolder(data.absolute().resolve()).secrets / "dev_token_key"
    try:
        return path.read_text().strip()
    except OSError:
        raise CommandError(
            f"--data {data}: no development key there; run `baobei up --data {data}` once"
        ) from None
