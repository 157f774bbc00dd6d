"""Chains from a leaf to an anchor: who may stand where, and for how long."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from apdu.crypto.signatures import sign_plain
from apdu.errors import EncodingError
from card_sim.phone.checks.certificates import Signer, check_chain, load_anchors
from card_sim.phone.checks.checklist import Checklist
from card_sim.phone.cose import decode_sign1, sign1_detached
from card_sim.phone.errors import NotAuthentic, UsageProblem
from card_sim.phone.jose import decode_jws, sign_jws
from tests.card_sim.phone.authority import NOT_AFTER, NOT_BEFORE, Identity, leaf, root
from tests.card_sim.phone.credentials import NOW


def checked(chain: list[Identity], anchors: list[Identity], now: Any = NOW) -> Signer:
    ders = tuple(each.der for each in chain)
    return check_chain(ders, tuple(each.der for each in anchors), now, Checklist("x"))


def refused_with(chain: list[Identity], anchors: list[Identity], now: Any = NOW) -> str:
    with pytest.raises(NotAuthentic) as caught:
        checked(chain, anchors, now)
    return caught.value.code.removeprefix("x.")


def middle(above: Identity, **options: Any) -> Identity:
    """A CA under `above`."""
    return leaf(above, "TEST middle", **{"ca": True, "usage": "key_cert_sign", **options})


def test_chain_through_a_middle_authority_reaches_the_anchor() -> None:
    top = root(path_length=1)
    between = middle(top, path_length=0)
    signer = checked([leaf(between, "leaf"), between], [root("TEST other"), top])
    assert signer.anchored
    assert signer.authority == top.certificate.subject


def test_chain_without_any_anchor_is_not_anchored() -> None:
    assert not checked([leaf(root(), "leaf")], []).anchored


def test_empty_chain_is_refused() -> None:
    assert refused_with([], []) == "chain-encoding"


def test_chain_of_five_is_refused() -> None:
    top = above = root(path_length=None)
    chain: list[Identity] = []
    for _ in range(4):
        above = middle(above)
        chain.insert(0, above)
    assert checked([leaf(chain[1], "leaf"), *chain[1:]], [top]).anchored
    assert refused_with([leaf(above, "leaf"), *chain], [top]) == "chain-encoding"


def test_path_longer_than_the_anchor_allows_is_refused() -> None:
    top = root(path_length=0)
    between = middle(top)
    assert refused_with([leaf(between, "leaf"), between], [top]) == "chain-anchor"


def test_path_longer_than_a_middle_authority_allows_is_refused() -> None:
    top = root(path_length=None)
    upper = middle(top, path_length=0)
    lower = middle(upper)
    chain = [leaf(lower, "leaf"), lower, upper]
    assert refused_with(chain, [top]) == "chain-signatures"


@pytest.mark.parametrize(
    "options", [{"ca": False}, {"usage": "digital_signature"}, {"usage": "crl_sign"}]
)
def test_middle_certificate_that_may_not_certify_is_refused(options: dict[str, Any]) -> None:
    top = root(path_length=None)
    between = middle(top, **options)
    assert refused_with([leaf(between, "leaf"), between], [top]) == "chain-signatures"


def test_leaf_signed_by_a_namesake_of_the_middle_authority_is_refused() -> None:
    top = root(path_length=None)
    between, namesake = middle(top), middle(top)
    assert refused_with([leaf(namesake, "leaf"), between], [top]) == "chain-signatures"


def test_leaf_signed_by_a_namesake_of_the_anchor_is_refused() -> None:
    assert refused_with([leaf(root(), "leaf")], [root()]) == "chain-anchor"


def test_unknown_critical_extension_is_refused() -> None:
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    assert checked([leaf(top := root(), "leaf", extra=[(odd, False)])], [top]).anchored
    assert refused_with([leaf(top, "leaf", extra=[(odd, True)])], [top]) == "chain-encoding"


def test_chain_is_valid_to_the_second() -> None:
    top = root()
    end = leaf(top, "leaf", until=NOW)
    assert checked([end], [top], NOW).anchored
    assert refused_with([end], [top], NOW + timedelta(seconds=1)) == "chain-dates"
    assert checked([end], [top], NOT_BEFORE).anchored
    assert refused_with([end], [top], NOT_BEFORE - timedelta(seconds=1)) == "chain-dates"


def test_expired_anchor_is_no_anchor() -> None:
    top = root(until=NOW - timedelta(seconds=1))
    assert refused_with([leaf(top, "leaf", until=NOT_AFTER)], [top]) == "chain-anchor"


def test_signer_with_a_key_that_is_no_curve_key_is_an_encoding_error() -> None:
    class Rsa:
        """What a certificate with an RSA key looks like to the signer."""

        def public_key(self) -> rsa.RSAPublicKey:
            return rsa.generate_private_key(65537, 2048).public_key()

    signer = Signer(Rsa(), x509.Name([]), anchored=False)  # type: ignore[arg-type]
    with pytest.raises(EncodingError):
        _ = signer.key


def test_signature_by_a_key_of_another_curve_does_not_verify() -> None:
    """It would, were ES256 not tied to P-256."""
    key = ec.generate_private_key(ec.SECP384R1())

    def sign(octets: bytes) -> bytes:
        return sign_plain(key, octets, hashes.SHA256())

    with pytest.raises(InvalidSignature):
        decode_jws(sign_jws({}, {}, sign)).verify(key.public_key())
    with pytest.raises(InvalidSignature):
        decode_sign1(sign1_detached(b"x", sign)).verify(key.public_key(), b"x")


def test_detached_signature_without_its_payload_does_not_verify() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    signed = decode_sign1(sign1_detached(b"x", lambda o: sign_plain(key, o, hashes.SHA256())))
    signed.verify(key.public_key(), b"x")
    with pytest.raises(InvalidSignature):
        signed.verify(key.public_key())


def test_anchors_are_read_from_pem_and_der(tmp_path: Path) -> None:
    one, two = root(), root("TEST two")
    (tmp_path / "both.pem").write_bytes(one.pem + two.pem)
    (tmp_path / "one.der").write_bytes(one.der)
    paths = (tmp_path / "both.pem", tmp_path / "one.der")
    assert load_anchors(paths) == (one.der, two.der, one.der)


@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE-----", b"\x30\x00"])
def test_anchor_file_without_a_certificate_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.pem").write_bytes(content)
    with pytest.raises(UsageProblem):
        load_anchors((tmp_path / "x.pem",))
