"""Whose attestations a station believes: its trust folder and its configuration, as rules."""

from datetime import timedelta
from importlib import resources

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from apdu.lds import cvc
from station import openid4vci
from station.bootstrap.home import Home
from station.config import Settings
from station.domain.errors import StationError
from station.openid4vci import jwk, strict_json
from station.openid4vci.android_attestation import AndroidTrust
from station.openid4vci.android_key_description import SecurityLevel
from station.openid4vci.jws import JwsError
from station.openid4vci.key_attestation import AttestationTrust, TrustedKey
from station.openid4vci.strict_json import JsonError
from station.openid4vci.wallet_attestation import WalletTrust
from station.ports import RevocationStore

CERTIFICATES = ("iaca", "mdoc-signer", "sd-jwt-signer", "status-signer")
_MAX_JWK = 4096


def key_attestation_trust(home: Home, settings: Settings) -> AttestationTrust | None:
    """Whose key attestations are believed; None: a demo that takes keys unattested.

    Errors  `StationError("config.invalid")`.
    """
    if settings.demo and settings.policy.unattested:
        return None
    rules = settings.attestation
    roots, keys = home.attestation_roots(), home.attestation_keys()
    unknown = rules.of_devices - roots.keys() - keys.keys()
    if unknown:
        raise _invalid(f"attestation.of_devices: no {min(unknown)} in trust/attestation")
    return AttestationTrust(
        tuple(der for name, der in roots.items() if name not in rules.of_devices),
        tuple(_trusted_key(name, text, rules.of_devices) for name, text in keys.items()),
        tuple(der for name, der in roots.items() if name in rules.of_devices),
        rules.key_storage,
        rules.user_authentication,
        timedelta(days=rules.max_age_days),
    )


def wallet_trust(home: Home, settings: Settings) -> WalletTrust:
    """Whose wallet attestations are believed. Errors: `StationError("config.invalid")`."""
    trust = WalletTrust(home.wallet_roots())
    if settings.policy.wallet_attestation == "required" and not trust.roots:
        raise _invalid("policy.wallet_attestation is required, but trust/wallets is empty")
    return trust


def android_trust(
    home: Home, settings: Settings, revocations: RevocationStore
) -> AndroidTrust | None:
    """Which Android keys are believed by their own chains; None where no application is named.

    Rule    Google's roots are pinned. A demo may have others beside them; a real station that
            has any does not open.
    """
    rules, further = settings.android, home.android_roots()
    if further and not settings.demo:
        raise _invalid("trust/android holds a root, but the roots of Android are pinned")
    if not rules.applications:
        return None
    return AndroidTrust(
        (*_google_roots(), *further),
        {name: frozenset(map(_digest, each)) for name, each in rules.applications.items()},
        revocations.current,
        SecurityLevel[rules.level.upper()],
        rules.user_authentication,
        rules.oldest_patch,
        timedelta(hours=rules.list_hours),
    )


def _google_roots() -> tuple[bytes, ...]:
    pem = resources.files(openid4vci).joinpath("android_roots.pem").read_bytes()
    return tuple(each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(pem))


def _digest(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def refuse_test_trust(home: Home) -> None:
    """A real station trusts and uses nothing that says TEST. Errors: `StationError`."""
    certificates = {
        "a TEST country signing certificate": home.country_signers(),
        "a TEST attestation root": tuple(home.attestation_roots().values()),
        "a TEST root of wallet providers": home.wallet_roots(),
        "a TEST issuer certificate": tuple(map(home.certificate, CERTIFICATES)),
    }
    for what, ders in certificates.items():
        subjects = [x509.load_der_x509_certificate(each).subject for each in ders]
        if any(str(name.value).startswith("TEST") for subject in subjects for name in subject):
            raise _invalid(what)
    if any(name.upper().startswith("TEST") for name in home.attestation_keys()):
        raise _invalid("a TEST attestation key")
    holders = [cvc.decode(each).holder for each in home.terminal_chain()]
    if any(holder[2:].startswith("TEST") for holder in holders):
        raise _invalid("a TEST terminal certificate")


def _trusted_key(name: str, text: bytes, of_devices: frozenset[str]) -> TrustedKey:
    try:
        content = strict_json.loads_object(text, _MAX_JWK)
        key = jwk.parse(content)
    except (JsonError, JwsError) as error:
        raise _invalid(f"trust/attestation/{name}.jwk: {error}") from None
    kid = content.get("kid")
    if not isinstance(kid, str | None):
        raise _invalid(f"trust/attestation/{name}.jwk: kid is not a string")
    return TrustedKey(key, kid, name in of_devices)


def _invalid(detail: str) -> StationError:
    return StationError("config.invalid", detail)
