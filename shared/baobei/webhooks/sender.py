"""Sends letters over HTTP with httpx2: one fresh connection an attempt, to an address that was checked.

The transport is used as it is, without a client around it: no redirects, cookies, proxies or decoding that
somebody would have to remember to switch off. Connections are not kept: the next attempt asks again where the
name leads, and one receiver's connection is never another's on the same address.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Final

import httpx2

from baobei import clock
from baobei.webhooks.letters import LONGEST_EXCERPT_CHARS, Answer, Failure, Letter
from baobei.webhooks.signature import signed_headers, without_secrets
from baobei.webhooks.targets import (
    NotAUrl,
    Resolve,
    Target,
    TargetProblem,
    WebhookRules,
    addresses_of,
    problem_of_url,
    read_target,
)

USER_AGENT: Final = "Baobei-Webhooks/1"
LONGEST_BODY_BYTES: Final = 4_096
# Names are resolved by threads: as many as letters are on their way at most, so that a slow server of names
# holds up its own letters alone.
RESOLVING_THREADS: Final = 128
_UNRESOLVED: Final = TargetProblem.TARGET_UNRESOLVED


class HttpSender:
    """Sends letters; closed by `open_sender`."""

    def __init__(
        self, rules: WebhookRules, *, transport: httpx2.AsyncHTTPTransport, resolve: Resolve
    ) -> None:
        self._rules = rules
        self._transport = transport
        self._resolve = resolve

    async def send(self, letter: Letter) -> Answer:
        """Try once to deliver, within the time-out; whatever the receiver does is told in the answer."""
        started = clock.monotonic()
        status, excerpt = None, None
        try:
            async with asyncio.timeout(self._rules.timeout_s):
                status, failure, excerpt = await self._attempt(letter)
        except TimeoutError:
            failure = Failure.TIMED_OUT
        except ssl.SSLError:
            failure = Failure.TLS
        except (httpx2.HTTPError, OSError) as error:
            failure = _failure(error)
        except (httpx2.InvalidURL, ValueError, RuntimeError):
            failure = Failure.GARBAGE
        duration_ms = round((clock.monotonic() - started) * 1000)
        return Answer(status_code=status, failure=failure, duration_ms=duration_ms, excerpt=excerpt)

    async def _attempt(self, letter: Letter) -> tuple[int | None, Failure | None, str | None]:
        try:
            if problem_of_url(letter.url, self._rules) is not None:
                return None, Failure.TARGET_NOT_ALLOWED, None
            target, _ = read_target(letter.url)
        except NotAUrl:
            return None, Failure.TARGET_NOT_ALLOWED, None
        found = await addresses_of(target, self._rules, resolve=self._resolve)
        if isinstance(found, TargetProblem):
            refused = Failure.UNRESOLVED if found is _UNRESOLVED else Failure.TARGET_NOT_ALLOWED
            return None, refused, None
        response = await self._first_answer(letter, target, found)
        try:
            excerpt = await _excerpt(response, letter)
        finally:
            await response.aclose()
        return response.status_code, _failure_of_status(response.status_code), excerpt

    async def _first_answer(
        self, letter: Letter, target: Target, addresses: tuple[str, ...]
    ) -> httpx2.Response:
        """Return the answer of the first address that lets us connect."""
        *others, last = addresses
        for address in others:
            try:
                return await self._transport.handle_async_request(self._request(letter, target, address))
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue
        return await self._transport.handle_async_request(self._request(letter, target, last))

    def _request(self, letter: Letter, target: Target, address: str) -> httpx2.Request:
        signed = signed_headers(
            message_id=letter.message_id,
            sent_at=clock.wall_now(),
            body=letter.body,
            signing_secrets=letter.secrets,
        )
        seconds = self._rules.timeout_s
        return httpx2.Request(
            "POST",
            httpx2.URL(
                scheme=target.scheme, host=address, port=target.port, raw_path=target.path.encode("ascii")
            ),
            headers={
                "host": target.authority,
                "content-type": "application/json",
                "user-agent": USER_AGENT,
                "accept-encoding": "identity",
                "connection": "close",
                **signed,
            },
            content=letter.body,
            extensions={
                # The certificate must be that of the name, though we connect to its address.
                "sni_hostname": target.host,
                "timeout": {"connect": seconds, "read": seconds, "write": seconds, "pool": seconds},
            },
        )


@asynccontextmanager
async def open_sender(
    rules: WebhookRules, *, verify: ssl.SSLContext | None = None, resolve: Resolve | None = None
) -> AsyncIterator[HttpSender]:
    """Open a sender by these rules; certificates are checked against the system's authorities unless given."""
    threads = ThreadPoolExecutor(RESOLVING_THREADS, thread_name_prefix="resolve")

    async def resolve_in_threads(host: str, port: int) -> list[str]:
        return await asyncio.get_running_loop().run_in_executor(threads, _addresses, host, port)

    transport = httpx2.AsyncHTTPTransport(
        verify=verify or ssl.create_default_context(),
        trust_env=False,
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
    )
    try:
        async with transport:
            yield HttpSender(rules, transport=transport, resolve=resolve or resolve_in_threads)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def _addresses(host: str, port: int) -> list[str]:
    return [str(found[-1][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


async def _excerpt(response: httpx2.Response, letter: Letter) -> str | None:
    """Return the beginning of an answer: at most 4 KiB are read, 256 characters kept, secrets left out."""
    body = b""
    async for part in response.aiter_raw():
        body += part
        if len(body) >= LONGEST_BODY_BYTES:
            break
    text = without_secrets(body[:LONGEST_BODY_BYTES].decode(errors="replace"), letter.secrets)
    shown = "".join(sign if sign.isprintable() else " " for sign in text)[:LONGEST_EXCERPT_CHARS].strip()
    return shown or None


def _failure(error: Exception) -> Failure:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return Failure.TLS
        cause = cause.__cause__ or cause.__context__
    match error:
        case httpx2.TimeoutException():
            return Failure.TIMED_OUT
        case httpx2.ProtocolError() | httpx2.DecodingError():
            return Failure.GARBAGE
        case _:
            return Failure.NOT_CONNECTED


def _failure_of_status(status_code: int) -> Failure | None:
    if 200 <= status_code <= 299:
        return None
    return Failure.REDIRECTED if 300 <= status_code <= 399 else Failure.STATUS
