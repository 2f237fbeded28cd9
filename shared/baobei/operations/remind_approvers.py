"""Reminding approvers of what waits for them: once a request and day, so many times at most."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, assert_never

from baobei.operations.actor import Desk
from baobei.operations.deciders import deciders
from baobei.operations.transaction import ALL_ALLIANCES, in_transaction, lent
from baobei.policy.calendar import Counting, local_date, start_of_day
from baobei.policy.document import Policy
from baobei.store import approval_reminders, ledger, organisation, policies
from baobei.store.approval_reminders import Waiting
from baobei.store.connection import Connection
from baobei.store.ledger import Act
from baobei.store.organisation_models import Alliance, Staff

REQUESTS_A_CHUNK: Final = 500
# Whoever has not decided by then does not read them.
MOST_REMINDERS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminded:
    """Of how many requests the approvers were reminded."""

    requests: int


async def remind_approvers(desk: Desk, *, alliance_id: int | None = None) -> Reminded:
    """Write one `approval.waiting` for each request that waits past `approval_reminder_days`, once a day.

    Of one alliance, or of all when none is given. Run again, or by several at once, it tells nothing twice.

    Source: policy.md section 8.
    """
    async with lent(desk, ALL_ALLIANCES) as connection:
        alliances = await organisation.alliances(connection)
    requests = 0
    for alliance in alliances:
        if alliance_id not in (None, alliance.id):
            continue
        while told := await in_transaction(
            desk, partial(_remind, desk=desk, alliance=alliance), within=alliance
        ):
            requests += told
    return Reminded(requests=requests)


async def _remind(connection: Connection, *, desk: Desk, alliance: Alliance) -> int:
    """Tell of a chunk of requests; 0 when nothing is left."""
    now = await desk.clock.now(connection)
    policy = (await policies.in_force(connection, alliance, now)).policy
    if policy.approval_reminder_days == 0:
        return 0
    today = local_date(now, alliance.time_zone)
    waiting = await approval_reminders.lock_waiting(
        connection,
        alliance.id,
        before=_asked_before(policy, now),
        today=today,
        at_most=MOST_REMINDERS,
        limit=REQUESTS_A_CHUNK,
    )
    if not waiting:
        return 0
    await approval_reminders.note_reminders(
        connection, alliance.id, [each.id for each in waiting], today=today
    )
    to = await deciders(connection, alliance, [each.id for each in waiting], at=now)
    await ledger.append(connection, alliance.id, [_act(each, to=to[each.id], at=now) for each in waiting])
    return len(waiting)


def _asked_before(policy: Policy, now: datetime) -> datetime:
    """Return the instant before which a request was asked whose days have passed by now (exclusive)."""
    days = timedelta(days=policy.approval_reminder_days)
    match policy.counting:
        case Counting.ELAPSED:
            return now - days
        case Counting.CALENDAR_DAYS:
            return start_of_day(local_date(now, policy.time_zone) - days, policy.time_zone)
        case _:
            assert_never(policy.counting)


def _act(waiting: Waiting, *, to: Collection[Staff], at: datetime) -> Act:
    return Act(
        kind="approval.waiting",
        subject_id=waiting.id,
        occurred_at=at,
        actor_id=None,
        detail={
            "kind": waiting.kind.value,
            "requested_at": waiting.requested_at.isoformat(),
            "reminder": waiting.reminders + 1,
            "to": [str(person.id) for person in to],
        },
    )
