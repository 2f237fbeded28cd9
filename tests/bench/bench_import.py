"""An import: rows a second, CPU a row of worker and database, and how the worker's memory grows with the rows.

`import=100000` measures every kind with so many rows, `import=100000:real` one kind: dry, real, again, manager.
"""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import psutil
from rich.console import Console
from rich.table import Table

from baobei_api.tokens import issue_token
from running_service import RunningService, running_service
from sheet_files import HEADINGS, tracking_workbook

SAMPLE = Path(__file__).parents[2] / "services/cli/baobei_cli/data/org-sample.yaml"
ROWS = 5_000
POLL_S = 0.5
MIB = 1024 * 1024
# Who sends, how it is asked for, the first customer of the sheet, and its columns: the seventh says whose a row is; lines after them.
KINDS = {
    "dry": ("G01", "?dry_run=true", 0, 6, ()),
    "real": ("G01", "", 0, 6, ()),
    "again": ("G01", "", 0, 6, ([],)),
    "manager": ("PDM", "", 10_000_000, 7, ()),
}
COLUMNS = (
    "what",
    "seconds",
    "rows/s",
    "ms of worker's CPU a row",
    "ms of database's CPU a row",
    "file MiB",
    "worker's memory MiB, before",
    "highest",
)


def run(console: Console, size: str = str(ROWS)) -> None:
    """Print a dry run, a real import, the same sheet saved again, and a manager's sheet for two guides."""
    rows, _, kind = size.partition(":")
    asyncio.run(_run(console, int(rows), [kind] if kind else list(KINDS)))


async def _run(console: Console, rows: int, kinds: Sequence[str]) -> None:
    table = Table(title=f"import of {rows:,} rows, one worker, one sender")
    for column in COLUMNS:
        table.add_column(column, justify="right")
    with TemporaryDirectory() as folder, running_service(Path(folder) / "data", "--org", str(SAMPLE)) as up:
        async with httpx2.AsyncClient(base_url=up.base_url, timeout=120) as client:
            for kind in kinds:
                sender, query, first, columns, blank = KINDS[kind]
                lines = [_customer(first + number)[:columns] for number in range(rows)]
                # A blank line makes another file of it.
                sheet = tracking_workbook(*lines, *blank, headings=[*HEADINGS, "导购"][:columns])
                client.headers["authorization"] = f"Bearer {_token(up, sender)}"
                table.add_row(kind, *await _measured(up, client, sheet, query, rows))
    console.print(table)


def _token(up: RunningService, sender: str) -> str:
    key = (up.data / "secrets" / "dev_token_key").read_text().strip()
    return issue_token(key=key, staff_code=sender, alliance="jinxiu", expires_in_s=86_400)


async def _measured(
    up: RunningService, client: httpx2.AsyncClient, written: bytes, query: str, rows: int
) -> list[str]:
    worker, database = psutil.Process(up.pid_of("worker")), psutil.Process(up.pid_of("postgres"))
    before, began = worker.memory_info().rss, time.perf_counter()
    cpu, database_cpu = _cpu(worker), _cpu_of_all(database)
    kind = {"content-type": "application/octet-stream"}
    answer = await client.post(f"/v1/imports{query}", content=written, headers=kind)
    answer.raise_for_status()
    highest, told = before, dict[str, Any]()
    while not told.get("endedAt"):
        await asyncio.sleep(POLL_S)
        told = (await client.get(answer.headers["location"])).json()
        highest = max(highest, worker.memory_info().rss)
    seconds = time.perf_counter() - began
    assert told["rowsDone"] == rows, told
    return [
        f"{seconds:,.1f}",
        f"{rows / seconds:,.0f}",
        f"{(_cpu(worker) - cpu) / rows * 1e3:.2f}",
        f"{(_cpu_of_all(database) - database_cpu) / rows * 1e3:.2f}",
        f"{len(written) / MIB:,.1f}",
        f"{before / MIB:,.0f}",
        f"{highest / MIB:,.0f}",
    ]


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _cpu_of_all(server: psutil.Process) -> float:
    """CPU seconds of a server with the processes it has started, those that have ended too."""
    times = server.cpu_times()
    return _cpu(server) + times.children_user + times.children_system + sum(map(_cpu, server.children()))


def _customer(number: int) -> list[str]:
    address = f"浦东新区锦绣路{number % 997 + 1}弄{number // 997 + 1}号楼2单元501室"
    return [
        "2026-11-01",
        f"客户{number}",
        f"139{number:08d}",
        address,
        "自然进店",
        "看过样品",
        "G01" if number % 2 else "G02",
    ]
