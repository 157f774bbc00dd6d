"""The text of a card file: every key with a value to change and a comment that says what may be."""

from collections.abc import Iterator, Mapping
from datetime import date

from card_sim.card_file.keys import FORMAT, KEYS, PICTURE, TABLES
from card_sim.card_file.order import CardOrder

_HEAD = """\
# A TEST card of card-sim. Nobody in it exists: never write a real person's data here.
#
#   card-sim insert THIS-FILE     puts the card into a reader
#
# Text has at most 200 octets in UTF-8. What the chip remembers (tries left, a changed PIN, the
# date) is kept in a file beside this one, whose name ends in .state.json; take that away, and
# the card comes fresh from the factory.
"""
_TABLE_COMMENTS = {
    "document": "the plastic card",
    "holder": "the person",
    "address": "the road-name address",
    "mrz": "the names in the machine-readable zone: A to Z",
    "passwords": "CAN and PIN open the card, the PUK unblocks the PIN",
    "portrait": "",
    "attack": "what is wrong with the card on purpose",
}
_KEY_COMMENTS = {
    "format": "of this file",
    "type": KEYS["type"].allowed,
    "seed": "TEST only: the chip's key is made from it; another card needs another seed",
    "trust": '"previous": from before the CVCA was renewed, so that it needs the link',
    "document.number": KEYS["document.number"].allowed,
    "document.reported_lost": "what `card-sim export-pki --card` tells the registry",
    "holder.hanja": 'or "" for none',
    "holder.sex": KEYS["holder.sex"].allowed,
    "holder.rrn": "a TEST number: 40 is added to the month of birth",
    "address.municipality_code": KEYS["address.municipality_code"].allowed,
    "passwords.can": KEYS["passwords.can"].allowed,
    "passwords.pin": KEYS["passwords.pin"].allowed,
    "passwords.puk": KEYS["passwords.puk"].allowed,
    "portrait.file": PICTURE,
    "portrait.drawn_from": "another text, another face",
    "portrait.drawn_as": KEYS["portrait.drawn_as"].allowed,
    "attack.clone": "this card's data on another chip",
    "attack.alter": "one octet changed after signing: " + KEYS["attack.alter"].allowed,
}
_ESCAPES = {'"': '\\"', "\\": "\\\\"}


def card_file_text(order: CardOrder) -> str:
    """The card file of `order`; read again, it asks for the same card.

    Rule    A portrait from a file is not written: its place is not known here.
    """
    return _HEAD + "".join(_lines(_values(order)))


def _values(order: CardOrder) -> Mapping[str, str | bool | int | date]:
    person, address = order.person, order.person.address
    file, offset = order.attack.alter or ("", 0)
    return {
        "format": FORMAT,
        "type": order.card_type.value,
        "seed": order.seed,
        "trust": order.trust.value,
        "document.number": person.document_number,
        "document.date_of_issue": person.date_of_issue,
        "document.date_of_expiry": person.date_of_expiry,
        "document.issuing_authority": person.issuing_authority,
        "document.reported_lost": person.card_lost,
        "holder.family_name": person.family_name,
        "holder.given_names": person.given_names,
        "holder.hanja": person.hanja or "",
        "holder.sex": person.sex,
        "holder.date_of_birth": person.date_of_birth,
        "holder.rrn": person.rrn,
        "address.province": address.province,
        "address.city": address.city,
        "address.street": address.street,
        "address.postal_code": address.postal_code,
        "address.municipality_code": person.municipality_code,
        "mrz.surname": person.romanized[0],
        "mrz.given_names": person.romanized[1],
        "passwords.can": person.can,
        "passwords.pin": person.pin,
        "passwords.puk": person.puk,
        "portrait.file": "",
        "portrait.drawn_from": person.id,
        "portrait.drawn_as": person.portrait_format,
        "attack.clone": order.attack.clone,
        "attack.alter": f"{file}:{offset}" if order.attack.alter else "",
    }


def _lines(values: Mapping[str, str | bool | int | date]) -> Iterator[str]:
    for table in TABLES:
        yield "\n"
        if table:
            yield _commented(f"[{table}]", _TABLE_COMMENTS[table])
        for name in KEYS:
            inside, _, key = name.rpartition(".")
            if inside == table:
                yield _commented(f"{key} = {_toml(values[name])}", _KEY_COMMENTS.get(name, ""))


def _commented(line: str, comment: str) -> str:
    return f"{line}  # {comment}\n" if comment else f"{line}\n"


def _toml(value: str | bool | int | date) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(map(_escaped, value)) + '"'
    return value.isoformat() if isinstance(value, date) else str(value)


def _escaped(character: str) -> str:
    """What does not show, such as a change of direction, by its number."""
    if character in _ESCAPES:
        return _ESCAPES[character]
    return character if character.isprintable() else f"\\U{ord(character):08X}"
