"""The figures of a month by person, by unit, or of the whole alliance, as of one instant and one state of the records."""

import enum
from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Final
from uuid import UUID

from baobei.operations import access, access_scopes
from baobei.operations.actor import Actor, Office
from baobei.operations.alliance_target import alliance_target
from baobei.operations.transaction import lent
from baobei.policy.follow_up_windows import Window, days_of_month, follow_up_windows
from baobei.policy.shares import divided
from baobei.store import figure_people, figure_spans, figures, organisation, policies, targets
from baobei.store.connection import Connection
from baobei.store.figure_models import (
    Credited,
    CreditShare,
    Figures,
    FollowedUp,
    Made,
    Target,
    together,
)
from baobei.store.figure_spans import FigureMonth, InSpan, Stays
from baobei.store.organisation_models import Alliance
from baobei.store.paging import Page

# The one row of the whole alliance has no id of its own.
WHOLE: Final = UUID(int=0)


class FigureGroup(enum.StrEnum):
    """What a row of figures is of."""

    PERSON = "PERSON"
    UNIT = "UNIT"
    ALLIANCE = "ALLIANCE"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFigures:
    """What is asked: the calendar month that begins on `month`, of whom, and which page.

    `staff_code` goes with PERSON alone, `unit_code` with PERSON (its people) and UNIT (itself).
    """

    month: date
    group: FigureGroup
    page: Page
    staff_code: str | None = None
    unit_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """The figures of a person, of a unit (`WHOLE`: of the alliance)."""

    id: UUID
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class FigurePage:
    """A page of figures in order of codes, and the instant as of which they were counted."""

    month: date
    group: FigureGroup
    counted_at: datetime
    rows: tuple[FigureRow, ...]
    has_next: bool


@dataclass(frozen=True, kw_only=True)
class _Groups:
    """The rows to fill, in order, and the people who may count in them.

    `stays`: where they worked when; None where each is a row of their own, whatever their unit.
    """

    ids: tuple[UUID, ...]
    people: tuple[UUID, ...]
    has_next: bool
    stays: Stays | None = None
    whole: bool = False

    @cached_property
    def moved_at(self) -> tuple[datetime, ...]:
        """Return when any of them moved to another unit."""
        return () if self.stays is None else self.stays.moved_at

    def unit_of(self, whose: InSpan) -> UUID | None:
        """Return the unit in which somebody worked; None where units do not matter."""
        return None if self.stays is None else self.stays.unit_of(whose, self.moved_at)

    def units_of(self, counted: Iterable[InSpan]) -> set[UUID]:
        """Return the units in which any of these worked."""
        return {unit for whose in counted if (unit := self.unit_of(whose)) is not None}

    def row_of(self, whose: InSpan) -> UUID:
        """Return the row in which somebody counts; it may be none of `ids`."""
        return WHOLE if self.whole else self.unit_of(whose) or whose.staff_id


async def read_figures(office: Office, actor: Actor, asked: ReadFigures) -> FigurePage | None:
    """Return figures that the actor may read; None for a person or unit that there is not, or is not theirs to read.

    Without a code, what is not theirs to read is left out. Nothing read depends on whether a job has run.
    """
    async with (
        lent(office, actor) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        scope = await _scope(connection, actor, asked)
        if scope is None:
            return None
        at = await office.clock.now(connection)
        groups = await _groups(connection, actor, asked, scope)
        found = await _count(connection, actor.alliance, asked, groups, at=at)
    rows = tuple(FigureRow(id=id, figures=found[id]) for id in groups.ids)
    return FigurePage(
        month=asked.month, group=asked.group, counted_at=at, rows=rows, has_next=groups.has_next
    )


async def _scope(
    connection: Connection, actor: Actor, asked: ReadFigures
) -> figure_people.FigureScope | None:
    """Return whose figures are asked for, as far as the actor may read them."""
    alliance_id, mine = actor.alliance.id, access_scopes.figure_scope(actor.staff)
    if asked.staff_code is not None:
        person = await organisation.staff_by_code(connection, alliance_id, asked.staff_code)
        if person is None or not access.may_read_figures(actor.staff, person=person):
            return None
        mine = figure_people.FigureScope(staff_id=person.id)
    if asked.unit_code is not None:
        unit = (await organisation.units_by_codes(connection, alliance_id, [asked.unit_code])).get(
            asked.unit_code
        )
        if unit is None or not access.may_read_unit_figures(actor.staff, unit_id=unit.id):
            return None
        return figure_people.FigureScope(unit_id=unit.id, staff_id=mine.staff_id)
    return mine


async def _groups(
    connection: Connection, actor: Actor, asked: ReadFigures, scope: figure_people.FigureScope
) -> _Groups:
    alliance_id, nothing = actor.alliance.id, _Groups(ids=(), people=(), has_next=False)
    match asked.group:
        case FigureGroup.PERSON:
            ids, has_next = await figure_people.people(connection, alliance_id, scope, asked.page)
            return _Groups(ids=ids, people=ids, has_next=has_next)
        case FigureGroup.UNIT:
            if scope.staff_id is not None:
                return nothing
            ids, has_next = await figure_people.units(connection, alliance_id, scope.unit_id, asked.page)
            stays = await figure_spans.stays(connection, alliance_id, ids)
            return _Groups(ids=ids, people=tuple(stays.first), stays=stays, has_next=has_next)
        case FigureGroup.ALLIANCE:
            if scope != figure_people.FigureScope() or asked.page.after is not None:
                return nothing
            stays = await figure_spans.stays(connection, alliance_id, None)
            people = tuple(stays.first)
            return _Groups(ids=(WHOLE,), people=people, stays=stays, whole=True, has_next=False)


async def _count(
    connection: Connection, alliance: Alliance, asked: ReadFigures, groups: _Groups, *, at: datetime
) -> dict[UUID, Figures]:
    """Return the figures of each row; those of its people are added up, credits and targets are its own."""
    days = days_of_month(asked.month, alliance.time_zone)
    month = FigureMonth(first_day=asked.month, days=days, moved_at=groups.moved_at)
    windows = await _windows(connection, alliance, month)
    of, people = alliance.id, groups.people
    attempts = await figures.attempts(connection, of, people, month)
    made = await figures.made(connection, of, people, month, at=at)
    followed_up = await figures.followed_up(connection, of, people, windows, month, at=at)
    shares = await figures.credits(connection, of, people, month)
    disputes = await figures.disputes(connection, of, people, month)
    of_row: dict[UUID, list[Figures]] = defaultdict(list)
    counted = {*attempts, *made, *followed_up, *disputes}
    for whose in counted:
        of_row[groups.row_of(whose)].append(
            Figures(
                attempts=attempts.get(whose, {}),
                made=made.get(whose, Made()),
                followed_up=followed_up.get(whose, FollowedUp()),
                disputes=disputes.get(whose, {}),
            )
        )
    credited = _credited(shares, groups)
    units = groups.units_of([*counted, *(share.whose for share in shares)])
    aims = await _targets(connection, alliance, asked, groups, units, at=at)
    return {
        id: together(of_row[id], credited=credited.get(id, Credited()), target=aims.get(id, Target()))
        for id in groups.ids
    }


async def _windows(
    connection: Connection, alliance: Alliance, month: FigureMonth
) -> list[tuple[UUID, Window]]:
    versions = await figure_people.versions_begun(connection, alliance.id, before=month.ends_at)
    published = await policies.by_ids(connection, alliance, versions)
    return [
        (version, window)
        for version in versions
        for window in follow_up_windows(month.first_day, published[version].policy)
    ]


async def _targets(
    connection: Connection,
    alliance: Alliance,
    asked: ReadFigures,
    groups: _Groups,
    counted: Set[UUID],
    *,
    at: datetime,
) -> dict[UUID, Target]:
    """Return what is aimed at: a person's, a unit's, the alliance's; `counted`: the units that have figures."""
    match asked.group:
        case FigureGroup.PERSON:
            found = await targets.of_staff(connection, alliance.id, groups.ids, asked.month)
        case FigureGroup.UNIT:
            found = await targets.of_units(connection, alliance.id, groups.ids, asked.month)
        case FigureGroup.ALLIANCE:
            return {WHOLE: await alliance_target(connection, alliance, asked.month, counted, at=at)}
    return {id: target.aim for id, target in found.items()}


def _credited(shares: Iterable[CreditShare], groups: _Groups) -> dict[UUID, Credited]:
    """Return what is credited to each row; an order that several of its people share is one order."""
    orders: dict[UUID, int] = defaultdict(int)
    fen: dict[UUID, int] = defaultdict(int)
    counted: set[tuple[UUID, UUID]] = set()
    for share in shares:
        row = groups.row_of(share.whose)
        fen[row] += divided(share.amount_fen, share.shares_bp)[share.place]
        if share.decision is not None:
            if (row, share.decision) in counted:
                continue
            counted.add((row, share.decision))
        orders[row] += share.orders
    return {row: Credited(orders=orders[row], amount_fen=fen[row]) for row in fen}
