"""Card files: written, changed by hand, read again; and everything that may be wrong in one."""

import io
import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from PIL import Image

from apdu.crypto.signatures import sign_plain
from apdu.exchange import run
from apdu.profiles.krrc import ChipReading, TerminalCredentials, read_card, survey
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import Password
from card_sim.card import VirtualCard
from card_sim.card_file import CardOrder, card_file_text
from card_sim.card_file.keys import KEYS
from card_sim.card_types import CardType
from card_sim.home import Home
from card_sim.personalize import Attack, Trust
from card_sim.persons import Person
from card_sim.portrait import MAX_OCTETS
from tests.card_sim.card_files import KIM, PEOPLE, TEXT, edited, order, problems, read
from tests.card_sim.test_personalize import contents
from tests.card_sim.world import TODAY, World


@pytest.mark.parametrize("card_type", list(CardType))
@pytest.mark.parametrize("person", PEOPLE.values(), ids=list(PEOPLE))
def test_file_read_again_asks_for_the_same_card(
    tmp_path: Path, person: Person, card_type: CardType
) -> None:
    asked = order(person, card_type)
    again = read(tmp_path, card_file_text(asked))
    kept = replace(person, purpose="", valid_until=person.date_of_expiry)
    assert again == replace(asked, person=kept)


def test_attack_and_trust_are_written_too(tmp_path: Path) -> None:
    asked = replace(order(), trust=Trust.PREVIOUS, attack=Attack(True, ("EF.SOD", 100)))
    again = read(tmp_path, card_file_text(asked))
    assert (again.trust, again.attack) == (asked.trust, asked.attack)


def test_file_is_toml_to_read_with_every_key_and_korean_as_it_is(tmp_path: Path) -> None:
    content = tomllib.loads(TEXT)
    names = {
        f"{name}.{inner}" if isinstance(value, dict) else name
        for name, value in content.items()
        for inner in (value if isinstance(value, dict) else [""])
    }
    assert names == set(KEYS)
    assert 'given_names = "민지"' in TEXT
    assert "TEST" in TEXT.splitlines()[0]
    assert max(map(len, TEXT.splitlines())) <= 120


def test_characters_that_do_not_show_are_written_by_number() -> None:
    text = card_file_text(order(PEOPLE["shin-taegeu"]))
    assert "\\U0000202E" in text
    assert all(each.isprintable() or each == "\n" for each in text)


def test_byte_order_mark_and_windows_line_ends_are_borne(tmp_path: Path) -> None:
    text = b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode("utf-8")
    assert read(tmp_path, text) == read(tmp_path, TEXT)


def test_what_has_a_default_may_be_left_out(tmp_path: Path) -> None:
    optional = {key.rpartition(".")[2] for key in KEYS if KEYS[key].default is not None}
    required = {key.rpartition(".")[2] for key in KEYS if KEYS[key].default is None}
    lines = [
        line for line in TEXT.splitlines() if line.partition(" = ")[0] not in optional - required
    ]
    plain = read(tmp_path, "\n".join(lines))
    assert (plain.trust, plain.attack) == (Trust.NEWEST, Attack())
    assert plain.person.hanja is None
    assert not plain.person.card_lost


EDITS = {
    "seed": '"another seed"',
    "document.number": '"T99000001"',
    "document.date_of_issue": "2020-05-06",
    "document.date_of_expiry": "2031-07-08",
    "document.issuing_authority": '"제주특별자치도 서귀포시장"',
    "holder.family_name": '"선우"',
    "holder.given_names": '"가온누리"',
    "holder.hanja": '"鮮于가온누리"',
    "holder.sex": '"M"',
    "holder.date_of_birth": "2001-02-03",
    "holder.rrn": '"0142033000001"',
    "address.province": '"제주특별자치도"',
    "address.city": '"서귀포시"',
    "address.street": '"중앙로 1"',
    "address.postal_code": '"63584"',
    "address.municipality_code": '"5013051000"',
    "mrz.surname": '"SUNWOO"',
    "mrz.given_names": '"GAON NURI"',
    "passwords.can": '"000001"',
    "passwords.pin": '"000002"',
    "passwords.puk": '"0000000003"',
}


def tap(home: Home, asked: CardOrder, password: Password, state: Path) -> ChipReading:
    """The card of a card file, read by the project's own reader."""
    card = VirtualCard(home.card_of(asked), home.memory_of(asked, state))
    chain = home.pki.chains[asked.card_type.model.trust[0]]
    key, algorithm = chain.terminal_key, chain.terminal.public_key.hash_algorithm
    terminal = TerminalCredentials(
        (chain.dv.encoded, chain.terminal.encoded),
        lambda message: sign_plain(key, message, algorithm),
    )
    found = run(survey(), card)
    now = datetime.combine(TODAY, time(12), UTC)
    trust = TrustStore((home.pki.csca.der,))
    return run(read_card(found, password, terminal, trust, now), card)


@pytest.mark.parametrize("card_type", list(CardType))
def test_edited_data_are_on_the_card(world: World, tmp_path: Path, card_type: CardType) -> None:
    text = edited({**EDITS, "type": f'"{card_type.value}"'})
    asked = read(tmp_path, text)
    for password in (Password.pin("000002"), Password.can("000001")):
        reading = tap(world.home, asked, password, tmp_path / "card.state.json")
        assert reading.genuine
    assert reading.content is not None
    eid, zone = reading.content.eid, reading.content.zone
    assert (eid.family_name, eid.given_names, eid.sex) == ("선우", "가온누리", "M")
    assert eid.date_of_birth == date(2001, 2, 3)
    assert eid.date_of_issue == reading.content.document.date_of_issue == date(2020, 5, 6)
    assert eid.date_of_expiry == date(2031, 7, 8)
    assert eid.rrn == "0142033000001"
    address = eid.address
    assert (address.province, address.city, address.street, address.postal_code) == (
        "제주특별자치도", "서귀포시", "중앙로 1", "63584",
    )  # fmt: skip
    assert eid.municipality_code == "5013051000"
    assert (zone.surname, zone.given_names) == ("SUNWOO", "GAON NURI")
    assert (zone.document_number, zone.date_of_expiry) == ("T99000001", "310708")
    assert reading.content.name_hanja == "鮮于가온누리"
    assert reading.content.issuing_authority == "제주특별자치도 서귀포시장"


def test_seed_type_and_number_make_the_chip_key(world: World, tmp_path: Path) -> None:
    def key(**changes: str) -> int:
        asked = read(tmp_path, edited({name.replace("__", "."): v for name, v in changes.items()}))
        return world.home.card_of(asked).chip_key.private_numbers().private_value

    assert key() == key(holder__given_names='"민자"') == key(passwords__pin='"000000"')
    keys = {key(), key(seed='"b"'), key(document__number='"T1"'), key(type='"krrc-1-p384"')}
    assert len(keys) == 4


def test_alteration_and_clone_are_as_the_file_says(world: World, tmp_path: Path) -> None:
    plain = world.home.card_of(read(tmp_path, TEXT))
    altered = world.home.card_of(read(tmp_path, edited({"attack.alter": '"DG2:9000"'})))
    clone = world.home.card_of(read(tmp_path, edited({"attack.clone": "true"})))
    files = contents(plain)
    assert [name for name, octets in contents(altered).items() if octets != files[name]] == ["DG2"]
    assert contents(clone) == files
    assert clone.chip_key.private_numbers() != plain.chip_key.private_numbers()


def picture(kind: str, size: tuple[int, int] = (40, 50)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (10, 20, 30)).save(buffer, kind)
    return buffer.getvalue()


def with_picture(tmp_path: Path, octets: bytes) -> str:
    (tmp_path / "face").write_bytes(octets)
    return edited({"portrait.file": '"face"'})


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "jpeg"), ("JPEG2000", "jpeg2000")])
def test_portrait_comes_from_a_file_beside_the_card_file(
    world: World, tmp_path: Path, kind: str, name: str
) -> None:
    octets = picture(kind)
    asked = read(tmp_path, with_picture(tmp_path, octets))
    reading = tap(world.home, asked, Password.pin(KIM.pin), tmp_path / "card.state.json")
    assert reading.content is not None
    portrait = reading.content.portrait
    assert (portrait.image, portrait.format) == (octets, name)
    assert (portrait.width, portrait.height) == (40, 50)


def test_largest_portrait_is_read_through(world: World, tmp_path: Path) -> None:
    jpeg = picture("JPEG")
    octets = jpeg + bytes(MAX_OCTETS - len(jpeg))  # what follows the end of a JPEG is not looked at
    asked = read(tmp_path, with_picture(tmp_path, octets))
    reading = tap(world.home, asked, Password.pin(KIM.pin), tmp_path / "card.state.json")
    assert reading.genuine


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        (b"", "no picture"),
        (b"\x89PNG\r\n\x1a\n", "no picture"),
        (picture("JPEG")[:200], "no picture"),
        (b"\xff\xd8\xff" + bytes(50), "no picture"),
        (picture("JPEG") + bytes(MAX_OCTETS), f"more than {MAX_OCTETS} octets"),
        (picture("JPEG", (4097, 1)), "4096 pixels"),
        (picture("JPEG", (1, 4097)), "4096 pixels"),
    ],
)
def test_picture_that_is_none_or_too_large_is_refused(
    tmp_path: Path, octets: bytes, what: str
) -> None:
    [problem] = problems(tmp_path, with_picture(tmp_path, octets))
    assert problem.startswith("portrait.file: ")
    assert what in problem
    assert "allowed: a JPEG or JPEG 2000" in problem


@pytest.mark.parametrize("name", ["absent", ".", "/dev/zero", "absent/face"])
def test_portrait_that_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    [problem] = problems(tmp_path, edited({"portrait.file": f'"{name}"'}))
    assert problem.startswith("portrait.file: is the name of no file; allowed: ")
