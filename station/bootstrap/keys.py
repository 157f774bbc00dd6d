"""The issuer's keys: the key file's secrets with the certificates of the folder."""

from cryptography import x509

from station.adapters.key_file import FileIssuerKey, FileIssuerKeys, Secrets
from station.bootstrap.home import Home
from station.credentials.certificates import Issuer


def authority_of(home: Home, held: Secrets) -> Issuer:
    """The IACA, which signs the revocation list."""
    certificate = x509.load_der_x509_certificate(home.certificate("iaca"))
    return Issuer(certificate, held.private_key("iaca"))


def issuer_keys(home: Home, held: Secrets) -> FileIssuerKeys:
    """The three signers under it. Errors: `StationError("key.unusable")`."""

    def key(name: str) -> FileIssuerKey:
        return FileIssuerKey(held.private_key(name), home.certificate(name))

    return FileIssuerKeys(
        anchor=home.certificate("iaca"),
        mdoc=key("mdoc-signer"),
        sd_jwt=key("sd-jwt-signer"),
        status_list=key("status-signer"),
    )
