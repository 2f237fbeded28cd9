"""Events for those who listen: each as its letter, with the people whom it concerns."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from baobei.clock import wall_now
from baobei.operations import access
from baobei.operations.actor import Desk
from baobei.operations.event_letters import body_of
from baobei.operations.purge_outbox import EVENTS_KEPT
from baobei.operations.transaction import lent
from baobei.store import event_feed, organisation
from baobei.store.connection import Connection
from baobei.store.event_feed import Concerned, RelayedEvent
from baobei.store.organisation_models import Alliance, Staff, Unit

FROM_THE_BEGINNING: Final = 0
# Who has missed more than that reads anew what is so, instead of what happened.
MOST_MISSED: Final = 10_000
RESET_EVENT: Final = "stream.reset"
# What is told to those whom it concerns. Anything else, as a suspicion of somebody, to who sees the alliance alone.
TOLD_TO_THEM: Final = ("registration.", "quota.", "order.", "approval.", "dispute.")
# What is told of a unit's reports to whoever reads them.
ABOUT_REPORTS: Final = "report."
# Of a transfer, who had the registration before is told, too.
BEFORE: Final = "from"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """An event at its place: its letter, and whom it concerns (`alone`: not their managers).

    `reporting` is the unit of which it tells a report, None for anything else.
    """

    place: int
    letter: bytes
    people: tuple[Staff, ...]
    alone: tuple[Staff, ...]
    reporting: Unit | None = None

    def reaches(self, viewer: Staff) -> bool:
        """Whether the viewer is told of it."""
        if self.reporting is not None:
            return access.may_read_report(viewer, unit=self.reporting)
        return access.may_hear(viewer, people=self.people, alone=self.alone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an alliance is told, and who listens, as they are now."""

    heard: tuple[Heard, ...]
    listeners: Mapping[UUID, Staff]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """The place from which to listen (exclusive); `missed`: what was before it cannot be told any more."""

    place: int
    missed: bool


async def begin_listening(desk: Desk, alliance: Alliance, *, after: int | None) -> Beginning:
    """Return where to begin: after the place that was heard last, None for now.

    A place that is not the alliance's, is past the retention of events, or has too many after it gives the newest
    one instead, and says that something was missed.
    """
    async with lent(desk, alliance) as connection:
        newest = await event_feed.newest(connection, alliance.id)
        if after is None:
            return Beginning(place=newest, missed=False)
        if await _can_go_on(connection, alliance.id, after):
            return Beginning(place=after, missed=False)
    return Beginning(place=newest, missed=True)


async def newest_place(desk: Desk, alliance: Alliance) -> int:
    """Return the place of the alliance's newest event."""
    async with lent(desk, alliance) as connection:
        return await event_feed.newest(connection, alliance.id)


async def hear(
    desk: Desk, alliance: Alliance, *, after: int, listeners: Collection[UUID], at_most: int
) -> Told:
    """Return what an alliance is told after a place, in order, at most so many events.

    Whom an event concerns, and who listens, is looked up as things stand once the events have been read.
    """
    async with lent(desk, alliance) as connection:
        events = await event_feed.after(connection, alliance.id, after, at_most=at_most)
        heard = await _heard(connection, alliance.id, events)
        staff = await organisation.staff_by_ids(connection, alliance.id, listeners)
        return Told(heard=heard, listeners=staff)


def reset_letter() -> bytes:
    """Return what is told instead of events that cannot be told any more."""
    return body_of(RESET_EVENT, subject_id=None, occurred_at=wall_now(), payload={})


async def _can_go_on(connection: Connection, alliance_id: int, after: int) -> bool:
    if after != FROM_THE_BEGINNING:
        relayed_at = await event_feed.relayed_at(connection, alliance_id, after)
        if relayed_at is None or relayed_at < wall_now() - EVENTS_KEPT:
            return False
    count = await event_feed.count_after(connection, alliance_id, after, up_to=MOST_MISSED + 1)
    return count <= MOST_MISSED


async def _heard(
    connection: Connection, alliance_id: int, events: Collection[RelayedEvent]
) -> tuple[Heard, ...]:
    if not events:
        return ()
    concerned = await event_feed.concerned(connection, alliance_id, {event.subject_id for event in events})
    by_event = [(event, _all_concerned(event, concerned)) for event in events]
    ids = {id for _, of_event in by_event for id in of_event.people | of_event.alone}
    staff = await organisation.staff_by_ids(connection, alliance_id, ids)
    reporting = {event.place: unit_id for event in events if (unit_id := _reporting(event)) is not None}
    units = await organisation.units_by_ids(connection, alliance_id, set(reporting.values()))
    return tuple(
        Heard(
            place=event.place,
            letter=body_of(
                event.event_type,
                subject_id=event.subject_id,
                occurred_at=event.occurred_at,
                payload=event.payload,
            ),
            people=tuple(staff[id] for id in of_event.people if id in staff),
            alone=tuple(staff[id] for id in of_event.alone if id in staff),
            reporting=units[reporting[event.place]] if event.place in reporting else None,
        )
        for event, of_event in by_event
    )


def _reporting(event: RelayedEvent) -> UUID | None:
    return UUID(event.payload["unit"]) if event.event_type.startswith(ABOUT_REPORTS) else None


def _all_concerned(event: RelayedEvent, concerned: Mapping[UUID, Concerned]) -> Concerned:
    if not event.event_type.startswith(TOLD_TO_THEM):
        return _NOBODY
    found = concerned.get(event.subject_id, _NOBODY)
    before = event.payload.get(BEFORE)
    if before is None:
        return found
    return Concerned(people=found.people | {UUID(before)}, alone=found.alone)


_NOBODY: Final = Concerned(people=frozenset(), alone=frozenset())
