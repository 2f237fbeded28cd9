"""The expiry sweep: stored statuses follow the calendar; no decision waits for it."""

import structlog

from baobei.operations.actor import Office
from baobei.operations.sweep_deadlines import sweep_deadlines

log = structlog.get_logger("baobei.worker")


async def sweep(office: Office) -> int:
    """Bring every stored status up to date and return how many registrations were behind."""
    swept = await sweep_deadlines(office)
    if swept.registrations or swept.more:
        log.info("swept", registrations=swept.registrations, more=swept.more)
    return swept.registrations
