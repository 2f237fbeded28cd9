"""Runs `tests/chaos/invariants.sql`: what must hold whenever all is quiet."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from baobei.store.connection import Connection

FILE = Path(__file__).parent / "chaos" / "invariants.sql"
SHOWN = 5


def invariants() -> dict[str, str]:
    """Return the statements by name."""
    parts = re.split(r"^-- name: (.+)$", FILE.read_text(), flags=re.MULTILINE)[1:]
    return {
        name: statement.partition(";")[0] for name, statement in zip(parts[::2], parts[1::2], strict=True)
    }


async def violations(connection: "Connection") -> dict[str, list[dict[str, Any]]]:
    """Return what is wrong, by the name of the invariant; the first few rows of each."""
    found = {}
    for name, statement in invariants().items():
        if rows := await connection.fetch(statement):
            found[name] = [dict(row) for row in rows[:SHOWN]]
    return found
