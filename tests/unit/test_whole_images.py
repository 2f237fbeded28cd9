"""Pictures are taken whole or not at all."""

import struct

import pytest

from baobei.operations.evidence_kinds import MediaType, media_type_of
from pictures import JPEG, PNG, WEBP, jpeg, png, webp

WHOLE = [(JPEG, MediaType.JPEG), (PNG, MediaType.PNG), (WEBP, MediaType.WEBP)]
LOSSLESS = b"RIFF" + struct.pack("<I", 18) + b"WEBPVP8L" + struct.pack("<I", 6) + b"\x2f\x00\x00\x00\x00\x00"
MOVING = b"RIFF" + struct.pack("<I", 38) + b"WEBPANMF" + struct.pack("<I", 26) + bytes(26)


@pytest.mark.parametrize(("written", "kind"), [*WHOLE, (LOSSLESS, MediaType.WEBP), (MOVING, MediaType.WEBP)])
def test_a_whole_picture_is_what_it_is(written: bytes, kind: MediaType) -> None:
    assert media_type_of(written) is kind


@pytest.mark.parametrize(("written", "kind"), WHOLE)
def test_what_follows_the_end_of_a_picture_changes_nothing(written: bytes, kind: MediaType) -> None:
    assert media_type_of(written + b"a film of the moment") is kind


@pytest.mark.parametrize("written", [JPEG, PNG, WEBP, LOSSLESS])
def test_a_picture_cut_short_anywhere_is_none(written: bytes) -> None:
    assert {media_type_of(written[:length]) for length in range(len(written))} == {None}


@pytest.mark.parametrize(
    "written", [jpeg(width=0), png(width=0), png(height=0), webp(width=0), webp(height=0)]
)
def test_a_picture_without_a_size_is_none(written: bytes) -> None:
    assert media_type_of(written) is None


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(PNG.replace(b"IDAT", b"tEXt"), id="a png without data"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"\xff" * 100, id="a png of one endless chunk"),
        pytest.param(b"\xff\xd8" + b"\xff" * 100, id="a jpeg of fill bytes"),
        pytest.param(b"\xff\xd8\xff\xe0\x00\x00" * 20, id="a jpeg of segments without a length"),
        pytest.param(JPEG.replace(b"\xff\xc0", b"\xff\xc4"), id="a jpeg without a frame"),
        pytest.param(b"RIFF\xff\xff\xff\xffWEBP" + WEBP[12:], id="a webp that says it is longer"),
        pytest.param(WEBP.replace(b"VP8 ", b"EXIF"), id="a webp without a picture"),
    ],
)
def test_what_only_begins_as_a_picture_is_none(written: bytes) -> None:
    assert media_type_of(written) is None
