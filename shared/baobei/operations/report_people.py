"""Who submits a unit's report, and whom it goes to."""

from uuid import UUID

from baobei.operations import access
from baobei.operations.actor import Actor
from baobei.operations.rules import MANAGERS
from baobei.store import leavers, organisation
from baobei.store.connection import Connection
from baobei.store.organisation_models import Alliance, Role, Unit, UnitKind


async def submits(connection: Connection, actor: Actor, unit: Unit) -> bool:
    """Return whether the actor submits and corrects the reports of a unit, by who works there at this moment."""
    managers = await organisation.active_staff_of_units(
        connection, actor.alliance.id, [unit.id], roles=MANAGERS
    )
    return access.may_submit_report(actor.staff, unit=unit, managers=managers)


async def recipients_of(
    connection: Connection, alliance: Alliance, unit: Unit
) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    """Return whom a unit's report goes to, and who has a copy, by their roles at this moment.

    To the operations managers; where nobody is one, to the department heads. A field department's is copied to the
    marketing managers.

    Source: 3.1.1, 3.1.2; policy.md section 9.
    """
    recipients = await leavers.active_staff_of_roles(
        connection, alliance.id, [Role.OPERATIONS_MANAGER]
    ) or await leavers.active_staff_of_roles(connection, alliance.id, [Role.DEPARTMENT_HEAD])
    copied = (
        await leavers.active_staff_of_roles(connection, alliance.id, [Role.MARKETING_MANAGER])
        if unit.kind is UnitKind.FIELD_DEPARTMENT
        else ()
    )
    return tuple(sorted(each.id for each in recipients)), tuple(sorted(each.id for each in copied))
