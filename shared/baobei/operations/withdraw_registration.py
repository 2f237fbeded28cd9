"""Giving a registration up."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from baobei.operations.actor import Actor, Office
from baobei.operations.free_text import sealed
from baobei.operations.registration_changes import Change, open_for_owner, record, reload
from baobei.operations.results import Refused, RegistrationChanged
from baobei.operations.transaction import in_transaction
from baobei.policy.records import Ended, RecordedEnd
from baobei.store.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawRegistration:
    """A registration to give up, and why."""

    registration_id: UUID | None
    reason: str


async def withdraw_registration(
    office: Office, actor: Actor, request: WithdrawRegistration
) -> RegistrationChanged | Refused:
    """End a registration by its owner's will, or their manager's for them; the customer is free at once.

    Refuses with NOT_OWNER or NOT_LIVE.
    """
    return await in_transaction(
        office, partial(_withdraw, office=office, actor=actor, request=request), within=actor
    )


async def _withdraw(
    connection: Connection, *, office: Office, actor: Actor, request: WithdrawRegistration
) -> RegistrationChanged | Refused:
    opened = await open_for_owner(connection, office, actor, request.registration_id)
    if isinstance(opened, Refused):
        return opened
    event = Ended(at=opened.at, kind=RecordedEnd.WITHDRAWN)
    change = Change(stored=opened.stored, event=event, reason=sealed(office, actor, request.reason))
    await record(connection, actor, [change], at=opened.at)
    return RegistrationChanged(registration=await reload(connection, actor.alliance, opened.stored.id))
