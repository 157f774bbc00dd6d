"""A portrait on the terminal, where it can show one.

Which way is told by the environment; nothing is asked of the terminal, whose answer might end up
as typed input. Only images of an authentic card come here.

Source  iTerm2, inline images protocol (OSC 1337); kitty, terminal graphics protocol; else two
        pixels to a character in 24-bit colour.
"""

import io
import warnings
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from apdu.lds.portrait import Portrait

HEIGHT = 24
"""Lines of the terminal that a portrait takes."""
_MAX_PIXELS = 16_000_000
_CHUNK = 4096
_PILLOW = {"jpeg": "JPEG", "jpeg2000": "JPEG2000"}
_INLINE = {"iTerm.app", "WezTerm", "mintty"}
_TRUE_COLOUR = {"truecolor", "24bit"}
_RESET = "\x1b[0m"


class CannotShow(Exception):
    """Why this terminal does not show the portrait, as a sentence."""


def render(portrait: Portrait, environment: Mapping[str, str], is_terminal: bool = True) -> str:
    """What to write so that the terminal shows the portrait. Errors: `CannotShow`."""
    if not is_terminal:
        raise CannotShow("The portrait is shown on a terminal only.")
    program = environment.get("TERM_PROGRAM", "") or environment.get("LC_TERMINAL", "")
    inside_another = "TMUX" in environment or environment.get("TERM", "").startswith("screen")
    if not inside_another:
        if program in _INLINE or program == "iTerm2":
            return _inline(_jpeg_or_png(portrait))
        if "KITTY_WINDOW_ID" in environment or program == "ghostty":
            return _kitty(_png(_open(portrait)))
    if environment.get("COLORTERM") in _TRUE_COLOUR:
        return _half_blocks(_open(portrait))
    raise CannotShow("This terminal does not say that it can show images.")


def _jpeg_or_png(portrait: Portrait) -> bytes:
    """JPEG as it is; JPEG 2000, which few terminals know, as PNG."""
    return portrait.image if portrait.format == "jpeg" else _png(_open(portrait))


def _inline(image: bytes) -> str:
    data = b64encode(image).decode("ascii")
    options = f"inline=1;size={len(image)};height={HEIGHT};preserveAspectRatio=1"
    return f"\x1b]1337;File={options}:{data}\x07\n"


def _kitty(png: bytes) -> str:
    data = b64encode(png).decode("ascii")
    pieces = [data[place : place + _CHUNK] for place in range(0, len(data), _CHUNK)]
    written = []
    for number, piece in enumerate(pieces):
        # q=2: the terminal answers nothing that could be taken for typed input.
        control = f"a=T,f=100,r={HEIGHT},q=2," if number == 0 else ""
        more = int(number < len(pieces) - 1)
        written.append(f"\x1b_G{control}m={more};{piece}\x1b\\")
    return "".join(written) + "\n"


def _half_blocks(image: Any) -> str:
    """Each character ▀ is two pixels: its colour the upper, its ground the lower."""
    width = max(1, round(2 * HEIGHT * image.width / image.height))
    pixels = image.convert("RGB").resize((width, 2 * HEIGHT)).tobytes()
    rows = [pixels[3 * width * n : 3 * width * (n + 1)] for n in range(2 * HEIGHT)]
    lines = []
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        cells = (
            f"\x1b[38;2;{_colour(upper, x)}m\x1b[48;2;{_colour(lower, x)}m▀" for x in range(width)
        )
        lines.append("".join(cells) + _RESET)
    return "\n".join(lines) + "\n"


def _colour(row: bytes, x: int) -> str:
    return ";".join(str(value) for value in row[3 * x : 3 * x + 3])


def _open(portrait: Portrait) -> Any:
    """The image, decoded by Pillow and by the one codec its first octets name."""
    try:
        from PIL import Image  # noqa: PLC0415 - optional: only to show portraits
    except ImportError as error:
        raise CannotShow("To show the portrait here, install Pillow.") from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(portrait.image), formats=[_PILLOW[portrait.format]])
        if image.width * image.height > _MAX_PIXELS:
            raise CannotShow("The portrait is too large to be shown.")
        image.load()
    except (
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise CannotShow("The portrait cannot be decoded.") from error
    return image


def _png(image: Any) -> bytes:
    octets = io.BytesIO()
    image.convert("RGB").save(octets, "PNG")
    return octets.getvalue()
