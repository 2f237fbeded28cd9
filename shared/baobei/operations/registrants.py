"""Whose a registration is to be: the person who asks, or a member of the unit that they manage."""

from baobei.operations import access
from baobei.operations.actor import Actor
from baobei.operations.registration_request import RegisterCustomer
from baobei.operations.results import NO_CHANNEL, NOT_OWNER, UNKNOWN_STAFF
from baobei.store import organisation
from baobei.store.connection import Connection
from baobei.store.organisation_models import Staff


async def registrant_of(connection: Connection, actor: Actor, request: RegisterCustomer) -> Staff | str:
    """Return whose registration it is to be, or the code of why it cannot be.

    They and who asks are read as they are now; nobody makes them leavers until the transaction ends.
    """
    held = await organisation.hold_staff_by_ids(connection, actor.alliance.id, [actor.staff.id])
    sender = held[actor.staff.id]
    if not sender.active:
        return UNKNOWN_STAFF
    code = request.for_staff_code
    if code is None or code == sender.code:
        return own_registrant(sender)
    named = await organisation.hold_staff_by_code(connection, actor.alliance.id, code)
    if named is None or not named.active:
        return UNKNOWN_STAFF
    if not access.may_register_for(sender, person=named):
        return NOT_OWNER
    return own_registrant(named)


def own_registrant(person: Staff) -> Staff | str:
    """Return a person who may have registrations, or the code of why they may not."""
    may_have = person.unit_kind.channel is not None and access.may_be_given(person)
    return person if may_have else NO_CHANNEL
