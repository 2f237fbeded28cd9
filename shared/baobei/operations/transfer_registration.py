"""Passing a registration to a colleague."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.free_text import sealed
from baobei.operations.passing import Passing, pass_on, refuse_passing
from baobei.operations.registration_changes import open_registration, reload
from baobei.operations.results import NOT_OWNER, UNKNOWN_STAFF, Refused, RegistrationChanged, refuse
from baobei.operations.transaction import in_transaction
from baobei.policy.terms import RefusalCode
from baobei.store import organisation
from baobei.store.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRegistration:
    """A registration, the colleague who is to own it, and why."""

    registration_id: UUID | None
    to_staff_code: str
    reason: str


async def transfer_registration(
    office: Office, actor: Actor, request: TransferRegistration
) -> RegistrationChanged | Refused:
    """Make a colleague the owner; the department head decides it, never in their own case. A touch.

    Refuses with NOT_OWNER, UNKNOWN_STAFF, OWN_CASE, NOT_LIVE or NOT_APPLICABLE (to the present owner).
    """
    return await in_transaction(
        office, partial(_transfer, office=office, actor=actor, request=request), within=actor
    )


async def _transfer(
    connection: Connection, *, office: Office, actor: Actor, request: TransferRegistration
) -> RegistrationChanged | Refused:
    opened = await open_registration(connection, office, actor, request.registration_id)
    if opened is None or not access.is_department_head(actor.staff):
        return refuse(NOT_OWNER)
    receiver = await organisation.hold_staff_by_code(connection, actor.alliance.id, request.to_staff_code)
    if receiver is None or not access.may_be_given(receiver):
        return refuse(UNKNOWN_STAFF)
    if actor.staff.id in (opened.owner.id, receiver.id):
        return refuse(RefusalCode.OWN_CASE)
    if (refused := refuse_passing(opened, receiver)) is not None:
        return refused
    await pass_on(
        connection,
        actor,
        [Passing(opened=opened, receiver=receiver)],
        reason=sealed(office, actor, request.reason),
    )
    return RegistrationChanged(registration=await reload(connection, actor.alliance, opened.stored.id))
