"""Chains of Android devices: what is believed, and each way not to be."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from apdu.crypto.curves import P256, P384
from station.openid4vci import android_key_description
from station.openid4vci.android_attestation import AndroidTrust, RevocationList, verify
from station.openid4vci.android_key_description import EXTENSION, KeyDescription, SecurityLevel
from station.openid4vci.errors import ErrorCode, OpenId4VciError
from tests.station.openid4vci.android import (
    APPLICATION_SIGNER,
    CHALLENGE,
    GOOD,
    KEY,
    NOW,
    PACKAGE,
    ROOT,
    TRUST,
    Chain,
    Description,
    Link,
    described,
    tagged,
    with_link,
)
from tests.vectors import load

NO_ROOT = "the chain does not end at a pinned root"
NOT_ISSUED = "a certificate is not issued by the next"
OUTSIDE = "a certificate is outside its validity"
NO_AUTHORITY = "an issuing certificate is not an authority's"
UNREADABLE = "a certificate cannot be read"
MALFORMED = "the key description is malformed"
NO_BOOT = "the device was not started with verified boot"
NOT_SIGNING = "the key is not for signing alone"
NO_P256 = "the key is not on P-256"
NO_SINGLE = "the key belongs to no single application"
UNKNOWN_APPLICATION = "the key belongs to an application that is not known here"
LOW_LEVEL = "the key is not in hardware of the level asked for"
NO_LIST = "there is no current revocation list"
LENGTH = "not a chain of 1 to 8 certificates"
REVOKED = "a certificate of the chain is revoked"
ABOVE = "a certificate above the leaf carries a key description"


def refusal(chain: list[bytes], trust: AndroidTrust = TRUST, now: datetime = NOW) -> str:
    with pytest.raises(OpenId4VciError) as refused:
        verify(chain, CHALLENGE, trust, now)
    assert refused.value.code is ErrorCode.INVALID_PROOF
    return refused.value.description.removeprefix("android attestation: ")


@pytest.mark.parametrize("with_root", [False, True])
def test_a_chain_of_a_genuine_device_is_believed(with_root: bool) -> None:
    chain = GOOD.encode(with_root=with_root)
    result = verify(chain, CHALLENGE, TRUST, NOW)
    assert result.key == KEY.public_key()
    assert result.level is SecurityLevel.TRUSTED_ENVIRONMENT
    device = x509.load_der_x509_certificate(chain[1])
    assert result.signer == device.fingerprint(hashes.SHA256()).hex()


def test_a_chain_that_ends_in_an_expired_copy_of_the_root_is_believed() -> None:
    old = replace(GOOD, root=replace(ROOT, last=NOW - timedelta(days=1), serial=8))
    assert verify([*GOOD.encode(), old.root_der()], CHALLENGE, TRUST, NOW).key == KEY.public_key()


def test_a_strong_box_key_is_believed() -> None:
    chain = described(attestation_level=2, key_level=2).encode()
    trust = replace(TRUST, level=SecurityLevel.STRONG_BOX)
    assert verify(chain, CHALLENGE, trust, NOW).level is SecurityLevel.STRONG_BOX


def test_a_key_behind_the_users_fingerprint_is_believed_where_that_is_asked_for() -> None:
    trust = replace(TRUST, user_authentication=True)
    verify(described(user_authentication=2).encode(), CHALLENGE, trust, NOW)
    assert refusal(GOOD.encode(), trust) == (
        "the key may be used without authentication of the user"
    )


OTHER = P256.private_key(0xBAD)
FURTHER = Link("Another", OTHER, authority=False, extension=Description().encode())
UNTRUSTED = Chain(Link("TEST Root", P384.private_key(0xF01)), GOOD.links)
DAY = timedelta(days=1)


def extended(link: Link) -> list[bytes]:
    """The attested key used as if it were an authority's: the chain is made longer below."""
    attested = replace(GOOD.links[2], authority=True)
    return replace(GOOD, links=(*GOOD.links[:2], attested, link)).encode()


def spoiled(place: int, offset: int) -> list[bytes]:
    chain = [bytearray(each) for each in GOOD.encode()]
    chain[place][offset] ^= 0x01
    return [bytes(each) for each in chain]


MUTATIONS: dict[str, tuple[Callable[[], list[bytes]], str]] = {
    # the path
    "no certificate": (list, LENGTH),
    "nine certificates": (lambda: GOOD.encode() * 3, LENGTH),
    "a certificate of 9 kB": (lambda: [bytes(9000)], "a certificate is too long"),
    "octets that are none": (lambda: [b"no certificate"], UNREADABLE),
    "a certificate with octets behind": (lambda: [GOOD.encode()[0] + b"\0"], UNREADABLE),
    "a truncated leaf": (lambda: [GOOD.encode()[0][:-9], *GOOD.encode()[1:]], UNREADABLE),
    "another root": (UNTRUSTED.encode, NO_ROOT),
    "another root, sent along": (lambda: UNTRUSTED.encode(with_root=True), NO_ROOT),
    "self-signed leaf": (
        lambda: [replace(GOOD, root=replace(ROOT, key=OTHER), links=GOOD.links[2:]).encode()[0]],
        NO_ROOT,
    ),
    "the root alone": (lambda: [GOOD.root_der()], "the chain has nothing below the root"),
    "a leaf right below the root": (
        lambda: replace(GOOD, links=GOOD.links[2:]).encode(),
        "the root itself attests no keys",
    ),
    "the leaf alone": (lambda: GOOD.encode()[:1], NO_ROOT),
    "the device's certificate left out": (
        lambda: [GOOD.encode()[0], GOOD.encode()[2]],
        NOT_ISSUED,
    ),
    "root first": (lambda: list(reversed(GOOD.encode())), NO_ROOT),
    "leaf and device exchanged": (
        lambda: [GOOD.encode()[1], GOOD.encode()[0], GOOD.encode()[2]],
        NOT_ISSUED,
    ),
    "leaf twice": (lambda: [GOOD.encode()[0], *GOOD.encode()], NOT_ISSUED),
    "leaf signed by another": (lambda: replace(GOOD, signers={2: OTHER}).encode(), NOT_ISSUED),
    "device signed by another": (lambda: replace(GOOD, signers={1: OTHER}).encode(), NOT_ISSUED),
    "authority signed by another": (lambda: replace(GOOD, signers={0: OTHER}).encode(), NO_ROOT),
    "leaf names another issuer": (lambda: replace(GOOD, issuers={2: "X"}).encode(), NOT_ISSUED),
    "authority names another issuer": (lambda: replace(GOOD, issuers={0: "X"}).encode(), NO_ROOT),
    "one bit of the leaf's signature": (lambda: spoiled(0, -1), NOT_ISSUED),
    "one bit of the device's signature": (lambda: spoiled(1, -1), NOT_ISSUED),
    "one bit of the authority's signature": (lambda: spoiled(2, -1), NO_ROOT),
    "device without constraints": (lambda: with_link(1, constraints=False).encode(), NO_AUTHORITY),
    "device is no authority": (lambda: with_link(1, authority=False).encode(), NO_AUTHORITY),
    "device may not sign certificates": (
        lambda: with_link(1, cert_sign=False).encode(),
        NO_AUTHORITY,
    ),
    "authority is none": (lambda: with_link(0, authority=False).encode(), NO_AUTHORITY),
    "leaf expired": (lambda: with_link(2, last=NOW - DAY).encode(), OUTSIDE),
    "leaf not yet valid": (lambda: with_link(2, first=NOW + DAY).encode(), OUTSIDE),
    "device expired": (lambda: with_link(1, last=NOW - DAY).encode(), OUTSIDE),
    "device not yet valid": (lambda: with_link(1, first=NOW + DAY).encode(), OUTSIDE),
    "authority expired": (lambda: with_link(0, last=NOW - DAY).encode(), OUTSIDE),
    "leaf signed over a weak hash": (
        lambda: with_link(2, digest=hashes.SHA224()).encode(),
        "a certificate is signed with a weak hash",
    ),
    "device revoked": (lambda: with_link(1, serial=0xBAD).encode(), REVOKED),
    "authority revoked": (lambda: with_link(0, serial=0xBAD).encode(), REVOKED),
    "leaf revoked": (lambda: with_link(2, serial=0xBAD).encode(), REVOKED),
    # the chain extended below an attested key
    "a key attested by an attested key": (lambda: extended(FURTHER), ABOVE),
    "a plain key below an attested key": (
        lambda: extended(replace(FURTHER, extension=None)),
        ABOVE,
    ),
    "device with a description": (
        lambda: with_link(1, extension=Description().encode()).encode(),
        ABOVE,
    ),
    # the description
    "no description": (
        lambda: with_link(2, extension=None).encode(),
        "the leaf carries no key description",
    ),
    "empty description": (lambda: with_link(2, extension=b"").encode(), MALFORMED),
    "description cut": (
        lambda: with_link(2, extension=Description().encode()[:-2]).encode(),
        MALFORMED,
    ),
    "description with octets behind": (
        lambda: with_link(2, extension=Description().encode() + b"\0").encode(),
        MALFORMED,
    ),
    "unknown level": (lambda: described(key_level=9).encode(), MALFORMED),
    "unknown boot state": (lambda: described(boot_state=9).encode(), MALFORMED),
    "locked neither true nor false": (lambda: described(locked=b"\x01").encode(), MALFORMED),
    "purpose twice": (
        lambda: described(extra_hardware=tagged(1, b"\x31\x03\x02\x01\x02")).encode(),
        MALFORMED,
    ),
    "package name no UTF-8": (lambda: described(packages=("\udcff",)).encode(), MALFORMED),
    "software key": (lambda: described(key_level=0).encode(), LOW_LEVEL),
    "software attestation": (lambda: described(attestation_level=0).encode(), LOW_LEVEL),
    "another challenge": (
        lambda: described(challenge=b"another").encode(),
        "the challenge is not this c_nonce",
    ),
    "empty challenge": (
        lambda: described(challenge=b"").encode(),
        "the challenge is not this c_nonce",
    ),
    "challenge with more behind": (
        lambda: described(challenge=CHALLENGE + b"\0").encode(),
        "the challenge is not this c_nonce",
    ),
    "boot loader unlocked": (lambda: described(locked=b"\x00").encode(), NO_BOOT),
    "boot self-signed": (lambda: described(boot_state=1).encode(), NO_BOOT),
    "boot unverified": (lambda: described(boot_state=2).encode(), NO_BOOT),
    "boot failed": (lambda: described(boot_state=3).encode(), NO_BOOT),
    "boot not said": (lambda: described(root_of_trust=False).encode(), NO_BOOT),
    "hardware's word in the software list": (
        lambda: described(hardware_first=True).encode(),
        NO_BOOT,
    ),
    "key imported": (
        lambda: described(origin=2).encode(),
        "the key was not generated in the hardware",
    ),
    "origin not said": (
        lambda: described(origin=None).encode(),
        "the key was not generated in the hardware",
    ),
    "key for encryption": (lambda: described(purposes=(0, 1)).encode(), NOT_SIGNING),
    "key for signing and decryption": (lambda: described(purposes=(1, 2)).encode(), NOT_SIGNING),
    "key for attestation": (lambda: described(purposes=(2, 7)).encode(), NOT_SIGNING),
    "key for nothing": (lambda: described(purposes=()).encode(), NOT_SIGNING),
    "an RSA key described": (lambda: described(algorithm=1).encode(), NO_P256),
    "another curve described": (lambda: described(curve=2).encode(), NO_P256),
    "another curve certified": (lambda: with_link(2, key=P384.private_key(9)).encode(), NO_P256),
    "key for all applications": (
        lambda: described(all_applications=True).encode(),
        "the key may be used by every application",
    ),
    "application not said": (lambda: described(application=False).encode(), NO_SINGLE),
    "two applications": (lambda: described(packages=(PACKAGE, "other")).encode(), NO_SINGLE),
    "another application": (lambda: described(packages=("x",)).encode(), UNKNOWN_APPLICATION),
    "another signer": (lambda: described(signers=(bytes(32),)).encode(), UNKNOWN_APPLICATION),
    "one more signer": (
        lambda: described(signers=(APPLICATION_SIGNER, bytes(32))).encode(),
        UNKNOWN_APPLICATION,
    ),
    "no signer": (lambda: described(signers=()).encode(), UNKNOWN_APPLICATION),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutated_chain_is_refused_with_its_own_reason(name: str) -> None:
    make, reason = MUTATIONS[name]
    assert refusal(make()) == reason


def test_at_least_sixty_mutations_are_tried() -> None:
    assert len(MUTATIONS) >= 60


class TestTrust:
    def test_without_roots_nothing_is_believed(self) -> None:
        assert refusal(GOOD.encode(with_root=True), replace(TRUST, roots=())) == NO_ROOT

    def test_without_applications_nothing_is_believed(self) -> None:
        assert refusal(GOOD.encode(), replace(TRUST, applications={})) == UNKNOWN_APPLICATION

    def test_an_application_without_signers_is_not_believed(self) -> None:
        trust = replace(TRUST, applications={PACKAGE: frozenset()})
        assert refusal(described(signers=()).encode(), trust) == UNKNOWN_APPLICATION

    def test_without_a_revocation_list_nothing_is_believed(self) -> None:
        assert refusal(GOOD.encode(), replace(TRUST, revocations=lambda: None)) == NO_LIST

    @pytest.mark.parametrize(("age", "accepted"), [(0, True), (24, True), (25, False), (-1, False)])
    def test_the_revocation_list_has_an_age_limit(self, age: int, accepted: bool) -> None:
        listed = RevocationList(frozenset(), NOW - timedelta(hours=age))
        trust = replace(TRUST, revocations=lambda: listed)
        if accepted:
            verify(GOOD.encode(), CHALLENGE, trust, NOW)
        else:
            assert refusal(GOOD.encode(), trust) == NO_LIST

    def test_a_trusted_environment_is_not_a_strong_box(self) -> None:
        trust = replace(TRUST, level=SecurityLevel.STRONG_BOX)
        assert refusal(GOOD.encode(), trust) == LOW_LEVEL

    @pytest.mark.parametrize(
        ("patch", "accepted"), [(202610, True), (202609, False), (None, False)]
    )
    def test_security_patches_are_asked_for_by_month(
        self, patch: int | None, accepted: bool
    ) -> None:
        trust = replace(TRUST, oldest_patch=202610)
        chain = described(patch=patch).encode()
        if accepted:
            verify(chain, CHALLENGE, trust, NOW)
        else:
            assert refusal(chain, trust) == "the device is without the security patches asked for"


@pytest.mark.vectors
class TestPublishedChains:
    @staticmethod
    def description(leaf: bytes) -> KeyDescription:
        extensions = x509.load_der_x509_certificate(leaf).extensions
        value = extensions.get_extension_for_oid(x509.ObjectIdentifier(EXTENSION)).value
        assert isinstance(value, x509.UnrecognizedExtension)
        return android_key_description.decode(value.value)

    @staticmethod
    def trust(described: KeyDescription, now: datetime) -> AndroidTrust:
        roots = load("android_key_attestation_roots")["values"]["roots"]
        application = described.software.application
        assert application is not None
        return AndroidTrust(
            tuple(bytes.fromhex(each["certificate"]) for each in roots),
            dict.fromkeys(application.packages, application.signers),
            lambda: RevocationList(frozenset(), now),
        )

    @pytest.mark.parametrize("place", [0, 1])
    def test_provisioned_keys_are_believed_in_their_weeks_only(self, place: int) -> None:
        listed = load("android_key_attestation_roots")["values"]["chains"][place]
        chain = [bytes.fromhex(each) for each in listed["chain_leaf_first"]]
        first = datetime.fromisoformat(listed["valid_from_max"])
        last = datetime.fromisoformat(listed["valid_until_min"])
        described = self.description(chain[0])
        for now in (first, last):
            trust = self.trust(described, now)
            assert verify(chain, described.challenge, trust, now).level == 1
        for now in (first - timedelta(seconds=1), last + timedelta(seconds=1)):
            with pytest.raises(OpenId4VciError, match="outside its validity"):
                verify(chain, described.challenge, self.trust(described, now), now)

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("android_key_attestation_ec_tee", "not started with verified boot"),
            ("android_key_attestation_rsa_tee", "not started with verified boot"),
        ],
    )
    def test_samples_of_an_unlocked_device_are_refused(self, name: str, reason: str) -> None:
        values = load(name)["values"]
        chain = [bytes.fromhex(each) for each in values["chain"]]
        described = self.description(chain[0])
        assert described.challenge == bytes.fromhex(values["parsed"]["attestationChallenge"])
        assert described.version == values["parsed"]["attestationVersion"]
        boot = described.hardware.root_of_trust
        assert boot is not None
        assert boot.locked is values["root_of_trust"]["deviceLocked"]
        assert boot.state == values["root_of_trust"]["verifiedBootState"]
        now = datetime.fromisoformat("2022-06-01T00:00:00+00:00")
        with pytest.raises(OpenId4VciError, match=reason):
            verify(chain, described.challenge, self.trust(described, now), now)
