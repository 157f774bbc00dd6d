"""Synthetic people. None exists, and none can: their resident registration numbers are TEST.

A TEST number is the true birth date with 40 added to the month, then seven digits written down
here by hand. There is no generator, and there must be none (Resident Registration Act, Art. 37).
Dates are relative to a given day, so that 'not yet 17' stays true.
"""

from datetime import date

from card_sim.persons.person import CARD_YEARS, TEST_MONTH_OFFSET, Person
from card_sim.persons.plastic import yun_sora
from card_sim.persons.residents import kim_minji, namgung_eunhasu, park_doyun
from card_sim.persons.unusual import (
    choi_bunsil,
    jeong_sajin,
    montgomery_theodora,
    oh_yundal,
    shin_taegeu,
)

__all__ = ["CARD_YEARS", "TEST_MONTH_OFFSET", "Person", "persons", "without_chip"]

_PEOPLE = (
    kim_minji,
    namgung_eunhasu,
    park_doyun,
    montgomery_theodora,
    oh_yundal,
    choi_bunsil,
    jeong_sajin,
    shin_taegeu,
)


def persons(today: date) -> dict[str, Person]:
    """The people with an IC card as of `today`, by id."""
    people = (make(today) for make in _PEOPLE)
    return {person.id: person for person in people}


def without_chip(today: date) -> dict[str, Person]:
    """The people whose card has no chip, by id: the registry knows them, no reader does."""
    person = yun_sora(today)
    return {person.id: person}
