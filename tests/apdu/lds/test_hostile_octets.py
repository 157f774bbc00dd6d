"""Whatever a chip sends, a decoder answers with a value or with `EncodingError`."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apdu.crypto.curves import P256
from apdu.errors import EncodingError
from apdu.lds import cvc, data_groups, eid_groups, mrz, security_infos, sod
from apdu.lds.certificates import decode_certificate
from apdu.lds.eid_groups import Address, EidData
from apdu.lds.portrait import Portrait
from apdu.lds.signature_schemes import decode_key, decode_scheme
from apdu.lds.subject_keys import encode_explicit
from apdu.protocols.passive_authentication import NotAuthentic
from tests.apdu.lds.issuing import CSCA, DS
from tests.apdu.lds.signed_files import CONTENT, GOOD, SIGNED, authenticate
from tests.apdu.lds.test_cvc import CVCA, TERMINAL
from tests.apdu.lds.test_security_infos import EF_CARD_ACCESS, WITH_KEY

HOLDER = EidData(
    "ID",
    "KOR",
    date(2036, 11, 22),
    "길동",
    "홍",
    date(1990, 1, 15),
    "KOR",
    "M",
    "9041151000000",
    date(2026, 11, 23),
    Address("세종대로 209", "종로구", "서울특별시", "KOR", "03171"),
    "1111000000",
)
ZONE = "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
DETAILS = data_groups.AdditionalDetails("홍<<길동", ("洪<<吉童",), date(1990, 1, 15))
JPEG = Portrait(b"\xff\xd8\xff" + bytes(60), "jpeg")

Decoder = Callable[[bytes], object]


def eid_group(number: int) -> Decoder:
    return lambda octets: eid_groups.decode_group(number, octets)


def dg1_zone(octets: bytes) -> object:
    return mrz.decode(data_groups.decode_dg1(octets))


def whole_object(octets: bytes) -> object:
    """Everything between the octets and the verdict."""
    signed = sod.decode(octets)
    try:
        authenticate(signed)
    except NotAuthentic:
        return None
    return sod.decode_lds_security_object(signed.content)


DECODERS: dict[str, tuple[Decoder, bytes]] = {
    "EF.CardAccess": (security_infos.decode, EF_CARD_ACCESS),
    "EF.CardAccess elements": (security_infos.elements, EF_CARD_ACCESS),
    "DG1": (dg1_zone, data_groups.encode_dg1(ZONE)),
    "DG2": (data_groups.decode_dg2, data_groups.encode_dg2(JPEG)),
    "DG11": (data_groups.decode_dg11, data_groups.encode_dg11(DETAILS)),
    "DG12": (
        data_groups.decode_dg12,
        data_groups.encode_dg12(data_groups.DocumentDetails("종로구청장", date(2026, 11, 23))),
    ),
    "DG14": (data_groups.decode_dg14, data_groups.encode_dg14(WITH_KEY)),
    "EF.COM": (data_groups.decode_com, data_groups.encode_com(data_groups.Com((1, 2, 14)))),
    "EF.SOD": (whole_object, sod.encode_file(SIGNED)),
    "LDS security object": (sod.decode_lds_security_object, CONTENT),
    "document signer": (decode_certificate, DS),
    "CSCA": (decode_certificate, CSCA),
    "key": (decode_key, encode_explicit(P256.private_key(3).public_key())),
    "scheme": (decode_scheme, GOOD.signers[0].signature_algorithm),
    "CVCA certificate": (cvc.decode, CVCA.encoded),
    "terminal certificate": (cvc.decode_body_and_signature, TERMINAL.pso_data),
    **{f"eID DG{n}": (eid_group(n), eid_groups.encode_group(n, HOLDER)) for n in eid_groups.GROUPS},
}


def answer(decode: Decoder, octets: bytes) -> None:
    with suppress(EncodingError):  # any other error is the failure this file looks for
        decode(octets)


@pytest.mark.parametrize("name", DECODERS)
def test_good_octets_decode(name: str) -> None:
    decode, octets = DECODERS[name]
    assert decode(octets) is not None


@pytest.mark.parametrize("name", DECODERS)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(octets=st.binary(max_size=80))
def test_random_octets_raise_encoding_error_at_most(name: str, octets: bytes) -> None:
    decode, good = DECODERS[name]
    answer(decode, octets)
    answer(decode, good[:6] + octets)


@pytest.mark.parametrize("name", DECODERS)
@settings(max_examples=150, deadline=None, derandomize=True)
@given(data=st.data())
def test_mutated_octets_raise_encoding_error_at_most(name: str, data: st.DataObject) -> None:
    decode, good = DECODERS[name]
    octets = bytearray(good)
    for _ in range(data.draw(st.integers(1, 3))):
        position = data.draw(st.integers(0, len(octets) - 1))
        octets[position] = data.draw(st.integers(0, 255))
    answer(decode, bytes(octets))
    cut = data.draw(st.integers(0, len(octets)))
    answer(decode, bytes(octets[:cut]))


@pytest.mark.parametrize("name", DECODERS)
def test_every_single_bit_flipped_raises_encoding_error_at_most(name: str) -> None:
    decode, good = DECODERS[name]
    step = max(1, len(good) // 60)
    for position in range(0, len(good), step):
        for bit in range(8):
            octets = bytearray(good)
            octets[position] ^= 1 << bit
            answer(decode, bytes(octets))
