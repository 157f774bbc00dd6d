import pytest

from apdu.errors import EncodingError
from apdu.lds.portrait import MAX_DEVIATION, Portrait, decode_dg2, encode_dg2, image_format
from apdu.tlv import build
from tests.vectors import load

JPEG = b"\xff\xd8\xff\xe0" + b"TEST" * 20
FACE = Portrait(JPEG, "jpeg", 240, 320)
RECORD_LENGTH = 14 + 20 + 12 + len(JPEG)


def dg2(record: bytes, count: int = 1, record_tag: int = 0x5F2E) -> bytes:
    header = bytes.fromhex("A10E81010282010087020101") + bytes.fromhex("88020008")
    information = build(0x7F60, header, build(record_tag, record))
    return build(0x75, build(0x7F61, build(0x02, bytes((count,))), information))


def record(
    length: int = RECORD_LENGTH, face_length: int = RECORD_LENGTH - 14, faces: int = 1
) -> bytes:
    head = b"FAC\x00010\x00" + length.to_bytes(4) + faces.to_bytes(2)
    face = face_length.to_bytes(4) + bytes(16)
    return head + face + b"\x01\x00" + (240).to_bytes(2) + (320).to_bytes(2) + bytes(6) + JPEG


def both_lengths_off_by(off: int) -> tuple[bytes, bytes]:
    return record(length=RECORD_LENGTH + off), record(face_length=RECORD_LENGTH - 14 + off)


@pytest.mark.parametrize(
    ("image", "name"),
    [
        (JPEG, "jpeg"),
        (bytes.fromhex("0000000C6A5020200D0A870A") + b"x", "jpeg2000"),
        (bytes.fromhex("FF4FFF51") + b"x", "jpeg2000"),
    ],
)
def test_portrait_reads_back_as_written_and_tells_its_format(image: bytes, name: str) -> None:
    assert image_format(image) == name
    portrait = Portrait(image, name, 240, 320)
    assert decode_dg2(encode_dg2(portrait)) == portrait


def test_dg2_has_the_octets_of_the_standard() -> None:
    assert encode_dg2(FACE) == dg2(record())


@pytest.mark.vectors
def test_portrait_of_the_silver_data_set_is_jpeg_2000_of_known_size() -> None:
    octets = bytes.fromhex(load("lds_bsi2008_silver_dataset")["values"]["files"]["DG2"])
    portrait = decode_dg2(octets)
    assert (portrait.format, portrait.width, portrait.height) == ("jpeg2000", 337, 449)
    assert portrait.deviation == 0


@pytest.mark.parametrize("off", [1, -1, MAX_DEVIATION, -MAX_DEVIATION])
def test_record_length_off_by_a_few_octets_is_reported_and_borne(off: int) -> None:
    for octets in (
        record(length=RECORD_LENGTH + off),
        record(face_length=RECORD_LENGTH - 14 + off),
    ):
        portrait = decode_dg2(dg2(octets))
        assert portrait.image == JPEG
        assert portrait.deviation == abs(off)


@pytest.mark.parametrize("off", [MAX_DEVIATION + 1, -MAX_DEVIATION - 1])
def test_record_length_further_off_is_refused(off: int) -> None:
    for octets in (
        record(length=RECORD_LENGTH + off),
        record(face_length=RECORD_LENGTH - 14 + off),
    ):
        with pytest.raises(EncodingError, match="length"):
            decode_dg2(dg2(octets))


def test_feature_points_are_passed_over() -> None:
    octets = bytearray(record(RECORD_LENGTH + 16, RECORD_LENGTH + 2))
    octets[18:20] = (2).to_bytes(2)
    octets[34:34] = bytes(16)
    assert decode_dg2(dg2(bytes(octets))) == FACE


def test_first_of_two_faces_ends_where_its_own_length_says() -> None:
    second = record()[14:]
    octets = record(length=RECORD_LENGTH + len(second), faces=2) + second
    assert decode_dg2(dg2(octets)) == FACE


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        record()[:30],
        record(faces=0),
        b"FAC\x00020\x00" + record()[8:],
        record().replace(JPEG, b"GIF8" + JPEG[4:]),
        record()[:18] + b"\xff\xff" + record()[20:],  # feature points without end
    ],
)
def test_malformed_record_is_refused(octets: bytes) -> None:
    with pytest.raises(EncodingError):
        decode_dg2(dg2(octets))


@pytest.mark.parametrize("count", [0, 2])
def test_number_of_portraits_that_does_not_fit_is_refused(count: int) -> None:
    with pytest.raises(EncodingError, match="number of portraits"):
        decode_dg2(dg2(record(), count))


def test_record_of_iso_39794_is_refused_by_name() -> None:
    with pytest.raises(EncodingError, match="39794"):
        decode_dg2(dg2(record(), record_tag=0x7F2E))


def test_portrait_that_is_not_what_it_says_is_not_written() -> None:
    with pytest.raises(EncodingError):
        encode_dg2(Portrait(JPEG, "jpeg2000"))
    with pytest.raises(EncodingError):
        encode_dg2(Portrait(b"", "jpeg"))


def test_repr_shows_no_image() -> None:
    assert "TEST" not in repr(FACE)
