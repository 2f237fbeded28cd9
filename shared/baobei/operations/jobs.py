"""Every job of the worker, by name: what `POST /dev/jobs` runs to its end under a travelled clock."""

from typing import Any

from baobei.operations.actor import Desk
from baobei.operations.sweep_deadlines import sweep_deadlines


async def run_due(desk: Desk) -> list[dict[str, Any]]:
    """Run every job that is due at the clock's instant and return what each did."""
    swept = await sweep_deadlines(desk)
    return [{"job": "sweep_deadlines", "registrations": swept.registrations, "more": swept.more}]
