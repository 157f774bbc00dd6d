"""Five things that must not work: each ends in its own error, and nothing is lost or issued."""

import json
from typing import Any

from card_sim.demo.readers import Reader
from card_sim.demo.scene import CommandFailed, Scene, first_line
from card_sim.demo.visit import people, receive_on_phone

VICTIM = "namgung-eunhasu"
CARD_REFUSED, NOT_AUTHENTIC, NOT_FOUND = 4, 5, 7


def tell_refusals(scene: Scene, reader: Reader) -> None:
    scene.title("Five refusals · 거절 다섯 가지")
    person = people(scene)[VICTIM]
    case: str = scene.station("case", "open").json["case"]
    _wrong_pin(scene, reader, case, person)
    _cloned_chip(scene, reader, case, person)
    _altered_octet(scene, reader, case, person)
    uri = _wrong_tx_code(scene, reader, case, person)
    _second_phone(scene, case, uri)
    verified = scene.station("audit", "verify").json
    scene.note("", f"The audit log holds it all: {verified['entries']} entries, chain unbroken.")


def _wrong_pin(scene: Scene, reader: Reader, case: str, person: dict[str, str]) -> None:
    scene.step("A wrong PIN")
    wrong = f"{(int(person['pin']) + 1) % 10**6:06d}"
    with reader.card(person["id"]) as url:
        refused = _read(scene, case, url, wrong, CARD_REFUSED)
    _prove_nothing_happened(scene, case, "opened", refused)


def _cloned_chip(scene: Scene, reader: Reader, case: str, person: dict[str, str]) -> None:
    scene.step("A cloned chip: all the right data, but not the chip's own key")
    with reader.card(person["id"], "--clone") as url:
        refused = _read(scene, case, url, person["pin"], NOT_AUTHENTIC)
    _prove_nothing_happened(scene, case, "opened", refused)


def _altered_octet(scene: Scene, reader: Reader, case: str, person: dict[str, str]) -> None:
    scene.step("One changed octet in the signed portrait (LDS1, DG2)")
    with reader.card(person["id"], "--alter", "DG2:9000") as url:
        refused = _read(scene, case, url, person["pin"], NOT_AUTHENTIC)
    _prove_nothing_happened(scene, case, "opened", refused)


def _wrong_tx_code(scene: Scene, reader: Reader, case: str, person: dict[str, str]) -> str:
    scene.step("A wrong tx_code: the same case goes on with the genuine card, up to the offer")
    with reader.card(person["id"]) as url:
        _read(scene, case, url, person["pin"], 0)
    scene.station("case", "identify", case, "--face-matches")
    scene.station("case", "approve", case)
    uri: str = scene.station("case", "offer", case).json["offer_uri"]
    phone = scene.start("card-sim", *scene.phone_words("phone-2"), "receive", uri, "--json")
    first_line(phone.stderr, "tx_code needed")
    right = scene.station("case", "show", case).json["tx_code"]
    out, _ = phone.communicate(f"{(int(right) + 1) % 10**6:06d}\n")
    if phone.returncode != NOT_FOUND:
        raise CommandFailed(f"a wrong tx_code ended with {phone.returncode}")
    refused: dict[str, Any] = json.loads(out)
    offer = scene.station("case", "show", case).json["offer"]
    scene.note(f"The code is not burnt: {offer['tries_left']} tries left.")
    _prove_nothing_happened(scene, case, "offered", refused)
    return uri


def _second_phone(scene: Scene, case: str, uri: str) -> None:
    code = scene.station("case", "show", case).json["tx_code"]
    receive_on_phone(scene, case, uri, "phone-2")
    cards = _cards(scene)
    scene.step("A second phone with the same offer, and even the right tx_code")
    refused = _receive(scene, uri, code, "phone-3")
    if _cards(scene) != cards:
        raise CommandFailed("the second phone changed something")
    scene.note(f"refused: {refused['error']}")
    scene.done("The case stays issued to the first phone; the second holds nothing.")


def _read(scene: Scene, case: str, url: str, pin: str, expect: int) -> dict[str, Any]:
    words = ("case", "read-card", case, "--reader", url)
    return scene.station(*words, stdin=f"{pin}\n", expect=expect).json


def _receive(scene: Scene, uri: str, code: str, phone: str) -> dict[str, Any]:
    words = scene.phone_words(phone)
    done = scene.run(
        "card-sim", *words, "receive", uri, "--tx-code", code, "--json", expect=NOT_FOUND
    )
    answer: dict[str, Any] = json.loads(done.out)
    return answer


def _cards(scene: Scene) -> list[dict[str, Any]]:
    cards: list[dict[str, Any]] = scene.station("credential", "list").json["credentials"]
    return cards


def _prove_nothing_happened(scene: Scene, case: str, stage: str, refused: dict[str, Any]) -> None:
    shown = scene.station("case", "show", case).json
    if shown["stage"] != stage or shown["credential"] is not None:
        raise CommandFailed("a refusal changed something")
    detail = f" ({refused['detail']})" if refused.get("detail") else ""
    scene.note(f"refused: {refused['error']}{detail}")
    scene.done(f"The case is still {stage} and can go on; no credential was made.")
