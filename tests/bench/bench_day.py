"""A day in an alliance of 30 units, 300 people and two years: what each answer costs the database.

Everything is asked of one database in one run, through the operations that the service calls. Costs are CPU of the
database's processes; tables that are read whole and sorts that do not fit in memory are told beside them.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import psutil
from bench_sweep import _server
from day_costs import Cost, Work, big_tables, measured, one_connection
from day_filling import BUSY, LEAVER, NOW, fill, the_alliance
from day_statements import ANSWERED
from rich.console import Console
from rich.table import Table

from alliances import TestAlliance
from baobei.migration import migrate
from baobei.operations import access_scopes
from baobei.operations.actor import Actor, Office
from baobei.operations.daily_reports import find_report
from baobei.operations.deciders import inbox_of
from baobei.operations.export_figures import export_figures
from baobei.operations.hand_over import HandOver, HandoverBegun, hand_over
from baobei.operations.handover_distribution import HandoverRequest, preview_handover
from baobei.operations.my_day import my_day
from baobei.operations.plan_follow_ups import plan_follow_ups
from baobei.operations.read_figures import FigureGroup, ReadFigures, read_figures
from baobei.operations.report_lines import lines_of
from baobei.operations.report_sheets import sheet_of
from baobei.operations.run_handovers import run_handovers
from baobei.operations.submit_daily_report import SubmitDailyReport, submit_daily_report
from baobei.operations.transaction import lent
from baobei.policy.handovers import DistributionMethod
from baobei.policy.identity import CustomerKeys
from baobei.policy.terms import Channel, StandingStatus
from baobei.store import approvals, case_events, disputes, registration_lists
from baobei.store.approval_models import ApprovalStatus
from baobei.store.customer_keys import key_text
from baobei.store.paging import Page
from baobei.store.registration_lists import RegistrationFilter
from baobei.store.registration_models import Segment
from baobei_cli.embedded import SUPERUSER

REGISTRATIONS = 100_000
AIM_MS = 300.0
MONTH, DAY = date(2026, 11, 1), date(2026, 11, 15)
TO = ("G003", "G004", "G005", "G006")
FILTERS = {
    "all": RegistrationFilter(),
    "class A": RegistrationFilter(customer_classes=frozenset({"A"})),
    "segment PROJECT": RegistrationFilter(segment=Segment.PROJECT),
    "segment COMPANY, class B": RegistrationFilter(
        segment=Segment.COMPANY, customer_classes=frozenset({"B"})
    ),
    "source 网络": RegistrationFilter(source="网络"),
    "source nobody has": RegistrationFilter(source="设计师推荐"),
    **{
        f"status {status}": RegistrationFilter(statuses=frozenset({status}))
        for status in (
            StandingStatus.PROTECTED, StandingStatus.LAPSED, StandingStatus.EXPIRED, StandingStatus.CONVERTED,
            StandingStatus.WITHDRAWN,
        )
    },
    "owner": RegistrationFilter(owner_code="F001"),
    "unit": RegistrationFilter(unit_code="S05"),
    "unit, status EXPIRED": RegistrationFilter(unit_code="D1", statuses=frozenset({StandingStatus.EXPIRED})),
    "channel FIELD": RegistrationFilter(channel=Channel.FIELD),
    "a week a year ago": RegistrationFilter(
        registered_from=NOW - timedelta(days=372), registered_to=NOW - timedelta(days=365)
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Something to measure; `waits`: a person waits for it. `once`: it changes what it reads."""

    name: str
    work: Work
    once: bool = False
    waits: bool = True


def run(console: Console, registrations: str = str(REGISTRATIONS)) -> None:
    """Print what each answer of a day costs the database."""
    asyncio.run(_run(console, int(registrations)))


async def _run(console: Console, registrations: int) -> None:
    with TemporaryDirectory() as folder, _server(Path(folder)) as postgres:
        await postgres.create_database()
        await migrate(postgres.url())
        await fill(postgres.url(), postgres.url(user=SUPERUSER), registrations)
        await measure(console, postgres.url())


async def measure(console: Console, url: str) -> None:
    """Measure on a database that was filled in; what changes it comes last."""
    async with one_connection(url) as pool:
        alliance = the_alliance(pool)
        async with pool.acquire() as connection:
            big = await big_tables(connection)
            server = psutil.Process(connection.get_server_pid()).parent()
        assert server is not None
        table = _table(big.get("registration", 0))
        for asked in await _day(alliance):
            cost = await measured(alliance.office, server, asked.work, once=asked.once, big=big)
            _print(table, asked, cost)
            console.print(f"{asked.name}: {cost.first_ms:,.1f} ms, then {cost.later_ms:,.1f} ms", style="dim")
        console.print(table)


def _table(registrations: int) -> Table:
    load = ", ".join(f"{each:.1f}" for each in psutil.getloadavg())
    table = Table(title=f"a day among {registrations:,} registrations, CPU of the database; load {load}")
    for column in ("what", "ms first", "ms then", "times", "statements", "pages", "beware"):
        table.add_column(column, justify="left" if column in ("what", "beware") else "right")
    return table


def _print(table: Table, asked: Asked, cost: Cost) -> None:
    found = [f"{each.what} ({each.rows:,.0f})" for each in cost.found]
    if asked.waits and max(cost.first_ms, cost.later_ms) > AIM_MS:
        found.insert(0, f"over {AIM_MS:.0f} ms")
    table.add_row(
        asked.name, f"{cost.first_ms:,.1f}", f"{cost.later_ms:,.1f}", f"{cost.times}", f"{cost.statements}",
        f"{cost.buffers:,}", "; ".join(dict.fromkeys(found)),
    )  # fmt: skip


async def _day(alliance: TestAlliance) -> list[Asked]:
    head, ops = await alliance.actor("HEAD"), await alliance.actor("OPS")
    store, guide = await alliance.actor("S05M"), await alliance.actor(BUSY)
    return [
        *_figures(ops, store, guide),
        Asked(name="myDay of a busy guide", work=lambda office: my_day(office, guide)),
        Asked(name="myDay of the department head", work=lambda office: my_day(office, head)),
        Asked(name="myDay of a store manager", work=lambda office: my_day(office, store)),
        *_lists(ops, store, guide),
        *_requests(head, store),
        *[asked async for asked in _disputes(alliance, head, guide)],
        *[asked async for asked in _reports(alliance)],
        *_handovers(head),
        *_plan(),
    ]


def _figures(ops: Actor, store: Actor, guide: Actor) -> Iterator[Asked]:
    def figures(actor: Actor, group: FigureGroup, month: date, unit: str | None = None) -> Work:
        asked = ReadFigures(month=month, group=group, page=Page(first=100), unit_code=unit)
        return lambda office: read_figures(office, actor, asked)

    for group in FigureGroup:
        yield Asked(name=f"figures by {group}", work=figures(ops, group, MONTH))
    for group in FigureGroup:
        yield Asked(name=f"figures by {group}, a year ago", work=figures(ops, group, date(2025, 10, 1)))
    yield Asked(name="figures of a store's people", work=figures(store, FigureGroup.PERSON, MONTH, "S05"))
    yield Asked(name="figures of a store", work=figures(store, FigureGroup.UNIT, MONTH, "S05"))
    yield Asked(name="figures of oneself", work=figures(guide, FigureGroup.PERSON, MONTH))
    yield Asked(
        name="/v1/figures.xlsx by person",
        work=lambda office: export_figures(office, ops, month=MONTH, group=FigureGroup.PERSON),
    )


def _lists(ops: Actor, store: Actor, guide: Actor) -> Iterator[Asked]:
    def listed(actor: Actor, filter: RegistrationFilter) -> Work:
        async def read(office: Office) -> object:
            async with lent(office, actor) as connection:
                return await registration_lists.page(
                    connection,
                    actor.alliance,
                    scope=access_scopes.registration_scope(actor.staff),
                    filter=filter,
                    page=Page(first=50),
                    at=NOW,
                )

        return read

    for name, filter in FILTERS.items():
        yield Asked(name=f"registrations, {name}", work=listed(ops, filter))
    for name in ("all", "class A", "source 网络", "status EXPIRED", "status LAPSED"):
        yield Asked(name=f"registrations of a store, {name}", work=listed(store, FILTERS[name]))
        yield Asked(name=f"registrations of a guide, {name}", work=listed(guide, FILTERS[name]))


def _requests(head: Actor, store: Actor) -> Iterator[Asked]:
    def inbox(actor: Actor) -> Work:
        async def read(office: Office) -> object:
            async with lent(office, actor) as connection:
                waiting = await inbox_of(connection, actor.alliance, actor.staff, at=NOW)
                return await approvals.inbox(connection, actor.alliance.id, waiting, Page(first=100))

        return read

    def page(actor: Actor, status: ApprovalStatus | None) -> Work:
        async def read(office: Office) -> object:
            async with lent(office, actor) as connection:
                return await approvals.page(
                    connection,
                    actor.alliance.id,
                    scope=access_scopes.approval_scope(actor.staff),
                    status=status,
                    first=50,
                )

        return read

    yield Asked(name="inbox of the department head", work=inbox(head))
    yield Asked(name="inbox of a store manager", work=inbox(store))
    yield Asked(name="approvals of the alliance", work=page(head, None))
    yield Asked(name="approvals of a store", work=page(store, None))
    yield Asked(name="approvals of a store that wait", work=page(store, ApprovalStatus.PENDING))


async def _disputes(alliance: TestAlliance, head: Actor, guide: Actor) -> AsyncIterator[Asked]:
    async with alliance.office.pool.acquire() as connection:
        case = await connection.fetchrow(ANSWERED, head.alliance.id)
    assert case is not None
    keys = CustomerKeys(phone=key_text(case["phone_key"]), address=key_text(case["address_key"]))

    def case_of(actor: Actor) -> Work:
        async def read(office: Office) -> object:
            async with lent(office, actor) as connection:
                await disputes.by_ids(connection, actor.alliance.id, [case["dispute_id"]])
                return await case_events.page(
                    connection,
                    actor.alliance.id,
                    case["order_id"],
                    keys,
                    scope=access_scopes.case_event_scope(actor.staff, reads_decision=True),
                    after=None,
                    first=100,
                )

        return read

    async def precedents(office: Office) -> object:
        async with lent(office, head) as connection:
            return await case_events.precedents(connection, head.alliance.id, case["order_id"], first=20)

    def page(actor: Actor) -> Work:
        async def read(office: Office) -> object:
            async with lent(office, actor) as connection:
                return await disputes.page(
                    connection, actor.alliance.id, scope=access_scopes.dispute_scope(actor.staff), status=None,
                    order_id=None, page=Page(first=50),
                )  # fmt: skip

        return read

    yield Asked(name="dispute with its case", work=case_of(head))
    yield Asked(name="dispute with its case, a guide", work=case_of(guide))
    yield Asked(name="precedents", work=precedents)
    yield Asked(name="disputes of the alliance", work=page(head))
    yield Asked(name="disputes of a guide", work=page(guide))


async def _reports(alliance: TestAlliance) -> AsyncIterator[Asked]:
    def read(actor: Actor, unit: str) -> Work:
        async def lines(office: Office) -> object:
            report = await find_report(office, actor, unit, DAY)
            assert report is not None
            async with lent(office, actor) as connection:
                return await lines_of(connection, actor.alliance, report)

        return lines

    def sheet(actor: Actor, unit: str) -> Work:
        async def drawn(office: Office) -> object:
            report = await find_report(office, actor, unit, DAY)
            assert report is not None
            return await sheet_of(office, actor, report)

        return drawn

    for name, unit in (("a store", "S01"), ("a department", "D1")):
        manager = await alliance.actor(f"{unit}M")
        submit = SubmitDailyReport(unit_code=unit, day=DAY)
        yield Asked(name=f"daily report of {name}, draft", work=read(manager, unit))
        yield Asked(name=f"sheet of {name}, draft", work=sheet(manager, unit))
        yield Asked(
            name=f"daily report of {name}, submitting",
            work=lambda office, manager=manager, submit=submit: submit_daily_report(office, manager, submit),
            once=True,
        )
        yield Asked(name=f"daily report of {name}, submitted", work=read(manager, unit))
        yield Asked(name=f"sheet of {name}, submitted", work=sheet(manager, unit))


def _handovers(head: Actor) -> Iterator[Asked]:
    request = HandoverRequest(
        from_staff_code=LEAVER, method=DistributionMethod.ROUND_ROBIN, to_staff_codes=TO
    )
    begun: list[UUID] = []

    async def begin(office: Office) -> None:
        answer = await hand_over(office, head, HandOver(request=request, reason="离职"))
        assert isinstance(answer, HandoverBegun), answer
        begun.append(answer.handover.id)

    async def carry_out(office: Office) -> None:
        while (await run_handovers(office, only=begun[0])).more:
            pass

    yield Asked(name="previewHandover", work=lambda office: preview_handover(office, head, request))
    yield Asked(name="handOver", work=begin, once=True)
    yield Asked(name="handover carried out", work=carry_out, once=True, waits=False)


def _plan() -> Iterator[Asked]:
    yield Asked(name="the plan's Monday morning", work=plan_follow_ups, once=True, waits=False)
    yield Asked(name="the plan's tick with nothing due", work=plan_follow_ups, waits=False)
