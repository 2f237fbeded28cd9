"""Making the tasks of the follow-up plan as they open, and taking away those of registrations that have ended."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from baobei.operations.actor import Desk
from baobei.operations.transaction import ALL_ALLIANCES, in_transaction, lent
from baobei.policy.plan import plan
from baobei.policy.standing import standing
from baobei.store import organisation, tasks
from baobei.store.connection import Connection
from baobei.store.organisation_models import Alliance
from baobei.store.tasks import Plan, ToPlan

CHUNK: Final = 500
CHUNKS_A_RUN: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpsPlanned:
    """For how many registrations was planned, what came of it, and whether some are left."""

    registrations: int = 0
    tasks: int = 0
    voided: int = 0
    more: bool = False


async def plan_follow_ups(desk: Desk, *, chunk: int = CHUNK, chunks: int = CHUNKS_A_RUN) -> FollowUpsPlanned:
    """Make every task that has opened and is not made yet, in short transactions of one chunk each.

    A task is made once, whoever makes it and however often; what opened while nobody ran is made late. Several may run
    at once. No decision waits for it.

    Source: policy.md section 11 (D.1).
    """
    async with lent(desk, ALL_ALLIANCES) as connection:
        at = await desk.clock.now(connection)
        alliances = await organisation.alliances(connection)
    registrations = made = voided = 0
    for alliance in alliances:
        while chunks > 0:
            chunks -= 1
            planned, new, gone = await in_transaction(
                desk, partial(_plan_chunk, alliance=alliance, at=at, chunk=chunk), within=alliance
            )
            registrations, made, voided = registrations + planned, made + new, voided + gone
            if planned < chunk:
                break
    return FollowUpsPlanned(registrations=registrations, tasks=made, voided=voided, more=chunks <= 0)


async def _plan_chunk(
    connection: Connection, *, alliance: Alliance, at: datetime, chunk: int
) -> tuple[int, int, int]:
    held = await tasks.lock_to_plan(connection, alliance, at=at, limit=chunk)
    if not held:
        return 0, 0, 0
    made, voided = await tasks.write(connection, alliance.id, [_planned(each, at=at) for each in held], at=at)
    return len(held), made, voided


def _planned(to_plan: ToPlan, *, at: datetime) -> Plan:
    stored = to_plan.stored
    ended = not standing(stored.facts, at).live
    if ended or stored.visited_at is None:
        return Plan(registration_id=stored.id, tasks=(), next_at=None, ended=ended)
    planned = plan(
        stored.facts,
        visited_at=stored.visited_at,
        contacts=to_plan.contacts,
        customer_class=stored.profile.customer_class,
        since=to_plan.since,
        at=at,
    )
    return Plan(registration_id=stored.id, tasks=planned.tasks, next_at=planned.next_at, ended=False)
