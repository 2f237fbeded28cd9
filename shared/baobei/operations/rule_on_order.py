"""The department head's ruling (特殊情况由部门负责人裁决)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from baobei.clock import new_id
from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.dispute_changes import disputes_heard, end_by_ruling, open_of
from baobei.operations.errors import Forbidden
from baobei.operations.free_text import reason_key, sealed
from baobei.operations.order_parties import candidate_owners, ever_credited
from baobei.operations.results import NOT_OWNER, UNKNOWN_STAFF, OrderRecorded, Refused, refuse
from baobei.operations.transaction import in_transaction
from baobei.policy.receipts import ruling_digest
from baobei.policy.rulings import refuse_ruling
from baobei.policy.terms import Clauses, Credit, StaffId
from baobei.store import attributions, ledger, orders, organisation
from baobei.store.attribution_models import AttributionVerdict, StoredAttribution, StoredCredit
from baobei.store.connection import Connection
from baobei.store.ledger import Act
from baobei.store.order_models import StoredOrder
from baobei.store.organisation_models import Staff


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditShare:
    """A share that a ruling gives, in basis points, to the staff member of that code."""

    staff_code: str
    share_bp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOnOrder:
    """The credits that replace a decision, and why."""

    order_id: UUID | None
    credits: tuple[CreditShare, ...]
    reason: str


async def rule_on_order(office: Office, actor: Actor, request: RuleOnOrder) -> OrderRecorded | Refused:
    """Replace the credits of an order; the decision before stays readable, an open dispute of it ends as RULED.

    By the department head, never in their own case; no dispute is needed. Raises `Forbidden` for any other role;
    refuses with NOT_OWNER (no such order), CANCELLED, BAD_SHARES, UNKNOWN_STAFF or OWN_CASE.

    Source: 3.3.2; policy.md section 7, "A ruling".
    """
    if not access.is_department_head(actor.staff):
        raise Forbidden(operation="ruleOnOrder")
    return await in_transaction(
        office, partial(_rule, office=office, actor=actor, request=request), within=actor
    )


async def _rule(
    connection: Connection, *, office: Office, actor: Actor, request: RuleOnOrder
) -> OrderRecorded | Refused:
    order = None
    if request.order_id is not None:
        order = await orders.lock_by_id(connection, actor.alliance, request.order_id)
    if order is None:
        return refuse(NOT_OWNER)
    found = await attributions.by_order_ids(connection, actor.alliance.id, [order.id])
    decisions = found[order.id]
    disputed = open_of(await disputes_heard(connection, actor.alliance.id, order.id))
    codes = [share.staff_code for share in request.credits]
    staff = await organisation.staff_by_codes(connection, actor.alliance.id, codes)
    credits = _credits(request, staff)
    refusal = refuse_ruling(
        order.facts,
        ruled_by=StaffId(str(actor.staff.id)),
        credits=credits,
        ever_credited=_ids(ever_credited(decisions)),
        candidate_owners=_ids(await candidate_owners(connection, actor.alliance, decisions)),
        spoke=_ids(() if disputed is None else disputed.speakers),
    )
    if refusal is not None:
        return refuse(refusal, Clauses.FOLLOW_UP)
    if any(code not in staff for code in codes):
        return refuse(UNKNOWN_STAFF)
    at = max(await office.clock.now(connection), decisions[-1].decided_at)
    if disputed is not None:
        at = max(at, disputed.last_recorded_at)
    ruling = _ruling(office, actor, order, decisions[-1], credits, reason=request.reason, at=at)
    await attributions.insert(connection, actor.alliance.id, ruling)
    ruled = Act(
        kind="order.ruled",
        subject_id=order.id,
        occurred_at=at,
        actor_id=actor.staff.id,
        detail={"attribution": str(ruling.id), "digest": ruling.digest},
        reason=ruling.reason,
    )
    ended = await end_by_ruling(connection, actor, disputed, ruling)
    await ledger.append(connection, actor.alliance.id, [ruled, *ended])
    return OrderRecorded(order=order)


def _credits(request: RuleOnOrder, staff: Mapping[str, Staff]) -> list[Credit]:
    """Return the credits under staff ids; a code that nobody has stands for itself, equal to no id."""
    return [
        Credit(
            staff=StaffId(str(staff[share.staff_code].id) if share.staff_code in staff else share.staff_code),
            share_bp=share.share_bp,
        )
        for share in request.credits
    ]


def _ids(people: Iterable[UUID]) -> set[StaffId]:
    return {StaffId(str(person)) for person in people}


def _ruling(
    office: Office,
    actor: Actor,
    order: StoredOrder,
    before: StoredAttribution,
    credits: Sequence[Credit],
    *,
    reason: str,
    at: datetime,
) -> StoredAttribution:
    """Return the ruling with the evidence of the decision that it replaces."""
    return StoredAttribution(
        id=new_id(),
        order_id=order.id,
        verdict=AttributionVerdict.RULED,
        credits=tuple(StoredCredit(staff_id=UUID(c.staff), share_bp=c.share_bp) for c in credits),
        clause=Clauses.FOLLOW_UP,
        registration_id=before.registration_id,
        needs_review=False,
        candidates=before.candidates,
        policy_version_id=before.policy_version_id,
        decided_at=at,
        digest=ruling_digest(
            order_id=str(order.id),
            replaced_digest=before.digest,
            ruled_by=str(actor.staff.id),
            credits=credits,
            reason_key=reason_key(office, actor, reason),
        ),
        ruled_by_id=actor.staff.id,
        reason=sealed(office, actor, reason),
    )
