from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from station.openid4vci.certificate_path import PathError, validate_path
from tests.station.openid4vci.wallet import CA, NOW, ROOT, SIGNER, Certified, Made, certify

BETWEEN = certify(Made("TEST CA", ca=True), ROOT)
LEAF = certify(Made(), BETWEEN)
NO_USAGE_OID = x509.ObjectIdentifier("1.2.3.4")


def refusal(chain: Sequence[Certified], roots: Sequence[Certified] = (ROOT,)) -> str:
    with pytest.raises(PathError) as refused:
        validate_path([each.der for each in chain], [each.der for each in roots], NOW)
    return str(refused.value)


def accepted(chain: Sequence[Certified], roots: Sequence[Certified] = (ROOT,)) -> bool:
    leaf = validate_path([each.der for each in chain], [each.der for each in roots], NOW)
    return leaf == chain[0].certificate


def test_a_signer_below_a_root_is_accepted() -> None:
    assert accepted([SIGNER])


def test_a_root_may_close_its_own_chain() -> None:
    assert accepted([SIGNER, ROOT])
    assert accepted([LEAF, BETWEEN, ROOT])


def test_the_right_one_of_several_roots_of_one_name_is_found() -> None:
    namesake = certify(CA, None)
    assert accepted([SIGNER], [namesake, ROOT])
    assert refusal([SIGNER], [namesake]) == "the chain does not end at a trusted root"


def test_a_root_does_not_stand_alone() -> None:
    assert refusal([ROOT]) == "the chain has no signer below a root"
    assert refusal([]) == "the chain has no signer below a root"
    assert refusal([SIGNER], [SIGNER, ROOT]) == "the chain has no signer below a root"


def test_a_self_signed_signer_is_refused() -> None:
    assert refusal([certify(Made(), None)]) == "the chain does not end at a trusted root"


def test_another_order_is_refused() -> None:
    assert refusal([BETWEEN, LEAF]) == "the chain does not end at a trusted root"


def test_a_missing_authority_is_refused() -> None:
    assert refusal([LEAF]) == "the chain does not end at a trusted root"


def test_an_authority_of_the_same_name_with_another_key_is_refused() -> None:
    namesake = certify(Made("TEST CA", ca=True), ROOT)
    assert refusal([LEAF, namesake]) == "a certificate is not issued by the next"


@pytest.mark.parametrize(("ca", "usage"), [(False, True), (None, True), (None, None)])
def test_an_issuer_that_is_no_authority_is_refused(ca: bool | None, usage: bool | None) -> None:
    middle = certify(Made("TEST CA", ca=ca, usage=usage), ROOT)
    assert refusal([certify(Made(), middle), middle]) == (
        "an issuing certificate is not an authority's"
    )


def test_a_root_that_is_no_authority_is_refused() -> None:
    root = certify(Made("TEST root"), None)
    assert refusal([certify(Made(), root)], [root]) == (
        "an issuing certificate is not an authority's"
    )


def test_an_authority_that_may_not_sign_certificates_is_refused() -> None:
    middle = certify(Made("TEST CA", ca=True, usage=False), ROOT)
    assert refusal([certify(Made(), middle), middle]) == (
        "an issuing certificate may not sign certificates"
    )


def test_a_signer_that_may_not_sign_is_refused() -> None:
    assert refusal([certify(Made(usage=False), ROOT)]) == ("the signer's certificate may not sign")


def test_an_authority_as_signer_is_refused() -> None:
    assert refusal([BETWEEN]) == "the signer's certificate is an authority's"


@pytest.mark.parametrize(("length", "ok"), [(0, False), (1, True), (None, True)])
def test_the_path_length_of_the_root_counts_authorities_below(length: int | None, ok: bool) -> None:
    root = certify(replace(CA, path_length=length), None)
    between = certify(Made("TEST CA", ca=True), root)
    chain = [certify(Made(), between), between]
    if ok:
        assert accepted(chain, [root])
    else:
        assert refusal(chain, [root]) == "the chain is longer than an authority allows"
    assert accepted([certify(Made(), root)], [root])


def test_the_path_length_of_an_authority_between_counts_too() -> None:
    upper = certify(Made("TEST upper", ca=True, path_length=0), ROOT)
    lower = certify(Made("TEST lower", ca=True), upper)
    assert refusal([certify(Made(), lower), lower, upper]) == (
        "the chain is longer than an authority allows"
    )


@pytest.mark.parametrize("days", [(-30, -0.001), (0.001, 30)])
@pytest.mark.parametrize("place", ["signer", "authority", "root"])
def test_what_is_outside_its_validity_is_refused(days: tuple[float, float], place: str) -> None:
    made = {"signer": Made(), "authority": Made("TEST CA", ca=True), "root": CA}
    made[place] = replace(made[place], days=days)
    root = certify(made["root"], None)
    authority = certify(made["authority"], root)
    signer = certify(made["signer"], authority)
    assert refusal([signer, authority], [root]) == "a certificate is outside its validity"


def test_the_bounds_of_the_validity_belong_to_it() -> None:
    edge = certify(Made(days=(-1, 0)), ROOT)
    assert accepted([edge])
    with pytest.raises(PathError):
        validate_path([edge.der], [ROOT.der], NOW + timedelta(seconds=1))


def test_a_weak_hash_is_refused() -> None:
    weak = certify(Made(hash_algorithm=hashes.SHA224()), ROOT)
    assert refusal([weak]) == "a certificate is signed with a weak hash"


def test_a_certificate_of_version_1_is_refused() -> None:
    # It has no extensions, so nothing says what its key may do.
    parsed = asn1_x509.Certificate.load(SIGNER.der)
    to_be_signed = parsed["tbs_certificate"]
    to_be_signed["version"] = "v1"
    del to_be_signed["extensions"]
    octets = to_be_signed.dump(force=True)
    parsed["signature_value"] = ROOT.key.sign(octets, ec.ECDSA(hashes.SHA256()))
    with pytest.raises(PathError, match="version 3"):
        validate_path([parsed.dump(force=True)], [ROOT.der], NOW)


def test_a_critical_extension_that_is_not_understood_is_refused() -> None:
    odd = certify(Made(critical=x509.UnrecognizedExtension(NO_USAGE_OID, b"\x05\x00")), ROOT)
    assert refusal([odd]) == "a certificate has a critical extension that is not understood"
    purpose = certify(Made(critical=x509.ExtendedKeyUsage([NO_USAGE_OID])), ROOT)
    assert refusal([purpose]) == "a certificate has a critical extension that is not understood"


@given(st.integers(0, len(SIGNER.der) - 1), st.integers(1, 255))
def test_any_changed_octet_is_refused(place: int, change: int) -> None:
    mutant = bytearray(SIGNER.der)
    mutant[place] ^= change
    with pytest.raises(PathError):
        validate_path([bytes(mutant)], [ROOT.der], NOW)


@given(st.binary(max_size=200))
def test_octets_that_are_no_certificate_are_refused(octets: bytes) -> None:
    with pytest.raises(PathError):
        validate_path([octets], [ROOT.der], NOW)
