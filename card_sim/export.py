"""The TEST PKI and registry as files that other programs load."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from card_sim.certificates import Identity
from card_sim.memory import write_atomically
from card_sim.personalize import portrait_of
from card_sim.persons import Person
from card_sim.pki import Pki, TerminalChain, key_pem

RESIDENT_FIELDS = (
    "rrn",
    "family_name",
    "given_names",
    "name_hanja",
    "date_of_birth",
    "sex",
    "nationality",
    "province",
    "city",
    "street",
    "postal_code",
    "municipality_code",
    "issuing_authority",
    "document_number",
    "card_issue_date",
    "card_expiry_date",
    "card_status",
    "registration",
    "has_chip_card",
    "photo_usable",
    "portrait",
    "contact",
    "previous_rrn",
)

FOLDERS = {
    "p256": "",
    "bp256": "bp256/",
    "p384": "p384/",
    "on-sight": "on-sight/",
    "plain": "plain/",
}
"""Where the chain of each name goes; the folder itself has the first."""

_ENDINGS = {"jpeg": "jpg", "jpeg2000": "jp2"}
_README = """\
TEST. 시험용 자료입니다. 실제 신분 확인에 쓰지 마십시오.
TEST. Nothing here is real; never trust it outside a demonstration.

csca.der .pem               국가 서명 최상위 인증서  country signing CA, self-signed
document-signer.der .pem    문서 서명 인증서         signs the files of the cards
document-signer-384.der ... 문서 서명 인증서         the same for cards on P-384
cvca.cv                     단말 인증 최상위 인증서  the root the cards trust (7F21)
dv.cv                       단말 인증 중간 인증서    document verifier, signed by cvca
terminal.cv                 단말 인증서              terminal, signed by dv
terminal-key.pem .der       단말 개인키              terminal's key, PKCS#8, in clear
cvca-previous.cv            이전 최상위 인증서       the root before cvca
link-1.cv                   연결 인증서              cvca's key, signed by cvca-previous
attestation-root.pem .der   휴대전화 키 증명 최상위  root of the phones' attestations
residents.csv               가상 주민 명부           the synthetic residents, UTF-8
portraits/                  주민 명부의 사진         their portraits, as on the cards

Terminals, each in a folder for `apdu read --terminal FOLDER`:
(this folder)   P-256, every right: reading, CAN allowed, PIN management
on-sight/       P-256, reading, CAN allowed
plain/          P-256, reading only
bp256/          brainpoolP256r1, every right
p384/           P-384, every right
To a card that knows only cvca-previous, show link-1.cv before dv.cv.

주민등록번호는 모두 TEST 번호입니다: 생월에 40을 더했으므로 누구의 번호도 될 수 없습니다.
Every resident registration number is a TEST number: 40 is added to the month of birth, so it
can be nobody's. Dates count from {made_on}, the day this PKI was made.
"""


def export_pki(pki: Pki, people: Iterable[Person], folder: Path) -> list[Path]:
    """Write every file to `folder`, replacing older ones; terminals' keys for their owner only."""
    csca = _certificates("csca", pki.csca)
    contents = dict(csca)
    contents |= _certificates("document-signer", pki.document_signer)
    contents |= _certificates("document-signer-384", pki.document_signers[384])
    contents |= _certificates("attestation-root", pki.root)
    for name, place in FOLDERS.items():
        files = csca | _terminal(pki.chains[name])
        contents |= {f"{place}{file}": content for file, content in files.items()}
    contents |= _residents(tuple(people))
    contents["README.txt"] = _README.format(made_on=pki.made_on.isoformat()).encode("utf-8")
    return _write(contents, folder)


def export_residents(people: Iterable[Person], folder: Path) -> list[Path]:
    """Write `residents.csv` and the portraits it names to `folder`; the list comes first."""
    return _write(_residents(tuple(people)), folder)


def _write(contents: Mapping[str, bytes], folder: Path) -> list[Path]:
    for name, content in contents.items():
        write_atomically(folder / name, content)
    return [folder / name for name in contents]


def _residents(people: Sequence[Person]) -> dict[str, bytes]:
    portraits = {_portrait_file(person): portrait_of(person).image for person in people}
    return {"residents.csv": residents_csv(people).encode("utf-8"), **portraits}


def residents_csv(people: Iterable[Person]) -> str:
    """The registry's view of the people: one line each, and whose card is reported lost."""
    text = io.StringIO()
    writer = csv.DictWriter(text, RESIDENT_FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_resident(person) for person in people)
    return text.getvalue()


def _resident(person: Person) -> dict[str, str]:
    address = person.address
    return {
        "rrn": person.rrn,
        "family_name": person.family_name,
        "given_names": person.given_names,
        "name_hanja": person.hanja or "",
        "date_of_birth": person.date_of_birth.isoformat(),
        "sex": person.sex,
        "nationality": "KOR",
        "province": address.province,
        "city": address.city,
        "street": address.street,
        "postal_code": address.postal_code,
        "municipality_code": person.municipality_code,
        "issuing_authority": person.issuing_authority,
        "document_number": person.document_number,
        "card_issue_date": person.date_of_issue.isoformat(),
        "card_expiry_date": person.date_of_expiry.isoformat(),
        "card_status": "lost" if person.card_lost else "valid",
        "registration": "registered",
        "has_chip_card": "yes" if person.has_chip else "no",
        "photo_usable": "yes",
        "portrait": _portrait_file(person),
        # A domain that no name server answers for (RFC 6761, 6.4): nobody can be reached there.
        "contact": f"{person.id}@test.invalid",
        "previous_rrn": "",
    }


def _portrait_file(person: Person) -> str:
    kind = person.photograph.format if person.photograph else person.portrait_format
    return f"portraits/{person.id}.{_ENDINGS[kind]}"


def _terminal(chain: TerminalChain) -> dict[str, bytes]:
    """A terminal's certificates and key, under the names `apdu read --terminal` looks for."""
    key = chain.terminal_key
    certificates = {
        "cvca.cv": chain.cvca,
        "dv.cv": chain.dv,
        "terminal.cv": chain.terminal,
        "cvca-previous.cv": chain.previous,
        "link-1.cv": chain.link,
    }
    return {name: each.encoded for name, each in certificates.items() if each is not None} | {
        "terminal-key.pem": key_pem(key),
        "terminal-key.der": key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
    }


def _certificates(name: str, identity: Identity) -> dict[str, bytes]:
    pem = identity.certificate.public_bytes(Encoding.PEM)
    return {f"{name}.der": identity.der, f"{name}.pem": pem}
