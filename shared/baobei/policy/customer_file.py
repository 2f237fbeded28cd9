"""What is known of one customer: the records among which an attempt or an order is judged."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from baobei.policy.identity import CustomerKeys, Match, same_customer
from baobei.policy.records import Order, Registration
from baobei.policy.terms import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFile:
    """The admitted registrations and the placed orders that share a recorded key with somebody.

    A caller may hand over more than match: every question below compares the keys itself, directly
    and never through a third record (policy.md section 3).
    """

    registrations: tuple[Registration, ...] = ()
    orders: tuple[Order, ...] = ()

    def registrations_of(self, keys: CustomerKeys, match: Match) -> list[Registration]:
        """Return the customer's registrations, earliest first."""
        return in_order(r for r in self.registrations if same_customer(r.keys, keys, match))

    def orders_of(self, keys: CustomerKeys, match: Match) -> list[Order]:
        """Return the customer's orders that have not been cancelled, earliest first."""
        return sorted(self._uncancelled(keys, match), key=lambda order: order.placed)

    def has_order_since(self, registration: Registration, moment: Moment, match: Match) -> bool:
        """Whether an uncancelled order that matches the registration was placed after `moment`."""
        return any(order.placed > moment for order in self._uncancelled(registration.keys, match))

    def has_other_since(self, registration: Registration, moment: Moment, match: Match) -> bool:
        """Whether another registration that matches was admitted after `moment`, whatever became of it."""
        return any(
            other.id != registration.id
            and other.made > moment
            and same_customer(other.keys, registration.keys, match)
            for other in self.registrations
        )

    def _uncancelled(self, keys: CustomerKeys, match: Match) -> Iterator[Order]:
        return (o for o in self.orders if not o.cancelled and same_customer(o.keys, keys, match))


def in_order(registrations: Iterable[Registration]) -> list[Registration]:
    """Return registrations in the order of their recording, the earliest first."""
    return sorted(registrations, key=lambda registration: registration.made)
