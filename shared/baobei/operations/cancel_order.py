"""Cancelling an order (退单): its decision is reversed."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from baobei.clock import new_id
from baobei.operations.actor import Actor, Office
from baobei.operations.dispute_changes import end_by_cancellation
from baobei.operations.free_text import sealed
from baobei.operations.order_changes import hold_to_settle
from baobei.operations.quota_acts import count_order
from baobei.operations.registration_changes import Change, record
from baobei.operations.results import OrderRecorded, Refused, refuse
from baobei.operations.transaction import in_transaction
from baobei.policy.cancellation import after_cancellation
from baobei.policy.receipts import reversal_digest
from baobei.policy.records import Ended, RecordedEnd, Reinstated
from baobei.policy.terms import Moment, RefusalCode
from baobei.store import attributions, ledger, orders, registrations
from baobei.store.attribution_models import AttributionVerdict, StoredAttribution
from baobei.store.connection import Connection
from baobei.store.customer_files import HeldFile
from baobei.store.ledger import Act
from baobei.store.order_models import StoredOrder
from baobei.vault import SealedText


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """An order to call off, and why."""

    order_id: UUID | None
    reason: str


async def cancel_order(office: Office, actor: Actor, request: CancelOrder) -> OrderRecorded | Refused:
    """Call an order off, a closed one too; the registration it had converted may be live again.

    An open dispute of its decision ends as VOID.

    By the taker, the taker's manager, the operations manager or the department head. Refuses with NOT_OWNER
    or NOT_APPLICABLE (cancelled already).

    Source: policy.md section 7, "Cancelling an order".
    """
    return await in_transaction(
        office, partial(_cancel, office=office, actor=actor, request=request), within=actor
    )


async def _cancel(
    connection: Connection, *, office: Office, actor: Actor, request: CancelOrder
) -> OrderRecorded | Refused:
    held = await hold_to_settle(connection, actor, request.order_id)
    if isinstance(held, Refused):
        return held
    order = held.order
    if order.facts.cancelled:
        return refuse(RefusalCode.NOT_APPLICABLE)
    now = max(await office.clock.now(connection), order.closed_at or order.placed_at)
    at = held.file.not_before(now)
    changes, quota_acts = await _give_back(connection, actor, order, held.file, at=at)
    await orders.cancel(connection, actor.alliance.id, order.id, at=at)
    reason = sealed(office, actor, request.reason)
    reversal = await _reversal(connection, actor, order, at=at, reason=reason)
    await attributions.insert(connection, actor.alliance.id, reversal)
    ended = await end_by_cancellation(connection, actor, order.id, at=at)
    cancelled = Act(
        kind="order.cancelled",
        subject_id=order.id,
        occurred_at=at,
        actor_id=actor.staff.id,
        reason=reason,
    )
    if changes:
        await record(connection, actor, changes, at=at, more=[cancelled, *ended, *quota_acts])
    else:
        await ledger.append(connection, actor.alliance.id, [cancelled, *ended])
    found = await orders.by_ids(connection, actor.alliance, [order.id])
    return OrderRecorded(order=found[order.id])


async def _give_back(
    connection: Connection, actor: Actor, order: StoredOrder, held: HeldFile, *, at: datetime
) -> tuple[list[Change], list[Act]]:
    """Take the quota slot back; return what becomes of the registration that was converted, and what to tell."""
    if order.facts.converted is None:
        return [], []
    registration = held.registration(order.facts.converted)
    closed = 0 if order.closed_at is None else -1
    acts = await count_order(
        connection,
        actor.alliance,
        registration,
        actor_id=actor.staff.id,
        at=at,
        converted=-1,
        closed=closed,
    )
    cancelled = Moment(at, await registrations.next_sequence(connection))
    event: Reinstated | Ended
    if registration.erased_at is not None:  # whoever asked to be erased is nobody's prospect again
        event = Ended(at=at, kind=RecordedEnd.LOST, order=order.facts.id)
    else:
        event = after_cancellation(
            registration.facts, order=order.facts, cancelled=cancelled, file=held.facts
        )
    return [Change(stored=registration, event=event, detail={"cancelled_order": str(order.id)})], acts


async def _reversal(
    connection: Connection, actor: Actor, order: StoredOrder, *, at: datetime, reason: SealedText
) -> StoredAttribution:
    """Return the decision that a cancelled order credits nobody; the ones before it stay readable."""
    before = (await attributions.by_order_ids(connection, actor.alliance.id, [order.id]))[order.id][-1]
    return StoredAttribution(
        id=new_id(),
        order_id=order.id,
        verdict=AttributionVerdict.REVERSED,
        credits=(),
        clause=None,
        registration_id=None,
        needs_review=False,
        candidates=before.candidates,
        policy_version_id=before.policy_version_id,
        decided_at=at,
        digest=reversal_digest(order_id=str(order.id), reversed_digest=before.digest),
        ruled_by_id=None,
        reason=reason,
    )
