"""All that is held about one person, for that person (个人信息的查阅和复制)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any, Final
from uuid import UUID

from baobei.clock import new_id
from baobei.operations.actor import Office
from baobei.operations.disclosure import opened_contact, opened_text
from baobei.operations.person_records import PersonRecords, hold_person, keys_of_person
from baobei.operations.transaction import AS_LOGIN, in_transaction
from baobei.policy.standing import standing
from baobei.store import (
    attributions,
    contacts,
    dispute_statements,
    disputes,
    follow_ups,
    ledger,
    organisation,
    persons,
)
from baobei.store.approval_models import Approval
from baobei.store.attribution_models import StoredAttribution
from baobei.store.connection import Connection
from baobei.store.dispute_models import Dispute, Statement
from baobei.store.ledger import Act
from baobei.store.order_models import StoredOrder
from baobei.store.organisation_models import Alliance
from baobei.store.paging import Page
from baobei.store.persons import HeldAct, HeldAttempt
from baobei.store.registration_models import Contact, FollowUp, StoredRegistration
from baobei.vault import SealedText

FOLLOW_UPS_A_PAGE: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarrel:
    """A dispute with all that was said in it."""

    dispute: Dispute
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writer:
    """Writes records of one alliance as plain values; staff go by their codes."""

    office: Office
    alliance: Alliance
    contacts: dict[UUID, Contact | None]
    codes: dict[UUID, str]
    at: datetime

    def registration(
        self,
        stored: StoredRegistration,
        touches: Iterable[FollowUp],
        requests: Iterable[Approval],
        acts: Mapping[UUID, Sequence[HeldAct]],
    ) -> dict[str, Any]:
        return {
            "id": str(stored.id),
            "number": stored.number,
            "customer": self._customer(stored.contact_id),
            "registered_at": self._local(stored.registered_at),
            "channel": stored.facts.channel.value,
            "registrant": self._code(stored.registrant_id),
            "owner": self._code(stored.owner_id),
            "status": standing(stored.facts, self.at).status.value,
            "follow_ups": [self._follow_up(touch) for touch in touches],
            "requests": [self._request(asked, acts.get(asked.id, ())) for asked in requests],
            "acts": [self.act(act) for act in acts.get(stored.id, ())],
        }

    def attempt(self, attempt: HeldAttempt, acts: Iterable[HeldAct]) -> dict[str, Any]:
        return {
            "id": str(attempt.id),
            "customer": self._customer(attempt.contact_id),
            "attempted_at": self._local(attempt.attempted_at),
            "recorded_by": self._code(attempt.recorded_by_id),
            "outcome": attempt.outcome,
            "code": attempt.code,
            "registration": None if attempt.registration_id is None else str(attempt.registration_id),
            "note": self._text(attempt.note),
            "need": self._text(attempt.need),
            "acts": [self.act(act) for act in acts],
        }

    def order(
        self,
        order: StoredOrder,
        decisions: Iterable[StoredAttribution],
        disputed: Iterable[Quarrel],
        acts: Iterable[HeldAct],
    ) -> dict[str, Any]:
        return {
            "id": str(order.id),
            "external_ref": order.external_ref,
            "customer": self._customer(order.contact_id),
            "status": order.status.value,
            "amount_fen": order.amount_fen,
            "placed_at": self._local(order.placed_at),
            "decisions": [
                {
                    "id": str(decision.id),
                    "verdict": decision.verdict.value,
                    "decided_at": self._local(decision.decided_at),
                    "digest": decision.digest,
                    "reason": self._text(decision.reason),
                }
                for decision in decisions
            ],
            "disputes": [self._dispute(each) for each in disputed],
            "acts": [self.act(act) for act in acts],
        }

    def act(self, act: HeldAct) -> dict[str, Any]:
        return {
            "kind": act.kind,
            "at": self._local(act.occurred_at),
            "by": None if act.actor_id is None else self._code(act.actor_id),
            "reason": self._text(act.reason),
        }

    def _dispute(self, quarrel: Quarrel) -> dict[str, Any]:
        return {
            "status": quarrel.dispute.status.value,
            "opened_by": self._code(quarrel.dispute.opened_by_id),
            "opened_at": self._local(quarrel.dispute.opened_at),
            "reason": self._text(quarrel.dispute.reason),
            "statements": [
                {
                    "made_by": self._code(said.made_by_id),
                    "made_at": self._local(said.made_at),
                    "text": self._text(said.text),
                }
                for said in quarrel.statements
            ],
        }

    def _follow_up(self, touch: FollowUp) -> dict[str, Any]:
        return {
            "kind": touch.kind.value,
            "recorded_at": self._local(touch.recorded_at),
            "occurred_at": None if touch.occurred_at is None else self._local(touch.occurred_at),
            "recorded_by": self._code(touch.recorded_by_id),
            "note": self._text(touch.note),
        }

    def _request(self, asked: Approval, acts: Iterable[HeldAct]) -> dict[str, Any]:
        return {
            "kind": asked.kind.value,
            "status": asked.status.value,
            "requested_by": self._code(asked.requested_by_id),
            "requested_at": self._local(asked.requested_at),
            "days": asked.days,
            "reason": self._text(asked.reason),
            "decision_note": self._text(asked.decision_note),
            "acts": [self.act(act) for act in acts],
        }

    def _customer(self, contact_id: UUID) -> dict[str, str | None] | None:
        contact = self.contacts[contact_id]
        if contact is None:
            return None
        return {"name": contact.name, "phone": contact.phone, "address": contact.address}

    def _text(self, text: SealedText | None) -> str | None:
        return None if text is None else opened_text(self.office.vault, self.alliance.id, text)

    def _code(self, staff_id: UUID) -> str:
        return self.codes[staff_id]

    def _local(self, instant: datetime) -> str:
        return instant.astimezone(self.alliance.time_zone).isoformat()


async def export_person(
    office: Office, alliance: Alliance, *, phone: str | None, address: str | None
) -> dict[str, Any]:
    """Return all that carries a person's phone or address, opened, as plain values for JSON.

    Instants in the alliance's time zone. For whoever keeps the service and answers the person: no role of the API
    has it. Holds the person's records, and writes that they were taken out. Raises `UnusableInput`, and `NotSealedYet`
    while something could be passed by.
    """
    return await in_transaction(
        office,
        partial(_export, office=office, alliance=alliance, phone=phone, address=address),
        within=AS_LOGIN,
    )


async def _note(connection: Connection, alliance: Alliance, person: PersonRecords, *, at: datetime) -> None:
    """Write down that a person's data was taken out, how much of it, and nothing of whom."""
    exported = Act(
        kind="person.exported",
        subject_id=new_id(),
        occurred_at=at,
        actor_id=None,
        detail={
            "contacts": [str(id) for id in sorted(person.contact_ids)],
            "registrations": len(person.registrations),
            "orders": len(person.orders),
        },
    )
    await ledger.append(connection, alliance.id, [exported])


async def _export(
    connection: Connection, *, office: Office, alliance: Alliance, phone: str | None, address: str | None
) -> dict[str, Any]:
    keys = await keys_of_person(connection, office, alliance, phone=phone, address=address)
    person = await hold_person(connection, alliance, keys)
    sealed = await contacts.by_ids(connection, alliance.id, person.contact_ids)
    registration_ids = [stored.id for stored in person.registrations]
    touches = {id: await _follow_ups(connection, alliance, id) for id in registration_ids}
    decisions = await attributions.by_order_ids(connection, alliance.id, [o.id for o in person.orders])
    disputed = {order.id: await _quarrels(connection, alliance, order.id) for order in person.orders}
    acts = await persons.acts_on(connection, alliance.id, person.subject_ids)
    writer = _Writer(
        office=office,
        alliance=alliance,
        contacts={id: opened_contact(office.vault, alliance.id, sealed[id]) for id in person.contact_ids},
        codes=await _codes(
            connection, alliance, person, list(chain.from_iterable(touches.values())), acts, disputed
        ),
        at=person.file.not_before(await office.clock.now(connection)),
    )
    await _note(connection, alliance, person, at=writer.at)
    of: dict[UUID, list[HeldAct]] = {}
    for act in acts:
        of.setdefault(act.subject_id, []).append(act)
    return {
        "alliance": alliance.code,
        "as_of": writer.at.astimezone(alliance.time_zone).isoformat(),
        "registrations": [
            writer.registration(
                stored,
                touches[stored.id],
                [asked for asked in person.approvals if asked.registration_id == stored.id],
                of,
            )
            for stored in person.registrations
        ],
        "attempts": [writer.attempt(attempt, of.get(attempt.id, ())) for attempt in person.attempts],
        "orders": [
            writer.order(order, decisions[order.id], disputed[order.id], of.get(order.id, ()))
            for order in person.orders
        ],
        "acts_on_contacts": [
            writer.act(act) for contact_id in person.contact_ids for act in of.get(contact_id, ())
        ],
    }


async def _follow_ups(connection: Connection, alliance: Alliance, registration_id: UUID) -> list[FollowUp]:
    """Return all contacts of a registration, oldest first."""
    found: list[FollowUp] = []
    more = True
    while more:
        page = Page(first=FOLLOW_UPS_A_PAGE, after=found[-1].id if found else None)
        pages = await follow_ups.pages(connection, alliance.id, [registration_id], page)
        touches, more = pages[registration_id]
        found += touches
    return found


async def _quarrels(connection: Connection, alliance: Alliance, order_id: UUID) -> tuple[Quarrel, ...]:
    """Return the disputes of an order with all that was said in each, oldest first."""
    found = await disputes.by_order(connection, alliance.id, order_id)
    said = await dispute_statements.of_disputes(connection, alliance.id, [each.id for each in found])
    return tuple(Quarrel(dispute=each, statements=said[each.id]) for each in found)


async def _codes(
    connection: Connection,
    alliance: Alliance,
    person: PersonRecords,
    touches: Collection[FollowUp],
    acts: Collection[HeldAct],
    disputed: Mapping[UUID, Collection[Quarrel]],
) -> dict[UUID, str]:
    named = {stored.registrant_id for stored in person.registrations}
    named |= {stored.owner_id for stored in person.registrations}
    named |= {attempt.recorded_by_id for attempt in person.attempts}
    named |= {asked.requested_by_id for asked in person.approvals}
    named |= {touch.recorded_by_id for touch in touches}
    quarrels = [each for of_order in disputed.values() for each in of_order]
    named |= {each.dispute.opened_by_id for each in quarrels}
    named |= {said.made_by_id for each in quarrels for said in each.statements}
    named |= {act.actor_id for act in acts if act.actor_id is not None}
    found = await organisation.staff_by_ids(connection, alliance.id, named)
    return {id: staff.code for id, staff in found.items()}
