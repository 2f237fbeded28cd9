"""`/healthz`: the process is alive. `/readyz`: it can do its work."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from baobei.operations.actor import Office
from baobei.operations.readiness import OK, database_state


async def healthz(_request: Request) -> Response:
    """Answer that the process is alive."""
    return JSONResponse({"status": "alive"})


class Readiness:
    """Says whether the database can be reached and has what this program needs."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def answer(self, _request: Request) -> Response:
        """Answer 200 when everything is there, else 503 with what is not."""
        parts = await database_state(self._office)
        ready = all(state == OK for state in parts.values())
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse({"status": "ready" if ready else "not ready", **parts}, status_code=status)
