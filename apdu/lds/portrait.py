"""The facial image of DG2, in the record format of ISO/IEC 19794-5:2005.

Source  ICAO Doc 9303-10, 4.7.2; ISO/IEC 19794-5:2005, 5.4 to 5.8. ISO/IEC 39794-5 (7F2E) is
        not read yet.
"""

from dataclasses import dataclass, field

from apdu.errors import EncodingError
from apdu.tlv import Tlv, build, parse, parse_one, require

_DG2 = 0x75
_GROUP_TEMPLATE = 0x7F61
_INFORMATION = 0x7F60
_HEADER = 0xA1
_RECORD = 0x5F2E
_RECORD_39794 = 0x7F2E
_NUMBER = 0x02

_FORMAT_AND_VERSION = b"FAC\x00010\x00"
_RECORD_HEADER = 14
_FACE_INFORMATION = 20
_FEATURE_POINT = 8
_IMAGE_INFORMATION = 12
MAX_DEVIATION = 8
"""Octets by which a record's own length may differ from that of its data object: seen in life."""

_MAGIC = {
    "jpeg": (b"\xff\xd8\xff",),
    "jpeg2000": (b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"),
}
_DATA_TYPES = {"jpeg": 0, "jpeg2000": 1}
_FULL_FRONTAL = 1
# Biometric type facial, subtype none, format owner and type of ICAO Doc 9303-10, 4.7.2.1.
_BIOMETRIC_HEADER = bytes.fromhex("A10E81010282010087020101 88020008")


@dataclass(frozen=True, slots=True)
class Portrait:
    """The image as it lies on the chip.

    Units   `width`, `height` in pixels, 0 unknown; `deviation`: octets by which the record's
            length was wrong, worth a warning.
    """

    image: bytes = field(repr=False)
    format: str  # "jpeg" or "jpeg2000"
    width: int = 0
    height: int = 0
    deviation: int = 0


def image_format(image: bytes) -> str:
    """Tell "jpeg" from "jpeg2000" by the first octets. Errors: `EncodingError` for neither."""
    for name, beginnings in _MAGIC.items():
        if image.startswith(beginnings):
            return name
    raise EncodingError("portrait is neither JPEG nor JPEG 2000")


def decode_dg2(octets: bytes) -> Portrait:
    """Read the first facial image of DG2.

    Rule    The image is as long as its data object says; the record's and the face's own
            lengths may differ by `MAX_DEVIATION` octets. The image tells its own format.
    Errors  `EncodingError`.
    """
    template = parse(parse_one(parse_one(octets, _DG2).value, _GROUP_TEMPLATE).value)
    instances = [each for each in template if each.tag == _INFORMATION]
    count = require(template, _NUMBER)
    if len(count) != 1 or count[0] != len(instances) or not instances:
        raise EncodingError("DG2: number of portraits is wrong")
    return _decode_record(_record(instances[0]))


def encode_dg2(portrait: Portrait) -> bytes:
    """Write DG2 with one facial image. Errors: `EncodingError` if it is not what it says."""
    if image_format(portrait.image) != portrait.format:
        raise EncodingError("portrait is not in the format it names")
    face_length = _FACE_INFORMATION + _IMAGE_INFORMATION + len(portrait.image)
    record = b"".join(
        (
            _FORMAT_AND_VERSION,
            (_RECORD_HEADER + face_length).to_bytes(4),
            (1).to_bytes(2),
            face_length.to_bytes(4).ljust(_FACE_INFORMATION, b"\x00"),
            bytes((_FULL_FRONTAL, _DATA_TYPES[portrait.format])),
            portrait.width.to_bytes(2),
            portrait.height.to_bytes(2),
            bytes(_IMAGE_INFORMATION - 6),
            portrait.image,
        )
    )
    information = build(_INFORMATION, _BIOMETRIC_HEADER, build(_RECORD, record))
    return build(_DG2, build(_GROUP_TEMPLATE, build(_NUMBER, b"\x01"), information))


def _record(information: Tlv) -> bytes:
    objects = information.children
    if any(each.tag == _RECORD_39794 for each in objects):
        raise EncodingError("DG2: portraits of ISO/IEC 39794-5 are not supported")
    require(objects, _HEADER)
    return require(objects, _RECORD)


def _decode_record(record: bytes) -> Portrait:
    face = record[_RECORD_HEADER:]
    if not record.startswith(_FORMAT_AND_VERSION) or len(face) < _FACE_INFORMATION:
        raise EncodingError("DG2: not a facial record")
    if int.from_bytes(record[12:14]) < 1:
        raise EncodingError("DG2: facial record without a face")
    deviation = abs(int.from_bytes(record[8:12]) - len(record))
    points = int.from_bytes(face[4:6])
    start = _FACE_INFORMATION + points * _FEATURE_POINT
    image = face[start + _IMAGE_INFORMATION :]
    if record[12:14] == b"\x00\x01":
        deviation = max(deviation, abs(int.from_bytes(face[:4]) - len(face)))
    else:  # more faces follow: only the first one's own length tells where it ends
        image = face[start + _IMAGE_INFORMATION : int.from_bytes(face[:4])]
    if deviation > MAX_DEVIATION:
        raise EncodingError("DG2: length of the facial record is wrong")
    information = face[start : start + _IMAGE_INFORMATION]
    return Portrait(
        image,
        image_format(image),
        int.from_bytes(information[2:4]),
        int.from_bytes(information[4:6]),
        deviation,
    )
