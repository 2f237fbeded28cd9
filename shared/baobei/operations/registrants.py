"""Whose a registration is to be: the person who asks, or a member of the unit that they manage."""

from baobei.operations import access
from baobei.operations.actor import Actor
from baobei.operations.registration_request import RegisterCustomer
from baobei.operations.results import NO_CHANNEL, NOT_OWNER, UNKNOWN_STAFF
from baobei.store import organisation
from baobei.store.connection import Connection
from baobei.store.organisation_models import Staff


async def registrant_of(connection: Connection, actor: Actor, request: RegisterCustomer) -> Staff | str:
    """Return whose registration it is to be, or the code of why it cannot be."""
    code = request.for_staff_code
    if code is None or code == actor.staff.code:
        person = actor.staff
    else:
        named = await organisation.hold_staff_by_code(connection, actor.alliance.id, code)
        if named is None or not named.active:
            return UNKNOWN_STAFF
        if not access.may_register_for(actor.staff, person=named):
            return NOT_OWNER
        person = named
    registers = person.unit_kind.channel is not None and access.may_be_given(person)
    return person if registers else NO_CHANNEL
