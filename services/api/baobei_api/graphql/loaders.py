"""Loaders that live for one request: each reads a batch with one use of a connection, in key order."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Final, TypeVar, cast
from uuid import UUID

from strawberry.dataloader import DataLoader

from baobei.operations.actor import Actor, Office
from baobei.operations.daily_reports import DailyReport
from baobei.operations.deciders import deciders
from baobei.operations.report_lines import count_lines, recorded_after
from baobei.operations.shown_reports import is_report_intact
from baobei.operations.transaction import lent
from baobei.policy.disputes import Stake
from baobei.policy.records import Registration
from baobei.policy.regions import HomeRegion
from baobei.store import (
    approval_endings,
    approvals,
    attempts,
    attributions,
    contacts,
    deliveries,
    dispute_statements,
    disputes,
    evidence,
    follow_ups,
    handovers,
    held,
    orders,
    organisation,
    policies,
    registrations,
    texts,
)
from baobei.store.approval_models import Approval
from baobei.store.attribution_models import StoredAttribution
from baobei.store.connection import Connection
from baobei.store.dispute_models import Statement
from baobei.store.dispute_statements import StatementPage
from baobei.store.evidence import Evidence
from baobei.store.handover_models import Handover
from baobei.store.held import Held
from baobei.store.order_models import StoredOrder
from baobei.store.organisation_models import Staff, Unit
from baobei.store.paging import Page
from baobei.store.policy_models import PublishedPolicy
from baobei.store.registration_models import FollowUp, StoredRegistration
from baobei.store.webhook_models import LoggedAttempt
from baobei.vault import SealedContact, SealedText

LOGGED_ATTEMPTS: Final = 20

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCase:
    """An order with every decision on it, oldest first, and the people and policy that these name."""

    order: StoredOrder
    attributions: tuple[StoredAttribution, ...]
    people: dict[UUID, Staff]
    published: PublishedPolicy

    @property
    def placed_by(self) -> Staff:
        """Return who placed the order."""
        return self.people[self.order.placed_by_id]

    @property
    def taker(self) -> Staff | None:
        """Return who took the order, None when nobody was named."""
        return None if self.order.taken_by_id is None else self.people[self.order.taken_by_id]

    @property
    def parties(self) -> tuple[Staff, ...]:
        """Return who took it, whom any decision credits, and who owned a candidate."""
        return tuple(self.people[id] for id in sorted(_party_ids(self.order, self.attributions)))


class SharedLoader(DataLoader[K, V]):
    """A loader whose value several resolvers wait for: one that is cancelled takes it from none of the others.

    When the last of them is, nobody wants it any more, and what reads it is cancelled too.
    """

    def load(self, key: K) -> Awaitable[V]:
        """Return the value of a key."""
        shared = cast("asyncio.Future[V]", super().load(key))
        if shared.done():
            return shared
        self._waiting[shared] += 1
        mine = asyncio.shield(shared)
        mine.add_done_callback(partial(self._leave, shared))
        return mine

    @cached_property
    def _waiting(self) -> "Counter[asyncio.Future[V]]":
        return Counter()

    def _leave(self, shared: "asyncio.Future[V]", mine: "asyncio.Future[V]") -> None:
        self._waiting[shared] -= 1
        if self._waiting[shared] == 0:
            del self._waiting[shared]
            if mine.cancelled():
                shared.cancel()


class Loaders:
    """The loaders of one request; `renewed` gives a set that has read nothing yet."""

    def __init__(self, office: Office, actor: Actor) -> None:
        self._office = office
        self._actor = actor
        alliance = actor.alliance
        self.unit_by_id: DataLoader[UUID, Unit] = self._by_id(
            lambda c, ids: organisation.units_by_ids(c, alliance.id, ids)
        )
        self.staff_by_id: DataLoader[UUID, Staff] = self._by_id(
            lambda c, ids: organisation.staff_by_ids(c, alliance.id, ids)
        )
        self.contact_by_id: DataLoader[UUID, SealedContact] = self._by_id(
            lambda c, ids: contacts.by_ids(c, alliance.id, ids)
        )
        self.contact_id_by_attempt: DataLoader[UUID, UUID] = self._by_id(
            lambda c, ids: attempts.contact_ids(c, alliance.id, ids)
        )
        self.text_by_id: DataLoader[UUID, SealedText] = self._by_id(
            lambda c, ids: texts.by_ids(c, alliance.id, ids)
        )
        self.policy_version_by_id: DataLoader[UUID, PublishedPolicy] = self._by_id(
            lambda c, ids: policies.by_ids(c, alliance, ids)
        )
        self.registration_by_id: DataLoader[UUID, StoredRegistration] = self._by_id(
            lambda c, ids: registrations.by_ids(c, alliance, ids)
        )
        self.order_by_id: DataLoader[UUID, StoredOrder] = self._by_id(
            lambda c, ids: orders.by_ids(c, alliance, ids)
        )
        self.statements_by_page: DataLoader[StatementPage, tuple[Statement, ...]] = self._by_id(
            lambda c, pages: dispute_statements.pages(c, alliance.id, pages)
        )
        self.stakes_by_dispute: DataLoader[UUID, dict[UUID, Stake]] = self._by_id(
            lambda c, ids: disputes.party_ids(c, alliance.id, ids)
        )
        self.attempts_by_delivery: DataLoader[UUID, tuple[LoggedAttempt, ...]] = self._by_id(
            lambda c, ids: deliveries.attempts(c, alliance.id, ids, at_most=LOGGED_ATTEMPTS)
        )
        self.evidence_by_approval: DataLoader[UUID, tuple[Evidence, ...]] = self._by_id(
            lambda c, ids: evidence.by_approvals(c, alliance.id, ids)
        )
        self.home_by_registration: DataLoader[UUID, HomeRegion | None] = self._by_id(
            lambda c, ids: attempts.homes(c, alliance.id, ids)
        )
        self.approval_by_id: DataLoader[UUID, Approval] = self._by_id(
            lambda c, ids: approvals.by_ids(c, alliance.id, ids)
        )
        self.why_by_approval: DataLoader[UUID, str | None] = self._by_id(
            lambda c, ids: approval_endings.whys(c, alliance.id, ids)
        )
        self.handover_by_approval: DataLoader[UUID, Handover] = self._by_id(
            lambda c, ids: handovers.by_approvals(c, alliance.id, ids)
        )
        self.held_by_staff: DataLoader[UUID, Held] = self._by_id(self._held)
        self.deciders_by_approval: DataLoader[UUID, tuple[Staff, ...]] = self._by_id(self._deciders)
        self.business_instant = SharedLoader(load_fn=self._now)
        self.policy_in_force_by_instant = SharedLoader(load_fn=self._policies_in_force)
        self.facts_by_registration_and_instant = SharedLoader(load_fn=self._facts)
        self.follow_ups_by_registration_and_page = SharedLoader(load_fn=self._follow_ups)
        self.case_by_order = SharedLoader(load_fn=self._cases, cache_key_fn=_order_id)
        self.line_count_by_report: DataLoader[DailyReport, int] = self._of_reports(
            lambda c, report: count_lines(c, alliance, report)
        )
        self.recorded_after_by_report: DataLoader[DailyReport, int] = self._of_reports(
            lambda c, report: recorded_after(c, alliance, report)
        )
        self.intact_by_report: DataLoader[DailyReport, bool | None] = self._of_reports(
            lambda c, report: is_report_intact(c, office, actor, report)
        )

    def renewed(self) -> "Loaders":
        """Return the same loaders with nothing remembered."""
        return Loaders(self._office, self._actor)

    def _by_id(self, read: Callable[[Connection, list[K]], Awaitable[dict[K, V]]]) -> DataLoader[K, V]:
        """Return a loader of values that foreign keys promise to be there."""

        async def load(ids: list[K]) -> list[V]:
            async with lent(self._office, self._actor) as connection:
                found = await read(connection, ids)
            return [found[id] for id in ids]

        return SharedLoader(load_fn=load)

    def _of_reports(
        self, read: Callable[[Connection, DailyReport], Awaitable[V]]
    ) -> DataLoader[DailyReport, V]:
        """Return a loader that reads one report after another: each is a unit's whole day, few are asked for at once."""

        async def load(reports: list[DailyReport]) -> list[V]:
            async with lent(self._office, self._actor) as connection:
                return [await read(connection, report) for report in reports]

        return SharedLoader(load_fn=load, cache_key_fn=_report_key)

    async def _now(self, asked: list[None]) -> list[datetime]:
        async with lent(self._office, self._actor) as connection:
            return [await self._office.clock.now(connection)] * len(asked)

    async def _deciders(self, connection: Connection, ids: list[UUID]) -> dict[UUID, tuple[Staff, ...]]:
        now = await self._office.clock.now(connection)
        return await deciders(connection, self._actor.alliance, ids, at=now)

    async def _held(self, connection: Connection, ids: list[UUID]) -> dict[UUID, Held]:
        now, alliance = await self._office.clock.now(connection), self._actor.alliance
        return await held.held_by(connection, alliance.id, ids, at=now)

    async def _policies_in_force(self, instants: list[datetime]) -> list[PublishedPolicy]:
        async with lent(self._office, self._actor) as connection:
            return [await policies.in_force(connection, self._actor.alliance, at) for at in instants]

    async def _facts(self, keys: list[tuple[UUID, datetime]]) -> list[Registration]:
        """Read the history of registrations, one use of a statement for each instant asked about."""
        by_instant: dict[datetime, list[UUID]] = defaultdict(list)
        for id, at in keys:
            by_instant[at].append(id)
        found: dict[tuple[UUID, datetime], Registration] = {}
        async with lent(self._office, self._actor) as connection:
            for at, ids in by_instant.items():
                facts = await registrations.as_of(connection, self._actor.alliance, ids, at)
                found |= {(id, at): facts[id] for id in ids}
        return [found[key] for key in keys]

    async def _follow_ups(self, keys: list[tuple[UUID, Page]]) -> list[tuple[tuple[FollowUp, ...], bool]]:
        """Read pages of follow-ups, one statement for each page asked about."""
        by_page: dict[Page, list[UUID]] = defaultdict(list)
        for id, page in keys:
            by_page[page].append(id)
        found: dict[tuple[UUID, Page], tuple[tuple[FollowUp, ...], bool]] = {}
        async with lent(self._office, self._actor) as connection:
            for page, ids in by_page.items():
                pages = await follow_ups.pages(connection, self._actor.alliance.id, ids, page)
                found |= {(id, page): pages[id] for id in ids}
        return [found[key] for key in keys]

    async def _cases(self, orders: list[StoredOrder]) -> list[OrderCase]:
        ids = [order.id for order in orders]
        async with lent(self._office, self._actor) as connection:
            decided = await attributions.by_order_ids(connection, self._actor.alliance.id, ids)
        named = set().union(*(_everybody(order, decided[order.id]) for order in orders))
        people = {staff.id: staff for staff in await self.staff_by_id.load_many(named)}
        versions = await self.policy_version_by_id.load_many({o.policy_version_id for o in orders})
        published = {version.id: version for version in versions}
        return [
            OrderCase(
                order=order,
                attributions=decided[order.id],
                people=people,
                published=published[order.policy_version_id],
            )
            for order in orders
        ]


def _order_id(order: StoredOrder) -> Hashable:
    return order.id


def _report_key(report: DailyReport) -> Hashable:
    return report.id, report.as_of


def _party_ids(order: StoredOrder, decided: tuple[StoredAttribution, ...]) -> set[UUID]:
    parties = set() if order.taken_by_id is None else {order.taken_by_id}
    for attribution in decided:
        parties |= {credit.staff_id for credit in attribution.credits}
        parties |= {candidate.owner_id for candidate in attribution.candidates}
    return parties


def _everybody(order: StoredOrder, decided: tuple[StoredAttribution, ...]) -> set[UUID]:
    rulers = {a.ruled_by_id for a in decided if a.ruled_by_id is not None}
    makers = {c.registrant_id for a in decided for c in a.candidates if c.registrant_id is not None}
    return {order.placed_by_id, *_party_ids(order, decided), *rulers, *makers}
