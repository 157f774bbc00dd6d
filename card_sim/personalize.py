"""Personalization: a person, a PKI and a chip key become the files of a card.

Source  docs/card-profile 'File system and access'; ICAO Doc 9303-10, 4.6, 4.7.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from enum import Enum

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from apdu.crypto.curves import BRAINPOOL_P256, P256, Curve, PrivateKey
from apdu.lds import data_groups, eid_groups, mrz, security_infos, sod
from apdu.lds.data_groups import AdditionalDetails, Com, DocumentDetails, Portrait
from apdu.lds.security_infos import (
    CA_ECDH,
    CA_ECDH_AES128,
    PACE_ECDH_GM_AES128,
    PK_ECDH,
    TA,
    ChipAuthenticationDomainParameterInfo,
    ChipAuthenticationInfo,
    ChipAuthenticationPublicKeyInfo,
    PaceInfo,
    SecurityInfos,
    TerminalAuthenticationInfo,
)
from apdu.lds.signature_schemes import SHA256
from card_sim.chip import CardData, Secrets
from card_sim.files import (
    Application,
    ElementaryFile,
    after_pace,
    after_terminal_authentication,
    always,
    with_right,
)
from card_sim.memory import CardState
from card_sim.persons import Person
from card_sim.pki import Pki
from card_sim.portrait import HEIGHT, WIDTH, portrait

CHIP_KEY_ID = 1
PORTRAIT_OCTETS = 17_650
EF_DIR = bytes.fromhex("61094F07A0000002471001610B4F09E80704007F00070302")
EF_ATR_INFO = bytes.fromhex("4703F741E07F66080202FFFF0202FFFF")


@dataclass(frozen=True, slots=True)
class Model:
    """What distinguishes one card type from another."""

    curve: Curve
    atr: bytes


class CardType(Enum):
    """The card types, by the name used on the command line."""

    KRRC_1 = "krrc-1"
    KRRC_1_BP256 = "krrc-1-bp256"

    @property
    def model(self) -> Model:
        return _MODELS[self]


# Historical bytes: card service data, capabilities F741E0 (chaining, extended length announced
# in EF.ATR/INFO), status; the second has the domain parameters as pre-issuing data.
_MODELS = {
    CardType.KRRC_1: Model(P256, bytes.fromhex("3B8A80018031F873F741E082900075")),
    CardType.KRRC_1_BP256: Model(
        BRAINPOOL_P256, bytes.fromhex("3B8C80018031F873F741E0610D8290001F")
    ),
}


def personalize(person: Person, pki: Pki, card_type: CardType, chip_key: PrivateKey) -> CardData:
    """The card of `person`. The same arguments give the same octets."""
    model = card_type.model
    names = person.mrz
    secrets = Secrets(names.mrz_information, person.can, person.pin, person.puk)
    files = {
        Application.MASTER: _master_file(pki, model.curve, chip_key),
        Application.LDS1: _travel_document(person, pki, chip_key),
        Application.EID: _eid(person),
    }
    return CardData(
        model.atr,
        files,
        secrets,
        model.curve,
        PACE_ECDH_GM_AES128,
        CA_ECDH_AES128,
        chip_key,
        CHIP_KEY_ID,
    )


def fresh_state(person: Person, pki: Pki, card_type: CardType) -> CardState:
    """The memory of a card that leaves the factory.

    Rule    A brainpool card trusts the CVCA of its own curve first and the P-256 one beside it,
            so that either chain of terminal certificates opens it.
    """
    chains = [pki.chain]
    if card_type.model.curve is BRAINPOOL_P256:
        chains.insert(0, pki.brainpool_chain)
    effective = max(chain.cvca.effective for chain in chains)
    trust_points = tuple(chain.cvca.encoded for chain in chains)
    return CardState(max(person.date_of_issue, effective), trust_points)


def cloned(card: CardData) -> CardData:
    """The same data on another chip: right in every octet, but without the chip's private key."""
    return replace(card, chip_key=card.curve.generate())


def altered(card: CardData, name: str, offset: int) -> CardData:
    """The card with one bit of one octet of a file changed after signing.

    `name` is as in `file_names`. Errors: `ValueError` for no such file or octet.
    """
    for (application, identifier), known in file_names(card).items():
        if known.casefold() == name.casefold():
            return _with_flipped_bit(card, application, identifier, offset)
    raise ValueError(f"the card has no file {name}; it has {', '.join(file_names(card).values())}")


def file_names(card: CardData) -> dict[tuple[Application, int], str]:
    """What each file is called: DG2 and EF.SOD for LDS1 and the master file, eID.DG4 for eID."""
    special = {
        (Application.MASTER, 0x2F00): "EF.DIR",
        (Application.MASTER, 0x2F01): "EF.ATR/INFO",
        (Application.MASTER, 0x011C): "EF.CardAccess",
        (Application.MASTER, 0x011D): "EF.CardSecurity",
        (Application.LDS1, 0x011D): "EF.SOD",
        (Application.LDS1, 0x011E): "EF.COM",
    }
    keys = [(where, file.identifier) for where, files in card.files.items() for file in files]
    prefixes = {Application.LDS1: "DG", Application.EID: "eID.DG"}
    return {key: special.get(key) or f"{prefixes[key[0]]}{key[1] & 0xFF}" for key in keys}


def _with_flipped_bit(
    card: CardData, application: Application, identifier: int, offset: int
) -> CardData:
    changed = []
    for file in card.files[application]:
        content = bytearray(file.content)
        if file.identifier == identifier:
            if not 0 <= offset < len(content):
                raise ValueError(f"offset {offset} is outside the file's {len(content)} octets")
            content[offset] ^= 0x01
        changed.append(replace(file, content=bytes(content)))
    return replace(card, files={**card.files, application: tuple(changed)})


def _master_file(pki: Pki, curve: Curve, chip_key: PrivateKey) -> tuple[ElementaryFile, ...]:
    announced = _announced_infos(curve)
    key = ChipAuthenticationPublicKeyInfo(PK_ECDH, chip_key.public_key(), CHIP_KEY_ID)
    complete = security_infos.encode(replace(announced, chip_keys=(key,)))
    card_security = _signed(pki, sod.SECURITY_OBJECT, complete)
    return (
        ElementaryFile(0x2F01, 0x01, EF_ATR_INFO, always),
        ElementaryFile(0x2F00, 0x1E, EF_DIR, always),
        ElementaryFile(0x011C, 0x1C, security_infos.encode(announced), always),
        ElementaryFile(0x011D, 0x1D, card_security, after_terminal_authentication),
    )


def _announced_infos(curve: Curve) -> SecurityInfos:
    """EF.CardAccess: version 2 of everything, on one curve."""
    return SecurityInfos(
        pace=(PaceInfo(PACE_ECDH_GM_AES128, 2, curve.parameter_id),),
        chip_authentication=(ChipAuthenticationInfo(CA_ECDH_AES128, 2, CHIP_KEY_ID),),
        domain_parameters=(
            ChipAuthenticationDomainParameterInfo(CA_ECDH, curve.parameter_id, CHIP_KEY_ID),
        ),
        terminal_authentication=(TerminalAuthenticationInfo(TA, 2),),
    )


def _travel_document(person: Person, pki: Pki, chip_key: PrivateKey) -> tuple[ElementaryFile, ...]:
    groups = _data_groups(person, chip_key)
    lds = sod.encode_lds_security_object(sod.make_lds_security_object(SHA256, groups))
    signed = sod.encode_file(_signed(pki, sod.LDS_SECURITY_OBJECT, lds))
    index = data_groups.encode_com(Com(tuple(groups), lds_version="0108"))
    return (
        ElementaryFile(0x011E, 0x1E, index, after_pace),
        ElementaryFile(0x011D, 0x1D, signed, after_pace),
        *(ElementaryFile(0x0100 | n, n, content, after_pace) for n, content in groups.items()),
    )


def _data_groups(person: Person, chip_key: PrivateKey) -> Mapping[int, bytes]:
    image = Portrait(portrait(person.id, PORTRAIT_OCTETS), "jpeg", WIDTH, HEIGHT)
    details = AdditionalDetails(
        f"{person.family_name}<<{person.given_names}",
        (person.hanja,) if person.hanja else (),
        person.date_of_birth,
    )
    infos = SecurityInfos(
        chip_authentication=(ChipAuthenticationInfo(CA_ECDH_AES128, 1, CHIP_KEY_ID),),
        chip_keys=(ChipAuthenticationPublicKeyInfo(PK_ECDH, chip_key.public_key(), CHIP_KEY_ID),),
    )
    return {
        1: data_groups.encode_dg1(mrz.encode(person.mrz)),
        2: data_groups.encode_dg2(image),
        11: data_groups.encode_dg11(details),
        12: data_groups.encode_dg12(
            DocumentDetails(person.issuing_authority, person.date_of_issue)
        ),
        14: data_groups.encode_dg14(infos),
    }


def _eid(person: Person) -> tuple[ElementaryFile, ...]:
    data = person.eid
    return tuple(
        ElementaryFile(0x0100 | n, n, eid_groups.encode_group(n, data), with_right(n))
        for n in eid_groups.GROUPS
    )


def _signed(pki: Pki, content_type: str, content: bytes) -> bytes:
    """A CMS of the document signer; deterministic, so that a card never changes by itself."""
    signer = pki.document_signer
    algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    return sod.build_signed_data(
        content_type,
        content,
        signer.der,
        lambda to_sign: signer.key.sign(to_sign, algorithm),
        datetime.combine(pki.made_on, time(), UTC),
    )
