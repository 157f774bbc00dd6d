"""Chip authentication version 2: the chip proves its static key, and a new channel begins.

Source  BSI TR-03110-2, 3.4; TR-03110-3, A.4; ICAO Doc 9303-11, 6.2.
"""

import hmac

from apdu.commands import general_authenticate, set_chip_authentication
from apdu.crypto.curves import KeyPair, PublicKey, agree
from apdu.crypto.mac import cmac8
from apdu.errors import ProtocolError
from apdu.exchange import Exchange, ask
from apdu.lds.der import oid_octets
from apdu.lds.security_infos import ChipAuthenticationInfo, encode_point_object, key_length
from apdu.protocols.key_derivation import session_keys
from apdu.secure_messaging import SessionKeys
from apdu.tlv import build, parse_one, require

_CA_ECDH = "0.4.0.127.0.7.2.2.3.2."
_EPHEMERAL, _NONCE, _TOKEN = 0x80, 0x81, 0x82
_NONCE_LENGTH = 8


class ChipNotGenuine(ProtocolError):
    """The chip does not hold the secret of its public key: a clone, or a broken chip."""


def chip_authentication(
    info: ChipAuthenticationInfo, key_id: int | None, ephemeral: KeyPair, chip_key: PublicKey
) -> Exchange[SessionKeys]:
    """Agree new session keys with the holder of the chip's static key.

    Rule    `ephemeral` is the key terminal authentication committed to. `chip_key` proves
            something only if passive authentication holds for where it was read. The keys
            take effect, counter zero, with the next command; the old channel is dropped.
    Errors  `ChipNotGenuine`: wrong token. `StatusError`: a refusal. `ProtocolError`,
            `EncodingError`: the chip broke the protocol or its key is of another curve.
    Source  BSI TR-03110-2, 3.4 (the step numbers below).
    """
    if info.version != 2 or not info.protocol.startswith(_CA_ECDH):
        raise ProtocolError("chip authentication: only version 2 over elliptic curves is supported")
    secret = agree(ephemeral.private, chip_key)

    yield from ask(set_chip_authentication(oid_octets(info.protocol), key_id))
    point = build(_EPHEMERAL, ephemeral.point)  # 2
    response = yield from ask(general_authenticate(point))
    objects = parse_one(response.data, 0x7C).children  # 4
    nonce, token = require(objects, _NONCE), require(objects, _TOKEN)
    if len(nonce) != _NONCE_LENGTH:
        raise ProtocolError(f"chip authentication: nonce of {len(nonce)} octets")

    keys = session_keys(secret, key_length(info.protocol), nonce)
    expected = cmac8(keys.mac, encode_point_object(info.protocol, ephemeral.point))
    if not hmac.compare_digest(token, expected):  # 5
        raise ChipNotGenuine("chip authentication: the chip does not hold the key it shows")
    return keys
