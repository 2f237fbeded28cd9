"""What a file of evidence is, by what stands in it, never by its name or by what its sender calls it."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from baobei.operations.whole_images import is_whole_jpeg, is_whole_png, is_whole_webp
from baobei.sheets.archives import checked_parts
from baobei.sheets.errors import SheetError

LARGEST_EVIDENCE_BYTES: Final = 5 * 1024 * 1024
# Of an office file of that size; pictures in it pack hardly at all, and words tenfold.
LARGEST_UNPACKED_BYTES: Final = 64 * 1024 * 1024
_PDF_START: Final = b"%PDF-"
_PDF_END: Final = b"%%EOF"
_PDF_END_WITHIN: Final = 1024
_WORKBOOK: Final = "xl/workbook.xml"
_DOCUMENT: Final = "word/document.xml"
_CONTENT_TYPES: Final = "[Content_Types].xml"
_MACROS: Final = ("vbaproject.bin", "vbadata.xml")
# What the list of types calls a file with macros, whatever the part that holds them is named.
_MACRO_TYPES: Final = (b"macroenabled", b"vbaproject")


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


_IMAGES: Final[Mapping[MediaType, Callable[[bytes], bool]]] = {
    MediaType.JPEG: is_whole_jpeg,
    MediaType.PNG: is_whole_png,
    MediaType.WEBP: is_whole_webp,
}


def media_type_of(written: bytes) -> MediaType | None:
    """Return what a file is, None for anything that is not taken, or that is cut short.

    An office file is unpacked to be counted, which takes a while, and kept packed: one that unpacks to too much, or
    has macros, is not taken.
    """
    if written.startswith(_PDF_START):
        return MediaType.PDF if _PDF_END in written[-_PDF_END_WITHIN:] else None
    for kind, is_whole in _IMAGES.items():
        if is_whole(written):
            return kind
    return _office_type(written) if written.startswith(b"PK\x03\x04") else None


def _office_type(written: bytes) -> MediaType | None:
    try:
        names, types = checked_parts(written, at_most=LARGEST_UNPACKED_BYTES, read=_CONTENT_TYPES)
    except SheetError:
        return None
    if _CONTENT_TYPES not in names or (_WORKBOOK in names) == (_DOCUMENT in names):
        return None
    if _has_macros(names, types):
        return None
    return MediaType.XLSX if _WORKBOOK in names else MediaType.DOCX


def _has_macros(names: tuple[str, ...], types: bytes) -> bool:
    # Without the zeros, UTF-16 reads as ASCII does.
    said = types.replace(b"\x00", b"").lower()
    return any(name.lower().endswith(_MACROS) for name in names) or any(word in said for word in _MACRO_TYPES)
