"""What every change of registrations has in common: who may, whether it is live, and writing it down."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.notice_acts import acts_of_notices
from baobei.operations.results import NOT_OWNER, Refused, refuse
from baobei.policy.notices import next_notice_at, review, told_before
from baobei.policy.records import Registration, RegistrationEvent, apply
from baobei.policy.standing import standing
from baobei.policy.terms import RefusalCode
from baobei.store import customer_files, ledger, organisation, registrations
from baobei.store.connection import Connection
from baobei.store.customer_files import HeldFile, last_recorded_at
from baobei.store.ledger import Act, act_of
from baobei.store.organisation_models import Alliance, Staff
from baobei.store.registration_models import StoredRegistration
from baobei.vault import SealedText


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A registration held for a change, its owner, and the instant to record at."""

    stored: StoredRegistration
    owner: Staff
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An event on a registration; without one, only what the calendar did is written down."""

    stored: StoredRegistration
    event: RegistrationEvent | None = None
    reason: SealedText | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def after(self) -> Registration:
        """Return the facts as the change leaves them."""
        return self.stored.facts if self.event is None else apply(self.stored.facts, self.event)


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
    return (await open_registrations(connection, office, actor, [registration_id])).get(registration_id)


async def open_registrations(
    connection: Connection, office: Office, actor: Actor, registration_ids: Collection[UUID]
) -> dict[UUID, Opened]:
    """Hold registrations, whoever's they are, all to be recorded on at one instant; an unknown id is absent."""
    held = await registrations.lock_by_ids(connection, actor.alliance, registration_ids)
    owners = await organisation.staff_by_ids(
        connection, actor.alliance.id, {stored.owner_id for stored in held.values()}
    )
    now = await office.clock.now(connection)
    at = max([now, *(last_recorded_at(stored.facts) for stored in held.values())])
    return {id: Opened(stored=stored, owner=owners[stored.owner_id], at=at) for id, stored in held.items()}


async def hold_customer_of(
    connection: Connection, office: Office, actor: Actor, registration_id: UUID | None
) -> HeldRegistration | None:
    """Hold the customer of a registration, whoever's it is; None when there is none of that id."""
    if registration_id is None:
        return None
    found = await registrations.by_ids(connection, actor.alliance, [registration_id])
    if registration_id not in found:
        return None
    held = await customer_files.hold_with(connection, actor.alliance, found[registration_id])
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
    """Write an actor's changes down, each after the notices that were due before it, then `more`."""
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
    """Write changes down, each after the notices that were due before it, then `more`."""
    due = [
        (change.stored.facts, notice)
        for change in changes
        for notice in review(change.stored.facts, since=change.stored.due_at, at=at).told
    ]
    notice_acts = await acts_of_notices(connection, alliance.id, due)
    acts: list[Act] = []
    for change in changes:
        acts += [act for act in notice_acts if act.subject_id == change.stored.id]
        if change.event is not None:
            acts.append(_act_of(change, change.event, actor_id=actor_id))
    after = [change.after for change in changes]
    due_at = [_due_at(change, at=at) for change in changes]
    await registrations.save(connection, alliance, after, due_at=due_at, at=at)
    await ledger.append(connection, alliance.id, [*acts, *more])


def _act_of(change: Change, event: RegistrationEvent, *, actor_id: UUID | None) -> Act:
    return act_of(
        event,
        registration_id=change.stored.id,
        actor_id=actor_id,
        reason=change.reason,
        detail=change.detail,
    )


def _due_at(change: Change, *, at: datetime) -> datetime | None:
    """Return when there is something to tell next, now that all up to `at` has been told."""
    told = told_before(change.stored.facts, change.stored.due_at)
    return next_notice_at(change.after, after=at, told=told)


async def reload(connection: Connection, alliance: Alliance, id: UUID) -> StoredRegistration:
    """Return a registration as this transaction has left it."""
    return (await registrations.by_ids(connection, alliance, [id]))[id]
