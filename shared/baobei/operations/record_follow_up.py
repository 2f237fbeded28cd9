"""Recording a contact with the customer (跟进, 3.3.2)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from baobei.clock import new_id
from baobei.operations.actor import Actor, Office
from baobei.operations.free_text import sealed
from baobei.operations.registration_changes import Change, open_for_owner, record, reload
from baobei.operations.repeated import answer_once, idempotency_key
from baobei.operations.results import IN_THE_FUTURE, Refused, refuse
from baobei.operations.transaction import in_transaction
from baobei.policy.records import FollowedUp
from baobei.policy.terms import FollowUpKind
from baobei.store import follow_ups
from baobei.store.connection import Connection
from baobei.store.registration_models import FollowUp, StoredRegistration

# How much the clock of somebody's phone may be ahead of ours.
CLOCKS_DIFFER: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFollowUp:
    """A contact to record; `occurred_at` is information, the time of recording is what counts.

    A contact that is still to come is none, so it is not after the recording by more than `CLOCKS_DIFFER`.
    """

    registration_id: UUID | None
    kind: FollowUpKind
    note: str
    occurred_at: datetime | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpRecorded:
    """The contact and the registration that it touched."""

    follow_up: FollowUp
    registration: StoredRegistration


async def record_follow_up(
    office: Office, actor: Actor, request: RecordFollowUp
) -> FollowUpRecorded | Refused:
    """Record a contact by the owner, or by their manager for them; a touch, which cures a lapse.

    Refuses with NOT_OWNER, NOT_LIVE, IN_THE_FUTURE or IDEMPOTENCY_KEY_REUSED.
    """
    return await in_transaction(
        office, partial(_record, office=office, actor=actor, request=request), within=actor
    )


async def _record(
    connection: Connection, *, office: Office, actor: Actor, request: RecordFollowUp
) -> FollowUpRecorded | Refused:
    key = idempotency_key(
        office,
        actor,
        "recordFollowUp",
        request.idempotency_key,
        registration=request.registration_id,
        kind=request.kind,
        note=request.note,
        occurred_at=request.occurred_at,
    )
    return await answer_once(
        connection,
        key,
        work=partial(_write, connection, office, actor, request),
        kept=lambda recorded: {"follow_up": str(recorded.follow_up.id)},
        again=partial(_again, connection, actor),
    )


async def _write(
    connection: Connection, office: Office, actor: Actor, request: RecordFollowUp
) -> FollowUpRecorded | Refused:
    opened = await open_for_owner(connection, office, actor, request.registration_id)
    if isinstance(opened, Refused):
        return opened
    if request.occurred_at is not None and request.occurred_at > opened.at + CLOCKS_DIFFER:
        return refuse(IN_THE_FUTURE)
    follow_up = FollowUp(
        id=new_id(),
        registration_id=opened.stored.id,
        kind=request.kind,
        note=sealed(office, actor, request.note),
        recorded_at=opened.at,
        occurred_at=request.occurred_at,
        recorded_by_id=actor.staff.id,
    )
    await follow_ups.insert(connection, actor.alliance.id, follow_up)
    event = FollowedUp(at=opened.at)
    detail = {"follow_up": str(follow_up.id)}
    await record(connection, actor, [Change(stored=opened.stored, event=event, detail=detail)], at=opened.at)
    registration = await reload(connection, actor.alliance, opened.stored.id)
    return FollowUpRecorded(follow_up=follow_up, registration=registration)


async def _again(connection: Connection, actor: Actor, answer: dict[str, Any]) -> FollowUpRecorded:
    id = UUID(answer["follow_up"])
    follow_up = (await follow_ups.by_ids(connection, actor.alliance.id, [id]))[id]
    registration = await reload(connection, actor.alliance, follow_up.registration_id)
    return FollowUpRecorded(follow_up=follow_up, registration=registration)
