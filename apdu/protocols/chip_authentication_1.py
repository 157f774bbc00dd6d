"""Chip authentication version 1: the chip proves its static key by using what follows from it.

There is no token: the first answer under the new keys is the proof.

Source  ICAO Doc 9303-11, 6.2 (AES: MSE:Set AT and GENERAL AUTHENTICATE).
"""

from apdu.commands import general_authenticate, set_chip_authentication
from apdu.crypto.curves import PrivateKey, PublicKey, agree, encode_point
from apdu.errors import EncodingError, ProtocolError
from apdu.exchange import Exchange, ask
from apdu.iso7816 import CommandAPDU, ResponseAPDU
from apdu.lds.der import oid_octets
from apdu.lds.security_infos import CA_ECDH, ChipAuthenticationInfo, key_length
from apdu.protocols.chip_authentication import ChipNotGenuine
from apdu.protocols.key_derivation import session_keys
from apdu.secure_messaging import SecureMessaging, SessionKeys
from apdu.tlv import build, parse_one

_EPHEMERAL = 0x80


def chip_authentication_1(
    info: ChipAuthenticationInfo, key_id: int | None, ephemeral: PrivateKey, chip_key: PublicKey
) -> Exchange[SessionKeys]:
    """Agree new session keys with whoever holds the chip's static key.

    Rule    Nothing is proven before `first_answer` under these keys; and then only if passive
            authentication holds for where `chip_key` was read.
    Errors  `StatusError`: a refusal. `ProtocolError`, `EncodingError`: the chip broke the
            protocol, or the variant is none with AES over elliptic curves.
    """
    if info.version != 1 or not info.protocol.startswith(f"{CA_ECDH}."):
        raise ProtocolError("chip authentication: not version 1 over elliptic curves")
    length, secret = key_length(info.protocol), agree(ephemeral, chip_key)
    yield from ask(set_chip_authentication(oid_octets(info.protocol), key_id))
    point = build(_EPHEMERAL, encode_point(ephemeral.public_key()))
    response = yield from ask(general_authenticate(point))
    if parse_one(response.data, 0x7C).value:
        raise ProtocolError("chip authentication: data objects that version 1 does not have")
    return session_keys(secret, length)


def first_answer(channel: SecureMessaging, command: CommandAPDU) -> Exchange[ResponseAPDU]:
    """The first command under the new keys, whatever its status, and with it the proof.

    Errors  `ChipNotGenuine`: whoever answered does not have the keys.
    """
    response = yield channel.protect(command)
    try:
        return channel.unprotect(response)
    except (ProtocolError, EncodingError) as error:
        raise ChipNotGenuine("chip authentication: no answer under the new keys") from error
