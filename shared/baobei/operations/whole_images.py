"""Whether a picture is all there: a header that states its size in pixels, and its end. What it shows is not looked at."""

import struct
from typing import Final

_JPEG_START: Final = b"\xff\xd8"
_JPEG_END: Final = b"\xff\xd9"
_SCAN: Final = 0xDA
# The frames, each with the size; C4, C8 and CC among them are tables and no frames.
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Markers without a length.
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_PNG_START: Final = b"\x89PNG\r\n\x1a\n"
_CHUNK_FRAME_BYTES: Final = 12
_WEBP_HEADER_BYTES: Final = 12
_VP8_START: Final = b"\x9d\x01\x2a"
_VP8L_START: Final = 0x2F


def is_whole_jpeg(written: bytes) -> bool:
    """Whether this is a jpeg: a frame with a width and a height, a scan after it, and the end; more may follow."""
    if not written.startswith(_JPEG_START):
        return False
    at, framed = len(_JPEG_START), False
    while at + 4 <= len(written) and written[at] == 0xFF:
        marker = written[at + 1]
        if marker == 0xFF or marker in _ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", written, at + 2)
        if marker == _SCAN:
            return framed and _JPEG_END in written[at + 2 + length :]
        if marker in _FRAMES and length >= 8 and at + 9 <= len(written):
            # A height of 0 is one that is stated after the first scan.
            _height, width = struct.unpack_from(">HH", written, at + 5)
            framed = width > 0
        at += 2 + length
    return False


def is_whole_png(written: bytes) -> bool:
    """Whether this is a png: the header first, with a width and a height, data, and the end; each chunk all there."""
    if not written.startswith(_PNG_START):
        return False
    at, filled = len(_PNG_START), False
    while at + _CHUNK_FRAME_BYTES <= len(written):
        length, kind = struct.unpack_from(">I4s", written, at)
        if at == len(_PNG_START) and not _is_png_header(written, at, length, kind):
            return False
        if at + _CHUNK_FRAME_BYTES + length > len(written):
            return False
        if kind == b"IEND":
            return filled
        filled = filled or (kind == b"IDAT" and length > 0)
        at += _CHUNK_FRAME_BYTES + length
    return False


def _is_png_header(written: bytes, at: int, length: int, kind: bytes) -> bool:
    if kind != b"IHDR" or length != 13 or len(written) < at + 16:
        return False
    width, height = struct.unpack_from(">II", written, at + 8)
    return bool(width and height)


def is_whole_webp(written: bytes) -> bool:
    """Whether this is a webp: as long as it says, of chunks that are all there, one of which is a picture with a size."""
    if written[:4] != b"RIFF" or written[8:_WEBP_HEADER_BYTES] != b"WEBP":
        return False
    (stated,) = struct.unpack_from("<I", written, 4)
    end, at, pictured = stated + 8, _WEBP_HEADER_BYTES, False
    if end > len(written):
        return False
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", written, at)
        if at + 8 + length > end:
            return False
        pictured = pictured or _is_picture(kind, written[at + 8 : at + 8 + length])
        at += 8 + length + length % 2
    return pictured


def _is_picture(kind: bytes, chunk: bytes) -> bool:
    """Whether a chunk is a frame with a size; an animation keeps its frames in chunks of its own."""
    if kind == b"VP8 ":
        return len(chunk) > 10 and chunk[3:6] == _VP8_START and _sized(chunk, 6)
    if kind == b"VP8L":
        return len(chunk) > 5 and chunk[0] == _VP8L_START
    return kind == b"ANMF" and len(chunk) > 16


def _sized(chunk: bytes, at: int) -> bool:
    width, height = struct.unpack_from("<HH", chunk, at)
    return bool(width & 0x3FFF and height & 0x3FFF)
