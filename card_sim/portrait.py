"""Portraits: a face nobody has, drawn by code in the size a real chip carries; or a given file.

The same person always gets the same picture: every choice comes from a digest of the id.
"""

import hashlib
import io
from collections.abc import Iterator

from PIL import Image, ImageDraw, ImageFilter

from apdu.errors import EncodingError
from apdu.lds.portrait import Portrait, image_format

WIDTH, HEIGHT = 360, 480
FORMATS = ("jpeg", "jpeg2000")
MAX_OCTETS = 120_000
"""Of a given file; with DG2's headers it stays below what readers take for a file."""
MAX_SIDE = 4096
_SKINS = ((246, 219, 196), (238, 205, 178), (228, 190, 160))
_HAIR = ((35, 30, 32), (58, 43, 38), (112, 108, 108))
_CLOTHES = ((52, 84, 120), (120, 70, 84), (70, 100, 86), (88, 88, 96))
_BACKGROUND = (240, 242, 245)
_COMMENT = b"TEST portrait, drawn by code. Nobody looks like this. "
_MARKER = 4  # octets of a JPEG comment segment besides its text
_SMALLEST = 500  # times smaller than the plain pixels: beyond it nobody has a face
_TEXTURE = 26  # grey levels of texture: skin and cloth are never quite flat


def drawn(seed: str, size: int, kind: str = "jpeg") -> Portrait:
    """A portrait for `seed`, in one of `FORMATS`, of at most `size` octets."""
    make = {"jpeg": portrait, "jpeg2000": portrait_jpeg2000}[kind]
    return Portrait(make(seed, size), kind, WIDTH, HEIGHT)


def given(octets: bytes) -> Portrait:
    """The portrait in a file. Errors: `ValueError` for what is none or is too large."""
    if len(octets) > MAX_OCTETS:
        raise ValueError(f"has more than {MAX_OCTETS} octets")
    try:
        kind = image_format(octets)
        with Image.open(io.BytesIO(octets), formats=("JPEG", "JPEG2000")) as image:
            if max(image.size) > MAX_SIDE:
                raise ValueError(f"is more than {MAX_SIDE} pixels wide or high")
            image.load()
            return Portrait(octets, kind, *image.size)
    except (EncodingError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError("is no picture that can be decoded") from error


def portrait(seed: str, size: int) -> bytes:
    """A JPEG of exactly `size` octets for `seed`.

    Rule    The best quality that fits; what is left is filled by a comment that says TEST.
    Errors  `ValueError` if no quality fits.
    """
    image = _textured(_draw(seed), seed)
    for quality in range(95, 4, -1):
        octets = _jpeg(image, quality)
        room = size - len(octets) - _MARKER
        if room >= len(_COMMENT):
            return _with_comment(octets, room)
    raise ValueError(f"no portrait fits into {size} octets")


def portrait_jpeg2000(seed: str, size: int) -> bytes:
    """A JPEG 2000 of at most `size` octets for `seed`.

    Rule    The integer wavelet: the other one computes with fractions, in which machines differ.
    Errors  `ValueError` if it cannot be made so small.
    """
    image = _textured(_draw(seed), seed)
    for rate in range(WIDTH * HEIGHT * 3 // size, _SMALLEST):
        octets = _jpeg2000(image, rate)
        if len(octets) <= size:
            return octets
    raise ValueError(f"no portrait fits into {size} octets")


def _draw(seed: str) -> Image.Image:
    choices = _choices(seed)
    skin, hair = _pick(_SKINS, choices), _pick(_HAIR, choices)
    clothes = _pick(_CLOTHES, choices)
    face, eyes = 88 + next(choices) % 14, 34 + next(choices) % 8
    long_hair, fringe = next(choices) % 2, 112 + next(choices) % 18
    image = Image.new("RGB", (WIDTH, HEIGHT), _BACKGROUND)
    pen = ImageDraw.Draw(image)
    middle, height = WIDTH // 2, 210
    if long_hair:
        pen.rounded_rectangle((middle - face - 22, 110, middle + face + 22, 350), 60, hair)
    pen.ellipse((middle - 165, 365, middle + 165, 640), clothes)
    pen.polygon([(middle - 40, 372), (middle + 40, 372), (middle, 430)], (250, 250, 250))
    pen.rounded_rectangle((middle - 36, 300, middle + 36, 395), 26, _darker(skin))
    pen.ellipse((middle - face - 14, 76, middle + face + 14, 300), hair)
    pen.ellipse((middle - face, 96, middle + face, 345), skin)
    pen.chord((middle - face, 90, middle + face, 2 * fringe - 60), 180, 360, hair)
    for side in (-1, 1):
        _draw_eye(pen, middle + side * eyes, height, hair)
    pen.line(
        (middle, height + 18, middle - 9, height + 58, middle + 4, height + 60), _darker(skin), 4
    )
    pen.arc((middle - 32, height + 62, middle + 32, height + 100), 25, 155, (170, 84, 84), 6)
    return image.filter(ImageFilter.GaussianBlur(0.8))


def _draw_eye(pen: ImageDraw.ImageDraw, x: int, y: int, brow: tuple[int, int, int]) -> None:
    pen.ellipse((x - 17, y - 8, x + 17, y + 8), (252, 252, 252))
    pen.ellipse((x - 8, y - 8, x + 8, y + 8), (40, 28, 24))
    pen.ellipse((x - 3, y - 5, x, y - 2), (255, 255, 255))
    pen.arc((x - 22, y - 34, x + 22, y + 6), 205, 335, brow, 6)


def _textured(image: Image.Image, seed: str) -> Image.Image:
    """Add fine grain, as a camera would, so that the file has a camera's size."""
    noise = hashlib.shake_256(f"texture of {seed}".encode()).digest(WIDTH * HEIGHT)
    grain = Image.frombytes("L", (WIDTH, HEIGHT), noise).filter(ImageFilter.GaussianBlur(1.1))
    return Image.blend(image, Image.merge("RGB", (grain,) * 3), _TEXTURE / 256)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, optimize=True)
    return buffer.getvalue()


def _jpeg2000(image: Image.Image, rate: int) -> bytes:
    """`rate` times smaller than the plain pixels."""
    buffer = io.BytesIO()
    layers = {"quality_mode": "rates", "quality_layers": [rate]}
    image.save(buffer, "JPEG2000", irreversible=False, mct=1, comment=_COMMENT, **layers)
    return buffer.getvalue()


def _with_comment(jpeg: bytes, room: int) -> bytes:
    """Put a comment segment of `room` octets of text behind the JFIF segment, which comes first."""
    text = (_COMMENT * (room // len(_COMMENT) + 1))[:room]
    end = 4 + int.from_bytes(jpeg[4:6])
    return jpeg[:end] + b"\xff\xfe" + (room + 2).to_bytes(2) + text + jpeg[end:]


def _choices(seed: str) -> Iterator[int]:
    return iter(hashlib.shake_256(f"face of {seed}".encode()).digest(32))


def _pick(
    colours: tuple[tuple[int, int, int], ...], choices: Iterator[int]
) -> tuple[int, int, int]:
    return colours[next(choices) % len(colours)]


def _darker(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    red, green, blue = colour
    return red * 9 // 10, green * 9 // 10, blue * 9 // 10
