"""`/v1/imports`: a file of customers sent in, followed, and fetched with an answer on every row."""

import re
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from baobei.operations import access
from baobei.operations.actor import Actor, Office
from baobei.operations.errors import TooOften
from baobei.operations.import_pieces import pieces_of
from baobei.operations.import_problems import explain_import_problem, explain_no_result
from baobei.operations.read_import import read_import
from baobei.operations.start_import import StartImport, start_import
from baobei.sheets.errors import SheetError, SheetProblem, explain_problem
from baobei.sheets.kinds import SheetKind
from baobei.store.api_key_models import KeyScope
from baobei.store.import_models import FilePart, ImportJob
from baobei_api.auth import Authenticator
from baobei_api.rest.answers import Refused, answering
from baobei_api.rest.sentences import (
    NO_IMPORT,
    NOT_FOR_YOUR_ROLE,
    forbidden,
    need_scope,
    not_found,
    too_often,
    unusable,
)
from baobei_api.rest.uploads import FILE_FIELD, UploadRefused, read_upload

IMPORTS: Final = "/v1/imports"
IMPORT: Final = "/v1/imports/{id}"
RESULT: Final = "/v1/imports/{id}/result"

_ID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_STATUS_OF: Final = {
    SheetProblem.NOT_A_SHEET: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    SheetProblem.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}
_MEDIA_TYPE: Final = {
    SheetKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    SheetKind.CSV: "text/csv; charset=utf-8",
}
_FILE_NAME: Final = "导入结果"


class Imports:
    """Takes files in, and tells of them to who sent them."""

    def __init__(self, office: Office, authenticator: Authenticator) -> None:
        self._office = office
        self._authenticator = authenticator

    def routes(self) -> list[Route]:
        """Return the routes of imports."""
        return [
            Route(IMPORTS, answering(IMPORTS, self._start), methods=["POST"]),
            Route(IMPORT, answering(IMPORT, self._follow), methods=["GET"]),
            Route(RESULT, answering(RESULT, self._result), methods=["GET"]),
        ]

    async def _start(self, request: Request) -> Response:
        """Answer 202 with a new import, 200 with the one that the same file began before."""
        actor = await self._caller(request)
        if not access.may_import(actor.staff):
            # Before the file is read: it is not for everybody to send us megabytes.
            raise forbidden(NOT_FOR_YOUR_ROLE)
        try:
            upload = await read_upload(request)
            wanted = StartImport(written=upload.written, dry_run=upload.dry_run)
            started = await start_import(self._office, actor, wanted)
        except UploadRefused as refused:
            raise Refused(refused.status, unusable(refused.field, refused.said)) from None
        except TooOften as error:
            raise too_often(error) from None
        except SheetError as error:
            status = _STATUS_OF.get(error.problem, HTTPStatus.BAD_REQUEST)
            raise Refused(status, unusable(FILE_FIELD, explain_problem(error.problem))) from None
        status = HTTPStatus.OK if started.repeated else HTTPStatus.ACCEPTED
        headers = {"Location": f"{IMPORTS}/{started.job.id}"}
        return JSONResponse(told(started.job), status_code=status, headers=headers)

    async def _follow(self, request: Request) -> Response:
        return JSONResponse(told(await self._job(request)))

    async def _result(self, request: Request) -> Response:
        """Answer with the file; 202 while it is being made, 404 when there is none."""
        job = await self._job(request)
        if not job.ended:
            return JSONResponse(told(job), status_code=HTTPStatus.ACCEPTED)
        if not job.has_result:
            raise not_found(explain_no_result(job))
        kind = SheetKind(job.kind)
        name = quote(f"{_FILE_NAME}.{kind.extension}")
        headers = {
            "Content-Disposition": f"attachment; filename=\"result.{kind.extension}\"; filename*=UTF-8''{name}",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        pieces = pieces_of(self._office, job, FilePart.RESULT)
        # The first piece is read before the answer begins: what goes wrong with it can still be told.
        first = await anext(pieces, b"")
        return StreamingResponse(_joined(first, pieces), headers=headers, media_type=_MEDIA_TYPE[kind])

    async def _caller(self, request: Request) -> Actor:
        actor = await self._authenticator.actor(request)
        need_scope(actor, KeyScope.IMPORTS)
        return actor

    async def _job(self, request: Request) -> ImportJob:
        actor = await self._caller(request)
        written = request.path_params["id"]
        id = UUID(written) if _ID.fullmatch(written) else None
        job = await read_import(self._office, actor, id)
        if job is None:
            raise not_found(NO_IMPORT)
        return job


def told(job: ImportJob) -> dict[str, Any]:
    """Return what is told of an import: how far it has come, and nothing of what stands in its rows."""
    problem = None if job.problem is None else explain_import_problem(job.problem)
    return {
        "id": str(job.id),
        "state": job.state.value,
        "dryRun": job.dry_run,
        "kind": job.kind,
        "uploadedAt": job.uploaded_at.isoformat(),
        "startedAt": None if job.started_at is None else job.started_at.isoformat(),
        "endedAt": None if job.ended_at is None else job.ended_at.isoformat(),
        "sheet": job.sheet_number,
        "headerRow": job.header_row,
        "encoding": job.encoding,
        "rowsTotal": job.rows_total,
        "rowsDone": job.rows_done,
        "rowsPerSecond": None if job.rows_per_second is None else round(job.rows_per_second, 1),
        "counts": dict(job.counts),
        "problem": None
        if problem is None
        else {"code": job.problem, "message": problem.zh, "inEnglish": problem.en},
        "result": f"{IMPORTS}/{job.id}/result" if job.has_result else None,
    }


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece
