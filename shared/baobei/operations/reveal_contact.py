"""Looking at a customer's phone and address in full: for a reason, so many a day, and written down."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from baobei.clock import wall_now
from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.free_text import sealed
from baobei.operations.results import NOT_OWNER, REVEAL_LIMIT, Refused, refuse
from baobei.operations.transaction import in_transaction
from baobei.policy.terms import RefusalCode
from baobei.store import contacts, ledger, organisation, policies, registrations, reveals
from baobei.store.connection import Connection
from baobei.store.ledger import Act
from baobei.store.registration_models import StoredRegistration
from baobei.vault import SealedContact


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealContact:
    """A registration whose customer is to be seen in full, and why."""

    registration_id: UUID | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRevealed:
    """The customer, sealed still, for the viewer whose look was written down."""

    contact: SealedContact
    at: datetime


async def reveal_contact(office: Office, actor: Actor, request: RevealContact) -> ContactRevealed | Refused:
    """Let the owner, their manager, the department head or the operations manager see a customer in full.

    Counted by day of wall time in the alliance's zone, `daily_reveals` a person at most: without the database
    nobody sees anything. Refuses with NOT_OWNER, NOT_APPLICABLE (erased) or REVEAL_LIMIT; a refusal counts nothing.

    Source: P.1.
    """
    return await in_transaction(
        office, partial(_reveal, office=office, actor=actor, request=request), within=actor
    )


async def _reveal(
    connection: Connection, *, office: Office, actor: Actor, request: RevealContact
) -> ContactRevealed | Refused:
    alliance, id = actor.alliance, request.registration_id
    found = {} if id is None else await registrations.by_ids(connection, alliance, [id])
    stored = None if id is None else found.get(id)
    if stored is None:
        return refuse(NOT_OWNER)
    owners = await organisation.staff_by_ids(connection, alliance.id, [stored.owner_id])
    if not access.may_reveal_contact(actor.staff, owner=owners[stored.owner_id]):
        await _note_refusal(connection, actor, stored, at=await office.clock.now(connection))
        return refuse(NOT_OWNER)
    contact = (await contacts.by_ids(connection, alliance.id, [stored.contact_id]))[stored.contact_id]
    if contact.name is None:
        return refuse(RefusalCode.NOT_APPLICABLE)
    at = await office.clock.now(connection)
    policy = (await policies.in_force(connection, alliance, at)).policy
    today = wall_now().astimezone(alliance.time_zone).date()
    if not await reveals.count(
        connection, alliance.id, actor.staff.id, day=today, limit=policy.daily_reveals
    ):
        return refuse(REVEAL_LIMIT, policy.clause_of.get("daily_reveals"))
    revealed = Act(
        kind="contact.revealed",
        subject_id=contact.id,
        occurred_at=at,
        actor_id=actor.staff.id,
        detail={"registration": str(stored.id), "owner": str(stored.owner_id)},
        reason=sealed(office, actor, request.reason),
    )
    await ledger.append(connection, alliance.id, [revealed])
    return ContactRevealed(contact=contact, at=at)


async def _note_refusal(
    connection: Connection, actor: Actor, stored: StoredRegistration, *, at: datetime
) -> None:
    """Write down who asked to see a customer that is none of their business."""
    refused = Act(
        kind="contact.reveal_refused",
        subject_id=stored.contact_id,
        occurred_at=at,
        actor_id=actor.staff.id,
        detail={"registration": str(stored.id), "code": NOT_OWNER},
    )
    await ledger.append(connection, actor.alliance.id, [refused])
