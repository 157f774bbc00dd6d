"""What is kept between cards: bounded, and nothing of any person, card or session."""

import functools
import gc
import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest

import apdu
import card_sim
from apdu.crypto.curves import encode_point
from apdu.errors import EncodingError
from apdu.lds import security_infos
from apdu.lds.security_infos import CA_ECDH_AES128, ChipAuthenticationInfo, SecurityInfos
from card_sim.files import Application
from tests.apdu.profiles.taps import Tap
from tests.card_sim.world import World

_PIECE = 24
# What the card can do and the parameters of its curve; the key on it has a test of its own.
_PUBLIC = {
    (Application.MASTER, 0x2F00),
    (Application.MASTER, 0x2F01),
    (Application.MASTER, 0x011C),
    (Application.LDS1, 0x010E),
}
_FOLLOWED = (tuple, list, dict, frozenset)


def caches() -> dict[str, Any]:
    """Every cached function of the two packages, by its name."""
    found = {}
    for package in (apdu, card_sim):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "__main__" in module.name:
                continue
            for name, value in vars(importlib.import_module(module.name)).items():
                cached = isinstance(value, functools._lru_cache_wrapper)
                if cached and value.__module__.startswith(("apdu.", "card_sim.")):
                    found[f"{value.__module__}.{name}"] = value
    return found


def kept_by(cache: Any) -> Iterator[bytes]:
    """Every octet string and text in the keys and results of a cache."""
    seen = set()
    open_ends = [each for each in gc.get_referents(cache) if each is not cache.__wrapped__]
    while open_ends:
        each = open_ends.pop()
        if id(each) in seen or isinstance(each, type):
            continue
        seen.add(id(each))
        if isinstance(each, bytes):
            yield each
        elif isinstance(each, str):
            yield each.encode("utf-8")
        elif isinstance(each, _FOLLOWED) or type(each).__module__.startswith(("apdu", "functools")):
            open_ends += gc.get_referents(each)


@pytest.fixture
def after_a_tap(world: World) -> tuple[World, list[bytes]]:
    data = world.data()
    for cache in caches().values():
        cache.cache_clear()
    assert Tap(world, data).read().genuine
    return world, [octets for cache in caches().values() for octets in kept_by(cache)]


def test_something_is_kept_and_seen_here(after_a_tap: tuple[World, list[bytes]]) -> None:
    world, kept = after_a_tap
    assert world.home.pki.csca.der in kept
    assert world.home.pki.document_signer.der in kept
    assert world.chain.terminal.encoded in kept


def test_no_piece_of_the_persons_files_is_kept(after_a_tap: tuple[World, list[bytes]]) -> None:
    """Nor of the two signed lists, beyond the certificate of who signed them."""
    world, kept = after_a_tap
    signer = world.home.pki.document_signer.der
    for application, files in world.data().files.items():
        for file in files:
            if (application, file.identifier) in _PUBLIC:
                continue
            ends = range(0, max(1, len(file.content) - _PIECE), _PIECE)
            pieces = {file.content[i : i + _PIECE] for i in ends}
            own = {piece for piece in pieces if piece not in signer}
            assert not [piece for piece in own for octets in kept if piece in octets]


def test_no_password_name_or_number_of_the_person_is_kept(
    after_a_tap: tuple[World, list[bytes]],
) -> None:
    world, kept = after_a_tap
    person = world.person
    secrets = (person.pin, person.can, person.puk, person.rrn, person.document_number)
    names = (person.family_name + person.given_names, *person.romanized, person.address.street)
    for text in (*secrets, *names):
        assert not [octets for octets in kept if text.encode("utf-8") in octets]


def test_no_key_of_the_chip_is_kept(after_a_tap: tuple[World, list[bytes]]) -> None:
    world, kept = after_a_tap
    point = encode_point(world.data().chip_key.public_key())
    assert not [octets for octets in kept if point in octets or point[1:33] in octets]


def test_every_cache_is_bounded() -> None:
    bounds = {name: each.cache_parameters()["maxsize"] for name, each in caches().items()}
    assert bounds
    assert {name for name, most in bounds.items() if most is None or most > 256} == set()


@pytest.mark.parametrize(
    "name",
    ["certificates.decode_certificate", "cvc.decode", "signature_schemes.decode_key"],
)
def test_what_cannot_be_read_is_refused_again(name: str) -> None:
    cache = caches()[f"apdu.lds.{name}"]
    before = cache.cache_info().currsize
    for _ in range(2):
        with pytest.raises(EncodingError):
            cache(b"\x30\x01\x00")
    assert cache.cache_info().currsize == before


def test_an_info_with_room_for_a_cards_own_number_is_not_kept() -> None:
    """A number of four octets could name the card; the small ones of every card are kept."""
    cache = caches()["apdu.lds.security_infos._read_variant"]
    cache.cache_clear()
    for key_id, kept in ((0xFFFFFFFF, 0), (1, 1)):
        info = ChipAuthenticationInfo(CA_ECDH_AES128, 2, key_id)
        octets = security_infos.encode(SecurityInfos(chip_authentication=(info,)))
        assert security_infos.decode(octets).chip_authentication == (info,)
        assert cache.cache_info().currsize == kept
