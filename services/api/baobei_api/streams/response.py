"""A response that goes on until its parts end or its client is gone."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

SEND_WITHIN_S: Final = 30.0
HEADERS: Final = {"cache-control": "no-store", "x-accel-buffering": "no"}
MEDIA_TYPE: Final = "text/event-stream"


class StreamResponse(Response):
    """Sends parts as they come; what was opened for it is closed however it ends."""

    def __init__(self, parts: Callable[[], AsyncIterator[bytes]], opened: AsyncExitStack) -> None:
        super().__init__(headers=HEADERS, media_type=MEDIA_TYPE)
        del self.headers["content-length"]
        self._parts = parts
        self._opened = opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the protocol's
        """Answer a request; a client that takes nothing for half a minute is taken to be gone."""
        async with self._opened:
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
            sending = asyncio.create_task(self._send(send))
            gone = asyncio.create_task(_until_gone(receive))
            try:
                await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                ended = sending.done()
                for task in (sending, gone):
                    task.cancel()
                await asyncio.gather(sending, gone, return_exceptions=True)
            if ended:
                sending.result()

    async def _send(self, send: Send) -> None:
        async for part in self._parts():
            async with asyncio.timeout(SEND_WITHIN_S):
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
