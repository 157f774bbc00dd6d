"""libeac (OpenPACE) through ctypes: an independent engine for PACE, EAC2 and secure messaging.

Octets go in and come out; both sides of each protocol are here, without any command.
Source  OpenPACE, eac/eac.h, eac/pace.h, eac/ta.h, eac/ca.h (Debian package libeac-dev).
"""

import ctypes
from ctypes import POINTER, Structure, c_char, c_char_p, c_int, c_size_t, c_ulong, c_void_p
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from apdu.crypto.curves import PrivateKey, curve_of, encode_point
from tests.interop.programs import missing

NAME = "libeac.so.3"
PACE_CHANNEL, CHIP_CHANNEL = 0, 1


class BufMem(Structure):
    """OpenSSL's BUF_MEM."""

    _fields_ = (
        ("length", c_size_t),
        ("data", POINTER(c_char)),
        ("max", c_size_t),
        ("flags", c_ulong),
    )


_BUFFER = POINTER(BufMem)
_kept: list[bytes] = []  # The library keeps pointers to these.

_FUNCTIONS = {
    "EAC_init": (None, []),
    "EAC_CTX_new": (c_void_p, []),
    "EAC_CTX_clear_free": (None, [c_void_p]),
    "EAC_CTX_init_ef_cardaccess": (c_int, [c_char_p, c_size_t, c_void_p]),
    "EAC_CTX_init_ef_cardsecurity": (c_int, [c_char_p, c_size_t, c_void_p]),
    "EAC_CTX_init_ta": (c_int, [c_void_p, c_char_p, c_size_t, c_char_p, c_size_t]),
    "EAC_CTX_set_encryption_ctx": (c_int, [c_void_p, c_int]),
    "EAC_set_x509_default_dir": (None, [c_char_p]),
    "EAC_increment_ssc": (c_int, [c_void_p]),
    "EAC_add_iso_pad": (_BUFFER, [c_void_p, _BUFFER]),
    "EAC_remove_iso_pad": (_BUFFER, [_BUFFER]),
    "EAC_encrypt": (_BUFFER, [c_void_p, _BUFFER]),
    "EAC_decrypt": (_BUFFER, [c_void_p, _BUFFER]),
    "EAC_authenticate": (_BUFFER, [c_void_p, _BUFFER]),
    "EAC_Comp": (_BUFFER, [c_void_p, c_int, _BUFFER]),
    "PACE_SEC_new": (c_void_p, [c_char_p, c_size_t, c_int]),
    "PACE_SEC_clear_free": (None, [c_void_p]),
    "PACE_STEP1_enc_nonce": (_BUFFER, [c_void_p, c_void_p]),
    "PACE_STEP2_dec_nonce": (c_int, [c_void_p, c_void_p, _BUFFER]),
    "PACE_STEP3A_generate_mapping_data": (_BUFFER, [c_void_p]),
    "PACE_STEP3A_map_generator": (c_int, [c_void_p, _BUFFER]),
    "PACE_STEP3B_generate_ephemeral_key": (_BUFFER, [c_void_p]),
    "PACE_STEP3B_compute_shared_secret": (c_int, [c_void_p, _BUFFER]),
    "PACE_STEP3C_derive_keys": (c_int, [c_void_p]),
    "PACE_STEP3D_compute_authentication_token": (_BUFFER, [c_void_p, _BUFFER]),
    "PACE_STEP3D_verify_authentication_token": (c_int, [c_void_p, _BUFFER]),
    "TA_disable_checks": (None, [c_void_p]),
    "TA_STEP2_import_certificate": (c_int, [c_void_p, c_char_p, c_size_t]),
    "TA_STEP3_generate_ephemeral_key": (_BUFFER, [c_void_p]),
    "TA_STEP4_get_nonce": (_BUFFER, [c_void_p]),
    "TA_STEP4_set_nonce": (c_int, [c_void_p, _BUFFER]),
    "TA_STEP5_sign": (_BUFFER, [c_void_p, _BUFFER, _BUFFER, _BUFFER]),
    "TA_STEP6_verify": (c_int, [c_void_p, _BUFFER, _BUFFER, _BUFFER, _BUFFER]),
    "CA_set_key": (c_int, [c_void_p, c_char_p, c_size_t, c_char_p, c_size_t]),
    "CA_get_pubkey": (_BUFFER, [c_void_p, c_char_p, c_size_t]),
    "CA_STEP2_get_eph_pubkey": (_BUFFER, [c_void_p]),
    "CA_STEP3_check_pcd_pubkey": (c_int, [c_void_p, _BUFFER, _BUFFER]),
    "CA_STEP4_compute_shared_secret": (c_int, [c_void_p, _BUFFER]),
    "CA_STEP5_derive_keys": (c_int, [c_void_p, _BUFFER, POINTER(_BUFFER), POINTER(_BUFFER)]),
    "CA_STEP6_derive_keys": (c_int, [c_void_p, _BUFFER, _BUFFER]),
}


@cache
def load_library() -> ctypes.CDLL:
    """The library with its functions typed; without the types pointers are cut to 32 bits."""
    try:
        library = ctypes.CDLL(NAME)
    except OSError:
        missing(f"{NAME} (Debian package libeac3) is not installed")
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    library.EAC_init()
    return library


def trust(folder: Path) -> None:
    """Look up country signing certificates in `folder`, as OpenSSL does: <hash of the name>.0."""
    path = f"{folder}/".encode()
    _kept.append(path)
    load_library().EAC_set_x509_default_dir(path)


class Engine:
    """One side's context: what both sides of PACE and of secure messaging do.

    libeac drops leading zeros of Comp(), the x-coordinate of a key, which TR-03110-3, A.2.2.3,
    does not: `size` puts them back, or one session in 128 would fail.
    """

    def __init__(self, card_access: bytes, size: int) -> None:
        self._library = load_library()
        self._size = size
        self._context = self._library.EAC_CTX_new()
        self._secrets: list[int] = []
        initialized = self._library.EAC_CTX_init_ef_cardaccess(
            card_access, len(card_access), self._context
        )
        assert initialized == 1, "libeac does not understand EF.CardAccess"

    def close(self) -> None:
        for secret in self._secrets:
            self._library.PACE_SEC_clear_free(secret)
        self._library.EAC_CTX_clear_free(self._context)

    def mapping_data(self) -> bytes:
        return self._made("PACE_STEP3A_generate_mapping_data")

    def map(self, theirs: bytes) -> None:
        assert self._done("PACE_STEP3A_map_generator", _buffer(theirs))

    def ephemeral_key(self) -> bytes:
        return self._made("PACE_STEP3B_generate_ephemeral_key")

    def agree(self, theirs: bytes) -> None:
        assert self._done("PACE_STEP3B_compute_shared_secret", _buffer(theirs))
        assert self._done("PACE_STEP3C_derive_keys")

    def token(self, theirs: bytes) -> bytes:
        return self._made("PACE_STEP3D_compute_authentication_token", _buffer(theirs))

    def accepts(self, token: bytes) -> bool:
        return self._done("PACE_STEP3D_verify_authentication_token", _buffer(token))

    def name_of(self, chip_ephemeral: bytes) -> bytes:
        """ID_PICC: Comp() of the chip's ephemeral key in PACE."""
        return self._full("EAC_Comp", PACE_CHANNEL, _buffer(chip_ephemeral))

    def use(self, channel: int) -> None:
        """Secure messaging with the keys of PACE or of chip authentication; counter zero."""
        assert self._done("EAC_CTX_set_encryption_ctx", channel)

    def count(self) -> None:
        assert self._done("EAC_increment_ssc")

    def pad(self, octets: bytes) -> bytes:
        return self._made("EAC_add_iso_pad", _buffer(octets))

    def encrypt(self, plain: bytes) -> bytes:
        return self._made("EAC_encrypt", _buffer(self.pad(plain)))

    def decrypt(self, ciphertext: bytes) -> bytes:
        padded = self._made("EAC_decrypt", _buffer(ciphertext))
        return _octets(self._library.EAC_remove_iso_pad(_buffer(padded)))

    def authenticate(self, padded: bytes) -> bytes:
        return self._made("EAC_authenticate", _buffer(padded))

    def _secret(self, value: bytes, kind: int) -> int:
        secret: int = self._library.PACE_SEC_new(value, len(value), kind)
        assert secret
        self._secrets.append(secret)
        return secret

    def _done(self, step: str, *arguments: object) -> bool:
        return bool(getattr(self._library, step)(self._context, *arguments) == 1)

    def _full(self, step: str, *arguments: object) -> bytes:
        return self._made(step, *arguments).rjust(self._size, b"\0")

    def _made(self, step: str, *arguments: object) -> bytes:
        return _octets(getattr(self._library, step)(self._context, *arguments))


class LibeacTerminal(Engine):
    """The terminal's steps of PACE, terminal authentication and chip authentication."""

    def __init__(self, card_access: bytes, size: int, secret: bytes, kind: int) -> None:
        super().__init__(card_access, size)
        self._password = self._secret(secret, kind)

    def decrypt_nonce(self, encrypted: bytes) -> None:
        assert self._done("PACE_STEP2_dec_nonce", self._password, _buffer(encrypted))

    def present(self, key: PrivateKey, certificate: bytes) -> None:
        """Be the terminal of this certificate, 7F21."""
        octets = _private(key)
        arguments = (octets, len(octets), certificate, len(certificate))
        assert self._done("EAC_CTX_init_ta", *arguments)

    def commit(self) -> bytes:
        """Make the key for chip authentication; Comp() of it."""
        return self._full("TA_STEP3_generate_ephemeral_key")

    def sign(self, challenge: bytes, committed: bytes, chip: bytes) -> bytes:
        assert self._done("TA_STEP4_set_nonce", _buffer(challenge))
        return self._made("TA_STEP5_sign", _buffer(committed), _buffer(chip), None)

    def chip_key(self, card_security: bytes) -> bytes:
        """The chip's key from EF.CardSecurity; whether to believe it, `is_authentic` says."""
        return self._made("CA_get_pubkey", card_security, len(card_security))

    def is_authentic(self, card_security: bytes) -> bool:
        """Passive authentication, up to a certificate that `trust` found."""
        step = self._library.EAC_CTX_init_ef_cardsecurity
        return bool(step(card_security, len(card_security), self._context) == 1)

    def chip_ephemeral(self) -> bytes:
        return self._made("CA_STEP2_get_eph_pubkey")

    def agree_with_chip(self, chip_key: bytes) -> None:
        assert self._done("CA_STEP4_compute_shared_secret", _buffer(chip_key))

    def accepts_chip(self, nonce: bytes, token: bytes) -> bool:
        return self._done("CA_STEP6_derive_keys", _buffer(nonce), _buffer(token))


class LibeacChip(Engine):
    """The chip's steps of the same protocols. The calendar is not asked: tests have fixed dates."""

    def __init__(self, card_access: bytes, cvca: bytes, chip_key: PrivateKey) -> None:
        super().__init__(card_access, curve_of(chip_key).size)
        assert self._done("EAC_CTX_init_ta", None, 0, cvca, len(cvca))
        self._library.TA_disable_checks(self._context)
        private, public = _private(chip_key), encode_point(chip_key.public_key())
        assert self._done("CA_set_key", private, len(private), public, len(public))

    def encrypted_nonce(self, secret: bytes, kind: int) -> bytes:
        return self._made("PACE_STEP1_enc_nonce", self._secret(secret, kind))

    def trusts(self, certificate: bytes) -> bool:
        """Import a certificate, 7F21, issued by the one before it."""
        return self._done("TA_STEP2_import_certificate", certificate, len(certificate))

    def challenge(self) -> bytes:
        return self._made("TA_STEP4_get_nonce")

    def verifies(self, signature: bytes, committed: bytes, chip: bytes) -> bool:
        signed = (_buffer(committed), _buffer(chip), None)
        return self._done("TA_STEP6_verify", *signed, _buffer(signature))

    def was_promised(self, public: bytes, committed: bytes) -> bool:
        """Whether `committed` is Comp() of this key; libeac's has no leading zeros."""
        committed = committed.lstrip(b"\0")
        return self._done("CA_STEP3_check_pcd_pubkey", _buffer(committed), _buffer(public))

    def prove(self, public: bytes) -> tuple[bytes, bytes]:
        """Nonce and token that only the holder of the chip's key can make."""
        nonce, token = _BUFFER(), _BUFFER()
        assert self._done("CA_STEP4_compute_shared_secret", _buffer(public))
        results = (ctypes.byref(nonce), ctypes.byref(token))
        assert self._done("CA_STEP5_derive_keys", _buffer(public), *results)
        return _octets(nonce), _octets(token)


def _private(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def _buffer(octets: bytes) -> "ctypes._Pointer[BufMem]":
    data = ctypes.create_string_buffer(octets, len(octets))
    buffer = BufMem(len(octets), ctypes.cast(data, POINTER(c_char)), len(octets), 0)
    return ctypes.pointer(buffer)


def _octets(buffer: "ctypes._Pointer[BufMem]") -> bytes:
    assert buffer, "libeac reported an error"
    return ctypes.string_at(buffer.contents.data, buffer.contents.length)
