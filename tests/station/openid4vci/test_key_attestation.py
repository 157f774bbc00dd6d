import base64
import copy
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from apdu.crypto.curves import P256, P384, PrivateKey
from station.openid4vci.errors import ErrorCode, OpenId4VciError
from station.openid4vci.jwk import thumbprint
from station.openid4vci.key_attestation import AttestationTrust, TrustedKey, verify
from tests.station.openid4vci.wallet import (
    CA,
    DEVICE_KEY,
    NOW,
    ROOT,
    SECONDS,
    SIGNER,
    TRUST,
    Made,
    attestation,
    certify,
    jwk,
    jws,
)
from tests.vectors import load


def refusal(text: str, trust: AttestationTrust = TRUST, now: datetime = NOW) -> str:
    with pytest.raises(OpenId4VciError) as refused:
        verify(text, trust, now)
    assert refused.value.code is ErrorCode.INVALID_PROOF
    return refused.value.description.removeprefix("key attestation: ")


def test_an_attestation_of_a_trusted_provider_is_believed() -> None:
    result = verify(attestation(), TRUST, NOW)
    assert result.keys == (DEVICE_KEY.public_key(),)
    assert result.key_storage == result.user_authentication == ("iso_18045_moderate",)
    assert result.nonce is None
    assert result.signer == SIGNER.certificate.fingerprint(hashes.SHA256()).hex()


@pytest.mark.vectors
def test_the_printed_attestation_verifies_at_its_time_only() -> None:
    values = load("openid4vci_key_attestation")["values"]["generated"]
    trust = AttestationTrust((bytes.fromhex(values["root_certificate"]),))
    made, ends = (datetime.fromtimestamp(each, UTC) for each in (1760000000, 1760086400))
    result = verify(values["key_attestation_jwt"], trust, made)
    assert [jwk(key) for key in result.keys] == [values["device_jwk"]]
    assert result.nonce == "n-0S6_WzA2Mj"
    assert refusal(values["key_attestation_jwt"], trust, ends) == "exp has passed"


@pytest.mark.vectors
def test_the_incomplete_example_of_the_specification_is_refused() -> None:
    printed = load("openid4vci_key_attestation")["values"]["printed_example"]
    text = attestation(header=printed["header"], payload=printed["payload"])
    assert refusal(text) == "x5c is not base64"


def test_the_type_of_older_drafts_is_refused() -> None:
    assert refusal(attestation(header={"typ": "keyattestation+jwt"})) == (
        "typ is not key-attestation+jwt"
    )


@pytest.mark.parametrize("alg", ["none", "HS256", "ES384", "RS256", None])
def test_another_algorithm_is_refused(alg: str | None) -> None:
    assert refusal(attestation(header={"alg": alg})) == "alg is not ES256"


def test_a_signature_by_another_key_than_the_certificates_is_refused() -> None:
    assert refusal(attestation(key=DEVICE_KEY)) == "the signature is wrong"


@pytest.mark.parametrize("header", [{"jwk": "own"}, {"kid": "1"}])
def test_a_key_that_is_not_on_the_list_is_not_believed(header: Mapping[str, Any]) -> None:
    own = {"jwk": jwk(DEVICE_KEY)} if "jwk" in header else header
    text = attestation(header={"x5c": None, **own}, key=DEVICE_KEY)
    assert refusal(text) == "the signer is not on the trust list"


@pytest.mark.parametrize("header", [{}, {"jwk": jwk(DEVICE_KEY), "kid": "1"}])
def test_a_signer_has_exactly_one_name(header: Mapping[str, Any]) -> None:
    text = attestation(header={"x5c": None, **header}, key=DEVICE_KEY)
    assert refusal(text) == "not exactly one of x5c, kid and jwk names the signer"


class TestListedKeys:
    """Signers that the trust list knows by their keys."""

    LISTED = P256.generate()
    TRUST = AttestationTrust((), (TrustedKey(LISTED.public_key(), "provider-1"),))

    def signed(self, header: Mapping[str, Any], key: PrivateKey | None = None) -> str:
        return attestation(header={"x5c": None, **header}, key=key or self.LISTED)

    def test_one_is_named_by_its_kid(self) -> None:
        result = verify(self.signed({"kid": "provider-1"}), self.TRUST, NOW)
        assert result.signer == thumbprint(self.LISTED.public_key())
        assert not result.of_device

    def test_one_is_shown_itself(self) -> None:
        result = verify(self.signed({"jwk": jwk(self.LISTED)}), self.TRUST, NOW)
        assert result.signer == thumbprint(self.LISTED.public_key())

    def test_one_of_a_device_is_told(self) -> None:
        trust = AttestationTrust((), (TrustedKey(self.LISTED.public_key(), "d", of_device=True),))
        assert verify(self.signed({"kid": "d"}), trust, NOW).of_device

    @pytest.mark.parametrize("header", [{"kid": "provider-1"}, {"jwk": jwk(LISTED)}])
    def test_its_name_alone_proves_nothing(self, header: Mapping[str, Any]) -> None:
        assert refusal(self.signed(header, DEVICE_KEY), self.TRUST) == "the signature is wrong"

    @pytest.mark.parametrize("kid", ["PROVIDER-1", "", 1, ["provider-1"], {}])
    def test_another_name_is_not_known(self, kid: object) -> None:
        assert refusal(self.signed({"kid": kid}), self.TRUST) == (
            "the signer is not on the trust list"
        )

    def test_a_key_without_a_name_is_found_by_itself_only(self) -> None:
        trust = AttestationTrust((), (TrustedKey(self.LISTED.public_key()),))
        assert verify(self.signed({"jwk": jwk(self.LISTED)}), trust, NOW)
        assert refusal(self.signed({"kid": "provider-1"}), trust)
        header = {"typ": "key-attestation+jwt", "alg": "ES256", "kid": None}
        nameless = jws(header, {"iat": SECONDS}, self.LISTED)
        assert refusal(nameless, trust) == "the signer is not on the trust list"

    def test_two_keys_of_one_name_are_none(self) -> None:
        keys = (*self.TRUST.keys, TrustedKey(DEVICE_KEY.public_key(), "provider-1"))
        trust = AttestationTrust((), keys)
        assert refusal(self.signed({"kid": "provider-1"}), trust) == (
            "the signer is not on the trust list"
        )

    def test_a_chain_is_judged_as_a_chain(self) -> None:
        stranger = certify(CA, None)
        text = attestation(
            header={"kid": "provider-1"}, chain=[certify(Made(), stranger)], key=self.LISTED
        )
        assert refusal(text, self.TRUST) == "the chain does not end at a trusted root"

    def test_a_key_shown_with_its_private_half_is_refused(self) -> None:
        own = {**jwk(self.LISTED), "d": "AA"}
        assert refusal(self.signed({"jwk": own}), self.TRUST) == (
            "a JWK carries private key material"
        )


class TestDevices:
    """Roots whose signers each speak for one device."""

    def test_a_signer_under_one_is_told(self) -> None:
        trust = AttestationTrust((), (), (ROOT.der,))
        assert verify(attestation(), trust, NOW).of_device

    def test_a_signer_under_another_root_is_not(self) -> None:
        other = certify(CA, None)
        trust = AttestationTrust((ROOT.der,), (), (other.der,))
        assert not verify(attestation(), trust, NOW).of_device


@pytest.mark.parametrize(
    ("x5c", "rule"),
    [
        ([], "x5c is not an array of 1 to 4 certificates"),
        ("MIIB", "x5c is not an array of 1 to 4 certificates"),
        ([base64.b64encode(SIGNER.der).decode()] * 5, "x5c is not an array of 1 to 4 certificates"),
        ([7], "x5c is not base64"),
        ([base64.urlsafe_b64encode(b"\xff\xff\xff").decode()], "x5c is not base64"),
        (["AAAA"], "a certificate cannot be read"),
        ([base64.b64encode(SIGNER.der + b"\x00").decode()], "a certificate cannot be read"),
    ],
)
def test_a_broken_chain_header_is_refused(x5c: object, rule: str) -> None:
    assert refusal(attestation(header={"x5c": x5c})) == rule


def test_a_signer_with_a_key_on_another_curve_is_refused() -> None:
    signer = certify(Made(), ROOT, P384.generate())
    assert refusal(attestation(chain=[signer])) == "the key is not on P-256"


def test_a_signer_with_an_rsa_key_is_refused() -> None:
    signer = certify(Made(), ROOT, rsa.generate_private_key(65537, 2048))  # type: ignore[arg-type]
    assert refusal(attestation(chain=[signer], key=DEVICE_KEY)) == (
        "the signer's key is not on P-256"
    )


class TestTimes:
    def test_exp_is_required(self) -> None:
        assert refusal(attestation(payload={"exp": None})) == "exp is missing"

    @pytest.mark.parametrize(("shift", "accepted"), [(1, True), (0, False), (-1, False)])
    def test_exp_ends_it_to_the_second(self, shift: int, accepted: bool) -> None:
        text = attestation(payload={"exp": SECONDS + shift})
        if accepted:
            assert verify(text, TRUST, NOW)
        else:
            assert refusal(text) == "exp has passed"

    def test_iat_is_required_and_not_ahead(self) -> None:
        assert refusal(attestation(payload={"iat": None})) == "iat is missing"
        ahead = attestation(payload={"iat": SECONDS + 61})
        assert refusal(ahead) == "iat lies in the future"

    def test_an_old_attestation_is_refused_whatever_its_exp(self) -> None:
        month = 31 * 86400
        assert verify(attestation(payload={"iat": SECONDS - month}), TRUST, NOW)
        assert refusal(attestation(payload={"iat": SECONDS - month - 1})) == "iat is too old"
        strict = replace(TRUST, max_age=timedelta(seconds=59))
        assert refusal(attestation(), strict) == "iat is too old"

    @pytest.mark.parametrize("exp", ["1795408215", True, [], float("1e30")])
    def test_an_exp_that_is_no_date_is_refused(self, exp: object) -> None:
        assert refusal(attestation(payload={"exp": exp})) == "exp is not a NumericDate"


class TestKeys:
    @pytest.mark.parametrize(
        "keys",
        [None, [], {}, "key", [jwk(P256.generate()) for _ in range(21)]],
        ids=["missing", "empty", "object", "text", "twenty-one"],
    )
    def test_none_and_too_many_keys_are_refused(self, keys: object) -> None:
        rule = "attested_keys is not an array of 1 to 20 keys"
        assert refusal(attestation(payload={"attested_keys": keys})) == rule

    def test_a_key_named_twice_is_refused(self) -> None:
        keys = [jwk(DEVICE_KEY), {**jwk(DEVICE_KEY), "kid": "other"}]
        assert refusal(attestation(payload={"attested_keys": keys})) == (
            "attested_keys names a key twice"
        )

    def test_private_key_material_is_refused(self) -> None:
        keys = [jwk(DEVICE_KEY), {**jwk(P256.generate()), "d": "AA"}]
        assert refusal(attestation(payload={"attested_keys": keys})) == (
            "a JWK carries private key material"
        )


class TestLevels:
    HIGH = frozenset({"iso_18045_high"})
    ENOUGH = frozenset({"iso_18045_high", "iso_18045_moderate"})

    def test_one_of_the_levels_asked_for_is_enough(self) -> None:
        trust = replace(TRUST, key_storage=self.ENOUGH, user_authentication=self.ENOUGH)
        assert verify(attestation(), trust, NOW)

    @pytest.mark.parametrize("name", ["key_storage", "user_authentication"])
    @pytest.mark.parametrize("value", [["iso_18045_moderate"], [], None])
    def test_a_lower_or_no_level_is_refused(self, name: str, value: object) -> None:
        strict = {
            "key_storage": replace(TRUST, key_storage=self.HIGH),
            "user_authentication": replace(TRUST, user_authentication=self.HIGH),
        }[name]
        rule = f"{name} does not reach the level asked for"
        assert refusal(attestation(payload={name: value}), strict) == rule

    @pytest.mark.parametrize("value", ["iso_18045_high", [1], {}])
    def test_levels_that_are_no_strings_are_refused(self, value: object) -> None:
        rule = "key_storage is not an array of strings"
        assert refusal(attestation(payload={"key_storage": value})) == rule

    def test_the_metadata_say_what_is_asked_for(self) -> None:
        assert TRUST.required() == {}
        assert replace(TRUST, key_storage=self.ENOUGH).required() == {
            "key_storage": ["iso_18045_high", "iso_18045_moderate"]
        }


class TestChain:
    def test_a_chain_to_another_root_is_refused(self) -> None:
        stranger = certify(CA, None)  # The same name, another key.
        text = attestation(chain=[certify(Made(), stranger)])
        assert refusal(text) == "the chain does not end at a trusted root"

    def test_an_expired_signer_is_refused(self) -> None:
        expired = certify(Made(days=(-30, -0.1)), ROOT)
        assert refusal(attestation(chain=[expired])) == "a certificate is outside its validity"

    def test_an_authority_between_is_followed(self) -> None:
        between = certify(Made("TEST CA", ca=True), ROOT)
        text = attestation(chain=[certify(Made(), between), between])
        assert verify(text, TRUST, NOW)

    def test_an_extra_certificate_is_refused(self) -> None:
        between = certify(Made("TEST CA", ca=True), ROOT)
        assert refusal(attestation(chain=[SIGNER, between])) == (
            "a certificate is not issued by the next"
        )

    def test_a_signer_certified_by_a_signer_is_refused(self) -> None:
        text = attestation(chain=[certify(Made("TEST forged"), SIGNER), SIGNER])
        assert refusal(text) == "an issuing certificate is not an authority's"

    def test_a_provider_not_in_the_list_is_refused_by_default(self) -> None:
        assert refusal(attestation(), AttestationTrust(())) == (
            "the chain does not end at a trusted root"
        )


def test_a_long_attestation_is_refused_before_it_is_read() -> None:
    text = attestation(payload={"pad": "x" * 1_000_000})
    assert refusal(text) == "longer than 24576 characters"


def test_a_verified_attestation_shows_no_key() -> None:
    result = copy.copy(verify(attestation(payload={"nonce": "secret"}), TRUST, NOW))
    assert "PublicKey" not in repr(result)
    assert "secret" not in repr(result)
