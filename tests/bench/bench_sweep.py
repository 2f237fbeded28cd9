"""The sweep of a midnight's burst, against one bare SQL statement that does the same updates and acts.

Each is run on a copy of one database and must leave the same behind; the order turns round each round. The sweep
writes the events for integrators as well, so it is held against a statement with and one without them.
Registrations online are measured beside the sweep and without it; the sweep runs in a process of its own, whose
memory is looked at as it goes.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import psutil
from rich.console import Console
from sweep_statements import (
    BARE,
    BARE_WITH_EVENTS,
    CONTACT,
    FILL,
    LEFT_ACTS,
    LEFT_EVENTS,
    LEFT_REGISTRATIONS,
)
from sweep_tables import print_measured, print_online, print_sweep

from alliances import TestAlliance, new_alliance, office_on
from baobei.clock import monotonic
from baobei.migration import migrate
from baobei.operations.register_customer import RegisterCustomer, RegistrationAdmitted, register_customer
from baobei_cli.embedded import SUPERUSER, EmbeddedPostgres, embedded_postgres
from baobei_cli.folder import open_folder
from baobei_cli.supervisor import Supervisor

DUE, ROUNDS, PEOPLE = 100_000, 3, 40
# Half expire and half lapse, all at one midnight.
FIELD_MADE = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)
STORE_MADE = datetime(2026, 11, 6, 2, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)
ONLINE_A_SECOND, ONLINE_WITHOUT_S = 40, 8.0

# Runs in a process of its own: its time and its memory are the sweep's alone.
SWEEP = """
import asyncio, json, sys
import asyncpg, psutil
from alliances import office_on
from baobei.clock import monotonic
from baobei.operations.sweep_deadlines import sweep_deadlines
from bench_sweep import cpu_s
from sweep_statements import BACKENDS
async def run(url):
    me, resident = psutil.Process(), []
    async def look():
        while True:
            resident.append(me.memory_info().rss)
            await asyncio.sleep(0.1)
    async with asyncpg.create_pool(url, min_size=2, max_size=2) as pool:
        office = office_on(pool)
        servers = [psutil.Process(row[0]) for row in await pool.fetch(BACKENDS)]
        before = cpu_s([me]), cpu_s(servers)
        begun, looking = monotonic(), asyncio.create_task(look())
        swept = await sweep_deadlines(office)
        looking.cancel()
        found = {"s": monotonic() - begun, "resident": resident}
        found |= {"cpu_s": cpu_s([me]) - before[0], "server_s": cpu_s(servers) - before[1]}
        print(json.dumps(found))
asyncio.run(run(sys.argv[1]))
"""


def cpu_s(processes: Iterable[psutil.Process]) -> float:
    """Return the CPU seconds that processes have used so far."""
    return float(sum(sum(process.cpu_times()[:2]) for process in processes))


def run(console: Console, due: str = str(DUE)) -> None:
    """Print what the sweep takes against the bare statement, its memory, and what it costs who is online."""
    asyncio.run(_run(console, int(due)))


async def _run(console: Console, due: int) -> None:
    with TemporaryDirectory() as folder, _server(Path(folder)) as postgres:
        await postgres.create_database()
        await _prepare(postgres.url(), due)
        ways = {
            "bare": partial(_bare, BARE),
            "bare with events": partial(_bare, BARE_WITH_EVENTS),
            "sweep": _sweep,
        }
        found: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
        left: dict[str, tuple[object, ...]] = {}
        for round in range(ROUNDS):
            for way in list(ways)[:: 1 if round % 2 else -1]:
                async with _copy(postgres) as url:
                    found[way].append(measured := await ways[way](url))
                    print_measured(console, way, measured)
                    await _check(url, left, due=due, events=way != "bare")
        async with _copy(postgres) as url:
            calm, busy = await _online(url)
    print_sweep(console, due=due, found=found)
    print_online(console, calm=calm, busy=busy, rate=ONLINE_A_SECOND)


@contextmanager
def _server(folder: Path) -> Iterator[EmbeddedPostgres]:
    """Run a durable server of this bench's own, with the settings that ship."""
    with open_folder(folder / "data") as data:
        postgres, supervisor = embedded_postgres(data), Supervisor(notes=data.notes)
        postgres.prepare()
        try:
            supervisor.start(postgres.program(), ready_within_s=60)
            yield postgres
        finally:
            supervisor.stop()


async def _prepare(url: str, due: int) -> None:
    await migrate(url)
    async with asyncpg.create_pool(url, min_size=1, max_size=2) as pool:
        numbers = range(1, PEOPLE + 1)
        alliance = await new_alliance(
            pool, guides=[f"G{n:02}" for n in numbers], salespeople=[f"F{n:02}" for n in numbers]
        )
        known = (await alliance.actor("G01")).alliance
        contact = await pool.fetchval("SELECT uuidv7()")
        await pool.execute(CONTACT, known.id, contact)
        await pool.execute(FILL, known.id, contact, due, FIELD_MADE, STORE_MADE, MIDNIGHT, PEOPLE)
        await alliance.travel(MIDNIGHT)
        await pool.execute("VACUUM (ANALYZE)")


@asynccontextmanager
async def _copy(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """Copy the prepared database, with nothing left to write out."""
    server = await asyncpg.connect(postgres.url(database="postgres", user=SUPERUSER))
    try:
        await server.execute("CREATE DATABASE run OWNER baobei TEMPLATE baobei STRATEGY FILE_COPY")
        await server.execute("CHECKPOINT")
        yield postgres.url(database="run")
    finally:
        await server.execute("DROP DATABASE run WITH (FORCE)")
        await server.close()


async def _bare(statement: str, url: str) -> dict[str, float]:
    connection = await asyncpg.connect(url)
    try:
        server = [psutil.Process(connection.get_server_pid())]
        begun, before = monotonic(), cpu_s(server)
        await connection.execute(statement, MIDNIGHT)
        return {"s": monotonic() - begun, "cpu_s": 0.0, "server_s": cpu_s(server) - before}
    finally:
        await connection.close()


async def _sweep(url: str) -> dict[str, float]:
    sweep = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SWEEP, url, stdout=subprocess.PIPE, env=_environment()
    )
    output, _ = await sweep.communicate()
    found = json.loads(output)
    return {
        "s": found["s"],
        "cpu_s": found["cpu_s"],
        "server_s": found["server_s"],
        "first_mb": found["resident"][len(found["resident"]) // 10] / 2**20,
        "last_mb": max(found["resident"]) / 2**20,
    }


async def _check(url: str, left: dict[str, tuple[object, ...]], *, due: int, events: bool) -> None:
    """Hold what was left behind against what the first one left: all of it, once, the same."""
    connection = await asyncpg.connect(url)
    try:
        acts = tuple(await connection.fetchrow(LEFT_ACTS) or ())
        state = tuple(await connection.fetchrow(LEFT_REGISTRATIONS) or ())
        assert (acts[:2], state[:2]) == ((due, due), (due, 0)), (acts, state)
        assert left.setdefault("acts", acts) == acts
        assert left.setdefault("registrations", state) == state
        sent = tuple(await connection.fetchrow(LEFT_EVENTS) or ())
        assert sent == (acts if events else (0, 0, None)), sent
    finally:
        await connection.close()


def _environment() -> dict[str, str]:
    return {"PYTHONPATH": f"{Path(__file__).parents[1]}:{Path(__file__).parent}"}


async def _online(url: str) -> tuple[list[float], list[float]]:
    """Return how long registrations took without a sweep and beside one, in seconds."""
    async with asyncpg.create_pool(url, min_size=8, max_size=16) as pool:
        async with pool.acquire() as connection:
            code = await connection.fetchval("SELECT code FROM alliance")
        alliance = TestAlliance(office=office_on(pool), code=code)
        await _registrations(alliance, start=0, until=lambda begun: monotonic() - begun > 2.0)
        calm = await _registrations(
            alliance, start=1_000, until=lambda begun: monotonic() - begun > ONLINE_WITHOUT_S
        )
        sweep = await asyncio.create_subprocess_exec(
            sys.executable, "-c", SWEEP, url, stdout=subprocess.DEVNULL, env=_environment()
        )
        busy = await _registrations(alliance, start=10_000, until=lambda _: sweep.returncode is not None)
        await sweep.wait()
        calm += await _registrations(
            alliance, start=1_000_000, until=lambda begun: monotonic() - begun > ONLINE_WITHOUT_S
        )
        return calm, busy


async def _registrations(
    alliance: TestAlliance, *, start: int, until: Callable[[float], bool]
) -> list[float]:
    """Register customers at a steady rate, however long each takes, and return how long each took."""
    actor, took = await alliance.actor("G02"), list[float]()
    running: set[asyncio.Task[None]] = set()

    async def one(number: int) -> None:
        begun = monotonic()
        request = RegisterCustomer(
            name="王小明", phone=f"137{number:08}", address=f"锦绣路{number}弄3号501室"
        )
        answer = await register_customer(alliance.office, actor, request)
        assert isinstance(answer, RegistrationAdmitted), answer
        took.append(monotonic() - begun)

    begun = monotonic()
    number = 0
    while not until(begun):
        task = asyncio.create_task(one(start + number))
        running.add(task)
        task.add_done_callback(running.discard)
        number += 1
        await asyncio.sleep(max(0.0, begun + number / ONLINE_A_SECOND - monotonic()))
    await asyncio.gather(*running)
    return took
