"""An alliance's records in memory, one event after another: the policy run over a history.

The only mutable thing of the policy. It keeps the registrations and orders, never the events, and
answers every event with the decision that a live service would have made.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from baobei.policy.admission import Admission, Admitted, Attempt, admit
from baobei.policy.attribution import Attribution, attribute
from baobei.policy.calendar import month_of
from baobei.policy.cancellation import after_cancellation
from baobei.policy.customer_file import CustomerFile
from baobei.policy.customer_index import CustomerIndex
from baobei.policy.document import DealPoint, Policy
from baobei.policy.extensions import extend
from baobei.policy.identity import keys_in_force
from baobei.policy.quota import NOTHING_MADE, Quota, Tally, quota_of
from baobei.policy.records import (
    Ended,
    FollowedUp,
    Measured,
    Order,
    RecordedEnd,
    Registration,
    RegistrationEvent,
    Reinstated,
    Transferred,
    apply,
)
from baobei.policy.rulings import refuse_ruling
from baobei.policy.standing import standing
from baobei.policy.terms import Channel, Credit, Moment, OrderId, RefusalCode, RegistrationId, StaffId


class Book:
    """The registrations and orders of one alliance under one policy; events come in order."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._registrations: dict[RegistrationId, Registration] = {}
        self._orders: dict[OrderId, Order] = {}
        self._involved: dict[OrderId, tuple[frozenset[StaffId], frozenset[StaffId]]] = {}
        self._index = CustomerIndex(policy.match, self._registrations, self._orders)
        self._tallies: dict[tuple[StaffId, date], dict[Channel, Tally]] = defaultdict(dict)

    def registration(self, id: RegistrationId) -> Registration | None:
        """Return an admitted registration, or None when there is none of that id."""
        return self._registrations.get(id)

    def order(self, id: OrderId) -> Order | None:
        """Return a placed order, or None when there is none of that id."""
        return self._orders.get(id)

    def registrations(self) -> Iterator[Registration]:
        """Yield every admitted registration, in the order of admission."""
        return iter(self._registrations.values())

    def register(self, id: RegistrationId, attempt: Attempt) -> Admission:
        """Decide an attempt and record what was admitted."""
        quota = self._quota(attempt.by, attempt.made.at, attempt.channel)
        file = self._file_for(attempt)
        decision = admit(attempt, file=file, quota=quota, policy=self.policy)
        if isinstance(decision, Admitted):
            for superseded in decision.supersedes:
                self._record(superseded, Ended(at=attempt.made.at, kind=RecordedEnd.SUPERSEDED))
            self._add(
                Registration(
                    id=id,
                    made=attempt.made,
                    registrant=attempt.by,
                    owner=attempt.by,
                    channel=attempt.channel,
                    keys=attempt.keys,
                    policy=self.policy,
                    last_touch_at=attempt.made.at,
                    customer_class=attempt.customer_class,
                )
            )
        return decision

    def follow_up(self, registration: Registration, *, by: StaffId, at: datetime) -> RefusalCode | None:
        """Record a contact by the owner."""
        return self._by_owner(registration, by=by, event=FollowedUp(at=at))

    def measure(self, registration: Registration, *, by: StaffId, at: datetime) -> RefusalCode | None:
        """Record the measuring visit of the owner."""
        return self._by_owner(registration, by=by, event=Measured(at=at))

    def withdraw(self, registration: Registration, *, by: StaffId, at: datetime) -> RefusalCode | None:
        """Record that the owner gave the registration up."""
        return self._by_owner(registration, by=by, event=Ended(at=at, kind=RecordedEnd.WITHDRAWN))

    def transfer(self, registration: Registration, *, to: StaffId, at: datetime) -> RefusalCode | None:
        """Record a new owner; a transfer to the present one is NOT_APPLICABLE."""
        if not standing(registration, at).live:
            return RefusalCode.NOT_LIVE
        if registration.owner == to:
            return RefusalCode.NOT_APPLICABLE
        self._record(registration.id, Transferred(at=at, to=to))
        return None

    def extend(self, registration: Registration, *, days: int, at: datetime) -> RefusalCode | None:
        """Record an extension approved at `at`."""
        ended_at = standing(registration, at).ended_at
        since = Moment(at if ended_at is None else ended_at, 0)
        file = self._index.since(registration.keys, since)
        decision = extend(registration, days=days, at=at, file=file)
        if isinstance(decision, RefusalCode):
            return decision
        self._record(registration.id, decision)
        self._index.reopened(registration)
        return None

    def place(self, order: Order) -> Attribution | RefusalCode:
        """Decide an order and record it with its effects; without a usable key it is not placed."""
        if not keys_in_force(order.keys, order.policy.match):
            return RefusalCode.INCOMPLETE
        attribution = attribute(order, self._index.for_order(order.keys))
        at = order.placed.at
        for lost in attribution.lost:
            self._record(lost, Ended(at=at, kind=RecordedEnd.LOST, order=order.id))
        if attribution.registration is not None:
            self._record(attribution.registration, Ended(at=at, kind=RecordedEnd.CONVERTED, order=order.id))
            self._count(self._registrations[attribution.registration], converted=1)
        self._orders[order.id] = replace(order, converted=attribution.registration)
        self._index.placed(order)
        self._involved[order.id] = (
            frozenset(credit.staff for credit in attribution.credits),
            frozenset(candidate.owner for candidate in attribution.candidates),
        )
        return attribution

    def close(self, order: Order, *, at: datetime) -> RefusalCode | None:
        """Record that contract and payment are complete."""
        if order.cancelled or order.closed_at is not None:
            return RefusalCode.NOT_APPLICABLE
        self._orders[order.id] = replace(order, closed_at=at)
        if order.converted is not None:
            self._count(self._registrations[order.converted], closed=1)
        return None

    def cancel(self, order: Order, *, cancelled: Moment) -> RefusalCode | None:
        """Record that the order was called off, a closed one too, and give back what it had taken."""
        if order.cancelled:
            return RefusalCode.NOT_APPLICABLE
        if order.converted is not None:
            registration = self._registrations[order.converted]
            file = self._index.since(registration.keys, order.placed)
            event = after_cancellation(registration, order=order, cancelled=cancelled, file=file)
            self._record(registration.id, event)
            if isinstance(event, Reinstated):
                self._index.reopened(registration)
            self._count(registration, converted=-1, closed=-1 if order.closed_at else 0)
        self._orders[order.id] = replace(order, cancelled_at=cancelled.at)
        self._index.cancelled(order)
        return None

    def rule(self, order: Order, *, by: StaffId, credits: Sequence[Credit]) -> RefusalCode | None:
        """Record a ruling; it changes credits alone."""
        credited, owners = self._involved[order.id]
        refusal = refuse_ruling(
            order, ruled_by=by, credits=credits, ever_credited=credited, candidate_owners=owners
        )
        if refusal is None:
            self._involved[order.id] = (credited | {credit.staff for credit in credits}, owners)
        return refusal

    def _by_owner(
        self, registration: Registration, *, by: StaffId, event: RegistrationEvent
    ) -> RefusalCode | None:
        if not standing(registration, event.at).live:
            return RefusalCode.NOT_LIVE
        if registration.owner != by:
            return RefusalCode.NOT_OWNER
        self._record(registration.id, event)
        return None

    def _file_for(self, attempt: Attempt) -> CustomerFile:
        """Return what an attempt is judged by, once the index knows what the calendar has ended."""
        for registration in self._index.open_registrations(attempt.keys):
            if not standing(registration, attempt.made.at).live:
                self._index.ended(registration)
        return self._index.for_attempt(
            attempt.keys,
            with_ended=self.policy.reclaim_cooldown_days > 0,
            with_all_orders=self.policy.deal_point is DealPoint.CLOSING,
        )

    def _add(self, registration: Registration) -> None:
        self._registrations[registration.id] = registration
        self._index.add(registration)
        self._count(registration, made=1)

    def _record(self, id: RegistrationId, event: RegistrationEvent) -> None:
        registration = apply(self._registrations[id], event)
        self._registrations[id] = registration
        if registration.end is not None:
            self._index.ended(registration)

    def _quota(self, staff: StaffId, at: datetime, channel: Channel) -> Quota:
        month = month_of(at, self.policy.time_zone)
        tallies = self._tallies.get((staff, month), {})
        return quota_of(staff=staff, month=month, tallies=tallies, channel=channel, policy=self.policy)

    def _count(
        self, registration: Registration, *, made: int = 0, converted: int = 0, closed: int = 0
    ) -> None:
        """Change the tally of the person and month that the registration was made in."""
        month = month_of(registration.made.at, self.policy.time_zone)
        tallies = self._tallies[registration.registrant, month]
        before = tallies.get(registration.channel, NOTHING_MADE)
        tallies[registration.channel] = before.plus(made=made, converted=converted, closed=closed)
