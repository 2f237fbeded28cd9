"""What the changes of a dispute have in common: the order is held first, then what is known of its disputes.

Whoever opens, ends or speaks in a dispute, rules on its order or cancels it holds the order, so they queue.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from baobei.operations.actor import Actor, Office
from baobei.operations.repeated import answer_once
from baobei.operations.results import NOT_OWNER, DisputeRecorded, Refused
from baobei.policy.disputes import DisputeStatus
from baobei.policy.document import Policy
from baobei.policy.explain_dispute import explain_dispute_refusal
from baobei.policy.terms import ClauseNumber
from baobei.store import attributions, dispute_statements, disputes, orders, organisation
from baobei.store.attribution_models import StoredAttribution
from baobei.store.connection import Connection
from baobei.store.dispute_models import Dispute, Said
from baobei.store.idempotency import IdempotencyKey
from baobei.store.ledger import Act
from baobei.store.order_models import StoredOrder
from baobei.store.organisation_models import Staff


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A dispute with who spoke in it."""

    dispute: Dispute
    said: tuple[Said, ...]

    @property
    def last_recorded_at(self) -> datetime:
        """Return the latest instant that was recorded on it: nothing more is recorded before that."""
        opened_or_ended = self.dispute.ended_at or self.dispute.opened_at
        return max([opened_or_ended, *(each.last_at for each in self.said)])

    @property
    def speakers(self) -> set[UUID]:
        """Return who opened it or said something in it."""
        return {self.dispute.opened_by_id, *(each.made_by_id for each in self.said)}

    def statements_by(self, person: UUID) -> int:
        """Return how many statements somebody made in it, the one that opened it included."""
        return sum(each.statements for each in self.said if each.made_by_id == person)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldDispute:
    """An order, its decisions and one of its disputes, held; `at` is the instant to record at."""

    order: StoredOrder
    decisions: tuple[StoredAttribution, ...]
    heard: Heard
    opened_by: Staff
    parties: tuple[Staff, ...]
    at: datetime

    @property
    def dispute(self) -> Dispute:
        """Return the dispute."""
        return self.heard.dispute


def refuse_in_dispute(code: str, policy: Policy | None = None, clause: ClauseNumber | None = None) -> Refused:
    """Return a refusal with its sentence, as it is said of disputes."""
    return Refused(code=code, message=explain_dispute_refusal(code, policy, clause), clause=clause)


async def say_once(
    connection: Connection,
    actor: Actor,
    key: IdempotencyKey | None,
    say: Callable[[], Awaitable[DisputeRecorded | Refused]],
) -> DisputeRecorded | Refused:
    """Say something once for a key; said again it answers with the same dispute as it stands then."""

    async def again(answer: dict[str, Any]) -> DisputeRecorded:
        id = UUID(answer["dispute"])
        return DisputeRecorded(dispute=(await disputes.by_ids(connection, actor.alliance.id, [id]))[id])

    return await answer_once(
        connection, key, work=say, kept=lambda recorded: {"dispute": str(recorded.dispute.id)}, again=again
    )


async def hold_dispute(
    connection: Connection, office: Office, actor: Actor, dispute_id: UUID | None
) -> HeldDispute | Refused:
    """Hold a dispute by its order until the transaction ends; NOT_OWNER when there is none."""
    alliance = actor.alliance
    known = None if dispute_id is None else await find_dispute(connection, alliance.id, dispute_id)
    order = None if known is None else await orders.lock_by_id(connection, alliance, known.order_id)
    if known is None or order is None:
        return refuse_in_dispute(NOT_OWNER)
    of_order = await disputes_heard(connection, alliance.id, order.id)
    heard = next(each for each in of_order if each.dispute.id == known.id)
    dispute = heard.dispute
    decisions = (await attributions.by_order_ids(connection, alliance.id, [order.id]))[order.id]
    stakes = (await disputes.party_ids(connection, alliance.id, [dispute.id]))[dispute.id]
    people = await organisation.staff_by_ids(connection, alliance.id, {*stakes, dispute.opened_by_id})
    now = await office.clock.now(connection)
    return HeldDispute(
        order=order,
        decisions=decisions,
        heard=heard,
        opened_by=people[dispute.opened_by_id],
        parties=tuple(people[id] for id in sorted(stakes)),
        at=max(now, decisions[-1].decided_at, heard.last_recorded_at),
    )


async def find_dispute(connection: Connection, alliance_id: int, id: UUID) -> Dispute | None:
    """Return a dispute as it stands."""
    return (await disputes.by_ids(connection, alliance_id, [id])).get(id)


async def disputes_heard(connection: Connection, alliance_id: int, order_id: UUID) -> tuple[Heard, ...]:
    """Return the disputes of an order with who spoke in each, oldest first."""
    found = await disputes.by_order(connection, alliance_id, order_id)
    said = await dispute_statements.speakers(connection, alliance_id, [dispute.id for dispute in found])
    return tuple(Heard(dispute=dispute, said=said[dispute.id]) for dispute in found)


def open_of(found: Iterable[Heard]) -> Heard | None:
    """Return the one that is open; an order has one at most."""
    return next((heard for heard in found if heard.dispute.status is DisputeStatus.OPEN), None)


async def end_by_ruling(
    connection: Connection, actor: Actor, heard: Heard | None, ruling: StoredAttribution
) -> list[Act]:
    """End the open dispute of an order that was ruled on (None: there is none); return what to write down."""
    if heard is None:
        return []
    ended = replace(
        heard.dispute,
        status=DisputeStatus.RULED,
        ended_at=ruling.decided_at,
        ended_by_id=actor.staff.id,
        reason=ruling.reason,
        ruling_id=ruling.id,
    )
    return [await end_dispute(connection, actor, ended)]


async def end_by_cancellation(
    connection: Connection, actor: Actor, order_id: UUID, *, at: datetime
) -> list[Act]:
    """End the open dispute of an order that is cancelled, if there is one; return what to write down."""
    heard = open_of(await disputes_heard(connection, actor.alliance.id, order_id))
    if heard is None:
        return []
    ended = replace(
        heard.dispute,
        status=DisputeStatus.VOID,
        ended_at=max(at, heard.last_recorded_at),
        ended_by_id=actor.staff.id,
    )
    return [await end_dispute(connection, actor, ended)]


async def end_dispute(connection: Connection, actor: Actor, ended: Dispute) -> Act:
    """Store how a dispute ended; return the act that says so, and by whom: who opened it, or somebody else."""
    await disputes.end(connection, actor.alliance.id, ended)
    return Act(
        kind="dispute.decided",
        subject_id=ended.id,
        occurred_at=ended.ended_at or ended.opened_at,
        actor_id=actor.staff.id,
        detail={
            "order": str(ended.order_id),
            "status": ended.status.value,
            "attribution": None if ended.ruling_id is None else str(ended.ruling_id),
            "opened_by": str(ended.opened_by_id),
            "ended_by": str(ended.ended_by_id),
        },
        reason=ended.reason,
    )
