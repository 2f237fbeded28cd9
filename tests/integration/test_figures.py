"""The figures of any month are what the ledger and the policy come to, wherever people are now, swept or not."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliances import TestAlliance, new_alliance, organisation_of, publish
from baobei.clock import TravelClock
from baobei.history_events import read_event
from baobei.operations.apply_organisation import apply_organisation
from baobei.operations.read_figures import FigureGroup, FigurePage, ReadFigures, read_figures
from baobei.operations.sweep_deadlines import sweep_deadlines
from baobei.organisation_file import StaffEntry, UnitEntry
from baobei.policy.document import Policy
from baobei.replay import Replay
from baobei.store.figure_models import Figures
from baobei.store.organisation_models import Role, UnitKind
from baobei.store.paging import Page
from figure_oracle import Book, Expected, expected_figures
from service_run import ServiceRun
from strategies import BEGINNING, History, histories, policies, to_lines

STAFF = "SELECT staff_id, unit_id FROM staff WHERE alliance_id = $1"
RESET_CLOCK = "DELETE FROM dev_clock"
MONTHS = [date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)]
MORE_UNITS = (
    UnitEntry(code="PD2", name="浦东二店", kind=UnitKind.STORE, region="浦东"),
    UnitEntry(code="YW2", name="业务二部", kind=UnitKind.FIELD_DEPARTMENT, region="上海"),
)
Move = tuple[str, int]
AMOUNTS = ["100.01", "0.03", None, "12800.00"]


# Who moves before an event, and to which of the two units of their kind.
MOVES = st.lists(
    st.one_of(
        st.none(), st.none(), st.tuples(st.sampled_from(["F01", "F02", "G01"]), st.sampled_from([0, 1]))
    ),
    min_size=26,
    max_size=26,
)
UNITS_OF = {"F": ("YW", "YW2"), "G": ("PD", "PD2")}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    history=histories,
    policy=policies,
    sweeps=st.lists(st.booleans(), min_size=25, max_size=25),
    moves=MOVES,
    # Never at once: whoever moves at the instant of an event is counted where they move to.
    later=st.sampled_from([timedelta(microseconds=1), timedelta(days=2), timedelta(days=12)]),
)
async def test_figures_are_what_the_ledger_comes_to_and_neither_sweeps_nor_moves_change_any(
    pool: "asyncpg.Pool[asyncpg.Record]",
    history: History,
    policy: Policy,
    sweeps: list[bool],
    moves: list[Move | None],
    later: timedelta,
) -> None:
    lives = await _lived_through(pool, history, policy, sweeps, moves)
    alliance = lives.alliance
    head = await alliance.actor("HEAD")
    async with alliance.office.pool.acquire() as connection:
        at = await alliance.travel(await alliance.office.clock.now(connection) + later)
        book = await expected_figures(connection, head.alliance, at=at)
        of_units = await expected_figures(connection, head.alliance, at=at, row_of=lives.unit_of)
    people = [await _read(alliance, month) for month in MONTHS]
    units = [await _read(alliance, month, FigureGroup.UNIT) for month in MONTHS]
    for expected, pages in ((book, people), (of_units, units)):
        assert {month for _, month in expected} <= set(MONTHS)
        for page in pages:
            assert _wrong(page, expected) == {}, page.month
    await sweep_deadlines(alliance.office)
    await lives.move(moves[-1])
    assert [await _read(alliance, month) for month in MONTHS] == people
    assert [await _read(alliance, month, FigureGroup.UNIT) for month in MONTHS] == units
    for of_people, of_their_units in zip(people, units, strict=True):
        await _adds_up(alliance, of_people, of_their_units)


def _wrong(page: FigurePage, expected: Book) -> dict[UUID, tuple[Expected, Expected]]:
    """What differs, by row; what is expected of a row that is not there differs too."""
    rows = {row.id: _plain(row.figures) for row in page.rows}
    others = {id for id, month in expected if month == page.month} - rows.keys()
    assert not others, page.month
    return {
        id: (found, expected[id, page.month])
        for id, found in rows.items()
        if found != expected[id, page.month]
    }


@dataclass(slots=True)
class Lives:
    """An alliance whose people move, and where each has worked since when, by the order of things."""

    alliance: TestAlliance
    began: dict[UUID, UUID]
    moved: list[tuple[datetime, UUID, UUID]] = field(default_factory=list)

    def unit_of(self, staff_id: UUID, at: datetime) -> UUID:
        unit_id = self.began[staff_id]
        for moved_at, who, to in self.moved:
            if who == staff_id and moved_at <= at:
                unit_id = to
        return unit_id

    async def move(self, move: Move | None) -> None:
        """Move somebody at the present instant; to where they are already, nothing happens."""
        if move is None:
            return
        code, which = move
        async with self.alliance.office.pool.acquire() as connection:
            now = await self.alliance.office.clock.now(connection)
        who = (await self.alliance.actor(code)).staff
        moved = StaffEntry(
            code=code, name=who.name, unit=UNITS_OF[code[0]][which], roles=sorted(who.roles), active=None
        )
        await _apply(self.alliance, staff=[moved])
        self.moved.append((now, who.id, (await self.alliance.actor(code)).staff.unit_id))


async def _apply(alliance: TestAlliance, *, staff: list[StaffEntry]) -> None:
    zone = (await alliance.actor("HEAD")).alliance.time_zone.key
    file = organisation_of(alliance.code, guides=[], salespeople=[], time_zone=zone)
    more = {"units": [*file.units, *MORE_UNITS], "staff": staff}
    await apply_organisation(alliance.office, file.model_copy(update=more))


async def _settled(pool: "asyncpg.Pool[asyncpg.Record]", time_zone: str) -> Lives:
    """Two units of each kind, and everybody in the first of theirs, from before anything happens."""
    await pool.execute(RESET_CLOCK)
    async with pool.acquire() as connection:
        await TravelClock().set(connection, BEGINNING - timedelta(days=1))
    people = {"guides": ["G01"], "salespeople": ["F01", "F02"], "roles": [Role.DEPARTMENT_HEAD]}
    alliance = await new_alliance(pool, **people, time_zone=time_zone)
    await _apply(alliance, staff=[])
    async with pool.acquire() as connection:
        known = (await alliance.actor("HEAD")).alliance
        staff = await connection.fetch(STAFF, known.id)
    return Lives(alliance, {row["staff_id"]: row["unit_id"] for row in staff})


async def _lived_through(
    pool: "asyncpg.Pool[asyncpg.Record]",
    history: History,
    policy: Policy,
    sweeps: list[bool],
    moves: list[Move | None],
) -> Lives:
    for number, event in enumerate(history):
        if event["type"] == "register":
            event["channel"] = "STORE" if event["by"].startswith("G") else "FIELD"
        if event["type"] == "order":
            event["amount"] = AMOUNTS[number % len(AMOUNTS)]
    lines = to_lines(history)
    known = [
        read_event(line)
        for line, answer in zip(lines, Replay(policy).answers(lines), strict=True)
        if "error" not in answer.outcome
    ]
    lives = await _settled(pool, policy.time_zone.key)
    alliance = lives.alliance
    await publish(alliance, policy)
    run = ServiceRun(alliance)
    for event, swept, move in zip(known, sweeps, moves, strict=False):
        await alliance.travel(event.at)
        await lives.move(move)
        await run.outcome(event)
        if swept:
            await sweep_deadlines(alliance.office, chunk=2)
    return lives


async def _read(alliance: TestAlliance, month: date, group: FigureGroup = FigureGroup.PERSON) -> FigurePage:
    asked = ReadFigures(month=month, group=group, page=Page(first=100))
    page = await read_figures(alliance.office, await alliance.actor("HEAD"), asked)
    assert page is not None
    return page


def _plain(found: Figures) -> Expected:
    expected = Expected(
        made=found.made.made,
        lapsed=found.made.lapsed,
        expired=found.made.expired,
        converted=found.made.converted,
        met=found.followed_up.met,
        missed=found.followed_up.missed,
        orders=found.credited.orders,
        amount_fen=found.credited.amount_fen,
    )
    expected.disputes.update({status.value: count for status, count in found.disputes.items()})
    expected.attempts.update({outcome.value: count for outcome, count in found.attempts.items()})
    return expected


async def _adds_up(alliance: TestAlliance, people: FigurePage, in_units: FigurePage) -> None:
    """Money and counts of units and of the alliance are those of their people; a shared order is one there."""
    (whole,) = (await _read(alliance, people.month, FigureGroup.ALLIANCE)).rows
    units = [row.figures for row in in_units.rows]
    persons = [row.figures for row in people.rows]
    for parts in (units, persons):
        assert sum(each.credited.amount_fen for each in parts) == whole.figures.credited.amount_fen
        assert sum(each.made.made for each in parts) == whole.figures.made.made
        assert sum(each.followed_up.missed for each in parts) == whole.figures.followed_up.missed
        assert sum(each.followed_up.met for each in parts) == whole.figures.followed_up.met
        assert sum(each.attempted for each in parts) == whole.figures.attempted
        assert sum(each.disputed for each in parts) == whole.figures.disputed
