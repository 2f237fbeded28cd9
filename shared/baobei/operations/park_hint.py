"""Keeping what a queue brought and nobody here can run: visible, never run, never tried again."""

import re
from datetime import datetime
from functools import partial
from typing import Final

import structlog

from baobei.operations.actor import Desk
from baobei.operations.transaction import ALL_ALLIANCES, in_transaction
from baobei.store import ticks

log = structlog.get_logger("baobei.ticks")

LONGEST_NAME: Final = 60
NOT_OF_A_NAME: Final = re.compile(r"[^A-Za-z0-9_.:-]+")


async def park_hint(desk: Desk, *, name: str, reason: str, given_at: datetime) -> None:
    """Park a hint as a tick of the job `hint:NAME`; its arguments are left behind, whatever they hold.

    `reason` is a code.
    """
    job = f"hint:{NOT_OF_A_NAME.sub('_', name)[:LONGEST_NAME]}"
    log.error("hint_parked", job=job, reason=reason, given_at=given_at.isoformat())
    await in_transaction(
        desk,
        partial(ticks.insert_parked, job=job, period=given_at, outcome={"error": reason}),
        within=ALL_ALLIANCES,
    )
