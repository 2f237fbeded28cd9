"""An import: rows a second, CPU a row, and how the worker's memory grows with the rows."""

import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import psutil
from rich.console import Console
from rich.table import Table

from baobei_api.tokens import issue_token
from running_service import RunningService, running_service
from sheet_files import tracking_workbook

SAMPLE = Path(__file__).parents[2] / "services/cli/baobei_cli/data/org-sample.yaml"
ROWS = 5_000
POLL_S = 0.5
MIB = 1024 * 1024


def run(console: Console, rows: str = str(ROWS)) -> None:
    """Print a dry run, a real import, and the same sheet saved again."""
    asyncio.run(_run(console, int(rows)))


async def _run(console: Console, rows: int) -> None:
    table = Table(title=f"import of {rows:,} rows, one worker, one sender")
    for column in (
        "what",
        "seconds",
        "rows/s",
        "ms of worker's CPU a row",
        "worker's memory MiB, before",
        "highest",
    ):
        table.add_column(column, justify="right")
    with TemporaryDirectory() as folder, running_service(Path(folder) / "data", "--org", str(SAMPLE)) as up:
        key = (up.data / "secrets" / "dev_token_key").read_text().strip()
        token = issue_token(key=key, staff_code="G01", alliance="jinxiu", expires_in_s=86_400)
        headers = {"authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(base_url=up.base_url, headers=headers, timeout=120) as client:
            sheet = tracking_workbook(*(_customer(number) for number in range(rows)))
            again = tracking_workbook(*(_customer(number) for number in range(rows)), [])
            for name, query, written in (
                ("dry run", "?dry_run=true", sheet),
                ("import", "", sheet),
                ("saved again", "", again),
            ):
                table.add_row(name, *await _measured(up, client, written, query, rows))
    console.print(table)


async def _measured(
    up: RunningService, client: httpx2.AsyncClient, written: bytes, query: str, rows: int
) -> list[str]:
    worker = psutil.Process(up.pid_of("worker"))
    before, cpu, began = worker.memory_info().rss, _cpu(worker), time.perf_counter()
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
        f"{before / MIB:,.0f}",
        f"{highest / MIB:,.0f}",
    ]


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _customer(number: int) -> list[str]:
    address = f"浦东新区锦绣路{number % 997 + 1}弄{number // 997 + 1}号楼2单元501室"
    return ["2026-11-01", f"客户{number}", f"139{number:08d}", address, "自然进店", "看过样品"]
