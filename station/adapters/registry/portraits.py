"""Portraits in the registry: JPEG or JPEG 2000, of a size that a chip could hold."""

import io
from pathlib import Path

from PIL import Image

from station.adapters.registry.fields import FieldError

MAX_PORTRAIT_OCTETS = 120_000
"""What a card's portrait may have at most (docs/card-profile.md)."""
MAX_PORTRAIT_SIDE = 4096
_FORMATS = ("JPEG", "JPEG2000")


def read_portrait(folder: Path, name: str) -> bytes:
    """The portrait in the file `name`, which lies in `folder` or below.

    Errors  `FieldError`, naming neither file nor person.
    """
    try:
        # Links are followed first: the list may come from elsewhere, the folder is the operator's.
        path = (folder / name).resolve()
        inside = path.is_relative_to(folder.resolve())
        octets = _beginning(path) if inside else b""
    except (OSError, ValueError) as error:  # ValueError: a name that none can be.
        raise FieldError(f"portrait cannot be read ({type(error).__name__})") from None
    if not inside:
        raise FieldError("portrait is outside the list's folder")
    return checked_portrait(octets)


def checked_portrait(octets: bytes) -> bytes:
    """`octets` if they are a picture. Errors: `FieldError`."""
    if len(octets) > MAX_PORTRAIT_OCTETS:
        raise FieldError(f"portrait has more than {MAX_PORTRAIT_OCTETS} octets")
    try:
        with Image.open(io.BytesIO(octets), formats=_FORMATS) as picture:
            small = max(picture.size) <= MAX_PORTRAIT_SIDE
            if small:
                picture.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise FieldError("portrait is no JPEG or JPEG 2000 that can be decoded") from None
    if not small:
        raise FieldError(f"portrait is wider or higher than {MAX_PORTRAIT_SIDE} pixels")
    return octets


def _beginning(path: Path) -> bytes:
    """One octet more than allowed tells a file that is too large."""
    with path.open("rb") as file:
        return file.read(MAX_PORTRAIT_OCTETS + 1)
