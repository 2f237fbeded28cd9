"""What a file of evidence is, by what stands in it, never by its name or by what its sender calls it."""

import io
import zipfile
from enum import StrEnum
from typing import Final

LARGEST_EVIDENCE_BYTES: Final = 5 * 1024 * 1024
_WORKBOOK: Final = "xl/workbook.xml"
_DOCUMENT: Final = "word/document.xml"
_CONTENT_TYPES: Final = "[Content_Types].xml"


class MediaType(StrEnum):
    """The types of file that are taken."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

    @property
    def extension(self) -> str:
        """Return the ending of a file's name."""
        return self.name.lower()


def media_type_of(written: bytes) -> MediaType | None:
    """Return what a file is, None for anything that is not taken; nothing in it is unpacked."""
    if written.startswith(b"%PDF-"):
        return MediaType.PDF
    if written.startswith(b"\xff\xd8\xff"):
        return MediaType.JPEG
    if written.startswith(b"\x89PNG\r\n\x1a\n"):
        return MediaType.PNG
    if written[:4] == b"RIFF" and written[8:12] == b"WEBP":
        return MediaType.WEBP
    return _office_type(written) if written.startswith(b"PK\x03\x04") else None


def _office_type(written: bytes) -> MediaType | None:
    try:
        with zipfile.ZipFile(io.BytesIO(written)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return None
    if _CONTENT_TYPES not in names or (_WORKBOOK in names) == (_DOCUMENT in names):
        return None
    return MediaType.XLSX if _WORKBOOK in names else MediaType.DOCX
