"""What is written down of a notice: the act, which is also the event that integrators are told."""

from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

from baobei.operations import rules
from baobei.policy.notices import Notice, NoticeKind
from baobei.policy.records import Registration
from baobei.store import organisation
from baobei.store.connection import Connection
from baobei.store.ledger import REGISTRATION, Act

Managers = dict[str, tuple[UUID, ...]]

NO_MANAGERS: Final[Managers] = {}
_KINDS: Final = {kind: f"{REGISTRATION}.{kind.value.lower()}" for kind in NoticeKind}


async def acts_of_notices(
    connection: Connection, alliance_id: int, due: Sequence[tuple[Registration, Notice]]
) -> list[Act]:
    """Return the acts of notices on registrations of one alliance, in the order given."""
    owners = {registration.owner for registration, notice in due if notice.last}
    managers = await managers_of(connection, alliance_id, owners) if owners else NO_MANAGERS
    return [
        act_of_notice(UUID(registration.id), registration, notice, managers) for registration, notice in due
    ]


def act_of_notice(id: UUID, registration: Registration, notice: Notice, managers: Managers) -> Act:
    """Return the act of a notice: it happened at its own instant, whenever it is written down."""
    whose = {"registration": registration.id, "owner": registration.owner}
    return Act(
        kind=kind_of_notice(notice),
        subject_id=id,
        occurred_at=notice.at,
        actor_id=None,
        detail=whose | detail_of_notice(notice, managers=managers.get(registration.owner, ())),
    )


def kind_of_notice(notice: Notice) -> str:
    """Return the kind of the act of a notice."""
    return _KINDS[notice.kind]


def detail_of_notice(notice: Notice, *, managers: Collection[UUID]) -> dict[str, Any]:
    """Return what the act of a notice says beside which registration and owner it is of.

    Ids and instants only; `managers` (of the owner) go with the last reminder before an expiry.
    """
    detail: dict[str, Any] = {
        "clause": notice.kind.clause,
        "deadline": notice.deadline.isoformat(),
        "days_left": notice.days_left,
    }
    if notice.last:
        detail["managers"] = [str(id) for id in managers]
    return detail


async def managers_of(connection: Connection, alliance_id: int, owners: Collection[str]) -> Managers:
    """Return who manages each of these people, themselves excepted."""
    people = await organisation.staff_by_ids(connection, alliance_id, [UUID(owner) for owner in owners])
    units = {person.unit_id for person in people.values()}
    chiefs = await organisation.active_staff_of_units(connection, alliance_id, units, roles=rules.MANAGERS)
    return {
        str(person.id): tuple(
            chief.id for chief in chiefs if chief.id != person.id and rules.manages(chief, person)
        )
        for person in people.values()
    }
