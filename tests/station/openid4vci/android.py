"""Android attestation chains made for tests: a root, a device, a leaf, and ways to spoil them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from apdu.crypto.curves import P256, P384
from apdu.lds.der import integer, sequence, set_of
from apdu.tlv import build
from station.openid4vci.android_attestation import AndroidTrust, RevocationList
from station.openid4vci.android_key_description import EXTENSION

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
CHALLENGE = b"a c_nonce"
PACKAGE, APPLICATION_SIGNER = "kr.example.wallet", bytes(range(32))
KEY = P256.private_key(0xA11CE)
Key = ec.EllipticCurvePrivateKey


def enumerated(value: int) -> bytes:
    return build(0x0A, bytes((value,)))


def octets(value: bytes) -> bytes:
    return build(0x04, value)


def tagged(number: int, value: bytes) -> bytes:
    if number < 31:
        return build(0xA0 | number, value)
    groups = []
    while number:
        groups.append(number & 0x7F)
        number >>= 7
    low, *high = groups
    return build(
        int.from_bytes(bytes((0xBF, *(each | 0x80 for each in reversed(high)), low))), value
    )


@dataclass(frozen=True)
class Description:
    """The values of a good KeyDescription; `replace` spoils one."""

    version: int = 300
    attestation_level: int = 1
    key_level: int = 1
    challenge: bytes = CHALLENGE
    purposes: tuple[int, ...] = (2,)
    algorithm: int = 3
    curve: int | None = 1
    origin: int | None = 0
    locked: bytes = b"\xff"
    boot_state: int = 0
    root_of_trust: bool = True
    patch: int | None = 202610
    all_applications: bool = False
    user_authentication: int | None = None
    packages: tuple[str, ...] = (PACKAGE,)
    signers: tuple[bytes, ...] = (APPLICATION_SIGNER,)
    application: bool = True
    hardware_first: bool = False  # the lists exchanged: software says what hardware should
    extra_hardware: bytes = b""

    def encode(self) -> bytes:
        software, hardware = self._software(), self._hardware()
        if self.hardware_first:
            software, hardware = hardware, software
        return sequence(
            integer(self.version),
            enumerated(self.attestation_level),
            integer(self.version),
            enumerated(self.key_level),
            octets(self.challenge),
            octets(b""),
            software,
            hardware,
        )

    def _software(self) -> bytes:
        if not self.application:
            return sequence()
        packages = [
            sequence(octets(each.encode(errors="surrogateescape")), integer(1))
            for each in self.packages
        ]
        named = sequence(set_of(packages), set_of(octets(each) for each in self.signers))
        return sequence(tagged(709, octets(named)))

    def _hardware(self) -> bytes:
        entries = [
            tagged(1, set_of(integer(each) for each in self.purposes)),
            tagged(2, integer(self.algorithm)),
            tagged(3, integer(256)),
        ]
        if self.curve is not None:
            entries.append(tagged(10, integer(self.curve)))
        if self.user_authentication is None:
            entries.append(tagged(503, build(0x05)))
        else:
            entries.append(tagged(504, integer(self.user_authentication)))
        if self.all_applications:
            entries.append(tagged(600, build(0x05)))
        if self.origin is not None:
            entries.append(tagged(702, integer(self.origin)))
        if self.root_of_trust:
            boot = sequence(
                octets(bytes(32)),
                build(0x01, self.locked),
                enumerated(self.boot_state),
                octets(b""),
            )
            entries.append(tagged(704, boot))
        if self.patch is not None:
            entries.append(tagged(706, integer(self.patch)))
        return sequence(*entries, self.extra_hardware)


@dataclass(frozen=True)
class Link:
    """One certificate to be made."""

    name: str
    key: Key = field(repr=False)
    authority: bool = True
    constraints: bool = True
    cert_sign: bool = True
    extension: bytes | None = field(default=None, repr=False)
    first: datetime = NOW - timedelta(days=7)
    last: datetime = NOW + timedelta(days=21)
    digest: hashes.SHA224 | hashes.SHA256 = field(default_factory=hashes.SHA256)
    serial: int = 7


@dataclass(frozen=True)
class Chain:
    """Root, device authority, device key and leaf; signed in turn unless `signers` says else."""

    root: Link
    links: tuple[Link, ...]  # below the root, the leaf last
    signers: dict[int, Key] = field(default_factory=dict)  # who signs link n instead
    issuers: dict[int, str] = field(default_factory=dict)  # what link n names as issuer

    def encode(self, *, with_root: bool = False) -> list[bytes]:
        """DER, leaf first."""
        made, above = [], self.root
        for place, link in enumerate(self.links):
            signer = self.signers.get(place, above.key)
            made.append(certify(link, self.issuers.get(place, above.name), signer))
            above = link
        chain = [each.public_bytes(Encoding.DER) for each in reversed(made)]
        return [*chain, self.root_der()] if with_root else chain

    def root_der(self) -> bytes:
        return certify(self.root, self.root.name, self.root.key).public_bytes(Encoding.DER)


def certify(link: Link, issuer: str, key: Key) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(link.name))
        .issuer_name(_name(issuer))
        .public_key(link.key.public_key())
        .serial_number(link.serial)
        .not_valid_before(link.first)
        .not_valid_after(link.last)
    )
    if link.constraints and link.authority:
        builder = builder.add_extension(x509.BasicConstraints(True, None), critical=True)
    usage = x509.KeyUsage(
        not link.authority, False, False, False, False, link.authority and link.cert_sign,
        False, False, False,
    )  # fmt: skip
    builder = builder.add_extension(usage, critical=True)
    if link.extension is not None:
        oid = x509.ObjectIdentifier(EXTENSION)
        builder = builder.add_extension(
            x509.UnrecognizedExtension(oid, link.extension), critical=False
        )
    return builder.sign(key, link.digest)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


ROOT = Link("TEST Root", P384.private_key(0xF00), last=NOW + timedelta(days=3650))
GOOD = Chain(
    ROOT,
    (
        Link("TEST Droid CA", P256.private_key(0xCA), serial=0xCA),
        Link("TEST Device", P256.private_key(0xDE), serial=0xDE),
        Link("Android Keystore Key", KEY, authority=False, extension=Description().encode()),
    ),
)
TRUST = AndroidTrust(
    (GOOD.root_der(),),
    {PACKAGE: frozenset({APPLICATION_SIGNER})},
    lambda: RevocationList(frozenset({"bad"}), NOW - timedelta(hours=1)),
)


def with_link(place: int, **changes: object) -> Chain:
    links = list(GOOD.links)
    links[place] = replace(links[place], **changes)  # type: ignore[arg-type]
    return replace(GOOD, links=tuple(links))


def described(**changes: object) -> Chain:
    """The good chain, its leaf saying something else."""
    good = Description()
    return with_link(2, extension=replace(good, **changes).encode())  # type: ignore[arg-type]


Spoil = Callable[[], list[bytes]]
