"""Letting a person go (离职): they are out at once, and what they leave behind is named."""

from dataclasses import dataclass, replace
from functools import partial

from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.errors import Forbidden
from baobei.operations.free_text import sealed
from baobei.operations.results import UNKNOWN_STAFF, Refused, refuse
from baobei.operations.staff_changes import (
    DEACTIVATED,
    LAST_OF_ROLE,
    Leaver,
    hold_organisation,
    leaver_of,
    note_staff_acts,
    refuse_staff,
    roles_held,
)
from baobei.operations.transaction import in_transaction
from baobei.policy.terms import RefusalCode
from baobei.store import leavers, organisation
from baobei.store.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class DeactivateStaff:
    """Who leaves, and why."""

    staff_code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffDeactivated:
    """Who left, with what is to be handed over."""

    leaver: Leaver


async def deactivate_staff(
    office: Office, actor: Actor, request: DeactivateStaff
) -> StaffDeactivated | Refused:
    """Close a person's access and give them nothing more; administrators alone. Twice is once.

    Whoever is giving them something at this moment comes first: it is in what is to be handed over. Raises
    `Forbidden`; refuses with UNKNOWN_STAFF, OWN_CASE or LAST_OF_ROLE.
    """
    if not access.may_administer(actor.staff):
        raise Forbidden(operation="deactivateStaff")
    return await in_transaction(
        office, partial(_deactivate, office=office, actor=actor, request=request), within=actor
    )


async def _deactivate(
    connection: Connection, *, office: Office, actor: Actor, request: DeactivateStaff
) -> StaffDeactivated | Refused:
    await hold_organisation(connection, actor, "deactivateStaff")
    alliance = actor.alliance
    person = await organisation.staff_by_code(connection, alliance.id, request.staff_code)
    if person is None:
        return refuse_staff(UNKNOWN_STAFF)
    if person.id == actor.staff.id:
        return refuse(RefusalCode.OWN_CASE)
    at = await office.clock.now(connection)
    if person.active:
        if any(held == {person} for held in (await roles_held(connection, alliance.id)).values()):
            return refuse_staff(LAST_OF_ROLE)
        await leavers.set_active(connection, alliance.id, person.id, active=False)
        await note_staff_acts(
            connection,
            alliance,
            DEACTIVATED,
            [person],
            actor=actor,
            at=at,
            reason=sealed(office, actor, request.reason),
        )
    left = replace(person, active=False)
    return StaffDeactivated(leaver=await leaver_of(connection, alliance, left, at=at))
