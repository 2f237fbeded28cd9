"""Runs a worker as a process of its own, as production does, and asks it how it is."""

import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from running_service import eventually

QUEUE = "baobei:hints"
STOP_WITHIN_S = 30.0
LISTENS = "listening"


async def put(redis: Redis, job_id: str, job: bytes) -> None:
    """Put a job into the queue of the workers, as any program could."""
    await redis.set(f"arq:job:{job_id}", job)
    await redis.zadd(QUEUE, {job_id: 1})


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerProcess:
    """A worker that has said where it listens."""

    process: subprocess.Popen[bytes]
    log: Path
    base_url: str

    def lines(self) -> list[dict[str, Any]]:
        """Return what it has logged since it set up its log; whatever is no JSON then fails the test."""
        lines = dropwhile(lambda line: not line.startswith("{"), self.log.read_text().splitlines())
        return [json.loads(line) for line in lines]

    def get(self, path: str) -> tuple[int, str]:
        """Return status and body of an answer."""
        try:
            with urllib.request.urlopen(f"{self.base_url}{path}", timeout=10) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def metric(self, sample: str) -> float:
        """Return the value of a sample, as `baobei_ticks_waiting{state="parked"}`; 0 while there is none."""
        _, page = self.get("/metrics")
        values = [line.rpartition(" ")[2] for line in page.splitlines() if line.startswith(f"{sample} ")]
        return float(values[0]) if values else 0.0

    def stop(self) -> int:
        """Ask it to stop and return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_WITHIN_S)


@contextlib.contextmanager
def worker_process(
    log: Path, *, database_url: str, redis_url: str, until: str = LISTENS, **settings: str
) -> Iterator[WorkerProcess]:
    """Start a worker on a travelled clock with more settings, wait until it has logged an event, and end it."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("BAOBEI_")},
        "BAOBEI_DATABASE_URL": database_url,
        "BAOBEI_REDIS_URL": redis_url,
        "BAOBEI_CLOCK": "travel",
        "BAOBEI_VAULT_KEYS": f"1:{_in_base64(0)}",
        "BAOBEI_VAULT_INDEX_KEY": _in_base64(32),
        "BAOBEI_WORKER_HTTP_PORT": "0",
        **settings,
    }
    with log.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "arq", "baobei_worker.arq_settings.WorkerSettings"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
        )
    try:
        port = _port(log, process, until)
        yield WorkerProcess(process=process, log=log, base_url=f"http://127.0.0.1:{port}")
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(STOP_WITHIN_S)


def _port(log: Path, process: subprocess.Popen[bytes], until: str) -> int:
    """Return where it listens, 0 where something else was waited for."""

    def found() -> list[int]:
        lines = [line for line in log.read_text().splitlines() if f'"{until}"' in line]
        return [json.loads(line).get("port", 0) for line in lines]

    eventually(lambda: bool(found()) or process.poll() is not None, within_s=60)
    assert found(), log.read_text()
    return found()[0]


def _in_base64(first: int) -> str:
    return base64.b64encode(bytes(range(first, first + 32))).decode()
