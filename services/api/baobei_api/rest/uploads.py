"""A file in the body of a request: alone, or as a part of a form; never more of it than may be."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from baobei.sheets.archives import LARGEST_FILE_BYTES

FORM: Final = "multipart/form-data"
FILES: Final = frozenset(
    {
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.ms-excel",
        "application/octet-stream",
        "text/csv",
        "text/plain",
        "application/csv",
    }
)
FILE_FIELD: Final = "file"
DRY_RUN_FIELD: Final = "dry_run"
# What a form has around its file.
LARGEST_FRAME_BYTES: Final = 64 * 1024
LARGEST_FIELD_BYTES: Final = 1_024
_ONE_FILE: Final = f"a form with one file named {FILE_FIELD}, and nothing else"
_FILE_AND_FLAG: Final = f"a form with one file named {FILE_FIELD}, and {DRY_RUN_FIELD} at most"
_FLAGS: Final = {"true": True, "1": True, "false": False, "0": False, "": False}


class UploadRefused(Exception):
    """A body that cannot be taken; `status` is the HTTP status, `expected` completes a sentence."""

    def __init__(self, status: HTTPStatus, field: str, expected: str) -> None:
        self.status, self.field, self.expected = status, field, expected
        super().__init__(f"{field}: expected {expected}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file, and whether it is only to be checked."""

    written: bytes
    dry_run: bool


async def read_upload(request: Request) -> Upload:
    """Return the file of a request; raises `UploadRefused` as soon as that is known."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == FORM:
        return await _from_form(request)
    if media_type not in FILES:
        raise UploadRefused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Type", f"{FORM}, text/csv or that of an xlsx workbook"
        )
    dry_run = _flag(request.query_params.get(DRY_RUN_FIELD, ""))
    return Upload(written=b"".join([part async for part in _bounded(request, frame=0)]), dry_run=dry_run)


async def read_form_file(request: Request, *, at_most: int) -> bytes:
    """Return the only file of a form; raises `UploadRefused` for anything else, or more than so many bytes."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != FORM:
        raise UploadRefused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Type", FORM)
    parser = MultiPartParser(
        request.headers,
        _bounded(request, frame=LARGEST_FRAME_BYTES, largest=at_most),
        max_files=1,
        max_fields=0,
        max_part_size=LARGEST_FIELD_BYTES,
    )
    # Nobody's customers in a temporary file.
    parser.spool_max_size = at_most + LARGEST_FRAME_BYTES
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, UnicodeDecodeError, ValueError):
        raise _bad_form(_ONE_FILE) from None
    try:
        file = form.get(FILE_FIELD)
        if not isinstance(file, UploadFile) or set(form) != {FILE_FIELD}:
            raise _bad_form(_ONE_FILE)
        written = await file.read()
        if len(written) > at_most:
            raise _too_large(at_most)
        return written
    finally:
        await form.close()


async def _bounded(
    request: Request, *, frame: int, largest: int = LARGEST_FILE_BYTES
) -> AsyncGenerator[bytes, None]:
    at_most = largest + frame
    stated = request.headers.get("content-length", "")
    if stated.isascii() and stated.isdecimal() and int(stated[:20]) > at_most:
        raise _too_large(largest)
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > at_most:
            raise _too_large(largest)
        yield part


def _too_large(largest: int = LARGEST_FILE_BYTES) -> UploadRefused:
    return UploadRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, FILE_FIELD, f"at most {largest} bytes")


async def _from_form(request: Request) -> Upload:
    parser = MultiPartParser(
        request.headers,
        _bounded(request, frame=LARGEST_FRAME_BYTES),
        max_files=1,
        max_fields=1,
        max_part_size=LARGEST_FIELD_BYTES,
    )
    # Nobody's customers in a temporary file.
    parser.spool_max_size = LARGEST_FILE_BYTES + 1
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, UnicodeDecodeError, ValueError):
        raise _bad_form(_FILE_AND_FLAG) from None
    try:
        file = form.get(FILE_FIELD)
        if not isinstance(file, UploadFile) or set(form) - {FILE_FIELD, DRY_RUN_FIELD}:
            raise _bad_form(_FILE_AND_FLAG)
        dry_run = form.get(DRY_RUN_FIELD, request.query_params.get(DRY_RUN_FIELD, ""))
        written = await file.read()
        if len(written) > LARGEST_FILE_BYTES:
            raise _too_large()
        return Upload(written=written, dry_run=_flag(dry_run))
    finally:
        await form.close()


def _bad_form(expected: str) -> UploadRefused:
    return UploadRefused(HTTPStatus.BAD_REQUEST, "body", expected)


def _flag(written: object) -> bool:
    if not isinstance(written, str) or written.strip().lower() not in _FLAGS:
        raise UploadRefused(HTTPStatus.BAD_REQUEST, DRY_RUN_FIELD, "true or false")
    return _FLAGS[written.strip().lower()]
