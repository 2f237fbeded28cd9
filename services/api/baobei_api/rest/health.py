"""`/healthz`: the process is alive. `/readyz`: it can do its work."""

from http import HTTPStatus
from typing import Final, cast

import asyncpg
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from baobei.migration import current_revision, newest_revision
from baobei.operations.actor import Office

DATABASE: Final = "database"
MIGRATIONS: Final = "migrations"


async def healthz(_request: Request) -> Response:
    """Answer that the process is alive."""
    return JSONResponse({"status": "alive"})


class Readiness:
    """Says whether the database can be reached and has what this program needs.

    Redis is not asked: no request needs it, writes leave their work in the database.
    """

    def __init__(self, office: Office) -> None:
        self._office = office
        self._newest = newest_revision()

    async def answer(self, _request: Request) -> Response:
        """Answer 200 when everything is there, else 503 with what is not."""
        parts = await self._parts()
        ready = all(state == "ok" for state in parts.values())
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse({"status": "ready" if ready else "not ready", **parts}, status_code=status)

    async def _parts(self) -> dict[str, str]:
        try:
            async with self._office.pool.acquire(timeout=self._office.acquire_timeout_s) as connection:
                # The pool's proxy stands in for the connection that it lends.
                revision = await current_revision(cast("asyncpg.Connection[asyncpg.Record]", connection))
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return {DATABASE: "not reachable", MIGRATIONS: "unknown"}
        migrated = "ok" if revision == self._newest else f"at {revision}, expected {self._newest}"
        return {DATABASE: "ok", MIGRATIONS: migrated}
