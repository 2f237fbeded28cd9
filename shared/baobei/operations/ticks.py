"""Crons are ticks: each period of a job is effective once, whoever runs it, and caught up when nobody could.

Periods go by the business clock, leases and pauses by wall time. A job that dies with its worker is taken over
when its lease runs out; one that fails is tried again after a growing pause, then parked for a person to see.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

import structlog

from baobei.clock import TravelClock, monotonic
from baobei.operations.actor import Office
from baobei.operations.failures import describe
from baobei.operations.transaction import ALL_ALLIANCES, in_transaction
from baobei.policy.calendar import local_date, month_of, start_of_day
from baobei.store import organisation, ticks
from baobei.store.connection import NO_ANSWER, Connection
from baobei.store.ticks import Period, Tick

log = structlog.get_logger("baobei.ticks")

LEASE_S: Final = 15.0
RENEW_EVERY_S: Final = 4.0
FIRST_PAUSE_S: Final = 5.0
LONGEST_PAUSE_S: Final = 300.0
SERVICE_ZONE: Final = ZoneInfo("UTC")

Outcome = Mapping[str, Any]


class Every(StrEnum):
    """How long a period is; days and months are those of the job's time zone."""

    MINUTE = "MINUTE"
    HOUR = "HOUR"
    DAY = "DAY"
    MONTH = "MONTH"


class TickEnd(StrEnum):
    """How a run of a tick ended."""

    DONE = "DONE"
    UNFINISHED = "UNFINISHED"
    FAILED = "FAILED"
    PARKED = "PARKED"
    LOST = "LOST"
    GIVEN_BACK = "GIVEN_BACK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work that is due once a period.

    `catch_up` is how many periods, the current one included, are run after a time without workers; `tries` how
    often one is tried before it is parked. `of_each_alliance`: one tick an alliance, its days and months in the
    alliance's time zone; else one of the whole service, in UTC. `timeout_s` ends a run of wall time. `run` gets the
    tick that it runs for: what must not happen twice is written by `once`; all else must bear being run twice. It
    returns what it did, as counts and codes; `more` in it says that something is left for another try.
    """

    name: str
    every: Every
    run: Callable[[Office, Tick], Awaitable[Outcome]]
    of_each_alliance: bool = False
    catch_up: int = 1
    tries: int = 8
    timeout_s: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A tick that was run, how that ended, and what it said or why it failed."""

    tick: Tick
    end: TickEnd
    seconds: float
    outcome: Outcome = field(default_factory=dict)


class TickLost(Exception):
    """The lease ran out and somebody else has taken the tick."""


class Crashed(Exception):
    """A job has ended its workers as often as it may be tried."""


class TookTooLong(Exception):
    """A job ran longer than it may."""


def period_of(every: Every, instant: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant of the period that an instant lies in; aware, in UTC."""
    match every:
        case Every.MINUTE:
            return instant.astimezone(UTC).replace(second=0, microsecond=0)
        case Every.HOUR:
            return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        case Every.DAY:
            return start_of_day(local_date(instant, zone), zone)
        case Every.MONTH:
            return start_of_day(month_of(instant, zone), zone)


def due_periods(job: Job, *, now: datetime, zone: ZoneInfo, newest: datetime | None) -> tuple[datetime, ...]:
    """Return the periods to run, the earliest first: those after the newest known one, at most `catch_up`.

    A job that nobody has seen before begins with the current period.
    """
    current = period_of(job.every, now, zone)
    if newest is None:
        return (current,)
    due: list[datetime] = []
    while current > newest and len(due) < job.catch_up:
        due.append(current)
        current = period_of(job.every, current - timedelta(microseconds=1), zone)
    return tuple(reversed(due))


async def run_ticks(
    office: Office,
    jobs: Sequence[Job],
    *,
    stopping: Callable[[], bool] = lambda: False,
    on_ran: Callable[[Ran], None] = lambda _ran: None,
) -> list[Ran]:
    """Run what is due of these jobs and is held by nobody else, one after the other, and return what ran."""
    by_name = {job.name: job for job in jobs}
    await plan(office, jobs)
    ran: list[Ran] = []
    while not stopping():
        tick = await in_transaction(
            office,
            lambda connection: ticks.claim(connection, by_name.keys(), lease_s=LEASE_S),
            within=ALL_ALLIANCES,
        )
        if tick is None:
            break
        ran.append(await run_tick(office, by_name[tick.job], tick))
        on_ran(ran[-1])
    return ran


async def once(office: Office, tick: Tick, work: Callable[[Connection], Awaitable[Outcome]]) -> Outcome:
    """Do the work and finish its tick in one transaction: what it writes is written once for the period.

    Raises `TickLost` when somebody else has taken the tick; nothing is written then.
    """

    async def write(connection: Connection) -> Outcome:
        if not await ticks.hold(connection, tick):
            raise TickLost
        outcome = await work(connection)
        await ticks.finish(connection, tick, outcome)
        return outcome

    return await in_transaction(office, write, within=ALL_ALLIANCES)


async def some_are_held(office: Office, jobs: Sequence[Job]) -> bool:
    """Return whether anybody is running a tick of these jobs now."""
    names = [job.name for job in jobs]
    return await in_transaction(
        office, lambda connection: ticks.some_are_held(connection, names), within=ALL_ALLIANCES
    )


async def run_tick(office: Office, job: Job, tick: Tick) -> Ran:
    """Run a claimed tick and write down how that ended.

    A cancelled run gives the tick back and raises.
    """
    started = monotonic()
    with structlog.contextvars.bound_contextvars(job=job.name, job_id=f"{tick.id}.{tick.fence}"):
        try:
            end, outcome = await _attempt(office, job, tick)
        except asyncio.CancelledError:
            await _tell(office, tick, TickEnd.GIVEN_BACK, {})
            raise
        if not await _tell(office, tick, end, outcome):
            end = TickEnd.LOST
        seconds = monotonic() - started
        tell = {TickEnd.DONE: log.info, TickEnd.PARKED: log.error}.get(end, log.warning)
        tell("tick", end=end.value, period=tick.period.isoformat(), seconds=round(seconds, 3), **outcome)
        return Ran(tick=tick, end=end, seconds=seconds, outcome=outcome)


async def _attempt(office: Office, job: Job, tick: Tick) -> tuple[TickEnd, Outcome]:
    last = tick.attempts >= job.tries
    try:
        if tick.attempts > job.tries:
            raise Crashed
        outcome = dict(await _within_lease(office, job, tick))
    except TickLost:
        return TickEnd.LOST, {}
    except Exception as error:
        return TickEnd.PARKED if last else TickEnd.FAILED, describe(error)
    if outcome.get("more"):
        return TickEnd.PARKED if last else TickEnd.UNFINISHED, outcome
    return TickEnd.DONE, outcome


async def plan(office: Office, jobs: Sequence[Job]) -> None:
    """Give every due period a tick, without running any."""
    await in_transaction(office, lambda connection: _plan(connection, office, jobs), within=ALL_ALLIANCES)


async def _plan(connection: Connection, office: Office, jobs: Sequence[Job]) -> None:
    if isinstance(office.clock, TravelClock):
        await ticks.forget_future(connection)
    now = await office.clock.now(connection)
    newest = await ticks.newest_periods(connection, [job.name for job in jobs], at=now)
    zones: dict[int | None, ZoneInfo] = {None: SERVICE_ZONE}
    if any(job.of_each_alliance for job in jobs):
        zones |= {each.id: each.time_zone for each in await organisation.alliances(connection)}
    due = [
        Period(alliance_id=alliance_id, job=job.name, starts_at=starts_at)
        for job in jobs
        for alliance_id, zone in zones.items()
        if job.of_each_alliance == (alliance_id is not None)
        for starts_at in due_periods(job, now=now, zone=zone, newest=newest.get((alliance_id, job.name)))
    ]
    if due:
        await ticks.insert(connection, due)


async def _within_lease(office: Office, job: Job, tick: Tick) -> Outcome:
    """Run the job while its lease is renewed; end it when it takes too long or somebody else has the tick."""
    give_up_at = monotonic() + job.timeout_s
    work = asyncio.ensure_future(job.run(office, tick))
    try:
        while not work.done():
            await asyncio.wait({work}, timeout=min(RENEW_EVERY_S, max(give_up_at - monotonic(), 0)))
            if work.done():
                break
            if monotonic() >= give_up_at:
                raise TookTooLong
            if not await _renewed(office, tick):
                raise TickLost
        return await work
    finally:
        if not work.done():
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)


async def _renewed(office: Office, tick: Tick) -> bool:
    try:
        return await in_transaction(
            office, lambda c: ticks.renew(c, tick, lease_s=LEASE_S), within=ALL_ALLIANCES
        )
    except NO_ANSWER:
        # Nobody can take it either while the database does not answer; the fence decides afterwards.
        return True


async def _tell(office: Office, tick: Tick, end: TickEnd, outcome: Outcome) -> bool:
    """Write down how a run ended; False when that is no longer ours to say, or cannot be said."""

    async def write(connection: Connection) -> bool:
        match end:
            case TickEnd.DONE:
                return await ticks.finish(connection, tick, outcome)
            case TickEnd.PARKED:
                return await ticks.park(connection, tick, outcome)
            case TickEnd.FAILED | TickEnd.UNFINISHED:
                return await ticks.put_off(connection, tick, outcome, retry_in_s=pause_s(tick.attempts))
            case TickEnd.GIVEN_BACK:
                return await ticks.give_back(connection, tick)
            case TickEnd.LOST:
                return False

    # When it cannot be said, the lease runs out and somebody runs the tick again.
    with contextlib.suppress(*NO_ANSWER):
        return await in_transaction(office, write, within=ALL_ALLIANCES)
    return False


def pause_s(attempts: int) -> float:
    """Return how long to wait after so many failed attempts: twice as long each time, within bounds."""
    return min(FIRST_PAUSE_S * 2.0 ** (attempts - 1), LONGEST_PAUSE_S)
