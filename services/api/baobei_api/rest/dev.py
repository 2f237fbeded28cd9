"""`/dev/clock` and `/dev/jobs`: only where the clock travels; elsewhere there are no such routes."""

from datetime import datetime
from http import HTTPStatus
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from baobei.clock import ClockGoesBack, TravelClock
from baobei.operations.actor import Office
from baobei.operations.jobs import run_due
from baobei.operations.transaction import NO_ALLIANCE, lent
from baobei_api.instants import EXPECTED, read_instant

MAX_BODY_BYTES: Final = 1_024


class DevClock:
    """Sets the business clock that API and worker both use."""

    def __init__(self, office: Office, clock: TravelClock) -> None:
        self._office = office
        self._clock = clock

    async def answer(self, request: Request) -> Response:
        """Let the clock stand at an instant: 400 for a bad body, 409 when it would go back."""
        to = _instant(await _body(request))
        if to is None:
            told = f'expected {{"now": INSTANT}}, {EXPECTED}'
            return JSONResponse({"error": told}, status_code=HTTPStatus.BAD_REQUEST)
        async with lent(self._office, NO_ALLIANCE) as connection:
            try:
                now = await self._clock.set(connection, to)
            except ClockGoesBack as error:
                stands = {"error": str(error), "now": error.stands_at.isoformat()}
                return JSONResponse(stands, status_code=HTTPStatus.CONFLICT)
        return JSONResponse({"now": now.isoformat()})


class DevJobs:
    """Runs every job that is due at the travelled instant to its end."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def answer(self, _request: Request) -> Response:
        """Answer with what each job did."""
        return JSONResponse({"jobs": await run_due(self._office)})


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY_BYTES:
            break
    return body


def _instant(body: bytes) -> datetime | None:
    """Return the instant of a body, None when it is not one."""
    try:
        written = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(written, dict) or set(written) != {"now"} or not isinstance(written["now"], str):
        return None
    return read_instant(written["now"])
