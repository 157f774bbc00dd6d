"""Padding method 2 of ISO/IEC 9797-1 (the 'ISO 7816-4' padding of secure messaging)."""

from apdu.errors import EncodingError

_LONGEST = b"\x80" + bytes(255)


def pad(data: bytes, block: int) -> bytes:
    """Append 80 and zeros up to a multiple of `block` octets; always at least one octet."""
    return data + _LONGEST[: block - len(data) % block]


def unpad(padded: bytes, block: int) -> bytes:
    """Remove what `pad` appended. Errors: `EncodingError` if it is not there."""
    stripped = padded.rstrip(b"\x00")
    if (
        len(padded) % block
        or not stripped.endswith(b"\x80")
        or len(padded) - len(stripped) >= block
    ):
        raise EncodingError("padding of ISO/IEC 9797-1 method 2 is wrong")
    return stripped[:-1]
