"""`/v1/approvals/{id}/evidence` and `/v1/evidence/{id}`: files attached to requests, and fetched again."""

import asyncio
import re
from http import HTTPStatus
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from baobei.operations.actor import Actor, Office
from baobei.operations.attach_evidence import AttachFile, EvidenceAttached, attach_evidence, may_attach
from baobei.operations.evidence_kinds import LARGEST_EVIDENCE_BYTES, MediaType, media_type_of
from baobei.operations.read_evidence import read_evidence
from baobei.operations.results import NOT_OWNER
from baobei.operations.results import Refused as Refusal
from baobei.store.api_key_models import KeyScope
from baobei_api.auth import Authenticator
from baobei_api.graphql.errors import ApiError, ErrorCode
from baobei_api.rest.answers import Refused, answering
from baobei_api.rest.sentences import (
    NO_EVIDENCE,
    NO_EVIDENCE_TYPE,
    NO_REQUEST,
    need_scope,
    not_found,
    unusable,
)
from baobei_api.rest.uploads import FILE_FIELD, UploadRefused, read_form_file

ATTACH: Final = "/v1/approvals/{id}/evidence"
EVIDENCE: Final = "/v1/evidence/{id}"
_ID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class EvidenceFiles:
    """Takes files in for requests, and gives them to who asked, who decides and who sees the customer in full."""

    def __init__(self, office: Office, authenticator: Authenticator) -> None:
        self._office = office
        self._authenticator = authenticator

    def routes(self) -> list[Route]:
        """Return the routes of evidence."""
        return [
            Route(ATTACH, answering(ATTACH, self._attach), methods=["POST"]),
            Route(EVIDENCE, answering(EVIDENCE, self._fetch), methods=["GET"]),
        ]

    async def _attach(self, request: Request) -> Response:
        """Answer 201 with what was kept."""
        actor, id = await self._asked(request, KeyScope.WRITE)
        # Before the file is read: only whose request it is sends us megabytes.
        if (refused := await may_attach(self._office, actor, id)) is not None:
            raise _refused(refused)
        try:
            written = await read_form_file(request, at_most=LARGEST_EVIDENCE_BYTES)
        except UploadRefused as error:
            raise Refused(error.status, unusable(error.field, error.said)) from None
        kind = await asyncio.to_thread(media_type_of, written)
        if kind is None:
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, unusable(FILE_FIELD, NO_EVIDENCE_TYPE))
        file = AttachFile(approval_id=id, media_type=kind, written=written)
        answer = await attach_evidence(self._office, actor, file)
        if not isinstance(answer, EvidenceAttached):
            raise _refused(answer)
        kept = answer.evidence
        told = {
            "id": str(kept.id),
            "approvalId": str(kept.approval_id),
            "mediaType": kept.media_type,
            "sizeBytes": kept.size_bytes,
            "attachedAt": kept.attached_at.isoformat(),
        }
        headers = {"Location": f"/v1/evidence/{kept.id}"}
        return JSONResponse(told, status_code=HTTPStatus.CREATED, headers=headers)

    async def _fetch(self, request: Request) -> Response:
        actor, id = await self._asked(request, KeyScope.READ)
        found = await read_evidence(self._office, actor, id)
        if found is None or found.evidence.media_type is None:
            raise not_found(NO_EVIDENCE)
        kind = MediaType(found.evidence.media_type)
        headers = {
            "Content-Disposition": f'attachment; filename="evidence-{found.place}.{kind.extension}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(found.written, headers=headers, media_type=kind.value)

    async def _asked(self, request: Request, scope: KeyScope) -> tuple[Actor, UUID | None]:
        actor = await self._authenticator.actor(request)
        need_scope(actor, scope)
        written = request.path_params["id"]
        return actor, UUID(written) if _ID.fullmatch(written) else None


def _refused(refusal: Refusal) -> Exception:
    """Return the error of a refusal: what is not theirs is not there; anything else conflicts with how it stands."""
    if refusal.code == NOT_OWNER:
        return not_found(NO_REQUEST)
    said = f"{refusal.code}: {refusal.message.zh} {refusal.message.en}"
    return Refused(HTTPStatus.CONFLICT, ApiError(ErrorCode.BAD_USER_INPUT, said))
