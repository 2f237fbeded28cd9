"""Handing a person's registrations over (policy.md section 8, E): decided here, carried out by the worker."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from baobei.clock import new_id
from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.errors import Forbidden
from baobei.operations.free_text import sealed
from baobei.operations.handover_distribution import (
    Distribution,
    HandoverRequest,
    Parties,
    distribute,
    parties_of,
)
from baobei.operations.repeated import answer_once, idempotency_key
from baobei.operations.results import UNKNOWN_STAFF, Refused, refuse
from baobei.operations.transaction import in_transaction
from baobei.policy.terms import RefusalCode
from baobei.store import handover_requests, handovers, ledger, locks, organisation
from baobei.store.connection import Connection
from baobei.store.handover_models import Handover, HandoverState
from baobei.store.ledger import Act
from baobei.store.organisation_models import Staff

DISTRIBUTION_CHANGED: Final = "DISTRIBUTION_CHANGED"
HANDOVER_UNDER_WAY: Final = "HANDOVER_UNDER_WAY"
NOTHING_TO_HAND_OVER: Final = "NOTHING_TO_HAND_OVER"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """A handover and why; `distribution_digest` is that of the preview that was looked at, None when none was."""

    request: HandoverRequest
    reason: str
    distribution_digest: str | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverBegun:
    """A handover that the worker carries out."""

    handover: Handover


async def hand_over(office: Office, actor: Actor, asked: HandOver) -> HandoverBegun | Refused:
    """Let a person's live registrations and own requests pass to colleagues.

    By the department head, never in their own case. Raises `Forbidden` for any other role; refuses with
    UNKNOWN_STAFF, NOT_APPLICABLE (to the person themselves), OWN_CASE, HANDOVER_UNDER_WAY, DISTRIBUTION_CHANGED (since the preview) or NOTHING_TO_HAND_OVER.

    Source: policy.md section 8.
    """
    if not access.is_department_head(actor.staff):
        raise Forbidden(operation="handOver")
    return await in_transaction(
        office, partial(_hand_over, office=office, actor=actor, asked=asked), within=actor
    )


async def _hand_over(
    connection: Connection, *, office: Office, actor: Actor, asked: HandOver
) -> HandoverBegun | Refused:
    request = asked.request
    key = idempotency_key(
        office,
        actor,
        "handOver",
        asked.idempotency_key,
        leaver=request.from_staff_code,
        method=request.method.value,
        to=list(request.to_staff_codes),
        digest=asked.distribution_digest,
        reason=asked.reason,
    )
    return await answer_once(
        connection,
        key,
        work=partial(_begin_at_once, connection, office, actor, asked),
        kept=lambda begun: {"handover": str(begun.handover.id)},
        again=partial(_again, connection, actor),
    )


async def _again(connection: Connection, actor: Actor, answer: dict[str, Any]) -> HandoverBegun:
    found = await handovers.by_id(connection, actor.alliance.id, UUID(answer["handover"]))
    if found is None:
        raise RuntimeError("a handover was answered and is not there")
    return HandoverBegun(handover=found)


async def _begin_at_once(
    connection: Connection, office: Office, actor: Actor, asked: HandOver
) -> HandoverBegun | Refused:
    alliance_id, request = actor.alliance.id, asked.request
    leaver = await organisation.staff_by_code(connection, alliance_id, request.from_staff_code)
    if leaver is None:
        return refuse(UNKNOWN_STAFF)
    parties = await parties_of(connection, actor, leaver, request.to_staff_codes)
    if isinstance(parties, Refused):
        return parties
    if actor.staff.id in parties.ids:
        return refuse(RefusalCode.OWN_CASE)
    at = await office.clock.now(connection)
    asked_for = Handover(
        id=new_id(),
        alliance_id=alliance_id,
        from_staff_id=leaver.id,
        method=request.method,
        receiver_ids=tuple(receiver.id for receiver in parties.receivers),
        reason=sealed(office, actor, asked.reason),
        asked_by_id=actor.staff.id,
        asked_at=at,
        approval_id=None,
        state=HandoverState.ASKED,
    )
    distribution = await draw_up(connection, parties, asked_for, at=at)
    if isinstance(distribution, Refused):
        return distribution
    if asked.distribution_digest is not None and asked.distribution_digest != distribution.digest:
        return refuse(DISTRIBUTION_CHANGED)
    begun = _begun(asked_for, distribution, by=actor.staff, at=at)
    await handovers.insert(connection, begun)
    await _write(connection, begun, distribution, at=at)
    return HandoverBegun(handover=begun)


async def begin_asked(
    connection: Connection, actor: Actor, asked_for: Handover, *, at: datetime
) -> HandoverBegun | Refused:
    """Begin a handover that was asked for, in the transaction of whoever approves it; whose case it is was asked.

    It is drawn up anew, and refused as `hand_over` refuses, with what has changed since it was asked for.
    """
    ids = [asked_for.from_staff_id, *asked_for.receiver_ids]
    staff = await organisation.staff_by_ids(connection, asked_for.alliance_id, ids)
    parties = Parties(
        leaver=staff[asked_for.from_staff_id],
        receivers=tuple(staff[id] for id in asked_for.receiver_ids),
    )
    if not all(map(access.may_be_given, parties.receivers)):
        return refuse(UNKNOWN_STAFF)
    distribution = await draw_up(connection, parties, asked_for, at=at)
    if isinstance(distribution, Refused):
        return distribution
    begun = _begun(asked_for, distribution, by=actor.staff, at=at)
    await handovers.start(connection, begun)
    await _write(connection, begun, distribution, at=at)
    return HandoverBegun(handover=begun)


async def draw_up(
    connection: Connection, parties: Parties, asked_for: Handover, *, at: datetime
) -> Distribution | Refused:
    """Return the distribution as things stand, or why nothing can be begun; others who begin one for the person wait.

    HANDOVER_UNDER_WAY or NOTHING_TO_HAND_OVER.
    """
    await locks.lock_staff(connection, asked_for.from_staff_id)
    if await handovers.is_under_way(connection, asked_for.alliance_id, asked_for.from_staff_id):
        return refuse(HANDOVER_UNDER_WAY)
    distribution = await distribute(connection, asked_for.alliance_id, parties, asked_for.method, at=at)
    return distribution if distribution.moves_something else refuse(NOTHING_TO_HAND_OVER)


def _begun(asked_for: Handover, distribution: Distribution, *, by: Staff, at: datetime) -> Handover:
    return replace(
        asked_for,
        state=HandoverState.WAITING,
        started_by_id=by.id,
        started_at=at,
        total=len(distribution.items),
        skipped=len(distribution.items) - distribution.movable,
        more=distribution.more,
        requests_total=len(distribution.passing),
    )


async def _write(
    connection: Connection, begun: Handover, distribution: Distribution, *, at: datetime
) -> None:
    """Write down who is to get what, and that it began."""
    await handovers.insert_items(connection, begun.alliance_id, begun.id, distribution.items, at=at)
    await handover_requests.insert(connection, begun.alliance_id, begun.id, distribution.passing, at=at)
    act = Act(
        kind="handover.begun",
        subject_id=begun.id,
        occurred_at=at,
        actor_id=begun.started_by_id,
        detail={
            "from": str(begun.from_staff_id),
            "to": [str(id) for id in begun.receiver_ids],
            "method": begun.method.value,
            "total": begun.total,
            "requests": begun.requests_total,
            "digest": distribution.digest,
        },
        reason=begun.reason,
    )
    await ledger.append(connection, begun.alliance_id, [act])
