"""registerCustomer: CPU of the serving process for each claim, against the bare statement."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import httpx2
import psutil
from rich.console import Console
from rich.table import Table

from alliances import new_alliance
from baobei.operations.office import PooledConnection
from baobei.operations.register_customer import RegisterCustomer, RegistrationAdmitted, register_customer
from baobei.policy.identity import customer_keys
from baobei_api.tokens import issue_token
from running_service import RunningService, database_url_of, running_service

CLAIMS, ROUNDS = 400, 3
SAMPLE = Path(__file__).parents[2] / "services/cli/baobei_cli/data/org-sample.yaml"
MUTATION = """
mutation Claim($input: RegisterCustomerInput!) {
  registerCustomer(input: $input) {
    __typename
    ... on RegistrationAdmitted { registration { id number } quota { used remaining } }
  }
}
"""
FLOOR = "SELECT $1::text"

Work = Callable[[int], Awaitable[None]]


def run(console: Console) -> None:
    """Print CPU a claim for the driver's floor, the operation, and the whole HTTP request."""
    asyncio.run(_run(console))


async def _run(console: Console) -> None:
    with TemporaryDirectory() as folder, running_service(Path(folder) / "data", "--org", str(SAMPLE)) as up:
        async with _works(up) as works:
            figures = await _measured(works)
    floor = median(figures["one statement"])
    table = Table(
        title=f"registerCustomer, CPU of the serving process, median of {ROUNDS} rounds of {CLAIMS}"
    )
    for column in ("what", "µs of CPU", "x floor"):
        table.add_column(column, justify="right")
    for name, samples in figures.items():
        table.add_row(name, f"{median(samples):,.0f}", f"{median(samples) / floor:.1f}")
    console.print(table)


async def _measured(works: dict[str, tuple[Work, psutil.Process]]) -> dict[str, list[float]]:
    figures: dict[str, list[float]] = {name: [] for name in works}
    number = 0
    for round in range(ROUNDS + 1):
        for name in list(works) if round % 2 else list(reversed(works)):
            work, process = works[name]
            before = process.cpu_times()
            for _ in range(CLAIMS):
                number += 1
                await work(number)
            after = process.cpu_times()
            used = after.user + after.system - before.user - before.system
            if round:  # the first warms caches up
                figures[name].append(used / CLAIMS * 1e6)
    return figures


@asynccontextmanager
async def _works(up: RunningService) -> AsyncIterator[dict[str, tuple[Work, psutil.Process]]]:
    me, api = psutil.Process(), psutil.Process(up.pid_of("api"))
    key = (up.data / "secrets" / "dev_token_key").read_text().strip()
    token = issue_token(key=key, staff_code="G01", alliance="jinxiu", expires_in_s=3600)
    headers = {"authorization": f"Bearer {token}"}
    async with (
        asyncpg.create_pool(
            database_url_of(up.data), min_size=1, max_size=1, connection_class=PooledConnection
        ) as pool,
        httpx2.AsyncClient(base_url=up.base_url, headers=headers, timeout=30) as client,
    ):
        alliance = await new_alliance(pool)
        actor = await alliance.actor("G01")

        async def statement(number: int) -> None:
            await pool.fetchval(FLOOR, str(number))

        async def keys(number: int) -> None:
            customer_keys(**_customer(number))

        async def operation(number: int) -> None:
            request = RegisterCustomer(name="王小明", **_customer(number))
            answer = await register_customer(alliance.office, actor, request)
            assert isinstance(answer, RegistrationAdmitted), answer

        async def request(number: int) -> None:
            variables = {"input": {"name": "王小明", **_customer(number)}}
            reply = await client.post("/graphql", json={"query": MUTATION, "variables": variables})
            answer: dict[str, Any] = reply.json()["data"]["registerCustomer"]
            assert answer["__typename"] == "RegistrationAdmitted", answer

        yield {
            "one statement": (statement, me),
            "identity keys": (keys, me),
            "operation": (operation, me),
            "HTTP request": (request, api),
        }


def _customer(number: int) -> dict[str, str]:
    start = int(time.time())  # noqa: TID251 - another run on the same data has other customers
    phone = f"13{(start * 31 + number) % 1_000_000_000:09}"
    return {"phone": phone, "address": f"锦绣路{number}弄{start % 9_999 + 1}号501室"}
