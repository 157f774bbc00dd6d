"""The IACA's certificate revocation list."""

from collections.abc import Iterable
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from station.credentials.certificates import Issuer


def make_crl(
    issuer: Issuer, now: datetime, next_update: datetime, revoked: Iterable[int] = ()
) -> bytes:
    """A signed list of revoked serial numbers, DER.

    Source  RFC 5280, 5; ISO/IEC 18013-5:2021, B.1.8 (the number and the key identifier).
    """
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(now)
        .next_update(next_update)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()),
            critical=False,
        )
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
    )
    for serial in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)
