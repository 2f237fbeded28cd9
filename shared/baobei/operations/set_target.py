"""Setting what a person, a unit or the alliance is to reach in a month: one more version, the earlier ones stay."""

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from baobei.clock import new_id
from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.api_key_changes import UNKNOWN_UNIT
from baobei.operations.errors import Forbidden, UnusableInput
from baobei.operations.results import UNKNOWN_STAFF, Refused, refuse
from baobei.operations.transaction import in_transaction
from baobei.policy.calendar import month_of
from baobei.store import ledger, organisation, targets
from baobei.store.connection import Connection
from baobei.store.figure_models import Target
from baobei.store.ledger import Act
from baobei.store.organisation_models import Alliance, Staff, Unit
from baobei.store.targets import SetTarget

MONTH_OVER: Final = "MONTH_OVER"
_WHOSE_NOT_SAID: Final = (
    "whose target it is: the code of a person here, that of a unit in unitCode, or wholeAlliance: true"
)
_WHOSE_TWICE: Final = "one of staffCode, unitCode and wholeAlliance, not several"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskForTarget:
    """A target to set for the calendar month that begins on `month`, of one of the three.

    What `aim` leaves out stays as it was set before.
    """

    staff_code: str | None = None
    unit_code: str | None = None
    whole_alliance: bool = False
    month: date
    aim: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRecorded:
    """The target as it counts now."""

    target: SetTarget


async def set_target(office: Office, actor: Actor, request: AskForTarget) -> TargetRecorded | Refused:
    """Set a target; operations managers and administrators alone. The same again changes nothing.

    A month that is over keeps its targets. Raises `Forbidden`, and `UnusableInput` unless it is of one person, one unit
    or the alliance and aims at something. Refuses with UNKNOWN_STAFF, UNKNOWN_UNIT or MONTH_OVER.
    """
    if not access.may_set_targets(actor.staff):
        raise Forbidden(operation="setTarget")
    named = (request.staff_code is not None) + (request.unit_code is not None) + request.whole_alliance
    if named != 1:
        raise UnusableInput(field="input.staffCode", expected=_WHOSE_NOT_SAID if named == 0 else _WHOSE_TWICE)
    if request.aim == Target():
        raise UnusableInput(field="input.amount", expected="an amount, a number of orders, or both")
    return await in_transaction(
        office, partial(_set, office=office, actor=actor, request=request), within=actor
    )


async def _set(
    connection: Connection, *, office: Office, actor: Actor, request: AskForTarget
) -> TargetRecorded | Refused:
    await targets.lock(connection, actor.alliance.id)
    now = await office.clock.now(connection)
    whose = await _whose(connection, actor, request)
    if isinstance(whose, Refused):
        return whose
    if request.month < month_of(now, actor.alliance.time_zone):
        return refuse(MONTH_OVER)
    before = await _before(connection, actor, whose, request.month)
    aim = request.aim if before is None else _completed(request.aim, before.aim)
    if before is not None and before.aim == aim:
        return TargetRecorded(target=before)
    target = SetTarget(
        id=new_id(),
        staff_id=whose.id if isinstance(whose, Staff) else None,
        unit_id=whose.id if isinstance(whose, Unit) else None,
        month=request.month,
        aim=aim,
        set_by_id=actor.staff.id,
        set_at=now,
    )
    await targets.insert(connection, actor.alliance.id, target)
    await ledger.append(connection, actor.alliance.id, [_act(target)])
    return TargetRecorded(target=target)


def _completed(asked: Target, before: Target) -> Target:
    """Return a target with what it leaves out as it was before."""
    return Target(
        amount_fen=before.amount_fen if asked.amount_fen is None else asked.amount_fen,
        orders=before.orders if asked.orders is None else asked.orders,
    )


async def _whose(
    connection: Connection, actor: Actor, request: AskForTarget
) -> Staff | Unit | Alliance | Refused:
    if request.whole_alliance:
        return actor.alliance
    if request.staff_code is not None:
        person = await organisation.staff_by_code(connection, actor.alliance.id, request.staff_code)
        return refuse(UNKNOWN_STAFF) if person is None or not person.active else person
    code = request.unit_code or ""
    unit = (await organisation.units_by_codes(connection, actor.alliance.id, [code])).get(code)
    return refuse(UNKNOWN_UNIT) if unit is None else unit


async def _before(
    connection: Connection, actor: Actor, whose: Staff | Unit | Alliance, month: date
) -> SetTarget | None:
    match whose:
        case Staff():
            return (await targets.of_staff(connection, actor.alliance.id, [whose.id], month)).get(whose.id)
        case Unit():
            return (await targets.of_units(connection, actor.alliance.id, [whose.id], month)).get(whose.id)
        case Alliance():
            return await targets.of_alliance(connection, actor.alliance.id, month)


def _act(target: SetTarget) -> Act:
    return Act(
        kind="target.set",
        subject_id=target.id,
        occurred_at=target.set_at,
        actor_id=target.set_by_id,
        detail={
            "staff": None if target.staff_id is None else str(target.staff_id),
            "unit": None if target.unit_id is None else str(target.unit_id),
            "month": target.month.isoformat(),
            "amount_fen": target.aim.amount_fen,
            "orders": target.aim.orders,
        },
    )
