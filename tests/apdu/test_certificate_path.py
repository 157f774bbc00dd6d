"""From the document signer to an anchor: which chains hold."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from apdu.crypto.curves import BRAINPOOL_P256
from apdu.errors import EncodingError
from apdu.lds.der import oid
from apdu.lds.signature_schemes import ECDSA_SHA256
from apdu.lds.subject_keys import encode_explicit
from apdu.protocols.passive_authentication import (
    Reason,
    TrustStore,
)
from tests.apdu.lds.issuing import (
    CSCA,
    CSCA_DRAFT,
    CSCA_KEY,
    DAY,
    DIGITAL_SIGNATURE,
    DS,
    DS_KEY,
    KEY_CERT_SIGN,
    LINK,
    LINK_DRAFT,
    NEW_CSCA_KEY,
    ROGUE_KEY,
    Draft,
    basic_constraints,
    ca_extensions,
    extension,
    key_usage,
    signer_extensions,
    subject_key_id,
)
from tests.apdu.lds.signed_files import GOOD, authenticate, issued, refused, signed


def test_empty_trust_store_trusts_nobody() -> None:
    refused(GOOD, Reason.NO_PATH, TrustStore(()))


def test_signer_of_a_rogue_ca_with_the_same_name_and_key_identifier_is_refused() -> None:
    what = signed(Draft().signed_by(ROGUE_KEY))
    refused(what, Reason.CERTIFICATE_SIGNATURE)


def test_rogue_ca_sent_along_in_the_object_is_not_trusted() -> None:
    rogue = CSCA_DRAFT.but(spki=encode_explicit(ROGUE_KEY.public_key())).signed_by(ROGUE_KEY)
    what = signed(Draft().signed_by(ROGUE_KEY))
    refused(replace(what, certificates=(*what.certificates, rogue)), Reason.CERTIFICATE_SIGNATURE)
    refused(replace(what, certificates=(*what.certificates, rogue)), Reason.NO_PATH, TrustStore(()))


def test_signer_of_another_states_ca_is_refused() -> None:
    other = CSCA_DRAFT.but(subject="TEST OTHER", issuer="TEST OTHER").signed_by(CSCA_KEY)
    refused(GOOD, Reason.NO_PATH, TrustStore((other,)))


def test_key_identifiers_that_differ_are_no_path_and_absent_ones_no_obstacle() -> None:
    refused(issued(extensions=signer_extensions(b"else")), Reason.NO_PATH)
    authenticate(issued(extensions=(key_usage(DIGITAL_SIGNATURE),)))


def test_names_are_compared_by_meaning() -> None:
    authenticate(issued(issuer="Test  csca"))


def test_link_certificate_carries_trust_from_the_old_key_to_the_new() -> None:
    what = signed(Draft(extensions=signer_extensions(b"new csca")).signed_by(NEW_CSCA_KEY))
    info = authenticate(what, TrustStore((CSCA, LINK)))
    assert [each.octets for each in info.chain] == [LINK, CSCA]
    refused(what, Reason.NO_PATH)


def test_link_certificate_alone_is_no_trust_anchor() -> None:
    what = signed(Draft(extensions=signer_extensions(b"new csca")).signed_by(NEW_CSCA_KEY))
    refused(what, Reason.NO_PATH, TrustStore((LINK,)))


def test_link_certificate_of_a_rogue_is_refused() -> None:
    link = LINK_DRAFT.signed_by(ROGUE_KEY)
    what = signed(Draft(extensions=signer_extensions(b"new csca")).signed_by(NEW_CSCA_KEY))
    refused(what, Reason.CERTIFICATE_SIGNATURE, TrustStore((CSCA, link)))


def test_link_certificates_that_vouch_for_each_other_end() -> None:
    one = LINK_DRAFT.but(
        spki=encode_explicit(CSCA_KEY.public_key()), extensions=ca_extensions(b"csca", b"new csca")
    ).signed_by(NEW_CSCA_KEY)
    refused(GOOD, Reason.NO_PATH, TrustStore((one, LINK)))


def test_chain_of_links_beyond_the_bound_is_refused() -> None:
    keys = [BRAINPOOL_P256.private_key(0x3000 + i) for i in range(7)]
    store = [
        CSCA_DRAFT.but(
            spki=encode_explicit(key.public_key()),
            extensions=ca_extensions(b"%d" % i, b"%d" % max(0, i - 1)),
        ).signed_by(keys[max(0, i - 1)])
        for i, key in enumerate(keys)
    ]
    for links, accepted in ((4, True), (6, False)):
        draft = Draft(extensions=signer_extensions(b"%d" % links))
        what = signed(draft.signed_by(keys[links]))
        if accepted:
            assert len(authenticate(what, TrustStore(tuple(store))).chain) == links + 1
        else:
            refused(what, Reason.NO_PATH, TrustStore(tuple(store)))


@pytest.mark.parametrize(
    "extensions",
    [
        (key_usage(KEY_CERT_SIGN), subject_key_id(b"csca")),  # no CA
        (basic_constraints(ca=False), key_usage(KEY_CERT_SIGN)),
        (basic_constraints(ca=True), key_usage(DIGITAL_SIGNATURE)),
        (basic_constraints(ca=True),),
    ],
)
def test_anchor_that_may_not_sign_certificates_is_refused(extensions: tuple[bytes, ...]) -> None:
    ca = CSCA_DRAFT.but(extensions=extensions).signed_by(CSCA_KEY)
    refused(GOOD, Reason.CSCA_USAGE, TrustStore((ca,)))


def test_document_signer_cannot_issue_document_signers() -> None:
    second = Draft(
        subject="TEST DS 2", issuer="TEST DS", extensions=(key_usage(DIGITAL_SIGNATURE),)
    )
    what = signed(second.signed_by(DS_KEY))
    refused(replace(what, certificates=(*what.certificates, DS)), Reason.NO_PATH)
    refused(what, Reason.CSCA_USAGE, TrustStore((CSCA, DS)))


@pytest.mark.parametrize(
    "changes",
    [{"ends": DAY - timedelta(seconds=1)}, {"begins": DAY + timedelta(seconds=1)}],
)
def test_anchor_outside_its_validity_is_refused(changes: dict[str, datetime]) -> None:
    ca = CSCA_DRAFT.but(**changes).signed_by(CSCA_KEY)
    refused(GOOD, Reason.CSCA_VALIDITY, TrustStore((ca,)))


def test_anchor_with_an_unknown_critical_extension_is_refused() -> None:
    odd = extension("1.2.3.4", b"\x05\x00", critical=True)
    ca = CSCA_DRAFT.but(extensions=(*ca_extensions(b"csca", b"csca"), odd)).signed_by(CSCA_KEY)
    refused(GOOD, Reason.CRITICAL_EXTENSION, TrustStore((ca,)))


def test_second_anchor_of_the_same_name_is_tried_when_the_first_fails() -> None:
    stale = CSCA_DRAFT.but(ends=DAY - timedelta(days=1)).signed_by(CSCA_KEY)
    authenticate(GOOD, TrustStore((stale, CSCA)))
    authenticate(GOOD, TrustStore((CSCA, stale)))


def test_trust_store_refuses_what_is_no_certificate() -> None:
    for octets in (b"", b"\x30\x00", CSCA[:-1], CSCA + b"\x00"):
        with pytest.raises(EncodingError):
            TrustStore((octets,))


def test_certificate_that_names_two_signature_algorithms_is_refused() -> None:
    two = CSCA.replace(oid(ECDSA_SHA256), oid("1.2.840.10045.4.3.3"), 1)
    assert two != CSCA
    with pytest.raises(EncodingError, match="two signature algorithms"):
        TrustStore((two,))
