"""QR codes as pictures in a page."""

import segno
from markupsafe import Markup


def qr_code(text: str) -> Markup:
    """As SVG that takes the size of its place; without a quiet zone, which the frame gives."""
    return Markup(segno.make(text, error="m").svg_inline(omitsize=True, border=0))  # noqa: S704
