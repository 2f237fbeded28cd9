"""An alliance begins with its past: a recorded history, whose times an administrator vouches for.

All or nothing, in one transaction that holds the alliance: killed anywhere, nothing has happened, and nobody
registers meanwhile. Each event goes through the operation that records it in daily use, and its outcome must
be that of a replay of the file. Nothing of it is told to webhooks; the acts are all there.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID

from baobei.clock import VouchedClock
from baobei.history_events import HistoryError, HistoryEvent, read_event
from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.errors import Forbidden, OperationError
from baobei.operations.history_checks import problem_of
from baobei.operations.history_run import HistoryRun
from baobei.operations.registration_changes import Change, write_changes
from baobei.operations.transaction import lent
from baobei.policy.terms import Channel
from baobei.replay import Outcome, Replay
from baobei.store import histories, ledger, organisation, policies, registrations
from baobei.store.connection import Connection
from baobei.store.ledger import Act
from baobei.store.organisation_models import Staff
from baobei.store.policy_models import PublishedPolicy

if TYPE_CHECKING:
    import asyncpg

# Opened twice: once to look at all of it, once to record it.
Lines = Callable[[], Iterable[bytes]]
MOST_PROBLEMS: Final = 20
CHUNK: Final = 500
_WHO: Final = ("by", "to", "taken_by")


class HistoryNotLoadable(OperationError):
    """A history that cannot be loaded, with what is wrong of it; nothing was written."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLoaded:
    """How many events were recorded, and at which instants the first and the last."""

    events: int
    first_at: datetime
    last_at: datetime


async def load_history(
    office: Office, actor: Actor, lines: Lines, *, on_outcome: Callable[[Outcome], None]
) -> HistoryLoaded:
    """Record a history (history-format.md) in an alliance without registrations and orders.

    `on_outcome` gets the outcome of each event, as a replay writes it. Raises `Forbidden` for who is no
    administrator, and `HistoryNotLoadable` for a history with a line in error, with people who are not (or no
    longer) in the alliance or of another channel, that reaches into the future or over a change of policy, or
    of an alliance that has a past already.
    """
    if not access.may_load_history(actor.staff):
        raise Forbidden(operation="loadHistory")
    async with lent(office, actor) as connection, connection.transaction():
        if not await histories.hold_empty_alliance(connection, actor.alliance.id):
            raise HistoryNotLoadable(f"{actor.alliance.code} has registrations or orders already")
        now = await office.clock.now(connection)
        looked = await _look(connection, actor, lines, now=now)
        clock = VouchedClock(looked.loaded.first_at)
        vouched = replace(office, pool=_OneConnection(connection).as_pool(), clock=clock, vouched=True)
        run = HistoryRun(vouched, clock, actor, looked.people)
        replay = Replay(looked.version.policy)
        for number, line in enumerate(lines(), start=1):
            if line.isspace() or not line:
                continue
            outcome, expected = (
                await run.outcome(read_event(line)),
                replay.answer(line, number=number).outcome,
            )
            if outcome != expected:
                raise HistoryNotLoadable(f"line {number}: recorded as {outcome}, a replay says {expected}")
            on_outcome(outcome)
        await _catch_up(connection, actor, at=now)
        await _note(connection, actor, looked.loaded, at=now)
        return looked.loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    loaded: HistoryLoaded
    people: dict[str, Staff]
    version: PublishedPolicy


async def _look(connection: Connection, actor: Actor, lines: Lines, *, now: datetime) -> _Looked:
    """Go through the whole history before anything is written; raises `HistoryNotLoadable`."""
    first = next((line for line in lines() if not line.isspace()), None)
    begins_at = None if first is None else _instant_of(first)
    version = await policies.in_force(connection, actor.alliance, begins_at or now)
    replay, problems = Replay(version.policy), list[str]()
    codes: dict[str, int] = {}
    channels: dict[tuple[str, Channel], int] = {}
    for number, line in enumerate(lines(), start=1):
        if line.isspace() or not line:
            continue
        answer = replay.answer(line, number=number)
        if answer.at is None:
            problems.append(f"line {number}: {answer.outcome['error']}: {answer.outcome['message']}")
            continue
        event = read_event(line)
        if (problem := problem_of(event, classes=version.policy.customer_classes)) is not None:
            problems.append(f"line {number}: {problem}")
            continue
        for code in _people_of(event):
            codes.setdefault(code, number)
        if event.type == "register":
            channels.setdefault((event["by"], Channel(event["channel"])), number)
    people = await organisation.staff_by_codes(connection, actor.alliance.id, list(codes))
    problems += _wrong_people(codes, channels, people)
    last_at = replay.last_event_at
    if last_at is None or begins_at is None:
        problems.append("there is no event in it")
    elif last_at > now:
        problems.append(f"the last event is at {last_at.isoformat()}, which is not past")
    elif (await policies.in_force(connection, actor.alliance, last_at)).id != version.id:
        problems.append("the policy in force changes within it: replay it in parts instead")
    if problems or last_at is None or begins_at is None:
        raise HistoryNotLoadable(*problems[:MOST_PROBLEMS])
    events = sum(1 for line in lines() if not line.isspace())
    loaded = HistoryLoaded(events=events, first_at=begins_at, last_at=last_at)
    return _Looked(loaded=loaded, people=people, version=version)


def _instant_of(line: bytes) -> datetime | None:
    try:
        return read_event(line).at
    except HistoryError:
        return None


def _people_of(event: HistoryEvent) -> set[str]:
    named = {code for field in _WHO if (code := event.get(field)) is not None}
    return named | {credit["staff"] for credit in event.get("credits") or ()}


def _wrong_people(
    codes: dict[str, int], channels: dict[tuple[str, Channel], int], people: dict[str, Staff]
) -> list[str]:
    unknown = [
        f"line {number}: nobody who works for the alliance has the code {code!r}"
        for code, number in codes.items()
        if code not in people or not people[code].active
    ]
    elsewhere = [
        f"line {number}: {code!r} registers in {channel.value} there, and works elsewhere now"
        for (code, channel), number in channels.items()
        if code in people and people[code].unit_kind.channel is not channel
    ]
    return [*unknown, *elsewhere]


async def _catch_up(connection: Connection, actor: Actor, *, at: datetime) -> None:
    """Write down what the calendar brought since the last event, so that no sweep tells it as news."""
    while ids := await histories.due(connection, actor.alliance.id, at=at, limit=CHUNK):
        held: dict[UUID, Any] = await registrations.lock_by_ids(connection, actor.alliance, ids)
        changes = [Change(stored=held[id]) for id in ids]
        await write_changes(connection, actor.alliance, changes, actor_id=None, at=at)


async def _note(connection: Connection, actor: Actor, loaded: HistoryLoaded, *, at: datetime) -> None:
    vouched = Act(
        kind="staff.loaded_history",
        subject_id=actor.staff.id,
        occurred_at=at,
        actor_id=actor.staff.id,
        detail={
            "events": loaded.events,
            "first_at": loaded.first_at.isoformat(),
            "last_at": loaded.last_at.isoformat(),
        },
    )
    await ledger.append(connection, actor.alliance.id, [vouched])


class _OneConnection:
    """Hands out the one connection of a transaction: what begins a transaction on it begins a savepoint."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def as_pool(self) -> "asyncpg.Pool[asyncpg.Record]":
        """Return it as what operations take: of a pool they use nothing but `acquire`."""
        return cast("asyncpg.Pool[asyncpg.Record]", self)

    @asynccontextmanager
    async def acquire(self, *, timeout: float | None = None) -> AsyncIterator[Connection]:  # noqa: ARG002, ASYNC109
        yield self._connection
