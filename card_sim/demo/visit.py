"""The visit: who comes, what the card proves, what the phone gets, what a shop sees."""

import io
import json
from typing import Any

import click
import segno

from card_sim.demo.officers import OFFICER, Staff, hire
from card_sim.demo.readers import Reader
from card_sim.demo.scene import Scene, end, first_line

RESIDENT = "kim-minji"
SHOP_NONCE = "demo-shop-nonce-0001"
CHECK_COLUMNS = 3


def tell_visit(scene: Scene, reader: Reader) -> Staff:
    """The whole visit; returns the officers, for what follows it."""
    _set_up(scene)
    staff = _hire(scene)
    person = _who_comes(scene)
    case = _read_card(scene, reader, person)
    _officer_decides(scene, case)
    uri = _show_offer(scene, case)
    receive_on_phone(scene, case, uri)
    _activate(scene, case)
    _visit_shop(scene)
    _close(scene, case)
    return staff


def people(scene: Scene) -> dict[str, dict[str, str]]:
    """The synthetic people by id, with the passwords of their cards."""
    listed = scene.run("card-sim", "persons", "--json").json["persons"]
    return {each["id"]: each for each in listed}


def _set_up(scene: Scene) -> None:
    scene.step("A TEST world and a station are made")
    exported = str(scene.folder / "test-pki")
    scene.run("card-sim", "export-pki", exported)
    made = scene.station("init", "--demo", exported, "--issuer", scene.issuer).json
    scene.start_station()
    scene.done(f"station at {made['credential_issuer']}, registry of {made['residents']} residents")


def _hire(scene: Scene) -> Staff:
    scene.step("The station has no account; the first one is made, and it invites two officers")
    staff = hire(scene)
    staff.sign_in(OFFICER)
    scene.done("Everybody has a password and an authenticator; no account came with the station.")
    return staff


def _who_comes(scene: Scene) -> dict[str, str]:
    scene.step("A resident comes to the counter")
    person = people(scene)[RESIDENT]
    scene.note(f"{person['name']} ({person['id']}), born {person['date_of_birth']}")
    scene.done("She has her IC resident registration card and her own phone.")
    return person


def _read_card(scene: Scene, reader: Reader, person: dict[str, str]) -> str:
    scene.step("The officer opens a case; the resident consents, puts the card on, types the PIN")
    case: str = scene.station("case", "open").json["case"]
    with reader.card(person["id"]) as url:
        read = scene.station(
            "case", "read-card", case, "--reader", url, stdin=person["pin"] + "\n"
        ).json
    scene.note(f"Case {case}. What the card proved, check by check:")
    names = [each["name"] for each in read["checks"]]
    for start in range(0, len(names), CHECK_COLUMNS):
        row = names[start : start + CHECK_COLUMNS]
        scene.note("  " + "".join(f"✓ {name:<28}" for name in row))
    scene.done(f"{len(names)} of {len(names)} checks passed")
    return case


def _officer_decides(scene: Scene, case: str) -> None:
    scene.step("The officer sees the data beside the portrait, compares the face, and decides")
    shown = scene.station("case", "show", case, "--identity").json["identity"]
    scene.note(*(f"{name:<18} {value}" for name, value in shown.items()))
    scene.station("case", "identify", case, "--face-matches")
    decision = scene.station("case", "approve", case).json
    scene.done(f"identified, registry agrees, approved by rules {decision['rule']}")


def _show_offer(scene: Scene, case: str) -> str:
    scene.step("The resident's display shows a QR code; the phone scans it")
    offer = scene.station("case", "offer", case).json
    uri: str = offer["offer_uri"]
    drawn = io.StringIO()
    segno.make(uri, error="m").terminal(out=drawn, compact=True)
    click.echo("\n".join(f"    {line}" for line in drawn.getvalue().splitlines()))
    scene.done("It names nobody, works once, and must be scanned within 90 s.")
    return uri


def receive_on_phone(scene: Scene, case: str, uri: str, name: str = "phone") -> dict[str, Any]:
    """A phone takes the offer; the tx_code is shown to the resident once it was scanned."""
    scene.step("The phone asks for the tx_code, which the display shows only now")
    phone = scene.start("card-sim", *scene.phone_words(name), "receive", uri, "--json")
    first_line(phone.stderr, "tx_code needed")
    code = scene.station("case", "show", case).json["tx_code"]
    out, err = phone.communicate(f"{code}\n")
    scene.note(*(line for line in err.strip().splitlines() if line))
    end(phone)
    received: dict[str, Any] = json.loads(out)
    for credential in received["credentials"]:
        by = sorted({check["by"] for check in credential["checks"]})
        held = len(credential["checks"])
        scene.note(f"{credential['format']:<10} {held} checks held, made by: {', '.join(by)}")
    scene.done("Both credentials are bound to the phone's attested key; not valid yet.")
    return received


def _activate(scene: Scene, case: str) -> None:
    scene.step("The officer sees the card on the resident's own phone and activates it")
    before = scene.phone("show").json["cards"][0]
    card = scene.station("case", "activate", case, "--seen-on-phone").json["credential"]
    after = scene.phone("show").json["cards"][0]
    scene.note(f"phone before: {before['status']}, after: {after['status']}")
    scene.done(f"mobile card {card['document_number']}, valid until {card['expiry_date']}")


def _visit_shop(scene: Scene) -> None:
    scene.step("In a shop: to buy beer, the phone shows a name and a date of birth, or only '19+'")
    shop = scene.folder / "shop"
    shop.mkdir()
    for view in ("NAME_DOB", "ADULT_ONLY"):
        out = str(shop / view)
        shown = scene.phone("present", view, "--nonce", SHOP_NONCE, "--out", out).json
        for presentation in shown["presentations"]:
            seen = scene.phone(
                "check-presentation", presentation["file"], "--nonce", SHOP_NONCE, name="shop-till"
            ).json
            claims = ", ".join(f"{name}={value}" for name, value in seen["claims"].items())
            scene.note(f"{view:<11} {presentation['format']:<9} the shop sees: {claims}")
        withheld = presentation["withheld"]
        scene.note(f"{'':<21} not shown: {', '.join(withheld[:6])} and {len(withheld) - 6} more")
    scene.done("verified by the shop with the issuer's certificate and the status list")


def _close(scene: Scene, case: str) -> None:
    scene.step("Receipt, and the audit log is verified")
    receipt = str(scene.folder / "receipt.html")
    scene.station("case", "receipt", case, "--out", receipt)
    verified = scene.station("audit", "verify").json
    checkpoints = verified["checkpoints"]
    scene.done(
        f"{verified['entries']} entries in an unbroken chain, {checkpoints} checkpoint signed"
    )
