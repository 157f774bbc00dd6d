"""A second visit: a card without a chip, and two officers who must agree."""

from card_sim.demo.officers import SECOND, Staff
from card_sim.demo.scene import CommandFailed, Scene
from card_sim.demo.visit import people, receive_on_phone

RESIDENT = "yun-sora"
POLICY = 6


def tell_qr_visit(scene: Scene, staff: Staff) -> None:
    scene.title("A card without a chip: QR at the counter · 칩 없는 주민등록증, 창구 QR")
    case = _look_up(scene)
    _two_officers(scene, staff, case)
    uri: str = scene.station("case", "offer", case).json["offer_uri"]
    receive_on_phone(scene, case, uri, "phone-of-yun")
    card = scene.station("case", "activate", case, "--seen-on-phone").json["credential"]
    scene.note(f"mobile card {card['document_number']}, valid until {card['expiry_date']}")


def _look_up(scene: Scene) -> str:
    scene.step("A resident whose card has no chip; the officer looks her up by number and name")
    person = people(scene)[RESIDENT]
    case: str = scene.station("case", "open", "--route", "qr-counter").json["case"]
    written = f"{person['rrn']}\n{person['name']}\n"
    found = scene.station("case", "look-up", case, "--purpose", "issuance", stdin=written).json
    scene.note(*(f"{name:<18} {value}" for name, value in found["identity"].items()))
    words = ("--face-matches", "--document", "resident_card")
    scene.station("case", "identify", case, *words)
    scene.done("The plastic card was seen and the face compared; the look-up is on record.")
    return case


def _two_officers(scene: Scene, staff: Staff, case: str) -> None:
    scene.step("On this route one officer is not enough: a second one signs in and approves")
    proposed = scene.station("case", "approve", case).json
    scene.note(f"after the first officer: {proposed['stage']}")
    refused = scene.station("case", "offer", case, expect=POLICY).json
    scene.note(f"an offer now: refused, {refused['error']}")
    proof = staff.proof(SECOND)
    approved = scene.station("case", "countersign", case, "--as", SECOND, stdin=proof).json
    if (proposed["stage"], approved["stage"]) != ("proposed", "approved"):
        raise CommandFailed("one officer was enough")
    scene.done(f"approved by rules {approved['rule']} with two pairs of eyes")
