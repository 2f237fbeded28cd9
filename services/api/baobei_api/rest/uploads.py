"""A file in the body of a request: alone, or as a part of a form; never more of it than may be."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from baobei.policy.terms import Text
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
_FLAGS: Final = {"true": True, "1": True, "false": False, "0": False}
_MIB: Final = 1024 * 1024


_NO_FILE_TYPE: Final = Text(
    zh="请用表单上传文件，或在 Content-Type 里写明 text/csv 或 xlsx 的类型。",
    en=f"Expected {FORM}, text/csv or the type of an xlsx workbook.",
)
_NO_FORM: Final = Text(zh="请用表单（multipart/form-data）上传文件。", en=f"Expected {FORM}.")
_ONE_FILE: Final = Text(
    zh=f"表单里只能有一个名为 {FILE_FIELD} 的文件，不能有别的内容。",
    en=f"Expected a form with one file named {FILE_FIELD}, and nothing else.",
)
_FILE_AND_FLAG: Final = Text(
    zh=f"表单里只能有一个名为 {FILE_FIELD} 的文件；此外只可以有 {DRY_RUN_FIELD}。",
    en=f"Expected a form with one file named {FILE_FIELD}, and {DRY_RUN_FIELD} at most.",
)
_UNKNOWN_PARAMETER: Final = Text(
    zh=f"网址里只认一个参数 {DRY_RUN_FIELD}（只检查、不登记）；没有开始导入。",
    en=f"The only parameter is {DRY_RUN_FIELD}, once; nothing was begun.",
)
_NO_FLAG: Final = Text(
    zh=f"{DRY_RUN_FIELD} 要写明 true 或 false；没有开始导入。",
    en=f"{DRY_RUN_FIELD}: expected true or false; nothing was begun.",
)


class UploadRefused(Exception):
    """A body that cannot be taken; `status` is the HTTP status, `said` a sentence for people."""

    def __init__(self, status: HTTPStatus, field: str, said: Text) -> None:
        self.status, self.field, self.said = status, field, said
        super().__init__(f"{field}: {said.en}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file, and whether it is only to be checked."""

    written: bytes
    dry_run: bool


async def read_upload(request: Request) -> Upload:
    """Return the file of a request; raises `UploadRefused` as soon as that is known."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    _refuse_unknown(request)
    if media_type == FORM:
        return await _from_form(request)
    if media_type not in FILES:
        raise UploadRefused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Type", _NO_FILE_TYPE)
    dry_run = _flag(request.query_params.get(DRY_RUN_FIELD))
    return Upload(written=b"".join([part async for part in _bounded(request, frame=0)]), dry_run=dry_run)


async def read_form_file(request: Request, *, at_most: int) -> bytes:
    """Return the only file of a form; raises `UploadRefused` for anything else, or more than so many bytes."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != FORM:
        raise UploadRefused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Type", _NO_FORM)
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
    said = Text(
        zh=f"文件太大：最多{largest // _MIB}MB。",
        en=f"The file is too large: expected at most {largest} bytes.",
    )
    return UploadRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, FILE_FIELD, said)


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
        dry_run = form.get(DRY_RUN_FIELD, request.query_params.get(DRY_RUN_FIELD))
        written = await file.read()
        if len(written) > LARGEST_FILE_BYTES:
            raise _too_large()
        return Upload(written=written, dry_run=_flag(dry_run))
    finally:
        await form.close()


def _bad_form(said: Text) -> UploadRefused:
    return UploadRefused(HTTPStatus.BAD_REQUEST, "body", said)


def _refuse_unknown(request: Request) -> None:
    """Raise `UploadRefused` for a parameter that is not known: `dryRun` must never begin an import in earnest."""
    if list(request.query_params) not in ([], [DRY_RUN_FIELD]) or len(request.query_params.multi_items()) > 1:
        raise UploadRefused(HTTPStatus.BAD_REQUEST, "query", _UNKNOWN_PARAMETER)


def _flag(written: object) -> bool:
    """Return what a flag says, False for one that was not sent; raises `UploadRefused` also for an empty one."""
    if written is None:
        return False
    if not isinstance(written, str) or written.strip().lower() not in _FLAGS:
        raise UploadRefused(HTTPStatus.BAD_REQUEST, DRY_RUN_FIELD, _NO_FLAG)
    return _FLAGS[written.strip().lower()]
