"""Taking away events and deliveries that are past their retention, a bounded number at a time."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from baobei.clock import wall_now
from baobei.operations.actor import Desk
from baobei.operations.transaction import ALL_ALLIANCES, in_transaction
from baobei.store import deliveries, outbox

# By wall time. An event can be sent again until it is taken away; the log of attempts is kept by a trigger for
# 90 days, and goes with its delivery.
EVENTS_KEPT: Final = timedelta(days=30)
DELIVERIES_KEPT: Final = timedelta(days=91)
ROWS_A_RUN: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """How many events and deliveries were taken away, and whether there may be more."""

    events: int
    deliveries: int
    more: bool


async def purge_outbox(
    desk: Desk,
    *,
    events_kept: timedelta = EVENTS_KEPT,
    deliveries_kept: timedelta = DELIVERIES_KEPT,
    at_most: int = ROWS_A_RUN,
) -> Purged:
    """Take away the oldest of what is past its retention; an event on its way to somebody stays.

    Two short transactions; may be killed between them, and run by several at once.
    """
    now = wall_now()
    events = await in_transaction(
        desk, partial(outbox.purge, relayed_before=now - events_kept, limit=at_most), within=ALL_ALLIANCES
    )
    ended = await in_transaction(
        desk,
        partial(deliveries.purge, settled_before=now - deliveries_kept, limit=at_most),
        within=ALL_ALLIANCES,
    )
    return Purged(events=events, deliveries=ended, more=events >= at_most or ended >= at_most)
