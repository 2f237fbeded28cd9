"""Disputing who is credited with an order (业绩异议)."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from baobei.clock import new_id
from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.dispute_changes import disputes_heard, open_of, refuse_in_dispute, say_once
from baobei.operations.dispute_stakes import stakes_in
from baobei.operations.free_text import sealed
from baobei.operations.repeated import idempotency_key
from baobei.operations.results import NOT_OWNER, DisputeRecorded, Refused
from baobei.operations.transaction import in_transaction
from baobei.policy.disputes import DisputeStatus, TakenBack, refuse_dispute
from baobei.policy.terms import Clauses, RefusalCode
from baobei.store import attributions, dispute_statements, disputes, ledger, orders, organisation
from baobei.store.attribution_models import StoredAttribution
from baobei.store.connection import Connection
from baobei.store.dispute_models import Dispute, Statement
from baobei.store.ledger import Act
from baobei.store.order_models import StoredOrder

# Refusals that the policy decides cite the clause that leaves special cases to a ruling.
_BY_CLAUSE = frozenset(
    {RefusalCode.CREDITED_WHOLE, RefusalCode.NOT_APPLICABLE, RefusalCode.LIMIT, RefusalCode.TOO_LATE}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDispute:
    """An order by either of its names, both agreeing where both are given, and what there is to say."""

    order_id: UUID | None
    external_ref: str | None = None
    statement: str
    idempotency_key: str | None = None


async def open_dispute(office: Office, actor: Actor, request: OpenDispute) -> DisputeRecorded | Refused:
    """Dispute the decision in force, by somebody with a stake in it or their manager for them.

    Who has a stake says `dispute_stakes.stakes_in`. Refuses with NOT_OWNER (none, or no such order), CANCELLED,
    ALREADY_OPEN, CREDITED_WHOLE (they, or the only one they speak for, are credited alone), NOT_APPLICABLE (upheld
    before), LIMIT, TOO_LATE or IDEMPOTENCY_KEY_REUSED.

    Source: 3.3.2; `dispute_days`, `dispute_rounds` of the order's version.
    """
    return await in_transaction(
        office, partial(_open, office=office, actor=actor, request=request), within=actor
    )


async def _open(
    connection: Connection, *, office: Office, actor: Actor, request: OpenDispute
) -> DisputeRecorded | Refused:
    key = idempotency_key(
        office,
        actor,
        "openDispute",
        request.idempotency_key,
        order=request.order_id,
        external_ref=request.external_ref,
        statement=request.statement,
    )
    return await say_once(connection, actor, key, partial(_decide, connection, office, actor, request))


async def _decide(
    connection: Connection, office: Office, actor: Actor, request: OpenDispute
) -> DisputeRecorded | Refused:
    order = await _hold_order(connection, actor, request)
    if order is None:
        return refuse_in_dispute(NOT_OWNER)
    decisions = (await attributions.by_order_ids(connection, actor.alliance.id, [order.id]))[order.id]
    stakes = await stakes_in(connection, actor.alliance, order, decisions)
    people = await organisation.staff_by_ids(connection, actor.alliance.id, stakes)
    if not access.has_stake(actor.staff, parties=people.values()):
        return refuse_in_dispute(NOT_OWNER)
    heard = await disputes_heard(connection, actor.alliance.id, order.id)
    before = [each.dispute for each in heard]
    in_force = decisions[-1]
    at = max(
        await office.clock.now(connection), in_force.decided_at, *(each.last_recorded_at for each in heard)
    )
    refusal = refuse_dispute(
        order.facts,
        decided_at=in_force.decided_at,
        at=at,
        has_open=open_of(heard) is not None,
        gains_nothing=access.gains_nothing(
            actor.staff,
            credited={credit.staff_id for credit in in_force.credits},
            parties=people.values(),
        ),
        upheld=any(
            each.status is DisputeStatus.UPHELD and each.attribution_id == in_force.id for each in before
        ),
        decided=sum(each.status in (DisputeStatus.RULED, DisputeStatus.UPHELD) for each in before),
        taken_back=_taken_back(actor, before, in_force),
    )
    if refusal is not None:
        clause = Clauses.FOLLOW_UP if refusal in _BY_CLAUSE else None
        return refuse_in_dispute(refusal, order.facts.policy, clause)
    dispute = Dispute(
        id=new_id(),
        order_id=order.id,
        attribution_id=in_force.id,
        opened_by_id=actor.staff.id,
        opened_at=at,
        status=DisputeStatus.OPEN,
        ended_at=None,
        ended_by_id=None,
        reason=None,
        ruling_id=None,
    )
    await disputes.insert(connection, actor.alliance.id, dispute, stakes)
    await _write(connection, office, actor, dispute, request.statement)
    return DisputeRecorded(dispute=dispute)


def _taken_back(actor: Actor, before: Iterable[Dispute], in_force: StoredAttribution) -> list[TakenBack]:
    """Return the disputes of the decision in force that others opened, or took back."""
    return [
        TakenBack(
            opened_at=each.opened_at, ended_at=each.ended_at, by_opener=each.ended_by_id == each.opened_by_id
        )
        for each in before
        if each.status is DisputeStatus.WITHDRAWN
        and each.ended_at is not None
        and each.attribution_id == in_force.id
        and (each.opened_by_id != actor.staff.id or each.ended_by_id != actor.staff.id)
    ]


async def _hold_order(connection: Connection, actor: Actor, request: OpenDispute) -> StoredOrder | None:
    """Hold the order of these names until the transaction ends; None when they do not name one."""
    id = request.order_id
    if request.external_ref is not None:
        known = await orders.by_external_ref(connection, actor.alliance, request.external_ref)
        if known is None or id not in (None, known.id):
            return None
        id = known.id
    return None if id is None else await orders.lock_by_id(connection, actor.alliance, id)


async def _write(
    connection: Connection, office: Office, actor: Actor, dispute: Dispute, statement: str
) -> None:
    """Append the first statement and the acts of a dispute that was stored."""
    said = Statement(
        id=new_id(),
        dispute_id=dispute.id,
        text=sealed(office, actor, statement),
        made_by_id=actor.staff.id,
        made_at=dispute.opened_at,
    )
    opened = Act(
        kind="dispute.opened",
        subject_id=dispute.id,
        occurred_at=dispute.opened_at,
        actor_id=actor.staff.id,
        detail={"order": str(dispute.order_id), "attribution": str(dispute.attribution_id)},
    )
    await ledger.append(connection, actor.alliance.id, [opened])
    await dispute_statements.insert(connection, actor.alliance.id, said)
