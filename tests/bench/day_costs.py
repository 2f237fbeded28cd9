"""What something asks of the database: CPU of its processes, and how each of its statements is carried out."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
import psutil
from asyncpg.connection import LoggedQuery
from day_statements import SIZES

from baobei.operations.actor import Office
from baobei.store.walls import PooledConnection

Work: TypeAlias = Callable[[Office], Awaitable[object]]

ENOUGH_S, AT_LEAST, AT_MOST = 0.3, 6, 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A whole table of many rows that was read, or a sort or join that did not fit in memory."""

    what: str
    rows: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Milliseconds of CPU: the first time, and at most and on average from then on; and what was asked how."""

    first_ms: float
    later_ms: float
    times: int
    statements: int
    buffers: int
    found: tuple[Found, ...]


def server_cpu_s(server: psutil.Process, backend: int) -> float:
    """Return the CPU seconds of a backend, to the nanosecond, and of the workers that have helped it and ended."""
    ran = int(Path(f"/proc/{backend}/schedstat").read_text().split()[0]) / 1e9
    ended = server.cpu_times()
    return ran + ended.children_user + ended.children_system


async def measured(
    office: Office, server: psutil.Process, work: Work, *, once: bool = False, big: Mapping[str, int]
) -> Cost:
    """Run something on the pool's only connection, often enough, and look at how its statements are carried out.

    `once`: it changes what it reads, so it runs once and is not explained.
    """
    async with _only(office) as connection:
        backend = connection.get_server_pid()
    before = server_cpu_s(server, backend)
    async with logged(office) as asked:
        await work(office)
    first = server_cpu_s(server, backend) - before
    later: list[float] = []
    while not once and len(later) < AT_MOST and (len(later) < AT_LEAST or sum(later) < ENOUGH_S):
        before = server_cpu_s(server, backend)
        await work(office)
        later.append(server_cpu_s(server, backend) - before)
    buffers, found = (0, ()) if once else await _explained(office, asked, big)
    return Cost(
        first_ms=first * 1e3,
        later_ms=1e3 * (sum(later) / len(later) if later else first),
        times=1 + len(later),
        statements=len(asked),
        buffers=buffers,
        found=found,
    )


async def big_tables(connection: "asyncpg.Connection[asyncpg.Record]") -> dict[str, int]:
    """Return the tables of many rows, and of how many."""
    return {row["relname"]: row["rows"] for row in await connection.fetch(SIZES)}


class WatchedConnection(PooledConnection):
    """The service's connection, which tells what it was asked: the driver's log leaves out what is planned anew."""

    watched: list["Query"] | None = None

    async def prepare(self, query: str, **more: Any) -> Any:
        """Prepare a statement whose arguments are told once it runs."""
        return _Watched(statement=await super().prepare(query, **more), query=query, told=self.watched)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A statement as it was asked."""

    text: str
    arguments: tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watched:
    statement: Any
    query: str
    told: list[Query] | None

    async def fetch(self, *arguments: object) -> Any:
        if self.told is not None:
            self.told.append(Query(text=self.query, arguments=arguments))
        return await self.statement.fetch(*arguments)


@asynccontextmanager
async def _only(office: Office) -> AsyncIterator[Any]:
    async with office.pool.acquire() as connection:
        yield connection


@asynccontextmanager
async def logged(office: Office) -> AsyncIterator[list[Query]]:
    """Yield what is asked of the database meanwhile."""
    asked: list[Query] = []

    def tell(query: LoggedQuery) -> None:
        asked.append(Query(text=query.query, arguments=tuple(query.args or ())))

    async with _only(office) as connection:
        wire = connection._con
    wire.add_query_logger(tell)
    wire.watched = asked
    try:
        yield asked
        await asyncio.sleep(0)
    finally:
        wire.remove_query_logger(tell)
        wire.watched = None


async def _explained(
    office: Office, asked: list[Query], big: Mapping[str, int]
) -> tuple[int, tuple[Found, ...]]:
    """Explain what was read, within the walls in which it was."""
    buffers, found = 0, list[Found]()
    async with _only(office) as connection:
        for query in asked:
            text = query.text.lstrip()
            if not text.startswith(("SELECT", "WITH")) or "set_config" in text or "typeinfo_tree" in text:
                continue
            said = await connection.fetchval(
                f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {text}", *query.arguments
            )
            plan = json.loads(said)[0]["Plan"]
            buffers += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
            found += _remarkable(plan, big)
    return buffers, tuple(found)


def _remarkable(plan: dict[str, Any], big: Mapping[str, int]) -> Iterator[Found]:
    """Yield where a plan reads all of a big table, or sorts or joins on disk."""
    rows = plan["Actual Rows"] * plan["Actual Loops"]
    if plan["Node Type"] == "Seq Scan" and plan["Relation Name"] in big:
        yield Found(what=f"all of {plan['Relation Name']}", rows=big[plan["Relation Name"]])
    if plan.get("Sort Space Type") == "Disk" or plan.get("Hash Batches", 1) > 1:
        yield Found(what=f"{plan['Node Type']} on disk", rows=rows)
    for part in plan.get("Plans", ()):
        yield from _remarkable(part, big)


@asynccontextmanager
async def one_connection(url: str) -> AsyncIterator["asyncpg.Pool[asyncpg.Record]"]:
    """Open a pool of one connection of the kind that the service uses."""
    async with asyncpg.create_pool(url, min_size=1, max_size=1, connection_class=WatchedConnection) as pool:
        yield pool
