"""What letting people go and letting them in again have in common."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from baobei.operations import access
from baobei.operations.actor import Actor, Desk
from baobei.operations.deciders import inbox_of_last_head
from baobei.operations.errors import Forbidden, OperationError
from baobei.operations.results import UNKNOWN_STAFF, Refused
from baobei.operations.transaction import lent
from baobei.policy.terms import Text
from baobei.store import approvals, leavers, ledger, organisation, organisation_changes
from baobei.store.connection import Connection
from baobei.store.ledger import Act
from baobei.store.organisation_models import Alliance, Role, Staff
from baobei.vault import SealedText

LAST_OF_ROLE: Final = "LAST_OF_ROLE"
DEACTIVATED: Final = "staff.deactivated"
REACTIVATED: Final = "staff.reactivated"

_SENTENCES: Final = {
    UNKNOWN_STAFF: Text(
        zh="没有找到这个工号的人员，请核对工号。", en="Nobody has this staff code; please check it."
    ),
    LAST_OF_ROLE: Text(
        zh="联盟必须至少有一位在职的管理员和一位在职的部门负责人：请先安排接任的人。",
        en="The alliance needs an administrator and a department head who work here: appoint another one first.",
    ),
}


class LastOfRole(OperationError):
    """A change that would leave the alliance without a role that it cannot do without."""

    def __init__(self, *, alliance_code: str, role: Role) -> None:
        self.alliance_code, self.role = alliance_code, role
        super().__init__(f"staff: expected an active {role.value} of {alliance_code} to remain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaver:
    """A person and how much there is to hand over when they leave.

    `decisions` counts what waits for a decision that nobody else who works here could make; 0 when somebody could.
    """

    staff: Staff
    registrations: int
    requests: int
    decisions: int


def refuse_staff(code: str) -> Refused:
    """Return a refusal with its sentence."""
    return Refused(code=code, message=_SENTENCES[code])


async def hold_organisation(connection: Connection, actor: Actor, operation: str) -> None:
    """Let one change of who works here run at a time; raises `Forbidden` for who is no administrator any more.

    Of two administrators who let each other go at once, one is too late.
    """
    await organisation_changes.lock_organisation(connection)
    now = await organisation.staff_by_ids(connection, actor.alliance.id, [actor.staff.id])
    asker = now.get(actor.staff.id)
    if asker is None or not asker.active or not access.may_administer(asker):
        raise Forbidden(operation=operation)


async def roles_held(connection: Connection, alliance_id: int) -> dict[Role, set[Staff]]:
    """Return who works here, for each role that the alliance cannot do without."""
    held = await leavers.active_staff_of_roles(connection, alliance_id, access.NEVER_WITHOUT)
    return {role: {each for each in held if role in each.roles} for role in access.NEVER_WITHOUT}


async def leaver_of(connection: Connection, alliance: Alliance, person: Staff, *, at: datetime) -> Leaver:
    """Return how much there is to hand over from a person at an instant."""
    left = await leavers.count_left(connection, alliance.id, person.id, at=at)
    heads = await leavers.active_staff_of_roles(connection, alliance.id, [Role.DEPARTMENT_HEAD])
    alone = access.decides_alone(person, active=heads)
    return Leaver(
        staff=person,
        registrations=left.registrations,
        requests=left.requests,
        decisions=await _waiting_for(connection, alliance, person, at=at) if alone else 0,
    )


async def _waiting_for(connection: Connection, alliance: Alliance, person: Staff, *, at: datetime) -> int:
    inbox = await inbox_of_last_head(connection, alliance, person, at=at)
    return await approvals.count_inbox(connection, alliance.id, inbox)


async def find_leaver(desk: Desk, actor: Actor, staff_code: str) -> Leaver | None:
    """Return what is to be handed over from a person; None for nobody, and for whom the actor may not read."""
    async with lent(desk, actor) as connection:
        person = await organisation.staff_by_code(connection, actor.alliance.id, staff_code)
        if person is None or not access.may_read_leaver(actor.staff, person=person):
            return None
        at = await desk.clock.now(connection)
        return await leaver_of(connection, actor.alliance, person, at=at)


async def note_staff_acts(
    connection: Connection,
    alliance: Alliance,
    kind: str,
    people: Collection[Staff],
    *,
    actor: Actor | None,
    at: datetime,
    reason: SealedText | None = None,
) -> None:
    """Write down that people left or came back; an actor of None is whoever has the command line."""
    actor_id = None if actor is None else actor.staff.id
    acts = [
        Act(kind=kind, subject_id=each.id, occurred_at=at, actor_id=actor_id, reason=reason)
        for each in people
    ]
    if acts:
        await ledger.append(connection, alliance.id, acts)
