"""Figures by brute force: every registration folded event by event, every decision taken one by one.

Whose row each thing counts in, a person's or that of the unit they worked in then, is for the caller to say. Reads what people did from the ledger, never what the calendar brought; what that was, the policy says.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from baobei.policy.calendar import local_date, month_of
from baobei.policy.records import Ended, FollowedUp, Measured, Registration, RegistrationEvent, apply
from baobei.policy.shares import divided
from baobei.policy.standing import follow_up_due_at, lapses_at, standing
from baobei.policy.terms import StandingStatus
from baobei.store import attributions, ledger, orders, registrations
from baobei.store.connection import Connection
from baobei.store.organisation_models import Alliance

REGISTRATIONS = "SELECT registration_id FROM registration WHERE alliance_id = $1"
ORDERS = "SELECT order_id FROM customer_order WHERE alliance_id = $1"
DISPUTES = "SELECT opened_by_id, opened_at, status FROM dispute WHERE alliance_id = $1"
ATTEMPTS = "SELECT registrant_id, attempted_at, outcome FROM attempt WHERE alliance_id = $1"


@dataclass(slots=True)
class Expected:
    """What a month of a person or a unit comes to."""

    attempts: Counter[str] = field(default_factory=Counter)
    made: int = 0
    lapsed: int = 0
    expired: int = 0
    converted: int = 0
    met: int = 0
    missed: int = 0
    orders: int = 0
    amount_fen: int = 0
    disputes: Counter[str] = field(default_factory=Counter)


Book = defaultdict[tuple[UUID, date], Expected]
# The row in which a person counts at an instant.
RowOf = Callable[[UUID, datetime], UUID]


def by_person(staff_id: UUID, _at: datetime) -> UUID:
    """Everybody is a row of their own."""
    return staff_id


async def expected_figures(
    connection: Connection, alliance: Alliance, *, at: datetime, row_of: RowOf = by_person
) -> Book:
    """Return the figures of all rows and every month, at an instant."""
    book: Book = defaultdict(Expected)
    for row in await connection.fetch(ATTEMPTS, alliance.id):
        month = month_of(row["attempted_at"], alliance.time_zone)
        if row["registrant_id"] is None:
            continue
        whose = row_of(row["registrant_id"], row["attempted_at"])
        book[whose, month].attempts[row["outcome"]] += 1
    for row in await connection.fetch(DISPUTES, alliance.id):
        month = month_of(row["opened_at"], alliance.time_zone)
        book[row_of(row["opened_by_id"], row["opened_at"]), month].disputes[row["status"]] += 1
    ids = [row["registration_id"] for row in await connection.fetch(REGISTRATIONS, alliance.id)]
    stored = await registrations.by_ids(connection, alliance, ids)
    events = await ledger.registration_events(connection, alliance.id, ids, until=at)
    for id, each in stored.items():
        _count_registration(
            book, alliance, _as_admitted(each.facts), events.get(id, []), at=at, row_of=row_of
        )
    await _count_orders(book, connection, alliance, row_of)
    return book


def _as_admitted(facts: Registration) -> Registration:
    return replace(
        facts,
        owner=facts.registrant,
        last_touch_at=facts.made.at,
        measured_at=None,
        deposit_taken=False,
        extended_days=0,
        extension_count=0,
        end=None,
    )


def _count_registration(
    book: Book,
    alliance: Alliance,
    facts: Registration,
    events: list[RegistrationEvent],
    *,
    at: datetime,
    row_of: RowOf,
) -> None:
    zone = alliance.time_zone
    cohort = book[row_of(UUID(facts.registrant), facts.made.at), month_of(facts.made.at, zone)]
    has_lapsed = False
    for number in range(len(events) + 1):
        after = events[number] if number < len(events) else None
        before_end = at if after is None else after.at
        if facts.end is None:
            lapse, due = lapses_at(facts), follow_up_due_at(facts)
            has_lapsed |= lapse <= before_end and standing(facts, lapse).status is StandingStatus.LAPSED
            began_at = facts.last_touch_at
            window = book[row_of(UUID(facts.owner), began_at), month_of(began_at, zone)]
            if due <= before_end and standing(facts, due).live:
                window.missed += 1
            elif isinstance(after, FollowedUp | Measured):
                window.met += local_date(began_at, zone) < local_date(after.at, zone)
        if after is not None:
            facts = apply(facts, after)
            assert facts.end is not None or not isinstance(after, Ended)
    cohort.made += 1
    cohort.lapsed += has_lapsed
    status = standing(facts, at).status
    cohort.expired += status is StandingStatus.EXPIRED
    cohort.converted += status is StandingStatus.CONVERTED


async def _count_orders(book: Book, connection: Connection, alliance: Alliance, row_of: RowOf) -> None:
    ids = [row["order_id"] for row in await connection.fetch(ORDERS, alliance.id)]
    placed = await orders.by_ids(connection, alliance, ids)
    for order_id, decisions in (await attributions.by_order_ids(connection, alliance.id, ids)).items():
        amount_fen = placed[order_id].amount_fen or 0
        for number, decision in enumerate(decisions):
            month = month_of(decision.decided_at, alliance.time_zone)
            taken_back = [(-1, decisions[number - 1])] if number else []
            for sign, given in [(1, decision), *taken_back]:
                parts = divided(amount_fen, [credit.share_bp for credit in given.credits])
                rows = [row_of(credit.staff_id, given.decided_at) for credit in given.credits]
                for row in set(rows):
                    book[row, month].orders += sign
                for row, part in zip(rows, parts, strict=True):
                    book[row, month].amount_fen += sign * part
