"""A good signed object, made once, for tests that spoil it."""

from collections.abc import Callable
from datetime import datetime

import pytest

from apdu.lds import sod
from apdu.lds.signature_schemes import SHA256
from apdu.protocols.passive_authentication import (
    NotAuthentic,
    Reason,
    SignerInfo,
    TrustStore,
    verify_signed_object,
)
from tests.apdu.lds.issuing import CSCA, CSCA_KEY, DAY, DS, DS_KEY, Draft, ecdsa

FILES = {1: b"a DG1", 2: b"a DG2"}
LDS = sod.make_lds_security_object(SHA256, FILES)
CONTENT = sod.encode_lds_security_object(LDS)
TRUST = TrustStore((CSCA,))
Sign = Callable[[bytes], bytes]


def signed_octets(certificate: bytes = DS, sign: Sign | None = None) -> bytes:
    return sod.build_signed_data(
        sod.LDS_SECURITY_OBJECT, CONTENT, certificate, sign or ecdsa(DS_KEY), DAY
    )


def signed(certificate: bytes = DS, sign: Sign | None = None) -> sod.SignedObject:
    return sod.decode(signed_octets(certificate, sign))


SIGNED = signed_octets()
GOOD = sod.decode(SIGNED)


def authenticate(
    what: sod.SignedObject, trust: TrustStore = TRUST, at: datetime = DAY
) -> SignerInfo:
    return verify_signed_object(what, sod.LDS_SECURITY_OBJECT, trust, at)


def refused(
    what: sod.SignedObject, reason: Reason, trust: TrustStore = TRUST, at: datetime = DAY
) -> None:
    with pytest.raises(NotAuthentic) as caught:
        authenticate(what, trust, at)
    assert caught.value.reason_code is reason


def issued(**changes: object) -> sod.SignedObject:
    """The good object, its signer's certificate with these changes."""
    return signed(Draft().but(**changes).signed_by(CSCA_KEY))
