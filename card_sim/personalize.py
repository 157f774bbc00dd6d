"""Personalization: a person, a PKI and a chip key become the files of a card.

Source  docs/card-profile 'File system and access'; ICAO Doc 9303-10, 4.6, 4.7.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from enum import Enum

from cryptography.hazmat.primitives.asymmetric import ec

from apdu.crypto.curves import PrivateKey
from apdu.lds import data_groups, eid_groups, mrz, security_infos, sod
from apdu.lds.data_groups import AdditionalDetails, Com, DocumentDetails, Portrait
from apdu.lds.security_infos import (
    CA_ECDH,
    PK_ECDH,
    TA,
    ChipAuthenticationDomainParameterInfo,
    ChipAuthenticationInfo,
    ChipAuthenticationPublicKeyInfo,
    PaceInfo,
    SecurityInfos,
    TerminalAuthenticationInfo,
)
from card_sim.card_types import CardType, Model
from card_sim.certificates import Identity
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
from card_sim.portrait import drawn

__all__ = [
    "HONEST",
    "Attack",
    "CardType",
    "Trust",
    "altered",
    "cloned",
    "file_names",
    "fresh_state",
    "personalize",
    "with_attack",
]

CHIP_KEY_ID = 1
PORTRAIT_OCTETS = 17_650
EF_DIR = bytes.fromhex("61094F07A0000002471001610B4F09E80704007F00070302")


class Trust(Enum):
    """Which CVCA a card trusts when it leaves the factory."""

    NEWEST = "newest"
    PREVIOUS = "previous"  # as a card from before the CVCA was renewed: it needs the link


@dataclass(frozen=True, slots=True)
class Attack:
    """What is wrong with a card on purpose.

    `clone`: another chip with this chip's data. `alter`: a file's name and the offset of the
    octet changed after signing.
    """

    clone: bool = False
    alter: tuple[str, int] | None = None


HONEST = Attack()


def personalize(person: Person, pki: Pki, card_type: CardType, chip_key: PrivateKey) -> CardData:
    """The card of `person`. The same arguments give the same octets."""
    model = card_type.model
    names = person.mrz
    secrets = Secrets(names.mrz_information, person.can, person.pin, person.puk)
    issue = _Issue(person, pki, model, chip_key)
    files = {
        Application.MASTER: issue.master_file(),
        Application.LDS1: issue.travel_document(),
        Application.EID: _eid(person),
    }
    return CardData(
        model.atr,
        files,
        secrets,
        model.curve,
        model.pace,
        model.chip_authentication,
        chip_key,
        CHIP_KEY_ID,
        model.extended,
    )


def fresh_state(
    person: Person, pki: Pki, card_type: CardType, trust: Trust = Trust.NEWEST
) -> CardState:
    """The memory of a card that leaves the factory."""
    chains = [pki.chains[name] for name in card_type.model.trust]
    roots = [chain.cvca if trust is Trust.NEWEST else chain.previous for chain in chains]
    known = [root for root in roots if root is not None]
    effective = max(root.effective for root in known)
    return CardState(max(person.date_of_issue, effective), tuple(root.encoded for root in known))


def with_attack(card: CardData, attack: Attack) -> CardData:
    """The card as the attack leaves it. Errors: `ValueError` of `altered`."""
    if attack.alter is not None:
        card = altered(card, *attack.alter)
    return cloned(card) if attack.clone else card


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


@dataclass(frozen=True, slots=True)
class _Issue:
    """One card in the making."""

    person: Person
    pki: Pki
    model: Model
    chip_key: PrivateKey

    def master_file(self) -> tuple[ElementaryFile, ...]:
        announced = self._announced_infos()
        complete = security_infos.encode(replace(announced, chip_keys=self._chip_keys()))
        card_security = self._signed(sod.SECURITY_OBJECT, complete)
        return (
            ElementaryFile(0x2F01, 0x01, self.model.atr_info, always),
            ElementaryFile(0x2F00, 0x1E, EF_DIR, always),
            ElementaryFile(0x011C, 0x1C, security_infos.encode(announced), always),
            ElementaryFile(0x011D, 0x1D, card_security, after_terminal_authentication),
        )

    def travel_document(self) -> tuple[ElementaryFile, ...]:
        groups = self._data_groups()
        hash_algorithm = sod.signer_hash(self._signer.der)
        lds = sod.encode_lds_security_object(sod.make_lds_security_object(hash_algorithm, groups))
        signed = sod.encode_file(self._signed(sod.LDS_SECURITY_OBJECT, lds))
        index = data_groups.encode_com(Com(tuple(groups), lds_version="0108"))
        return (
            ElementaryFile(0x011E, 0x1E, index, after_pace),
            ElementaryFile(0x011D, 0x1D, signed, after_pace),
            *(ElementaryFile(0x0100 | n, n, content, after_pace) for n, content in groups.items()),
        )

    def _announced_infos(self) -> SecurityInfos:
        """EF.CardAccess: version 2 of everything, on one curve."""
        model, parameters = self.model, self.model.curve.parameter_id
        return SecurityInfos(
            pace=(PaceInfo(model.pace, 2, parameters),),
            chip_authentication=(
                ChipAuthenticationInfo(model.chip_authentication, 2, CHIP_KEY_ID),
            ),
            domain_parameters=(
                ChipAuthenticationDomainParameterInfo(CA_ECDH, parameters, CHIP_KEY_ID),
            ),
            terminal_authentication=(TerminalAuthenticationInfo(TA, 2),),
        )

    def _chip_keys(self) -> tuple[ChipAuthenticationPublicKeyInfo, ...]:
        key = self.chip_key.public_key()
        return (ChipAuthenticationPublicKeyInfo(PK_ECDH, key, CHIP_KEY_ID),)

    def _data_groups(self) -> Mapping[int, bytes]:
        person = self.person
        details = AdditionalDetails(
            f"{person.family_name}<<{person.given_names}",
            (person.hanja,) if person.hanja else (),
            person.date_of_birth,
        )
        infos = SecurityInfos(
            chip_authentication=(
                ChipAuthenticationInfo(self.model.chip_authentication, 1, CHIP_KEY_ID),
            ),
            chip_keys=self._chip_keys(),
        )
        return {
            1: data_groups.encode_dg1(mrz.encode(person.mrz)),
            2: data_groups.encode_dg2(portrait_of(person)),
            11: data_groups.encode_dg11(details),
            12: data_groups.encode_dg12(
                DocumentDetails(person.issuing_authority, person.date_of_issue)
            ),
            14: data_groups.encode_dg14(infos),
        }

    @property
    def _signer(self) -> Identity:
        """The document signer whose curve is as large as the chip's."""
        return self.pki.document_signers[self.model.curve.n.bit_length()]

    def _signed(self, content_type: str, content: bytes) -> bytes:
        """A CMS of the document signer; deterministic, so that a card never changes by itself."""
        signer = self._signer
        algorithm = ec.ECDSA(signer.hash_algorithm, deterministic_signing=True)
        return sod.build_signed_data(
            content_type,
            content,
            signer.der,
            lambda to_sign: signer.key.sign(to_sign, algorithm),
            datetime.combine(self.pki.made_on, time(), UTC),
        )


def portrait_of(person: Person) -> Portrait:
    """The photograph of the person, or a portrait drawn from the id."""
    return person.photograph or drawn(person.id, PORTRAIT_OCTETS, person.portrait_format)


def _eid(person: Person) -> tuple[ElementaryFile, ...]:
    data = person.eid
    return tuple(
        ElementaryFile(0x0100 | n, n, eid_groups.encode_group(n, data), with_right(n))
        for n in eid_groups.GROUPS
    )
