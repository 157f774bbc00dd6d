"""A card's files on disk, by the names that tools give them."""

import re
from pathlib import Path

import click

MAX_OCTETS = 1 << 20
"""More than any file of a card; a folder may hold other things by mistake."""

_SUFFIXES = {"", ".bin", ".dat", ".der", ".cms", ".ef", ".raw"}
_NAMED = {
    "COM": "EF.COM",
    "SOD": "EF.SOD",
    "CARDACCESS": "EF.CardAccess",
    "CARDSECURITY": "EF.CardSecurity",
    "DIR": "EF.DIR",
    "ATRINFO": "EF.ATR-INFO",
}
_GROUP = re.compile(r"(EID)?(?:DG|DATAGROUP)0*([1-9][0-9]?)")


def standard_name(file_name: str) -> str | None:
    """The file's name in the standard, or None for what is no file of a card.

    Rule    Case, `EF` in front, `_`, `-`, `.` and blanks do not matter, nor the endings .bin,
            .dat, .der, .cms, .ef, .raw: EF.SOD, EF_SOD.bin and sod.der are one name; so are DG1,
            EF.DG01.bin and Datagroup1.bin.
    """
    path = Path(file_name)
    stem = path.stem if path.suffix.lower() in _SUFFIXES else path.name
    plain = re.sub(r"[^A-Z0-9]", "", stem.upper()).removeprefix("EF")
    if plain in _NAMED:
        return _NAMED[plain]
    found = _GROUP.fullmatch(plain)
    if found is None:
        return None
    return f"{'eID.' if found[1] else ''}DG{found[2]}"


def read_folder(folder: Path) -> dict[str, bytes]:
    """The card's files in a folder by their standard names.

    Errors  `click.UsageError`: two files of one name, one that is too long or cannot be read.
    """
    files: dict[str, bytes] = {}
    for path in sorted(folder.iterdir()):
        name = standard_name(path.name)
        if name is None or not path.is_file():
            continue
        if name in files:
            raise click.UsageError(f"Two files in {folder} are {name}; leave one of them.")
        files[name] = _read(path)
    return files


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            octets = file.read(MAX_OCTETS + 1)
    except OSError as error:
        raise click.UsageError(f"{path} cannot be read.") from error
    if len(octets) > MAX_OCTETS:
        raise click.UsageError(f"{path} is too long to be a card's file.")
    return octets
