"""One stream of events: Server-Sent Events of what concerns one caller, from a place on.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from baobei.clock import monotonic
from baobei.operations.actor import Actor
from baobei.operations.event_feed import Beginning, Heard, Told, reset_letter
from baobei.store.connection import NO_ANSWER
from baobei.store.organisation_models import Staff
from baobei_api.graphql.errors import ApiError, Unavailable
from baobei_api.streams.feed import LOOK_AGAIN_AFTER_FAILURE_S, EventFeed, RecentEvents

RETRY_MS: Final = 2_000
HEARTBEAT_S: Final = 15.0
# How often the token itself is looked at again; whether its owner still works here, at each look of the feed.
AUTHENTICATED_FOR_S: Final = 5.0


@dataclass(slots=True, kw_only=True)
class Stream:
    """What a caller is told. `authenticate` says again who they are and raises when they are nobody any more.

    `place` is that of the last event which was looked at, whether it concerned the caller or not.
    """

    feed: EventFeed
    recent: RecentEvents
    actor: Actor
    authenticate: Callable[[], Awaitable[Actor]]
    place: int
    on_told: Callable[[int], None]

    async def parts(self, beginning: Beginning) -> AsyncIterator[bytes]:
        """Yield what is sent, until the caller may hear no more or the process ends."""
        yield b"retry: %d\n" % RETRY_MS + (
            _event(self.place, reset_letter()) if beginning.missed else _sign_of_life(self.place)
        )
        authenticated_at = sent_at = monotonic()
        while not self.feed.ending:
            changed = self.recent.changed
            told = await self._next()
            viewer = told.listeners.get(self.actor.staff.id)
            if viewer is None or not viewer.active:
                return
            # Asked before anything is told: what was revoked hears at most what happened within these seconds.
            if monotonic() - authenticated_at >= AUTHENTICATED_FOR_S:
                if not await self._is_authentic():
                    return
                authenticated_at = monotonic()
            if part := self._written(told.heard, viewer):
                yield part
                sent_at = monotonic()
            if told.heard:
                continue
            if monotonic() - sent_at >= HEARTBEAT_S:
                yield _sign_of_life(self.place)
                sent_at = monotonic()
            await _set_within(changed, min(AUTHENTICATED_FOR_S, HEARTBEAT_S - (monotonic() - sent_at)))

    async def _next(self) -> Told:
        """Return what follows; nothing while the database does not answer."""
        if self.place >= self.recent.since:
            return Told(heard=self.recent.after(self.place), listeners=self.recent.staff)
        try:
            return await self.feed.catch_up(self.actor.alliance, self.actor.staff, after=self.place)
        except NO_ANSWER:
            await asyncio.sleep(LOOK_AGAIN_AFTER_FAILURE_S)
            return Told(heard=(), listeners=self.recent.staff)

    def _written(self, heard: tuple[Heard, ...], viewer: Staff) -> bytes:
        mine = [each for each in heard if each.reaches(viewer)]
        if heard:
            self.place = heard[-1].place
        self.on_told(len(mine))
        return b"".join(_event(each.place, each.letter) for each in mine)

    async def _is_authentic(self) -> bool:
        try:
            await self.authenticate()
        except (Unavailable, *NO_ANSWER):
            # While nobody can say, nothing can be told either.
            return True
        except ApiError:
            return False
        return True


def _event(place: int, letter: bytes) -> bytes:
    return b"id: %d\ndata: %b\n\n" % (place, letter)


def _sign_of_life(place: int) -> bytes:
    """Return a comment, and a place without an event: who comes back later need not go over it again."""
    return b":\nid: %d\n\n" % place


async def _set_within(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), max(seconds, 0))
