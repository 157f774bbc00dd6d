"""Chip authentication, the chip's side: version 2 of EAC2, and version 1 of travel documents.

Source  TR-03110-2, 3.4; TR-03110-3, A.4, B.2; ICAO Doc 9303-11, 6.2.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

from apdu.crypto.curves import PublicKey, agree, encoded_x
from apdu.crypto.mac import cmac8
from apdu.errors import EncodingError
from apdu.iso7816 import StatusWord
from apdu.lds.security_infos import encode_point_object, key_length
from apdu.tlv import Tlv, build
from card_sim.chip import Chip
from card_sim.refusal import Refusal
from card_sim.secure_messaging import SessionKeys

NONCE_LENGTH = 8


@dataclass(frozen=True, slots=True)
class NewKeys:
    """The answer to GENERAL AUTHENTICATE, and the keys that count from the next command on."""

    answer: bytes = field(repr=False)
    keys: SessionKeys = field(repr=False)


def authenticate(chip: Chip, promised_key: bytes, objects: Iterable[Tlv]) -> NewKeys:
    """Version 2: prove possession of the chip's static key to the key the terminal promised.

    Rule    Comp() of the ephemeral key must be the one terminal authentication signed.
    Errors  `Refusal` 6A80 for malformed data, 6300 for another key.
    """
    point, theirs = _ephemeral_key(chip, objects)
    if not hmac.compare_digest(encoded_x(point), promised_key):
        raise Refusal(StatusWord.AUTHENTICATION_FAILED)
    nonce = chip.random_bytes(NONCE_LENGTH)
    keys = _agree(chip, theirs, nonce)
    token = cmac8(keys.authentication, encode_point_object(chip.card.chip_protocol, point))
    return NewKeys(build(0x7C, build(0x81, nonce), build(0x82, token)), keys)


def authenticate_first(chip: Chip, objects: Iterable[Tlv]) -> NewKeys:
    """Version 1: agree on keys that only the chip with the static key can use.

    Errors  `Refusal` 6A80 for malformed data.
    """
    _, theirs = _ephemeral_key(chip, objects)
    return NewKeys(build(0x7C), _agree(chip, theirs, b""))


def _ephemeral_key(chip: Chip, objects: Iterable[Tlv]) -> tuple[bytes, PublicKey]:
    """The terminal's key, as sent and as read."""
    objects = tuple(objects)
    if [each.tag for each in objects] != [0x80]:
        raise Refusal(StatusWord.WRONG_DATA)
    point = objects[0].value
    try:
        return point, chip.card.curve.decode_point(point)
    except EncodingError as error:
        raise Refusal(StatusWord.WRONG_DATA) from error


def _agree(chip: Chip, theirs: PublicKey, nonce: bytes) -> SessionKeys:
    card = chip.card
    secret = agree(card.chip_key, theirs)
    return SessionKeys.derived(secret, key_length(card.chip_protocol), nonce)
