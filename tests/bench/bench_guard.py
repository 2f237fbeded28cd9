"""What it costs to refuse a bomb, and what ordinary requests notice of a storm of them."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import psutil
from rich.console import Console
from rich.table import Table

from baobei.clock import monotonic
from baobei_api.graphql.documents import Documents
from baobei_api.graphql.error_format import formatted
from baobei_api.graphql.schema import build_schema
from baobei_api.tokens import issue_token
from bombs import BOMBS, NEAR_THE_LIMITS
from running_service import RunningService, running_service

ROUNDS = 5
SECONDS = 8.0
AT_ONCE = 4
SAMPLE = Path(__file__).parents[2] / "services/cli/baobei_cli/data/org-sample.yaml"
ORDINARY = "{ me { code unit { name } } quota { used remaining } }"


def run(console: Console) -> None:
    """Print CPU for each bomb, then latencies of an ordinary query alone and in a storm."""
    console.print(_costs())
    asyncio.run(_storm(console))


def _costs() -> Table:
    documents = Documents(build_schema(), suggestions=True, introspection=True)
    table = Table(title=f"a document looked at, CPU, median of {ROUNDS}")
    for column in ("document", "bytes", "ms of CPU", "answered with"):
        table.add_column(column)
    corpus = [*BOMBS.items(), *((f"(let through) {name}", text) for name, text in NEAR_THE_LIMITS.items())]
    for name, text in corpus:
        spent = []
        for number in range(ROUNDS):
            before = time.process_time()
            document = documents.compiled(f"{text} #{number}")  # another text each time: none is remembered
            told = formatted(document.errors, document=document.parsed, request_id="r")
            spent.append((time.process_time() - before) * 1e3)
        says = told[0]["message"].splitlines()[0][:60] if told else "nothing to refuse"
        table.add_row(name, f"{len(text):,}", f"{median(spent):.1f}", says)
    return table


async def _storm(console: Console) -> None:
    with TemporaryDirectory() as folder, running_service(Path(folder) / "data", "--org", str(SAMPLE)) as up:
        table = Table(title=f"an ordinary query, {SECONDS:.0f} s each, {AT_ONCE} clients with bombs")
        for column in ("", "answered", "median ms", "p99 ms", "bombs refused", "CPU of the API, s"):
            table.add_column(column, justify="right")
        api = psutil.Process(up.pid_of("api"))
        for name, clients in (("alone", 0), ("in a storm", AT_ONCE), ("alone again", 0)):
            before = api.cpu_times()
            waits, refused = await _asked_beside(up, clients)
            after = api.cpu_times()
            cpu = after.user + after.system - before.user - before.system
            table.add_row(
                name, f"{len(waits)}", f"{median(waits):.1f}", f"{quantiles(waits, n=100)[98]:.1f}",
                f"{refused}", f"{cpu:.1f}",
            )  # fmt: skip
        console.print(table)


async def _asked_beside(up: RunningService, clients: int) -> tuple[list[float], int]:
    """Return how long each ordinary query took, in ms, and how many bombs were refused meanwhile."""
    ends = monotonic() + SECONDS
    async with asyncio.TaskGroup() as group:
        bombs = [group.create_task(_throw(up, ends, number)) for number in range(clients)]
        ordinary = group.create_task(_ask(up, ends))
    return ordinary.result(), sum(task.result() for task in bombs)


async def _ask(up: RunningService, ends: float) -> list[float]:
    waits = []
    async with _client(up, "G01") as client:
        while monotonic() < ends:
            started = monotonic()
            answer = await client.post("/graphql", json={"query": ORDINARY})
            waits.append((monotonic() - started) * 1e3)
            assert "errors" not in answer.json(), answer.text
            await asyncio.sleep(0.02)
    return waits


async def _throw(up: RunningService, ends: float, number: int) -> int:
    refused = 0
    texts = [text for text in BOMBS.values() if len(text) < 100_000]
    async with _client(up, "G02") as client:
        while monotonic() < ends:
            text = f"{texts[refused % len(texts)]} #{number} {refused}"
            answer: dict[str, Any] = (await client.post("/graphql", json={"query": text})).json()
            assert answer["errors"][0]["extensions"]["code"] != "INTERNAL", answer
            refused += 1
    return refused


@asynccontextmanager
async def _client(up: RunningService, staff: str) -> AsyncIterator[httpx2.AsyncClient]:
    key = (up.data / "secrets" / "dev_token_key").read_text().strip()
    token = issue_token(key=key, staff_code=staff, alliance="jinxiu", expires_in_s=3600)
    headers = {"authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(base_url=up.base_url, headers=headers, timeout=30) as client:
        yield client
