"""Finds a customer's records by key, and leaves out what cannot change an answer.

A customer with a long past costs no more than one without: of each key only the records are looked at that a
question can still turn on. The policy decides on the file it is given as on any other.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from baobei.policy.customer_file import CustomerFile
from baobei.policy.identity import CustomerKeys, Match, keys_in_force
from baobei.policy.records import Order, Registration
from baobei.policy.terms import Moment, OrderId, RegistrationId

Id = TypeVar("Id", bound=str)


class _ByKey(Generic[Id]):
    """Ids by key, in the order of recording."""

    def __init__(self) -> None:
        self._ids: dict[str, list[Id]] = {}

    def add(self, keys: Iterable[str], id: Id) -> None:
        for key in keys:
            self._ids.setdefault(key, []).append(id)

    def remove(self, keys: Iterable[str], id: Id) -> None:
        for key in keys:
            ids = self._ids.get(key, [])
            if id in ids:
                ids.remove(id)
                if not ids:
                    del self._ids[key]

    def of(self, key: str) -> list[Id]:
        return self._ids.get(key, [])


class CustomerIndex:
    """An index over a book's registrations and orders; the book tells it what it adds and ends.

    `open` are the registrations not known to have ended; those that the calendar ends stay among them until
    somebody looks.
    """

    def __init__(
        self,
        match: Match,
        registrations: dict[RegistrationId, Registration],
        orders: dict[OrderId, Order],
    ) -> None:
        self._match = match
        self._registrations = registrations
        self._orders = orders
        self._registrations_by_key: _ByKey[RegistrationId] = _ByKey()
        self._open_by_key: _ByKey[RegistrationId] = _ByKey()
        self._standing_orders_by_key: _ByKey[OrderId] = _ByKey()

    def add(self, registration: Registration) -> None:
        """Take a new registration in."""
        keys = self._keys(registration.keys)
        self._registrations_by_key.add(keys, registration.id)
        self._open_by_key.add(keys, registration.id)

    def ended(self, registration: Registration) -> None:
        """Note that a registration has ended."""
        self._open_by_key.remove(self._keys(registration.keys), registration.id)

    def reopened(self, registration: Registration) -> None:
        """Note that a registration is live again."""
        keys = self._keys(registration.keys)
        self._open_by_key.remove(keys, registration.id)
        self._open_by_key.add(keys, registration.id)

    def placed(self, order: Order) -> None:
        """Take a new order in."""
        self._standing_orders_by_key.add(self._keys(order.keys), order.id)

    def cancelled(self, order: Order) -> None:
        """Note that an order was called off: it stands between nothing any more."""
        self._standing_orders_by_key.remove(self._keys(order.keys), order.id)

    def open_registrations(self, keys: CustomerKeys) -> list[Registration]:
        """Return the customer's registrations that are not known to have ended."""
        return self._distinct(id for key in self._keys(keys) for id in self._open_by_key.of(key))

    def for_attempt(self, keys: CustomerKeys, *, with_ended: bool, with_all_orders: bool) -> CustomerFile:
        """Return what an attempt is judged by: the open registrations (all, where ends count) and the deal.

        Where a deposit is the deal the first order that stands tells as much as all.
        """
        shelf = self._registrations_by_key if with_ended else self._open_by_key
        orders = (
            id
            for key in self._keys(keys)
            for id in self._standing_orders_by_key.of(key)[: None if with_all_orders else 1]
        )
        return CustomerFile(
            registrations=tuple(self._distinct(id for key in self._keys(keys) for id in shelf.of(key))),
            orders=self._found(orders),
        )

    def for_order(self, keys: CustomerKeys) -> CustomerFile:
        """Return what an order is judged by: what no earlier order of the same key stands behind.

        Of each key of a registration the latest order that stands tells whether one stands between: an order
        may match the registration by a key that the new order does not have (policy.md section 7, 1).
        """
        found = self._distinct(id for key in self._keys(keys) for id in self._since_last_order(key))
        latest = (
            id
            for registration in found
            for key in self._keys(registration.keys)
            for id in self._standing_orders_by_key.of(key)[-1:]
        )
        return CustomerFile(registrations=tuple(found), orders=self._found(latest))

    def since(self, keys: CustomerKeys, moment: Moment) -> CustomerFile:
        """Return what was recorded of the customer at or after a moment."""
        registrations = (
            id
            for key in self._keys(keys)
            for id in _back_to(self._registrations_by_key.of(key), moment, self._made)
        )
        orders = (
            id
            for key in self._keys(keys)
            for id in _back_to(self._standing_orders_by_key.of(key), moment, self._placed)
        )
        return CustomerFile(registrations=tuple(self._distinct(registrations)), orders=self._found(orders))

    def _since_last_order(self, key: str) -> Iterator[RegistrationId]:
        ids, standing = self._registrations_by_key.of(key), self._standing_orders_by_key.of(key)
        if not standing:
            return iter(ids)
        return _back_to(ids, self._placed(standing[-1]), self._made)

    def _keys(self, keys: CustomerKeys) -> tuple[str, ...]:
        return keys_in_force(keys, self._match)

    def _made(self, id: RegistrationId) -> Moment:
        return self._registrations[id].made

    def _placed(self, id: OrderId) -> Moment:
        return self._orders[id].placed

    def _distinct(self, ids: Iterable[RegistrationId]) -> list[Registration]:
        return [self._registrations[id] for id in dict.fromkeys(ids)]

    def _found(self, ids: Iterable[OrderId]) -> tuple[Order, ...]:
        return tuple(self._orders[id] for id in dict.fromkeys(ids))


def _back_to(ids: list[Id], moment: Moment, moment_of: Callable[[Id], Moment]) -> Iterator[Id]:
    """Yield ids from the latest back to those at a moment; they stand in the order of recording."""
    for id in reversed(ids):
        if moment_of(id) < moment:
            return
        yield id
