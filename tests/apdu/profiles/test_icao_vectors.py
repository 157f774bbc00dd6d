"""A published document with its state's certificates, on a chip: read whole, judged as published.

The chain is on brainpool curves with explicit parameters, as states write them.
"""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from apdu.exchange import run
from apdu.lds import mrz
from apdu.profiles.checks import Outcome
from apdu.profiles.icao import DocumentReading, read_document
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import Password
from card_sim.files import Application, ElementaryFile, after_pace
from tests.apdu.profiles.documents import Watched, found
from tests.card_sim.world import World
from tests.vectors import load

pytestmark = pytest.mark.vectors
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
ZONE = "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<"


@cache
def values() -> dict[str, Any]:
    found: dict[str, Any] = load("pa_synthetic_chain")["values"]
    return found


def read(world: World, number: int, dg1: str = "dg1") -> DocumentReading:
    """The published files of one case on one of our chips, opened by the document's zone."""
    case = values()["cases"][number]
    files = {0x011D: case["ef_sod"], 0x0101: values()[dg1]}
    files |= {0x0102: values()["dg2"], 0x010B: values()["dg11"]}
    card = world.data()
    lds = tuple(
        ElementaryFile(fid, fid & 0x1F, bytes.fromhex(content), after_pace)
        for fid, content in files.items()
    )
    information = mrz.decode(ZONE).mrz_information
    secrets = replace(card.secrets, mrz_information=information)
    card = replace(card, files={**card.files, Application.LDS1: lds}, secrets=secrets)
    trust = TrustStore(tuple(bytes.fromhex(each) for each in case["trust_anchors"]))
    return run(read_document(Password.mrz(information), trust, AT), Watched(card, world))


@pytest.mark.parametrize("number", [0, 1], ids=["good", "over a link certificate"])
def test_good_document_is_authentic_and_its_chip_unproven(world: World, number: int) -> None:
    reading = read(world, number)
    not_passed = {n: c.outcome for n, c in found(reading).items() if c.outcome is not Outcome.PASS}
    # There is no DG14 in it.
    assert not_passed == dict.fromkeys(("pace_as_signed", "chip_authentication"), Outcome.NOT_RUN)
    assert not reading.genuine
    assert reading.content is not None
    assert reading.content.zone == ZONE
    assert reading.content.person is not None
    assert reading.content.person.name == "SMITH<<JOHN<J"


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (2, "no-path-to-trust-anchor"),
        (3, "no-path-to-trust-anchor"),
        (4, "document-signer-validity"),
        (5, "signature"),
    ],
    ids=["another root", "rogue root", "expired signer", "altered"],
)
def test_document_that_is_not_the_states_is_not_read(
    world: World, number: int, reason: str
) -> None:
    reading = read(world, number)
    check = found(reading)["lds_signature_authentic"]
    assert (check.outcome, check.reason) == (Outcome.FAIL, reason)
    assert reading.content is None
    assert reading.files == {}


def test_zone_that_was_changed_after_signing_fails_its_check(world: World) -> None:
    check = found(read(world, 6, "dg1_changed"))["dg1_as_signed"]
    assert (check.outcome, check.reason) == (Outcome.FAIL, "data-group-digest")
