"""Recording the on-site measuring visit (上门量尺, 3.3.3)."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from baobei.operations.actor import Actor, Office
from baobei.operations.free_text import sealed_if_any
from baobei.operations.registration_changes import Change, open_for_owner, record, reload
from baobei.operations.results import Refused, RegistrationChanged
from baobei.operations.transaction import in_transaction
from baobei.policy.records import Measured
from baobei.store.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordMeasurement:
    """A measuring visit to record."""

    registration_id: UUID | None
    note: str | None = None


async def record_measurement(
    office: Office, actor: Actor, request: RecordMeasurement
) -> RegistrationChanged | Refused:
    """Record a measuring visit by the owner, or their manager for them; satisfies the expiry, and is a touch.

    Refuses with NOT_OWNER or NOT_LIVE.
    """
    return await in_transaction(
        office, partial(_record, office=office, actor=actor, request=request), within=actor
    )


async def _record(
    connection: Connection, *, office: Office, actor: Actor, request: RecordMeasurement
) -> RegistrationChanged | Refused:
    opened = await open_for_owner(connection, office, actor, request.registration_id)
    if isinstance(opened, Refused):
        return opened
    change = Change(
        stored=opened.stored, event=Measured(at=opened.at), reason=sealed_if_any(office, actor, request.note)
    )
    await record(connection, actor, [change], at=opened.at)
    return RegistrationChanged(registration=await reload(connection, actor.alliance, opened.stored.id))
