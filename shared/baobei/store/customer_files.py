"""What is known of a customer, held while somebody judges it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from baobei.policy.customer_file import CustomerFile
from baobei.policy.identity import CustomerKeys
from baobei.policy.records import Registration
from baobei.store import orders, registrations
from baobei.store.connection import Connection
from baobei.store.locks import lock_customers
from baobei.store.order_models import StoredOrder
from baobei.store.organisation_models import Alliance
from baobei.store.registration_models import StoredRegistration


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldFile:
    """The customer's registrations and orders; nobody else can change them until the transaction ends."""

    registrations: tuple[StoredRegistration, ...]
    orders: tuple[StoredOrder, ...]

    @property
    def facts(self) -> CustomerFile:
        """Return the records as the policy reads them."""
        return CustomerFile(
            registrations=tuple(stored.facts for stored in self.registrations),
            orders=tuple(stored.facts for stored in self.orders),
        )

    def registration(self, id: str) -> StoredRegistration:
        """Return one of the registrations by the id that the policy knows it by."""
        return next(stored for stored in self.registrations if stored.id == UUID(id))

    def not_before(self, now: datetime) -> datetime:
        """Return the instant to record at: now, or the latest one recorded when clocks disagree."""
        return max(now, *self._recorded()) if self.registrations or self.orders else now

    def _recorded(self) -> Iterator[datetime]:
        for stored in self.registrations:
            yield last_recorded_at(stored.facts)
        for order in self.orders:
            yield order.placed_at
            yield order.closed_at or order.placed_at
            yield order.cancelled_at or order.placed_at


def last_recorded_at(facts: Registration) -> datetime:
    """Return the latest instant that was recorded on a registration."""
    return facts.last_touch_at if facts.end is None else max(facts.last_touch_at, facts.end.at)


async def hold(
    connection: Connection, alliance: Alliance, keys: CustomerKeys, *, besides: Iterable[CustomerKeys] = ()
) -> HeldFile:
    """Hold the customer of these keys and return what is recorded.

    Nobody else can register them, place, close or cancel an order of theirs, or change a registration of
    theirs until the transaction ends. The orders include those that match one of the registrations by another
    key. `besides` are keys to hold in the same breath, so that nobody waits crosswise.
    """
    await lock_customers(connection, [keys, *besides])
    found = await registrations.lock_by_keys(connection, alliance, keys)
    every = [keys, *(stored.facts.keys for stored in found)]
    return HeldFile(registrations=found, orders=await orders.find_by_keys(connection, alliance, every))


async def hold_with(
    connection: Connection,
    alliance: Alliance,
    registration: StoredRegistration,
    *,
    besides: Iterable[CustomerKeys] = (),
) -> HeldFile:
    """Hold the customer of a registration; one that was erased has no customer, and is held by itself."""
    held = await hold(connection, alliance, registration.facts.keys, besides=besides)
    if any(stored.id == registration.id for stored in held.registrations):
        return held
    alone = await registrations.lock_by_ids(connection, alliance, [registration.id])
    return replace(held, registrations=(*held.registrations, *alone.values()))
