"""The figures of any month are what the ledger and the policy come to, whether or not a sweep has run."""

from datetime import date, timedelta

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliances import TestAlliance, new_alliance, publish
from baobei.history_events import read_event
from baobei.operations.read_figures import FigureGroup, FigurePage, ReadFigures, read_figures
from baobei.operations.sweep_deadlines import sweep_deadlines
from baobei.policy.document import Policy
from baobei.replay import Replay
from baobei.store.figure_models import Figures
from baobei.store.organisation_models import Role
from baobei.store.paging import Page
from figure_oracle import Expected, expected_figures
from service_run import ServiceRun
from strategies import History, histories, policies, to_lines

RESET_CLOCK = "DELETE FROM dev_clock"
MONTHS = [date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)]
AMOUNTS = ["100.01", "0.03", None, "12800.00"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    history=histories,
    policy=policies,
    sweeps=st.lists(st.booleans(), min_size=25, max_size=25),
    later=st.sampled_from([timedelta(0), timedelta(days=2), timedelta(days=12)]),
)
async def test_figures_are_what_the_ledger_comes_to_and_sweeps_change_none(
    pool: "asyncpg.Pool[asyncpg.Record]",
    history: History,
    policy: Policy,
    sweeps: list[bool],
    later: timedelta,
) -> None:
    alliance = await _lived_through(pool, history, policy, sweeps)
    head = await alliance.actor("HEAD")
    async with alliance.office.pool.acquire() as connection:
        at = await alliance.travel(await alliance.office.clock.now(connection) + later)
        book = await expected_figures(connection, head.alliance, at=at)
    unswept = [await _read(alliance, month) for month in MONTHS]
    for page in unswept:
        wrong = {
            row.id: (_plain(row.figures), book[row.id, page.month])
            for row in page.rows
            if _plain(row.figures) != book[row.id, page.month]
        }
        assert wrong == {}, page.month
    assert {month for _, month in book} <= set(MONTHS)
    await sweep_deadlines(alliance.office)
    assert [await _read(alliance, month) for month in MONTHS] == unswept
    for page in unswept:
        await _adds_up(alliance, page)


async def _lived_through(
    pool: "asyncpg.Pool[asyncpg.Record]", history: History, policy: Policy, sweeps: list[bool]
) -> TestAlliance:
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
    await pool.execute(RESET_CLOCK)
    alliance = await new_alliance(
        pool,
        guides=["G01"],
        salespeople=["F01", "F02"],
        roles=[Role.DEPARTMENT_HEAD],
        time_zone=policy.time_zone.key,
    )
    await publish(alliance, policy)
    run = ServiceRun(alliance)
    for event, swept in zip(known, sweeps, strict=False):
        await run.outcome(event)
        if swept:
            await sweep_deadlines(alliance.office, chunk=2)
    return alliance


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


async def _adds_up(alliance: TestAlliance, people: FigurePage) -> None:
    """Money and counts of units and of the alliance are those of their people; a shared order is one there."""
    (whole,) = (await _read(alliance, people.month, FigureGroup.ALLIANCE)).rows
    units = [row.figures for row in (await _read(alliance, people.month, FigureGroup.UNIT)).rows]
    persons = [row.figures for row in people.rows]
    for parts in (units, persons):
        assert sum(each.credited.amount_fen for each in parts) == whole.figures.credited.amount_fen
        assert sum(each.made.made for each in parts) == whole.figures.made.made
        assert sum(each.followed_up.missed for each in parts) == whole.figures.followed_up.missed
        assert sum(each.attempted for each in parts) == whole.figures.attempted
