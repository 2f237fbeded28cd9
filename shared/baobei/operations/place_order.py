"""Placing an order (下定): the service decides who is credited (业绩界定)."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from baobei.clock import new_id
from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.customers import blind_keys
from baobei.operations.order_prices import acts_of_price, judge_price
from baobei.operations.quota_acts import count_order
from baobei.operations.registration_changes import Change, record
from baobei.operations.repeated import answer_once, idempotency_key
from baobei.operations.results import (
    EXTERNAL_REF_REUSED,
    UNKNOWN_STAFF,
    OrderRecorded,
    Refused,
    refuse,
)
from baobei.operations.transaction import in_transaction
from baobei.policy.attribution import Attribution, attribute
from baobei.policy.identity import CustomerKeys, keys_in_force
from baobei.policy.records import Ended, Order, RecordedEnd
from baobei.policy.terms import Clauses, Moment, OrderId, RefusalCode, RegistrationId, StaffId
from baobei.store import (
    attributions,
    contacts,
    customer_files,
    idempotency,
    orders,
    organisation,
    policies,
    registrations,
)
from baobei.store.attribution_models import (
    AttributionVerdict,
    StoredAttribution,
    StoredCandidate,
    StoredCredit,
)
from baobei.store.connection import Connection
from baobei.store.customer_files import HeldFile
from baobei.store.ledger import Act
from baobei.store.numbers import number_of
from baobei.store.order_models import OrderStatus, StoredOrder
from baobei.store.organisation_models import Staff
from baobei.store.registration_models import Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """An order to place under the caller's own number; `taken_by_code` None: taken by nobody.

    `list_fen` is its price by the list; `special_price_approval_id` the approval to go below it, found by the
    customer when left out.
    """

    external_ref: str
    name: str
    phone: str | None = None
    address: str | None = None
    taken_by_code: str | None = None
    amount_fen: int | None = None
    list_fen: int | None = None
    special_price_approval_id: UUID | None = None
    idempotency_key: str | None = None


async def place_order(office: Office, actor: Actor, request: PlaceOrder) -> OrderRecorded | Refused:
    """Place an order at the instant of recording and decide who is credited with it.

    The same number with the same facts answers with the order as it stands. Refuses with
    EXTERNAL_REF_REUSED, UNKNOWN_STAFF, INCOMPLETE (no usable key in force) or IDEMPOTENCY_KEY_REUSED.

    Source: policy.md section 7.
    """
    return await in_transaction(
        office, partial(_place, office=office, actor=actor, request=request), within=actor
    )


async def _place(
    connection: Connection, *, office: Office, actor: Actor, request: PlaceOrder
) -> OrderRecorded | Refused:
    key = idempotency_key(
        office,
        actor,
        "placeOrder",
        request.idempotency_key,
        external_ref=request.external_ref,
        name=request.name,
        phone=request.phone,
        address=request.address,
        taken_by=request.taken_by_code,
        amount_fen=request.amount_fen,
        **_pricing(request),
    )
    return await answer_once(
        connection,
        key,
        work=partial(_decide, connection, office, actor, request),
        kept=lambda recorded: {"order": str(recorded.order.id)},
        again=partial(_again, connection, actor),
    )


async def _again(connection: Connection, actor: Actor, answer: dict[str, Any]) -> OrderRecorded:
    id = UUID(answer["order"])
    return OrderRecorded(order=(await orders.by_ids(connection, actor.alliance, [id]))[id])


async def _decide(
    connection: Connection, office: Office, actor: Actor, request: PlaceOrder
) -> OrderRecorded | Refused:
    """Find the customer, hold what is known, ask the policy and write the decision with its effects."""
    now = await office.clock.now(connection)
    version = await policies.in_force(connection, actor.alliance, now)
    keys = blind_keys(
        office.vault,
        alliance_id=actor.alliance.id,
        phone=request.phone,
        address=request.address,
        policy=version.policy,
    )
    facts_digest = _facts_digest(office, actor, request, keys)
    known = await orders.by_external_ref(connection, actor.alliance, request.external_ref)
    if known is not None:
        same = await orders.facts_digest(connection, actor.alliance.id, known.id) == facts_digest
        return OrderRecorded(order=known) if same else refuse(EXTERNAL_REF_REUSED)
    taker = await _taker(connection, actor, request)
    if isinstance(taker, Refused):
        return taker
    if not keys_in_force(keys, version.policy.match):
        return refuse(RefusalCode.INCOMPLETE, Clauses.THREE_FACTS)
    held = await customer_files.hold(connection, actor.alliance, keys)
    at = held.not_before(await office.clock.now(connection))
    version = await policies.in_force(connection, actor.alliance, at)
    id = new_id()
    order = Order(
        id=OrderId(str(id)),
        placed=Moment(at, await registrations.next_sequence(connection)),
        taken_by=None if taker is None else StaffId(str(taker.id)),
        keys=keys,
        policy=version.policy,
    )
    decision = attribute(order, held.facts)
    price = await judge_price(
        connection,
        actor,
        keys,
        version.policy,
        amount_fen=request.amount_fen,
        list_fen=request.list_fen,
        named=request.special_price_approval_id,
    )
    stored = StoredOrder(
        id=id,
        external_ref=request.external_ref,
        status=OrderStatus.PLACED,
        facts=replace(order, converted=decision.registration),
        contact_id=new_id(),
        placed_by_id=actor.staff.id,
        taken_by_id=None if taker is None else taker.id,
        amount_fen=request.amount_fen,
        placed_at=at,
        closed_at=None,
        cancelled_at=None,
        policy_version_id=version.id,
        list_fen=request.list_fen,
        special_price_approval_id=price.approval_id,
        price_violation=price.violation,
    )
    contact = Contact(name=request.name, phone=request.phone, address=request.address)
    await contacts.insert(connection, actor.alliance.id, office.vault, id=stored.contact_id, contact=contact)
    await orders.insert(connection, actor.alliance.id, stored, facts_digest=facts_digest)
    await _write_decision(connection, actor, stored, decision, held)
    return OrderRecorded(order=stored)


async def _taker(connection: Connection, actor: Actor, request: PlaceOrder) -> Staff | Refused | None:
    if request.taken_by_code is None:
        return None
    taker = await organisation.hold_staff_by_code(connection, actor.alliance.id, request.taken_by_code)
    return refuse(UNKNOWN_STAFF) if taker is None or not access.may_be_given(taker) else taker


def _facts_digest(office: Office, actor: Actor, request: PlaceOrder, keys: CustomerKeys) -> bytes:
    """Return the keyed digest of an order's facts; two spellings of one phone or home are one fact."""
    return idempotency.input_digest(
        office.vault,
        actor.alliance.id,
        name=request.name.strip(),
        phone=keys.phone or (request.phone or "").strip(),
        address=keys.address or (request.address or "").strip(),
        taken_by=request.taken_by_code,
        amount_fen=request.amount_fen,
        **_pricing(request),
    )


def _pricing(request: PlaceOrder) -> dict[str, object]:
    """Return the list price and the approval, only where given: digests from before there were any stay the same."""
    pricing = {"list_fen": request.list_fen, "special_price": request.special_price_approval_id}
    return {name: value for name, value in pricing.items() if value is not None}


async def _write_decision(
    connection: Connection, actor: Actor, order: StoredOrder, decision: Attribution, held: HeldFile
) -> None:
    """Append the decision; convert the registration that holds and end the live ones that lost."""
    attribution = _stored_attribution(order, decision)
    await attributions.insert(connection, actor.alliance.id, attribution)
    placed = Act(
        kind="order.placed",
        subject_id=order.id,
        occurred_at=order.placed_at,
        actor_id=actor.staff.id,
        detail={"taken_by": None if order.taken_by_id is None else str(order.taken_by_id)},
    )
    attributed = Act(
        kind="order.attributed",
        subject_id=order.id,
        occurred_at=order.placed_at,
        actor_id=None,
        detail={
            "attribution": str(attribution.id),
            "verdict": attribution.verdict.value,
            "registration": decision.registration,
            "digest": attribution.digest,
        },
    )
    ends = [_end(held, order, id, RecordedEnd.LOST) for id in decision.lost]
    acts = [placed, attributed, *acts_of_price(order, actor_id=actor.staff.id)]
    if decision.registration is not None:
        ends.append(_end(held, order, decision.registration, RecordedEnd.CONVERTED))
        acts += await count_order(
            connection,
            actor.alliance,
            held.registration(decision.registration),
            actor_id=actor.staff.id,
            at=order.placed_at,
            converted=1,
        )
    await record(connection, actor, ends, at=order.placed_at, more=acts)


def _end(held: HeldFile, order: StoredOrder, id: RegistrationId, kind: RecordedEnd) -> Change:
    event = Ended(at=order.placed_at, kind=kind, order=OrderId(str(order.id)))
    return Change(stored=held.registration(id), event=event)


def _stored_attribution(order: StoredOrder, decision: Attribution) -> StoredAttribution:
    return StoredAttribution(
        id=new_id(),
        order_id=order.id,
        verdict=AttributionVerdict.of(decision.verdict),
        credits=tuple(
            StoredCredit(staff_id=UUID(credit.staff), share_bp=credit.share_bp) for credit in decision.credits
        ),
        clause=decision.clause,
        registration_id=None if decision.registration is None else UUID(decision.registration),
        needs_review=decision.needs_review,
        candidates=tuple(
            StoredCandidate(
                registration_id=UUID(candidate.registration.id),
                registration_number=number_of(candidate.registration.made.sequence),
                owner_id=UUID(candidate.owner),
                status=candidate.standing.status,
                holds=candidate.holds,
                clause=candidate.clause,
                registered_at=candidate.registration.made.at,
                last_touch_at=candidate.registration.last_touch_at,
                lapses_at=candidate.standing.lapses_at,
                expires_at=candidate.standing.expires_at,
                ended_at=candidate.standing.ended_at,
            )
            for candidate in decision.candidates
        ),
        policy_version_id=order.policy_version_id,
        decided_at=order.placed_at,
        digest=decision.digest,
        ruled_by_id=None,
        reason=None,
    )
