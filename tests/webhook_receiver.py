"""A receiver of webhooks in this process: real HTTP, and whatever misbehaviour a test asks for."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from standardwebhooks import Webhook

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A letter as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """The id of the event."""
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        """The body."""
        read: dict[str, Any] = json.loads(self.body)
        return read

    def verified(self, secret: str) -> dict[str, Any]:
        """The body, after the reference library has verified the letter; raises what that raises."""
        read: dict[str, Any] = Webhook(secret).verify(self.body, self.headers)
        return read


Behaviour: TypeAlias = Callable[[Received], Awaitable[bytes]]


def answering(answer: bytes) -> Behaviour:
    """Answer always the same."""

    async def answer_so(_received: Received) -> bytes:
        return answer

    return answer_so


def status(line: str, body: bytes = b"", headers: str = "") -> bytes:
    """The bytes of an answer."""
    return f"HTTP/1.1 {line}\r\ncontent-length: {len(body)}\r\n{headers}\r\n".encode() + body


@dataclass(slots=True)
class Receiver:
    """What came in, and how it is answered: by path, else with 200."""

    port: int = 0
    scheme: str = "http"
    received: list[Received] = field(default_factory=list)
    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    taken: list[Received] = field(default_factory=list)
    something_taken: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str = "/hook", host: str = "127.0.0.1") -> str:
        """The URL of a path here."""
        return f"{self.scheme}://{host}:{self.port}{path}"

    def at(self, path: str) -> list[Received]:
        """What came in on a path."""
        return [received for received in self.received if received.path == path]

    def taken_at(self, path: str) -> list[Received]:
        """What was answered with 200 on a path."""
        return [received for received in self.taken if received.path == path]

    async def until_taken(self, path: str, count: int) -> None:
        """Wait until so many letters were answered with 200 on a path."""
        while len(self.taken_at(path)) < count:
            self.something_taken.clear()
            await self.something_taken.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one request and answer it."""
        try:
            received = await _read(reader)
            self.received.append(received)
            behave = self.behaviours.get(received.path, answering(OK))
            answer = await behave(received)
            if answer.startswith(b"HTTP/1.1 200"):
                self.taken.append(received)
                self.something_taken.set()
            writer.write(answer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(path=head[0].split(" ")[1], headers=headers, body=body)


@asynccontextmanager
async def receiving(certificate: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Receive on a free port of this machine, by https when there is a certificate."""
    receiver = Receiver(scheme="http" if certificate is None else "https")
    under_way: set[asyncio.Task[None]] = set()
    writers: list[asyncio.StreamWriter] = []

    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        task = asyncio.ensure_future(receiver.serve(reader, writer))
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=certificate)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in list(under_way):
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        for writer in writers:
            # What nobody reads any more is never sent: without this the socket would outlive the test.
            writer.transport.abort()
        await asyncio.sleep(0)
        await server.wait_closed()
