"""What the alliance as a whole aims at in a month."""

from collections.abc import Set
from datetime import date, datetime
from uuid import UUID

from baobei.policy.calendar import month_of
from baobei.store import organisation, report_days, targets
from baobei.store.connection import Connection
from baobei.store.figure_models import Target, alliance_aim
from baobei.store.organisation_models import Alliance


async def alliance_target(
    connection: Connection, alliance: Alliance, month: date, counted: Set[UUID], *, at: datetime
) -> Target:
    """Return the alliance's own target, else that of its units together, where every unit that registers has one.

    Those are the units with figures (`counted`) in the month and, until it is over, those in which somebody works: what
    is aimed at in a month that is over does not depend on what opens or closes later.
    """
    own = await targets.of_alliance(connection, alliance.id, month)
    of_units = await targets.of_units(connection, alliance.id, None, month)
    units = await organisation.units_by_ids(connection, alliance.id, counted)
    needed = {id for id, unit in units.items() if unit.kind.channel is not None}
    if month >= month_of(at, alliance.time_zone):
        needed |= {unit.id for unit in await report_days.reporting_units(connection, alliance.id)}
    return alliance_aim(
        Target() if own is None else own.aim, {id: target.aim for id, target in of_units.items()}, needed
    )
