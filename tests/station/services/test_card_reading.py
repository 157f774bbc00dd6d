"""What becomes of the portrait a chip hands over."""

import io
import struct

import pytest
from PIL import Image

from apdu.lds.portrait import Portrait
from apdu.profiles.krrc import ChipReading
from station.domain.evidence import CheckResult, Result
from station.services import card_reading
from station.services.card_reading import MAX_PORTRAIT_SIDE, PORTRAIT_DECODES, jpeg_of

PICTURE = Image.effect_noise((60, 80), 40).convert("RGB")


def encoded(kind: str, picture: Image.Image = PICTURE) -> bytes:
    octets = io.BytesIO()
    picture.save(octets, kind)
    return octets.getvalue()


def judged(image: bytes) -> CheckResult:
    return card_reading._portrait_check(image)


def claiming(width: int, height: int) -> bytes:
    """A small JPEG whose header claims another size."""
    octets = bytearray(encoded("JPEG"))
    start = octets.index(b"\xff\xc0")
    octets[start + 5 : start + 9] = struct.pack(">HH", height, width)
    return bytes(octets)


@pytest.mark.parametrize("kind", ["JPEG", "JPEG2000"])
def test_a_portrait_that_decodes_passes(kind: str) -> None:
    assert judged(encoded(kind)) == CheckResult(PORTRAIT_DECODES, Result.PASS)


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "TIFF", "PPM"])
def test_other_formats_are_no_portrait(kind: str) -> None:
    assert judged(encoded(kind)).result is Result.FAIL


@pytest.mark.parametrize("image", [b"", b"\xff\xd8\xff", b"\x00" * 100, encoded("JPEG")[:200]])
def test_octets_that_are_no_image_fail(image: bytes) -> None:
    assert judged(image) == CheckResult(PORTRAIT_DECODES, Result.FAIL, "not_an_image")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(
    "size",
    [(MAX_PORTRAIT_SIDE + 1, 1), (1, MAX_PORTRAIT_SIDE + 1), (9500, 9500), (65500, 65500)],
)
def test_a_portrait_that_claims_to_be_huge_fails_without_being_decoded(
    size: tuple[int, int],
) -> None:
    assert judged(claiming(*size)) == CheckResult(PORTRAIT_DECODES, Result.FAIL, "too_large")


def test_a_reading_without_content_did_not_run_the_check() -> None:
    class Nothing:
        checks = ()
        content = None

    reading: ChipReading = Nothing()  # type: ignore[assignment]
    [result] = card_reading.check_results(reading)
    assert result == CheckResult(PORTRAIT_DECODES, Result.NOT_RUN)


def test_a_jpeg_stays_as_the_chip_had_it() -> None:
    octets = encoded("JPEG")
    assert jpeg_of(octets) is octets


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_jpeg2000_becomes_a_jpeg_of_the_same_size(mode: str) -> None:
    made = jpeg_of(encoded("JPEG2000", PICTURE.convert(mode)))
    with Image.open(io.BytesIO(made)) as picture:
        assert (picture.format, picture.size) == ("JPEG", PICTURE.size)


def test_a_portrait_never_shows_itself() -> None:
    assert "d8ff" not in repr(Portrait(encoded("JPEG"), "jpeg")).lower()
