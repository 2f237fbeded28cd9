"""Erasing one person's data: who they are goes, what was decided stays (个人信息的删除)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from baobei.clock import new_id
from baobei.operations.actor import Office
from baobei.operations.person_records import (
    PersonRecords,
    StillDisputed,
    disputed_orders,
    hold_person,
    keys_of_person,
)
from baobei.operations.registration_changes import Change, write_changes
from baobei.operations.transaction import AS_LOGIN, in_transaction
from baobei.policy.records import Ended, RecordedEnd
from baobei.policy.standing import standing
from baobei.store import approvals, import_files, ledger, persons
from baobei.store.approval_models import ApprovalStatus
from baobei.store.connection import Connection
from baobei.store.ledger import Act
from baobei.store.organisation_models import Alliance
from baobei.vault import SealedText


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasePerson:
    """A person by phone, address or both, why they are erased, and by whom where it is one of the staff."""

    phone: str | None
    address: str | None
    reason: str
    by_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """How much of a person was erased; all zero when there was nothing (left)."""

    contacts: int = 0
    registrations: int = 0
    withdrawn: int = 0
    requests_cancelled: int = 0
    orders: int = 0
    texts: int = 0
    files: int = 0


async def erase_person(office: Office, alliance: Alliance, request: ErasePerson) -> Erased:
    """Erase all that carries a person's phone or address, in one transaction; twice is once.

    Names, phones, addresses, what was written and the keys to find them by are gone; registrations that were live
    end as withdrawn, requests that wait are cancelled, the files of imports that have ended are taken away.
    Decisions, credits, clocks and digests stay as they are.
    Raises `UnusableInput`, `NotSealedYet` while something could be passed by, and `StillDisputed` while a dispute of who
    is credited rests on it.
    """

    async def erase(connection: Connection) -> Erased:
        person = await _hold(connection, office, alliance, phone=request.phone, address=request.address)
        reason = office.vault.seal_text(request.reason, alliance_id=alliance.id, id=new_id())
        erased = await erase_held(connection, office, alliance, person, reason=reason, by_id=request.by_id)
        # Nobody can tell whom else's sheet has a line about the person: the files of past imports go, all of them.
        files = await import_files.take_away_ended(connection, alliance.id) if person.contact_ids else 0
        return replace(erased, files=files)

    return await in_transaction(office, erase, within=AS_LOGIN)


async def count_person(
    office: Office, alliance: Alliance, *, phone: str | None, address: str | None
) -> Erased:
    """Return what an erasure would erase now, except `texts`, which only erasing counts.

    Holds the person's records while it counts; raises as `erase_person` does.
    """
    return await in_transaction(
        office,
        partial(_count, office=office, alliance=alliance, phone=phone, address=address),
        within=AS_LOGIN,
    )


async def _count(
    connection: Connection, *, office: Office, alliance: Alliance, phone: str | None, address: str | None
) -> Erased:
    person = await _hold(connection, office, alliance, phone=phone, address=address)
    at = person.file.not_before(await office.clock.now(connection))
    return Erased(
        contacts=len(person.contact_ids),
        registrations=len(person.registrations),
        withdrawn=len(_live(person, at)),
        requests_cancelled=sum(asked.status is ApprovalStatus.PENDING for asked in person.approvals),
        orders=len(person.orders),
        files=await import_files.count_ended(connection, alliance.id) if person.contact_ids else 0,
    )


async def _hold(
    connection: Connection, office: Office, alliance: Alliance, *, phone: str | None, address: str | None
) -> PersonRecords:
    """Hold a person who may be erased now."""
    keys = await keys_of_person(connection, office, alliance, phone=phone, address=address)
    person = await hold_person(connection, alliance, keys)
    if disputed := await disputed_orders(connection, alliance, person):
        raise StillDisputed(external_refs=disputed)
    return person


async def erase_held(
    connection: Connection,
    office: Office,
    alliance: Alliance,
    person: PersonRecords,
    *,
    reason: SealedText | None,
    by_id: UUID | None = None,
) -> Erased:
    """Erase what is held of a person, and write down that it was; nothing held is nothing written."""
    if not person.contact_ids and not person.approvals:
        return Erased()
    erasure, at = new_id(), person.file.not_before(await office.clock.now(connection))
    live = _live(person, at)
    cancelled = await _cancel_requests(connection, alliance, person, erasure, by_id=by_id, at=at)
    await write_changes(connection, alliance, _changes(person, live, erasure, at), actor_id=by_id, at=at)
    registration_ids = [stored.id for stored in person.registrations]
    order_ids = [order.id for order in person.orders]
    texts = await persons.erase_texts(
        connection,
        alliance.id,
        contact_ids=person.contact_ids,
        registration_ids=registration_ids,
        order_ids=order_ids,
        subject_ids=person.subject_ids,
        approval_ids=[asked.id for asked in person.approvals],
        at=at,
    )
    await persons.erase_requests(connection, alliance.id, [asked.id for asked in person.approvals], at)
    erased = Erased(
        contacts=await persons.erase_contacts(connection, alliance.id, person.contact_ids, at),
        registrations=await persons.erase_registrations(connection, alliance.id, registration_ids, at),
        orders=await persons.erase_orders(connection, alliance.id, order_ids, at),
        withdrawn=len(live),
        requests_cancelled=len(cancelled),
        texts=texts,
    )
    acts = _acts(registration_ids, order_ids, erasure, by_id=by_id, at=at)
    whole = Act(
        kind="person.erased",
        subject_id=erasure,
        occurred_at=at,
        actor_id=by_id,
        detail=asdict(erased),
        reason=reason,
    )
    await ledger.append(connection, alliance.id, [*cancelled, *acts, whole])
    return erased


def _live(person: PersonRecords, at: datetime) -> set[UUID]:
    return {stored.id for stored in person.registrations if standing(stored.facts, at).live}


def _changes(person: PersonRecords, live: set[UUID], erasure: UUID, at: datetime) -> list[Change]:
    """Return what becomes of registrations that no act has ended: those that are live are withdrawn."""
    return [
        Change(
            stored=stored,
            event=Ended(at=at, kind=RecordedEnd.WITHDRAWN) if stored.id in live else None,
            detail={"erasure": str(erasure)},
        )
        for stored in person.registrations
        if stored.facts.end is None
    ]


async def _cancel_requests(
    connection: Connection,
    alliance: Alliance,
    person: PersonRecords,
    erasure: UUID,
    *,
    by_id: UUID | None,
    at: datetime,
) -> list[Act]:
    """Cancel the requests that wait; return the acts that say so."""
    acts = []
    for asked in person.approvals:
        if asked.status is not ApprovalStatus.PENDING:
            continue
        decided = replace(asked, status=ApprovalStatus.CANCELLED, decided_by_id=by_id, decided_at=at)
        await approvals.decide(connection, alliance.id, decided)
        detail = {
            "kind": asked.kind.value,
            "status": decided.status.value,
            "registration": None if asked.registration_id is None else str(asked.registration_id),
            "erasure": str(erasure),
        }
        acts.append(
            Act(kind="approval.decided", subject_id=asked.id, occurred_at=at, actor_id=by_id, detail=detail)
        )
    return acts


def _acts(
    registration_ids: Sequence[UUID],
    order_ids: Sequence[UUID],
    erasure: UUID,
    *,
    by_id: UUID | None,
    at: datetime,
) -> list[Act]:
    subjects = [("registration.erased", id) for id in registration_ids]
    subjects += [("order.erased", id) for id in order_ids]
    return [
        Act(kind=kind, subject_id=id, occurred_at=at, actor_id=by_id, detail={"erasure": str(erasure)})
        for kind, id in subjects
    ]
