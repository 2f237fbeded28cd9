"""All that is held of one person, held: what an export shows and an erasure takes away."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from baobei.operations.actor import Office
from baobei.operations.customers import blind_keys
from baobei.operations.errors import OperationError, UnusableInput
from baobei.policy.customer_file import CustomerFile
from baobei.policy.identity import CustomerKeys
from baobei.store import approvals, clear_texts, contact_index, customer_files, disputes, persons, policies
from baobei.store.approval_models import Approval
from baobei.store.connection import Connection
from baobei.store.customer_files import HeldFile
from baobei.store.order_models import StoredOrder
from baobei.store.organisation_models import Alliance
from baobei.store.persons import HeldAttempt
from baobei.store.registration_models import StoredRegistration


class NotSealedYet(OperationError):
    """Something from before stands in clear or without index, so that a person cannot be found whole."""

    def __init__(self, *, clear_texts: int, unindexed: int) -> None:
        self.clear_texts, self.unindexed = clear_texts, unindexed
        super().__init__(f"{clear_texts} texts stand in clear and {unindexed} contacts have no index yet")


class StillDisputed(OperationError):
    """Who is credited with orders of a person is disputed: what is held of them is what will be heard.

    It may be erased as soon as the department head has decided each of the disputes, or it was taken back.
    """

    def __init__(self, *, external_refs: tuple[str, ...]) -> None:
        self.external_refs = external_refs
        super().__init__(
            f"who is credited with {', '.join(external_refs)} is disputed, and these records are what it is decided by:"
            " come again when the department head has decided or the dispute was taken back"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecords:
    """The records that carry a person's phone or address, directly and never through a third record.

    `file` is all that the customer's holder sees; beside the person's it may have records that match by another key.
    """

    file: HeldFile
    registrations: tuple[StoredRegistration, ...]
    orders: tuple[StoredOrder, ...]
    attempts: tuple[HeldAttempt, ...]
    approvals: tuple[Approval, ...]
    contact_ids: tuple[UUID, ...]

    @property
    def facts(self) -> CustomerFile:
        """Return registrations and orders as the policy reads them."""
        return CustomerFile(
            registrations=tuple(stored.facts for stored in self.registrations),
            orders=tuple(stored.facts for stored in self.orders),
        )

    @property
    def subject_ids(self) -> list[UUID]:
        """Return the ids of everything that an act may have been written down on."""
        return list(self._subjects())

    def _subjects(self) -> Iterator[UUID]:
        yield from self.contact_ids
        yield from (stored.id for stored in self.registrations)
        yield from (order.id for order in self.orders)
        yield from (attempt.id for attempt in self.attempts)
        yield from (approval.id for approval in self.approvals)


async def hold_person(connection: Connection, alliance: Alliance, keys: CustomerKeys) -> PersonRecords:
    """Hold everything that carries one of the keys until the transaction ends.

    Raises `NotSealedYet` while something from before could be passed by.
    """
    clear, unindexed = await clear_texts.count(connection), await contact_index.count(connection)
    if clear or unindexed:
        raise NotSealedYet(clear_texts=clear, unindexed=unindexed)
    file = await customer_files.hold(connection, alliance, keys)
    orders = tuple(order for order in file.orders if _carries(order.facts.keys, keys))
    by_keys = await persons.contacts_by_keys(connection, alliance.id, keys)
    contact_ids = {stored.contact_id for stored in file.registrations}
    contact_ids |= {order.contact_id for order in orders} | set(by_keys)
    held_attempts = await persons.attempts_of(connection, alliance.id, contact_ids)
    return PersonRecords(
        file=file,
        registrations=file.registrations,
        orders=orders,
        attempts=held_attempts,
        approvals=await approvals.lock_by_person(
            connection,
            alliance.id,
            registration_ids=[stored.id for stored in file.registrations],
            attempt_ids=[attempt.id for attempt in held_attempts],
            keys=keys,
        ),
        contact_ids=tuple(sorted(contact_ids)),
    )


async def disputed_orders(
    connection: Connection, alliance: Alliance, person: PersonRecords
) -> tuple[str, ...]:
    """Return the numbers of orders whose open disputes rest on what is held of a person.

    Holds these orders, and those of which a dispute would: one that is being opened is waited for and seen, and
    none is opened until the transaction ends. Disputes hold nothing but their order.
    """
    held = disputes.HeldIds(
        orders=[order.id for order in person.orders],
        registrations=[stored.id for stored in person.registrations],
        contacts=person.contact_ids,
        approvals=[asked.id for asked in person.approvals],
    )
    await disputes.hold_orders_resting_on(connection, alliance.id, held)
    # A statement of its own: it sees what was committed while the orders were waited for.
    return await disputes.resting_on(connection, alliance.id, held)


async def keys_of_person(
    connection: Connection, office: Office, alliance: Alliance, *, phone: str | None, address: str | None
) -> CustomerKeys:
    """Return the keys of a person; raises `UnusableInput` for a phone or address that is none."""
    version = await policies.in_force(connection, alliance, await office.clock.now(connection))
    keys = blind_keys(
        office.vault, alliance_id=alliance.id, phone=phone, address=address, policy=version.policy
    )
    if phone is not None and keys.phone is None:
        raise UnusableInput(field="phone", expected="a valid phone number")
    if address is not None and keys.address is None:
        raise UnusableInput(field="address", expected="an address down to the room")
    if keys.phone is None and keys.address is None:
        raise UnusableInput(field="phone", expected="a phone, an address, or both")
    return keys


def _carries(recorded: CustomerKeys, asked: CustomerKeys) -> bool:
    return (asked.phone is not None and recorded.phone == asked.phone) or (
        asked.address is not None and recorded.address == asked.address
    )
