"""Erasing customers of whom everything ended longer ago than the policy keeps personal data."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from baobei.operations.actor import Office
from baobei.operations.erase_person import erase_held
from baobei.operations.person_records import disputed_orders, hold_person
from baobei.operations.transaction import ALL_ALLIANCES, in_transaction, lent
from baobei.policy.retention import kept_since, may_be_erased
from baobei.store import organisation, persons, policies
from baobei.store.connection import Connection
from baobei.store.organisation_models import Alliance
from baobei.store.persons import OLD, OldRecord

CHUNK: Final = 500
_BEGINNING: Final = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retained:
    """How many customers were erased, and how many contacts they had."""

    customers: int = 0
    contacts: int = 0


async def erase_old_customers(office: Office, *, alliance_id: int | None, chunk: int = CHUNK) -> Retained:
    """Erase an alliance's customers whose registrations, attempts and orders all ended before the retention.

    But for those whom a dispute that is open rests on: they go when it has ended. One transaction a customer; stopped
    anywhere and run again it goes on. Nothing where the policy in force keeps them (`contact_retention_years` 0).

    Source: P.2.
    """
    async with lent(office, ALL_ALLIANCES) as connection:
        known = {alliance.id: alliance for alliance in await organisation.alliances(connection)}
    alliance = None if alliance_id is None else known.get(alliance_id)
    if alliance is None:
        return Retained()
    async with lent(office, alliance) as connection:
        at = await office.clock.now(connection)
        policy = (await policies.in_force(connection, alliance, at)).policy
    if policy.contact_retention_years == 0:
        return Retained()
    since = kept_since(at, years=policy.contact_retention_years, time_zone=alliance.time_zone)
    customers = contacts = 0
    for statement in OLD:
        place = _BEGINNING
        while found := await _page(office, alliance, statement, since, place, chunk):
            place = found[-1].id
            for record in found:
                erased = await in_transaction(
                    office,
                    partial(_erase_if_old, office=office, alliance=alliance, record=record, since=since),
                    within=alliance,
                )
                customers, contacts = customers + bool(erased), contacts + erased
    return Retained(customers=customers, contacts=contacts)


async def _page(
    office: Office, alliance: Alliance, statement: str, since: datetime, place: UUID, chunk: int
) -> tuple[OldRecord, ...]:
    async with lent(office, alliance) as connection:
        return await persons.old_records(
            connection, alliance.id, statement, before=since, after=place, limit=chunk
        )


async def _erase_if_old(
    connection: Connection, *, office: Office, alliance: Alliance, record: OldRecord, since: datetime
) -> int:
    """Erase the customer of a record, unless something of theirs is younger or disputed; return how many contacts."""
    person = await hold_person(connection, alliance, record.keys)
    at = person.file.not_before(await office.clock.now(connection))
    if any(attempt.attempted_at >= since for attempt in person.attempts):
        return 0
    if not may_be_erased(person.facts, since=since, at=at):
        return 0
    if await disputed_orders(connection, alliance, person):
        return 0
    return (await erase_held(connection, office, alliance, person, reason=None)).contacts
