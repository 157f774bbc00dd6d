"""libeac (OpenPACE) through ctypes: an independent engine for PACE and secure messaging."""

import ctypes
from ctypes import POINTER, Structure, c_char, c_char_p, c_int, c_size_t, c_ulong, c_void_p

import pytest

NAME = "libeac.so.3"
EAC_ID_PACE = 0


class BufMem(Structure):
    """OpenSSL's BUF_MEM."""

    _fields_ = (
        ("length", c_size_t),
        ("data", POINTER(c_char)),
        ("max", c_size_t),
        ("flags", c_ulong),
    )


_BUFFER = POINTER(BufMem)

_FUNCTIONS = {
    "EAC_init": (None, []),
    "EAC_CTX_new": (c_void_p, []),
    "EAC_CTX_clear_free": (None, [c_void_p]),
    "EAC_CTX_init_ef_cardaccess": (c_int, [c_char_p, c_size_t, c_void_p]),
    "EAC_CTX_set_encryption_ctx": (c_int, [c_void_p, c_int]),
    "EAC_increment_ssc": (c_int, [c_void_p]),
    "EAC_add_iso_pad": (_BUFFER, [c_void_p, _BUFFER]),
    "EAC_remove_iso_pad": (_BUFFER, [_BUFFER]),
    "EAC_encrypt": (_BUFFER, [c_void_p, _BUFFER]),
    "EAC_decrypt": (_BUFFER, [c_void_p, _BUFFER]),
    "EAC_authenticate": (_BUFFER, [c_void_p, _BUFFER]),
    "PACE_SEC_new": (c_void_p, [c_char_p, c_size_t, c_int]),
    "PACE_SEC_clear_free": (None, [c_void_p]),
    "PACE_STEP2_dec_nonce": (c_int, [c_void_p, c_void_p, _BUFFER]),
    "PACE_STEP3A_generate_mapping_data": (_BUFFER, [c_void_p]),
    "PACE_STEP3A_map_generator": (c_int, [c_void_p, _BUFFER]),
    "PACE_STEP3B_generate_ephemeral_key": (_BUFFER, [c_void_p]),
    "PACE_STEP3B_compute_shared_secret": (c_int, [c_void_p, _BUFFER]),
    "PACE_STEP3C_derive_keys": (c_int, [c_void_p]),
    "PACE_STEP3D_compute_authentication_token": (_BUFFER, [c_void_p, _BUFFER]),
    "PACE_STEP3D_verify_authentication_token": (c_int, [c_void_p, _BUFFER]),
}


def load_library() -> ctypes.CDLL:
    """The library with its functions typed; skips the test where it is not installed."""
    try:
        library = ctypes.CDLL(NAME)
    except OSError:
        pytest.skip(f"{NAME} (Debian package libeac3) is not installed")
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    library.EAC_init()
    return library


class LibeacTerminal:
    """The terminal's end of PACE, and then of secure messaging."""

    def __init__(self, card_access: bytes, secret: bytes, kind: int) -> None:
        self._library = load_library()
        self._context = self._library.EAC_CTX_new()
        done = self._library.EAC_CTX_init_ef_cardaccess(
            card_access, len(card_access), self._context
        )
        assert done == 1, "libeac does not understand EF.CardAccess"
        self._secret = self._library.PACE_SEC_new(secret, len(secret), kind)

    def close(self) -> None:
        self._library.PACE_SEC_clear_free(self._secret)
        self._library.EAC_CTX_clear_free(self._context)

    def decrypt_nonce(self, encrypted: bytes) -> None:
        buffer = _buffer(encrypted)
        assert self._library.PACE_STEP2_dec_nonce(self._context, self._secret, buffer) == 1

    def mapping_data(self) -> bytes:
        return _octets(self._library.PACE_STEP3A_generate_mapping_data(self._context))

    def map(self, theirs: bytes) -> None:
        assert self._library.PACE_STEP3A_map_generator(self._context, _buffer(theirs)) == 1

    def ephemeral_key(self) -> bytes:
        return _octets(self._library.PACE_STEP3B_generate_ephemeral_key(self._context))

    def agree(self, theirs: bytes) -> None:
        buffer = _buffer(theirs)
        assert self._library.PACE_STEP3B_compute_shared_secret(self._context, buffer) == 1
        assert self._library.PACE_STEP3C_derive_keys(self._context) == 1

    def token(self, theirs: bytes) -> bytes:
        compute = self._library.PACE_STEP3D_compute_authentication_token
        return _octets(compute(self._context, _buffer(theirs)))

    def accepts(self, token: bytes) -> bool:
        verify = self._library.PACE_STEP3D_verify_authentication_token
        return bool(verify(self._context, _buffer(token)) == 1)

    def start_secure_messaging(self) -> None:
        assert self._library.EAC_CTX_set_encryption_ctx(self._context, EAC_ID_PACE) == 1

    def count(self) -> None:
        assert self._library.EAC_increment_ssc(self._context) == 1

    def pad(self, octets: bytes) -> bytes:
        return _octets(self._library.EAC_add_iso_pad(self._context, _buffer(octets)))

    def unpad(self, octets: bytes) -> bytes:
        return _octets(self._library.EAC_remove_iso_pad(_buffer(octets)))

    def encrypt(self, padded: bytes) -> bytes:
        return _octets(self._library.EAC_encrypt(self._context, _buffer(padded)))

    def decrypt(self, ciphertext: bytes) -> bytes:
        return _octets(self._library.EAC_decrypt(self._context, _buffer(ciphertext)))

    def authenticate(self, padded: bytes) -> bytes:
        return _octets(self._library.EAC_authenticate(self._context, _buffer(padded)))


def _buffer(octets: bytes) -> "ctypes._Pointer[BufMem]":
    data = ctypes.create_string_buffer(octets, len(octets))
    buffer = BufMem(len(octets), ctypes.cast(data, POINTER(c_char)), len(octets), 0)
    return ctypes.pointer(buffer)


def _octets(buffer: "ctypes._Pointer[BufMem]") -> bytes:
    assert buffer, "libeac reported an error"
    return ctypes.string_at(buffer.contents.data, buffer.contents.length)
