"""Letting a person in again who had left."""

from dataclasses import dataclass, replace
from functools import partial

from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.errors import Forbidden
from baobei.operations.free_text import sealed
from baobei.operations.results import UNKNOWN_STAFF, Refused
from baobei.operations.staff_changes import REACTIVATED, hold_organisation, note_staff_acts, refuse_staff
from baobei.operations.transaction import in_transaction
from baobei.store import leavers, organisation
from baobei.store.connection import Connection
from baobei.store.organisation_models import Staff


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactivateStaff:
    """Who comes back, and why."""

    staff_code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffReactivated:
    """Who came back, in the unit and roles that they had."""

    staff: Staff


async def reactivate_staff(
    office: Office, actor: Actor, request: ReactivateStaff
) -> StaffReactivated | Refused:
    """Let a person in again; administrators alone. Twice is once.

    Raises `Forbidden`; refuses with UNKNOWN_STAFF.
    """
    if not access.may_administer(actor.staff):
        raise Forbidden(operation="reactivateStaff")
    return await in_transaction(
        office, partial(_reactivate, office=office, actor=actor, request=request), within=actor
    )


async def _reactivate(
    connection: Connection, *, office: Office, actor: Actor, request: ReactivateStaff
) -> StaffReactivated | Refused:
    await hold_organisation(connection, actor, "reactivateStaff")
    person = await organisation.staff_by_code(connection, actor.alliance.id, request.staff_code)
    if person is None:
        return refuse_staff(UNKNOWN_STAFF)
    if not person.active:
        at = await office.clock.now(connection)
        await leavers.set_active(connection, actor.alliance.id, person.id, active=True)
        await note_staff_acts(
            connection,
            actor.alliance,
            REACTIVATED,
            [person],
            actor=actor,
            at=at,
            reason=sealed(office, actor, request.reason),
        )
    return StaffReactivated(staff=replace(person, active=True))
