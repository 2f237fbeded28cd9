"""What every change of registrations has in common: who may, whether it is live, and writing it down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.results import NOT_OWNER, Refused, refuse
from baobei.policy.records import Registration, RegistrationEvent, apply
from baobei.policy.standing import standing
from baobei.policy.terms import Clauses, RefusalCode, StandingStatus
from baobei.store import customer_files, ledger, organisation, registrations
from baobei.store.connection import Connection
from baobei.store.customer_files import HeldFile, last_recorded_at
from baobei.store.ledger import Act, act_of
from baobei.store.models import Alliance, Staff, StoredRegistration


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A registration held for a change, its owner, and the instant to record at."""

    stored: StoredRegistration
    owner: Staff
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An event on a registration; without one, only its passed deadlines are written down."""

    stored: StoredRegistration
    event: RegistrationEvent | None = None
    reason: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRegistration:
    """A registration with all that is known of its customer, held; its owner, and the instant to record at."""

    stored: StoredRegistration
    owner: Staff
    held: HeldFile
    at: datetime


async def open_for_owner(
    connection: Connection, office: Office, actor: Actor, registration_id: UUID | None
) -> Opened | Refused:
    """Hold a registration that the actor may record on and that is live.

    Whose it is comes before whether it is live; one that does not exist is nobody's.
    """
    opened = await open_registration(connection, office, actor, registration_id)
    if opened is None or not access.may_act_on(actor.staff, owner=opened.owner):
        return refuse(NOT_OWNER)
    return refuse_ended(opened) or opened


async def open_registration(
    connection: Connection, office: Office, actor: Actor, registration_id: UUID | None
) -> Opened | None:
    """Hold a registration, whoever's it is; None when there is none of that id."""
    if registration_id is None:
        return None
    held = await registrations.lock_by_ids(connection, actor.alliance, [registration_id])
    if registration_id not in held:
        return None
    stored = held[registration_id]
    owners = await organisation.staff_by_ids(connection, actor.alliance.id, [stored.owner_id])
    at = max(await office.clock.now(connection), last_recorded_at(stored.facts))
    return Opened(stored=stored, owner=owners[stored.owner_id], at=at)


async def hold_customer_of(
    connection: Connection, office: Office, actor: Actor, registration_id: UUID | None
) -> HeldRegistration | None:
    """Hold the customer of a registration, whoever's it is; None when there is none of that id."""
    if registration_id is None:
        return None
    found = await registrations.by_ids(connection, actor.alliance, [registration_id])
    if registration_id not in found:
        return None
    held = await customer_files.hold(connection, actor.alliance, found[registration_id].facts.keys)
    stored = held.registration(str(registration_id))
    owners = await organisation.staff_by_ids(connection, actor.alliance.id, [stored.owner_id])
    at = held.not_before(await office.clock.now(connection))
    return HeldRegistration(stored=stored, owner=owners[stored.owner_id], held=held, at=at)


def refuse_ended(opened: Opened) -> Refused | None:
    """Return the refusal when the registration has ended, naming how and the clause."""
    worth = standing(opened.stored.facts, opened.at)
    if worth.live:
        return None
    return refuse(
        RefusalCode.NOT_LIVE, worth.clause, ended_as=worth.status, policy=opened.stored.facts.policy
    )


async def record(
    connection: Connection, actor: Actor, changes: Sequence[Change], *, at: datetime, more: Sequence[Act] = ()
) -> None:
    """Write an actor's changes down with the deadlines that passed before them, then `more`."""
    await write_changes(connection, actor.alliance, changes, actor_id=actor.staff.id, at=at, more=more)


async def write_changes(
    connection: Connection,
    alliance: Alliance,
    changes: Sequence[Change],
    *,
    actor_id: UUID | None,
    at: datetime,
    more: Sequence[Act] = (),
) -> None:
    """Write changes down with the deadlines that passed before them, then `more`."""
    acts: list[Act] = []
    after: list[Registration] = []
    for change in changes:
        acts += passed_deadlines(change.stored, at=at)
        facts = change.stored.facts
        if change.event is not None:
            facts = apply(facts, change.event)
            acts.append(
                act_of(
                    change.event,
                    registration_id=change.stored.id,
                    actor_id=actor_id,
                    reason=change.reason,
                    detail=change.detail,
                )
            )
        after.append(facts)
    await registrations.save(connection, alliance, after, at=at)
    await ledger.append(connection, alliance.id, [*acts, *more])


def passed_deadlines(stored: StoredRegistration, *, at: datetime) -> list[Act]:
    """Return the acts of the calendar on a registration that its stored status does not show yet.

    Each happened at its deadline, whenever it is written down.
    """
    worth = standing(stored.facts, at)
    acts = []
    lapsed = worth.lapses_at <= at and (worth.ended_at is None or worth.lapses_at <= worth.ended_at)
    if stored.stored_status is StandingStatus.PROTECTED and lapsed and _by_calendar(worth.status):
        acts.append(_passed("registration.lapsed", stored, worth.lapses_at, Clauses.FOLLOW_UP))
    expired = worth.status is StandingStatus.EXPIRED and stored.stored_status is not StandingStatus.EXPIRED
    if expired and worth.ended_at is not None:
        acts.append(_passed("registration.expired", stored, worth.ended_at, Clauses.EXPIRY))
    return acts


def _by_calendar(status: StandingStatus) -> bool:
    return status in (StandingStatus.LAPSED, StandingStatus.EXPIRED)


def _passed(kind: str, stored: StoredRegistration, deadline: datetime, clause: str) -> Act:
    return Act(
        kind=kind,
        subject_id=stored.id,
        occurred_at=deadline,
        actor_id=None,
        detail={"clause": clause, "owner": str(stored.owner_id)},
    )


async def reload(connection: Connection, alliance: Alliance, id: UUID) -> StoredRegistration:
    """Return a registration as this transaction has left it."""
    return (await registrations.by_ids(connection, alliance, [id]))[id]
