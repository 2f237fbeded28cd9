"""`GET /v1/events`: what concerns the caller, as it happens."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from http import HTTPStatus
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from baobei.operations.actor import Actor
from baobei.operations.event_feed import begin_listening
from baobei.store.api_key_models import KeyScope
from baobei_api.auth import Authenticator
from baobei_api.graphql.error_format import as_api_error, request_error
from baobei_api.graphql.errors import ApiError, BadInput, ErrorCode, Unavailable
from baobei_api.graphql.scopes import require_scope
from baobei_api.metrics import Metrics
from baobei_api.request_log import note_codes
from baobei_api.streams.feed import EventFeed
from baobei_api.streams.response import HEADERS, MEDIA_TYPE, StreamResponse
from baobei_api.streams.stream import Stream

OF_ONE_CALLER: Final = 4
LAST_EVENT_ID: Final = "last-event-id"
PLACE: Final = re.compile(r"\d{1,18}")
EXPECTED: Final = "the id of an event of this stream, as a number of at most 18 digits"
_STATUS: Final = {
    ErrorCode.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    ErrorCode.FORBIDDEN: HTTPStatus.FORBIDDEN,
    ErrorCode.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.BAD_USER_INPUT: HTTPStatus.BAD_REQUEST,
}


class EventStreams:
    """Answers with a stream, as many as there may be at once in this process."""

    def __init__(
        self, feed: EventFeed, authenticator: Authenticator, metrics: Metrics, *, at_most: int
    ) -> None:
        self._feed = feed
        self._authenticator = authenticator
        self._metrics = metrics
        self._at_most = at_most
        self._open: Counter[UUID] = Counter()

    async def answer(self, request: Request) -> Response:
        """Answer with what happens from now on, or after the event that `Last-Event-ID` names."""
        try:
            async with AsyncExitStack() as opening:
                return await self._answer(request, opening)
        except Exception as error:
            known = as_api_error(error)
            if known is None:
                raise
            return _refused(request, known)

    async def _answer(self, request: Request, opening: AsyncExitStack) -> Response:
        actor = await self._caller(request)
        after = _last_event_id(request)
        if request.method == "HEAD":
            return Response(headers=HEADERS, media_type=MEDIA_TYPE)
        opening.enter_context(self._one_more(actor))
        recent = await opening.enter_async_context(self._feed.listening(actor.alliance, actor.staff))
        beginning = await begin_listening(self._feed.desk, actor.alliance, after=after)
        stream = Stream(
            feed=self._feed,
            recent=recent,
            actor=actor,
            authenticate=partial(self._caller, request),
            place=beginning.place,
            on_told=self._metrics.told,
        )
        # From here on the response closes what was opened.
        return StreamResponse(partial(stream.parts, beginning), opening.pop_all())

    async def _caller(self, request: Request) -> Actor:
        actor = await self._authenticator.actor(request)
        require_scope(actor, KeyScope.READ)
        return actor

    @contextmanager
    def _one_more(self, actor: Actor) -> Iterator[None]:
        """Count a stream while it is open; raises when there are too many."""
        if self._feed.ending or self._open.total() >= self._at_most:
            raise Unavailable
        if self._open[actor.staff.id] >= OF_ONE_CALLER:
            raise ApiError(
                ErrorCode.RATE_LIMITED, f"expected at most {OF_ONE_CALLER} streams of one caller at once"
            )
        self._open[actor.staff.id] += 1
        self._metrics.streams(self._open.total())
        try:
            yield
        finally:
            self._open[actor.staff.id] -= 1
            self._open += Counter()
            self._metrics.streams(self._open.total())


def _last_event_id(request: Request) -> int | None:
    written = request.headers.get(LAST_EVENT_ID)
    if written is None:
        return None
    if not PLACE.fullmatch(written):
        raise BadInput("Last-Event-ID", EXPECTED)
    return int(written)


def _refused(request: Request, error: ApiError) -> Response:
    note_codes(request, [error.code.value])
    status = _STATUS.get(error.code, HTTPStatus.SERVICE_UNAVAILABLE)
    headers = {"cache-control": "no-store"}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    elif status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        headers["retry-after"] = "5"
    return JSONResponse({"errors": [request_error(error)]}, status_code=status, headers=headers)
