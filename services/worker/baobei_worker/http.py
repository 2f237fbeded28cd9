"""A small HTTP listener beside the worker: `/healthz`, `/readyz` and `/metrics`, nothing else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import orjson
import structlog
from prometheus_client import CONTENT_TYPE_LATEST

from baobei.operations.actor import Office
from baobei.operations.backlog import read_backlog
from baobei.operations.readiness import OK, database_state
from baobei.store.connection import NO_ANSWER
from baobei_worker.lanes import Lanes
from baobei_worker.metrics import Metrics

log = structlog.get_logger("baobei.worker")

READ_TIMEOUT_S: Final = 5.0
LARGEST_HEAD: Final = 8_192
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is sent back."""

    status: HTTPStatus
    body: bytes
    media_type: str = JSON


Routes = Mapping[str, Callable[[], Awaitable[Answer]]]


def routes(office: Office, lanes: Lanes, metrics: Metrics) -> Routes:
    """Return what a worker answers, by path."""

    async def healthz() -> Answer:
        return _json(HTTPStatus.OK, {"status": "alive"})

    async def readyz() -> Answer:
        parts = {**await database_state(office), **lanes.states()}
        ready = all(state == OK for state in parts.values())
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        return _json(status, {"status": "ready" if ready else "not ready", **parts})

    async def page() -> Answer:
        body = metrics.page(await read_backlog(office))
        return Answer(status=HTTPStatus.OK, body=body, media_type=CONTENT_TYPE_LATEST)

    return {"/healthz": healthz, "/readyz": readyz, "/metrics": page}


@asynccontextmanager
async def listening(answers: Routes, *, host: str, port: int) -> AsyncIterator[int | None]:
    """Answer on a port (0: a free one) and yield it; None when it cannot be had, which stops no job."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), READ_TIMEOUT_S)
            writer.write(_written(await _answer(answers, head)))
            await asyncio.wait_for(writer.drain(), READ_TIMEOUT_S)
        writer.close()

    try:
        server = await asyncio.start_server(answer, host, port, limit=LARGEST_HEAD)
    except OSError as error:
        log.error("not_listening", host=host, port=port, error=type(error).__name__, errno=error.errno)
        yield None
        return
    async with server:
        bound: int = server.sockets[0].getsockname()[1]
        log.info("listening", host=host, port=bound)
        yield bound


async def _answer(answers: Routes, head: bytes) -> Answer:
    method, _, rest = head.decode("latin-1").partition(" ")
    path = rest.partition(" ")[0].partition("?")[0]
    if path not in answers:
        return _json(HTTPStatus.NOT_FOUND, {"error": "not found"})
    if method != "GET":
        return _json(HTTPStatus.METHOD_NOT_ALLOWED, {"error": "expected GET"})
    try:
        return await answers[path]()
    except NO_ANSWER:
        return _json(HTTPStatus.SERVICE_UNAVAILABLE, {"error": "the database cannot be reached"})


def _json(status: HTTPStatus, body: Mapping[str, str]) -> Answer:
    return Answer(status=status, body=orjson.dumps(body))


def _written(answer: Answer) -> bytes:
    head = (
        f"HTTP/1.1 {answer.status.value} {answer.status.phrase}\r\n"
        f"Content-Type: {answer.media_type}\r\n"
        f"Content-Length: {len(answer.body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode("latin-1") + answer.body
