"""Deterministic mutations of good octets: the same seed gives the same inputs on every machine."""

from collections.abc import Callable, Iterator, Sequence
from random import Random

MAX_LENGTH = 70_000
_INTERESTING = (0x00, 0x01, 0x1F, 0x30, 0x7F, 0x80, 0x81, 0x82, 0x84, 0x88, 0xFE, 0xFF)
_LONG_FORMS = (b"\x80", b"\x81\xff", b"\x82\xff\xff", b"\x83\x7f\xff\xff", b"\x84\xff\xff\xff\xff")
_OPENERS = (b"\x30\x80", b"\x7c\x81\xff", b"\x7f\x4e\x82\xff\xff", b"\x65\x04", b"\x31\x84")

Mutation = Callable[[Random, bytearray], None]


def inputs(corpus: Sequence[bytes], seed: int) -> Iterator[bytes]:
    """The corpus itself, then its mutations without end."""
    yield from corpus
    yield from (b"", b"\x00", b"\xff" * 9, *_bombs())
    random = Random(seed)
    while True:
        octets = bytearray(random.choice(corpus))
        for _ in range(random.choice((1, 1, 1, 2, 3, 6, 12))):
            random.choice(MUTATIONS)(random, octets)
        if random.random() < 0.1:
            other = random.choice(corpus)
            octets[random.randint(0, len(octets)) :] = other[random.randint(0, len(other)) :]
        yield bytes(octets[:MAX_LENGTH])


def _bombs() -> Iterator[bytes]:
    """Ten octets that promise gigabytes, and nesting deeper than any stack."""
    for opener in _OPENERS:
        yield opener + b"\x00" * 6
        yield opener * (MAX_LENGTH // len(opener))
    for opener in (b"[", b'{"a":', b"a.", b"[[", b"9", b'"', b"= "):
        yield opener * (MAX_LENGTH // len(opener))
    yield b"\x30" * MAX_LENGTH
    yield b"\x9f" + b"\xff" * MAX_LENGTH
    yield b"\x06\x84\x00\x01\x00\x00" + b"\xff" * 65_000
    yield b"\x02\x83\x00\xff\xff" + b"\x7f" * 65_535


def _flip(random: Random, octets: bytearray) -> None:
    if octets:
        octets[random.randrange(len(octets))] ^= 1 << random.randrange(8)


def _put(random: Random, octets: bytearray) -> None:
    if octets:
        octets[random.randrange(len(octets))] = random.choice(_INTERESTING)


def _step(random: Random, octets: bytearray) -> None:
    """One more or less, as a length that lies by one."""
    if octets:
        position = random.randrange(len(octets))
        octets[position] = (octets[position] + random.choice((-1, 1))) & 0xFF


def _cut(random: Random, octets: bytearray) -> None:
    del octets[random.randint(0, len(octets)) :]


def _remove(random: Random, octets: bytearray) -> None:
    start = random.randint(0, len(octets))
    del octets[start : start + random.choice((1, 1, 2, 8, 64))]


def _insert(random: Random, octets: bytearray) -> None:
    start = random.randint(0, len(octets))
    octets[start:start] = random.randbytes(random.choice((1, 1, 2, 8, 64)))


def _repeat(random: Random, octets: bytearray) -> None:
    start = random.randint(0, len(octets))
    part = octets[start : start + random.choice((1, 4, 32, 256))]
    octets[start:start] = part * random.choice((1, 2, 40))


def _lengthen(random: Random, octets: bytearray) -> None:
    """A length in long form where there was one octet."""
    if octets:
        start = random.randrange(len(octets))
        octets[start : start + 1] = random.choice(_LONG_FORMS)


def _move(random: Random, octets: bytearray) -> None:
    start, length = random.randint(0, len(octets)), random.choice((2, 8, 32))
    part = octets[start : start + length]
    del octets[start : start + length]
    target = random.randint(0, len(octets))
    octets[target:target] = part


MUTATIONS: tuple[Mutation, ...] = (
    _flip,
    _put,
    _step,
    _cut,
    _remove,
    _insert,
    _repeat,
    _lengthen,
    _move,
)
