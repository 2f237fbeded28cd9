"""Every job of the worker, by name, and running all that is due to its end.

The worker runs them as they become due; `POST /dev/jobs` runs them at once under a travelled clock.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final

from baobei.clock import monotonic
from baobei.operations import purge
from baobei.operations.actor import Office
from baobei.operations.backlog import some_are_due
from baobei.operations.erase_old_customers import erase_old_customers
from baobei.operations.note_missed_reports import note_missed_reports
from baobei.operations.open_quota_month import open_quota_month
from baobei.operations.parked_jobs import park_unknown
from baobei.operations.plan_follow_ups import plan_follow_ups
from baobei.operations.purge_outbox import purge_outbox
from baobei.operations.reconcile_quota import reconcile_quota
from baobei.operations.relay_events import UnderWay, give_up, limits_for, relay_events
from baobei.operations.remind_approvers import remind_approvers
from baobei.operations.run_handovers import run_handovers
from baobei.operations.run_imports import run_imports
from baobei.operations.seal_audit import seal_audits
from baobei.operations.sweep_deadlines import sweep_deadlines
from baobei.operations.ticks import Every, Job, Outcome, Ran, TickEnd, run_ticks, some_are_held
from baobei.store.ticks import Tick
from baobei.webhooks.sender import open_sender

WAIT_FOR_OTHERS_S: Final = 30.0
LOOK_AGAIN_S: Final = 0.05
RUNS_OF_ONE_RELAY: Final = 100
PURGES_A_TICK: Final = 1_000

Work = Callable[[], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Work that has no period: what is there is passed on, again and again.

    `opened` yields what does it once and returns what it did; `more` in that says that something is left.
    """

    name: str
    opened: Callable[[Office], AbstractAsyncContextManager[Work]]


async def _sweep_deadlines(office: Office, _tick: Tick) -> Outcome:
    """Sweep; a deadline whose registration somebody held stays due, and the tick with it."""
    swept = asdict(await sweep_deadlines(office))
    return {**swept, "more": swept["more"] or await some_are_due(office)}


async def _plan_follow_ups(office: Office, _tick: Tick) -> Outcome:
    return asdict(await plan_follow_ups(office))


async def _reconcile_quota(office: Office, _tick: Tick) -> Outcome:
    reconciled = await reconcile_quota(office)
    return {"people": reconciled.people, "repaired": len(reconciled.repaired)}


async def _open_quota_month(office: Office, tick: Tick) -> Outcome:
    return asdict(await open_quota_month(office, alliance_id=tick.alliance_id))


async def _remind_approvers(office: Office, tick: Tick) -> Outcome:
    return asdict(await remind_approvers(office, alliance_id=tick.alliance_id))


async def _note_missed_reports(office: Office, _tick: Tick) -> Outcome:
    return asdict(await note_missed_reports(office))


async def _erase_old_customers(office: Office, tick: Tick) -> Outcome:
    return asdict(await erase_old_customers(office, alliance_id=tick.alliance_id))


async def _purge_outbox(office: Office, _tick: Tick) -> Outcome:
    runs: list[Outcome] = []
    while len(runs) < PURGES_A_TICK and (not runs or runs[-1]["more"]):
        runs.append(asdict(await purge_outbox(office)))
    return _summed(runs)


async def _purge_idempotency_keys(office: Office, _tick: Tick) -> Outcome:
    return asdict(await purge.purge_idempotency_keys(office))


async def _purge_ticks(office: Office, _tick: Tick) -> Outcome:
    """Purge; what an older version planned and nobody can run is parked for a person to see."""
    parked = await park_unknown(office, known=NAMES)
    return {**asdict(await purge.purge_ticks(office)), "parked": parked}


async def _purge_imports(office: Office, _tick: Tick) -> Outcome:
    return asdict(await purge.purge_imports(office))


@asynccontextmanager
async def _run_imports(office: Office) -> AsyncIterator[Work]:
    async def work() -> Outcome:
        return asdict(await run_imports(office))

    yield work


@asynccontextmanager
async def _run_handovers(office: Office) -> AsyncIterator[Work]:
    async def work() -> Outcome:
        return asdict(await run_handovers(office))

    yield work


async def _seal_audits(office: Office, _tick: Tick) -> Outcome:
    return asdict(await seal_audits(office))


@asynccontextmanager
async def _relay_events(office: Office) -> AsyncIterator[Work]:
    carried: UnderWay = {}
    limits = limits_for(office.webhooks)
    async with open_sender(office.webhooks) as sender:

        async def relay() -> Outcome:
            return asdict(await relay_events(office, sender, limits=limits, carried=carried))

        try:
            yield relay
        finally:
            await give_up(office, carried)


# One run does all that is due, however many periods nobody ran; only a month that nobody opened is not opened later,
# and needs not be, as quotas are opened by whoever registers too.
SWEEP: Final = Job(name="sweep_deadlines", every=Every.MINUTE, run=_sweep_deadlines, timeout_s=3_600)
PLAN: Final = Job(name="plan_follow_ups", every=Every.MINUTE, run=_plan_follow_ups)
JOBS: Final = (
    SWEEP,
    Job(name="seal_audits", every=Every.MINUTE, run=_seal_audits),
    PLAN,
    Job(name="note_missed_reports", every=Every.MINUTE, run=_note_missed_reports),
    Job(name="open_quota_month", every=Every.MONTH, run=_open_quota_month, of_each_alliance=True),
    Job(name="remind_approvers", every=Every.DAY, run=_remind_approvers, of_each_alliance=True),
    Job(name="reconcile_quota", every=Every.DAY, run=_reconcile_quota, timeout_s=3_600),
    Job(
        name="erase_old_customers",
        every=Every.DAY,
        run=_erase_old_customers,
        of_each_alliance=True,
        timeout_s=3_600,
    ),
    Job(name="purge_idempotency_keys", every=Every.HOUR, run=_purge_idempotency_keys),
    Job(name="purge_imports", every=Every.HOUR, run=_purge_imports),
    Job(name="purge_outbox", every=Every.HOUR, run=_purge_outbox),
    Job(name="purge_ticks", every=Every.HOUR, run=_purge_ticks),
)
NAMES: Final = frozenset(job.name for job in JOBS)
# What an import or a handover does is to be told in the same go.
RELAYS: Final = (
    Relay(name="run_handovers", opened=_run_handovers),
    Relay(name="run_imports", opened=_run_imports),
    Relay(name="relay_events", opened=_relay_events),
)


async def run_due(office: Office) -> list[dict[str, Any]]:
    """Run every job that is due at the clock's instant to its end and return what each did.

    What somebody else is running is waited for. Deadlines are swept, and tasks made, even when this minute has had
    its run: a travelled clock may have moved within it.
    """
    told: dict[str, list[Outcome]] = defaultdict(list)
    for ran in await _ticks_to_their_end(office, JOBS):
        told[ran.tick.job].append(_told(ran))
    told[SWEEP.name].append(asdict(await sweep_deadlines(office)))
    told[PLAN.name].append(asdict(await plan_follow_ups(office)))
    for relay in RELAYS:
        told[relay.name] += await _relayed_to_the_end(office, relay)
    order = [job.name for job in JOBS] + [relay.name for relay in RELAYS]
    return [{"job": name, **_summed(told[name])} for name in order if name in told]


def is_left(outcome: Outcome) -> bool:
    """Return whether to go on at once: something is left, and something was done about it."""
    return bool(outcome.get("more")) and any(_counts(value) and value for value in outcome.values())


async def _ticks_to_their_end(office: Office, jobs: Sequence[Job]) -> list[Ran]:
    give_up_at = monotonic() + WAIT_FOR_OTHERS_S
    ran = await run_ticks(office, jobs)
    while await some_are_held(office, jobs) and monotonic() < give_up_at:
        await asyncio.sleep(LOOK_AGAIN_S)
        ran += await run_ticks(office, jobs)
    return ran


async def _relayed_to_the_end(office: Office, relay: Relay) -> list[Outcome]:
    did: list[Outcome] = []
    async with relay.opened(office) as work:
        while len(did) < RUNS_OF_ONE_RELAY and (not did or is_left(did[-1])):
            did.append(await work())
    return did


def _told(ran: Ran) -> Outcome:
    return ran.outcome if ran.end in (TickEnd.DONE, TickEnd.UNFINISHED) else {"failed": 1, **ran.outcome}


def _summed(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return what several runs did as one: counts are added up, of all else the last one stands."""
    summed: dict[str, Any] = {}
    for outcome in outcomes:
        for name, value in outcome.items():
            summed[name] = summed.get(name, 0) + value if _counts(value) else value
    return summed


def _counts(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
