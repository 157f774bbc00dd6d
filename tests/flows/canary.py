"""A person of distinctive strings, and the search for them in everything that is left."""

import base64
import io
import json
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from apdu.lds.eid_groups import Address
from card_sim.personalize import PORTRAIT_OCTETS
from card_sim.persons import Person
from card_sim.portrait import portrait
from tests.flows.world import World

MASKED_NAME = f"황{'*' * 11}리"


def canary(world: World) -> Person:
    """Strings that occur nowhere by chance."""
    return replace(
        world.kim,
        id="canary-person",
        family_name="황보",
        given_names="카나리아꾀꼬리울음소리",
        hanja="皇甫金絲雀黃鸝聲",
        romanized=("HWANGBOCANARY", "KKOEKKORI"),
        rrn=world.kim.rrn[:6] + "2937461",
        address=Address(
            "쾨쾨한카나리아길 8191, 7129호 (꾀꼬리동)", "노랑새구", "울음특별시", "KOR", "81917"
        ),
        municipality_code="8191712900",
        issuing_authority="울음특별시 노랑새구청장",
        document_number="T81917129",
        can="819171",
        pin="712981",
        puk="8191712981",
    )


@dataclass
class Secrets:
    """What must not be found, by name; `forms` are the octets it might hide behind."""

    values: dict[str, str | bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, person: Person) -> "Secrets":
        born = person.date_of_birth
        values: dict[str, str | bytes] = {
            name: str(getattr(person, name))
            for name in ("family_name", "given_names", "hanja", "rrn", "puk", "issuing_authority")
        }
        values |= {
            "name": person.name,
            "masked name": MASKED_NAME,
            "street": person.address.street,
            "city": person.address.city,
            "province": person.address.province,
            "rrn tail": person.rrn[6:],
            "rrn dashed": f"{person.rrn[:6]}-{person.rrn[6:]}",
            "document number": person.document_number,
            "municipality code": person.municipality_code,
            "romanized": person.romanized[0],
            "born": born.isoformat(),
            "contact": f"{person.id}@test.invalid",
            "portrait": portrait(person.id, PORTRAIT_OCTETS)[2000:2024],
            "portrait's start": portrait(person.id, PORTRAIT_OCTETS)[900:924],
        }
        return cls(values)

    def add(self, **values: str) -> None:
        self.values |= values

    def forms(self) -> Iterator[tuple[str, bytes]]:
        for name, value in self.values.items():
            plain = value.encode() if isinstance(value, str) else value
            yield name, plain
            if isinstance(value, str):
                yield f"{name}, UTF-16", value.encode("utf-16-le")
                yield f"{name}, UTF-16 BE", value.encode("utf-16-be")
                yield f"{name}, JSON", json.dumps(value)[1:-1].encode()
            yield f"{name}, hex", plain.hex().encode()
            yield f"{name}, HEX", plain.hex().upper().encode()
            for start in range(3):  # Base64 looks different at each of three places.
                encoded = base64.b64encode(bytes(start) + plain)
                inner = encoded[4 if start else 0 : len(encoded) // 4 * 4 - 4]
                if len(inner) >= 8:
                    yield f"{name}, base64 at {start}", inner
                    yield f"{name}, base64url at {start}", inner.translate(_URL)

    def found_in(self, octets: bytes) -> list[str]:
        return [form for form, value in self.forms() if value in octets]


_URL = bytes.maketrans(b"+/", b"-_")


@dataclass
class Told:
    """Everything a process says."""

    out: io.StringIO = field(default_factory=io.StringIO)
    err: io.StringIO = field(default_factory=io.StringIO)
    errors: list[str] = field(default_factory=list)

    def error(self, error: BaseException) -> None:
        """An error as a log would have it: message, repr, causes, stack."""
        self.errors += [repr(error), "".join(traceback.format_exception(error))]

    @property
    def octets(self) -> bytes:
        return "\n".join([self.out.getvalue(), self.err.getvalue(), *self.errors]).encode()


def files_of(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path, path.read_bytes()


def nothing_in_files(folder: Path, secrets: Secrets) -> None:
    paths = [path.name for path, _ in files_of(folder)]
    assert "station.db" in paths
    assert "station.db-wal" in paths  # Still open: what is not yet in the main file counts too.
    found = {path.name: secrets.found_in(octets) for path, octets in files_of(folder)}
    assert {name: forms for name, forms in found.items() if forms} == {}


def nothing_told(told: Told, secrets: Secrets) -> None:
    assert secrets.found_in(told.octets) == []
