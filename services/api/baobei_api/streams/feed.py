"""What a process hears of the events of alliances that somebody listens to: read once, for all who listen.

One task looks in the database, and only while there is somebody to tell. Between two looks nobody holds a
connection. What was heard lately is kept, so that a stream which is a little behind need not read it again.
"""

import asyncio
from bisect import bisect_right
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

import structlog

from baobei.operations.actor import Desk
from baobei.operations.event_feed import Heard, Told, hear, newest_place
from baobei.operations.failures import describe
from baobei.store.organisation_models import Alliance, Staff

log: Final = structlog.get_logger("baobei.api")

LOOK_EVERY_S: Final = 0.5
LOOK_AGAIN_AFTER_FAILURE_S: Final = 2.0
EVENTS_A_LOOK: Final = 500
EVENTS_KEPT: Final = 1_000
EVENTS_AT_ONCE: Final = 200
READ_AT_ONCE: Final = 2


class RecentEvents:
    """What was heard lately of one alliance, and who listens.

    `since` is the place after which all is here. `changed` is set at the next change, and is then another one.
    """

    def __init__(self, alliance: Alliance, *, since: int) -> None:
        self.alliance = alliance
        self.since = since
        self.changed = asyncio.Event()
        self.listeners: Counter[UUID] = Counter()
        self.staff: Mapping[UUID, Staff] = {}
        self._heard: list[Heard] = []

    @property
    def head(self) -> int:
        """Return the place of the newest event."""
        return self._heard[-1].place if self._heard else self.since

    def after(self, place: int) -> tuple[Heard, ...]:
        """Return what follows a place that is not before `since`, at most so much at once."""
        first = bisect_right(self._heard, place, key=lambda heard: heard.place)
        return tuple(self._heard[first : first + EVENTS_AT_ONCE])

    def add(self, told: Told) -> None:
        """Add what was heard, and let go of what is too old to be kept."""
        # Who has begun to listen meanwhile was not asked for: they stay as they were.
        staff = {id: told.listeners.get(id, self.staff[id]) for id in self.listeners}
        if not told.heard and staff == self.staff:
            return
        self.staff = staff
        self._heard += told.heard
        too_many = len(self._heard) - EVENTS_KEPT
        if too_many > 0:
            self.since = self._heard[too_many - 1].place
            del self._heard[:too_many]
        self.wake()

    def wake(self) -> None:
        """Let all who wait look."""
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()


class EventFeed:
    """Hears for all streams of a process."""

    def __init__(self, desk: Desk) -> None:
        self.ending = False
        self._desk = desk
        self._recent: dict[int, RecentEvents] = {}
        self._opening = asyncio.Lock()
        self._reading = asyncio.Semaphore(READ_AT_ONCE)
        self._looking: asyncio.Task[None] | None = None

    @property
    def desk(self) -> Desk:
        """Return what the feed reads with."""
        return self._desk

    def end(self) -> None:
        """Let every stream end, and begin no more."""
        self.ending = True
        for recent in self._recent.values():
            recent.wake()

    @asynccontextmanager
    async def listening(self, alliance: Alliance, staff: Staff) -> AsyncIterator[RecentEvents]:
        """Hear for a staff member as long as the context lasts; the first one lets the feed look."""
        recent = await self._opened(alliance)
        recent.listeners[staff.id] += 1
        recent.staff = {**recent.staff, staff.id: staff}
        try:
            yield recent
        finally:
            recent.listeners[staff.id] -= 1
            recent.listeners += Counter()
            if not recent.listeners:
                self._recent.pop(alliance.id, None)
            if not self._recent and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    async def catch_up(self, alliance: Alliance, staff: Staff, *, after: int) -> Told:
        """Return what follows a place that nobody remembers any more; a few read at a time."""
        async with self._reading:
            return await hear(self._desk, alliance, after=after, listeners=[staff.id], at_most=EVENTS_AT_ONCE)

    async def _opened(self, alliance: Alliance) -> RecentEvents:
        async with self._opening:
            if alliance.id not in self._recent:
                since = await newest_place(self._desk, alliance)
                self._recent[alliance.id] = RecentEvents(alliance, since=since)
            if self._looking is None:
                self._looking = asyncio.create_task(self._look_on(), name="event feed")
            return self._recent[alliance.id]

    async def _look_on(self) -> None:
        while True:
            try:
                more = await self._look()
                pause_s = 0.0 if more else LOOK_EVERY_S
            except Exception as error:
                # Whatever it was: streams that nobody reads for would wait for ever.
                log.warning("event_feed_failed", **describe(error))
                pause_s = LOOK_AGAIN_AFTER_FAILURE_S
            await asyncio.sleep(pause_s)

    async def _look(self) -> bool:
        """Read what is new for every alliance that is listened to; return whether there may be more at once."""
        more = False
        for recent in list(self._recent.values()):
            told = await hear(
                self._desk,
                recent.alliance,
                after=recent.head,
                listeners=list(recent.listeners),
                at_most=EVENTS_A_LOOK,
            )
            recent.add(told)
            more = more or len(told.heard) == EVENTS_A_LOOK
        return more
