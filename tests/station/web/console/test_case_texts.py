"""Officers are no engineers: every stage, route and proof has words in both languages."""

from apdu.profiles import krrc
from station.domain import evidence
from station.domain.case import Stage
from station.domain.evidence import ROUTES
from station.services.card_reading import PORTRAIT_DECODES
from station.web.console.texts import TABLES

KEYS = {key for table in TABLES for key in table}
PROOFS = {
    *krrc.CHECKS,
    PORTRAIT_DECODES,
    evidence.RESIDENT_FOUND,
    evidence.DOCUMENT_SHOWN,
    evidence.FINGERPRINT_COMPARED,
    evidence.OFFICER_COMPARED_FACE,
    evidence.OWN_NAME_PHONE,
    evidence.REGISTRY_AGREES,
}


def test_every_proof_has_words() -> None:
    assert {key for key in KEYS if key.startswith("check.")} == {f"check.{each}" for each in PROOFS}


def test_every_stage_and_every_route_has_words() -> None:
    assert {f"stage.{each.value}" for each in Stage} <= KEYS
    for name in ROUTES:
        assert {f"case.route.{name}", f"case.route_name.{name}"} <= KEYS
