"""`apdu verify`: passive authentication of a card's files on disk."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from apdu.cli.card_files import read_folder
from apdu.cli.failures import NotGenuine
from apdu.cli.material import at_noon, now, trust_store
from apdu.cli.output import echo_json, json_option
from apdu.cli.report import check_lines, checks_as_json
from apdu.errors import EncodingError
from apdu.lds import security_infos, sod
from apdu.lds.data_groups import decode_dg14
from apdu.lds.security_infos import SecurityInfos
from apdu.profiles.checks import CheckFailed, CheckTable, Outcome
from apdu.profiles.eac import CARD_ACCESS, CARD_SECURITY
from apdu.profiles.lds1 import (
    SIGNATURE_CHECK,
    SOD,
    check_groups,
    group_check,
    group_name,
    signed_list,
)
from apdu.protocols.passive_authentication import TrustStore, verify_signed_object

_GROUPS = {group_name(number): number for number in range(1, 17)}


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--csca",
    required=True,
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Country signing certificates to trust, DER or PEM; may be given several times.",
)
@click.option(
    "--at",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day all certificates must be valid at, YYYY-MM-DD (default: now).",
)
@json_option
def verify(folder: Path, csca: tuple[Path, ...], at: datetime | None, as_json: bool) -> None:
    """Prove that a card's files in FOLDER are what a state signed.

    The files are those `apdu read --out` writes; names other tools give are understood too:
    EF.SOD, EF_SOD.bin, SOD.der; DG1, EF.DG01.bin, Datagroup1.bin; EF.CardSecurity,
    EF.CardAccess. EF.SOD must be there with a data group, or EF.CardSecurity. A data group that
    EF.SOD lists and the folder does not have is told and not judged. Every check is shown by
    name; ends with 5 if one fails, with 2 if files are missing.
    """
    files = read_folder(folder)
    _require(files, folder)
    found = _Verification(files, trust_store(*csca), at_noon(at) if at else now()).run()
    if as_json:
        content = {"authentic": found.authentic, "checks": checks_as_json(found.checks.result())}
        echo_json(content | {"missing": found.missing, "unsigned": found.unsigned})
    else:
        for line in check_lines(found.checks.result()):
            click.echo(line)
        _tell("listed in EF.SOD and not there", found.missing)
        _tell("unsigned, authentic only while they are read from the card", found.unsigned)
    if not found.authentic:
        raise NotGenuine("The files are not authentic.")


def _require(files: Mapping[str, bytes], folder: Path) -> None:
    groups = [name for name in files if name in _GROUPS]
    if groups and SOD not in files:
        raise click.UsageError(f"{SOD} is missing in {folder}: without it nothing is proved.")
    if not groups and CARD_SECURITY not in files:
        raise click.UsageError(f"No data group and no {CARD_SECURITY} in {folder}.")


def _tell(what: str, names: tuple[str, ...]) -> None:
    if names:
        click.echo(f"{what}: {', '.join(names)}", err=True)


@dataclass(frozen=True, slots=True)
class _Verified:
    checks: CheckTable
    missing: tuple[str, ...]
    unsigned: tuple[str, ...]

    @property
    def authentic(self) -> bool:
        return all(each.outcome is Outcome.PASS for each in self.checks.result())


class _Verification:
    """The checks that the files at hand allow; what one rests on is made before it."""

    def __init__(self, files: Mapping[str, bytes], trust: TrustStore, at: datetime) -> None:
        self._files, self._trust, self._at = files, trust, at
        self._groups = {_GROUPS[name]: files[name] for name in files if name in _GROUPS}
        self._checks = CheckTable(tuple(self._names()))
        self._missing: tuple[str, ...] = ()

    def _names(self) -> list[str]:
        there = self._files
        names = []
        if SOD in there:
            names.append(SIGNATURE_CHECK)
            names += (group_check(number) for number in sorted(self._groups))
        if CARD_SECURITY in there:
            names.append("card_security_authentic")
            names += ["card_access_as_signed"] if CARD_ACCESS in there else []
            names += ["chip_keys_agree"] if 14 in self._groups else []
        return names

    def run(self) -> _Verified:
        if SOD in self._files:
            with suppress(CheckFailed):
                self._check_groups()
        if CARD_SECURITY in self._files:
            with suppress(CheckFailed):
                self._check_card_security()
        return _Verified(self._checks, self._missing, self._unsigned())

    def _check_groups(self) -> None:
        listed = signed_list(self._files[SOD], self._trust, self._at, self._checks)
        check_groups(listed, self._groups, self._checks)
        absent = sorted(set(listed.hashes) - set(self._groups))
        self._missing = tuple(group_name(number) for number in absent)

    def _check_card_security(self) -> None:
        with self._checks.essential("card_security_authentic"):
            signed = sod.decode(self._files[CARD_SECURITY])
            verify_signed_object(signed, sod.SECURITY_OBJECT, self._trust, self._at)
            infos = security_infos.decode(signed.content)
        if CARD_ACCESS in self._files:
            self._checks.note(
                "card_access_as_signed",
                self._as_signed(signed.content, infos),
                "card_access_differs",
            )
        if 14 in self._groups:
            self._checks.note("chip_keys_agree", self._same_key(infos), "another_chip_key")

    def _as_signed(self, content: bytes, infos: SecurityInfos) -> bool:
        """EF.CardAccess announces nothing that is not signed, and no protocol was taken out."""
        access = self._files[CARD_ACCESS]
        try:
            announced = security_infos.decode(access)
            added = not security_infos.elements(access) <= security_infos.elements(content)
        except EncodingError:
            return False
        return not added and _protocols(infos) <= _protocols(announced)

    def _same_key(self, infos: SecurityInfos) -> bool:
        try:
            announced = decode_dg14(self._groups[14]).chip_keys
        except EncodingError:
            return False
        signed = [each.key for each in infos.chip_keys]
        return any(each.key in signed for each in announced)

    def _unsigned(self) -> tuple[str, ...]:
        judged = {
            SOD,
            CARD_SECURITY,
            *_GROUPS,
            *((CARD_ACCESS,) if CARD_SECURITY in self._files else ()),
        }
        return tuple(sorted(set(self._files) - judged))


def _protocols(infos: SecurityInfos) -> frozenset[object]:
    return frozenset((*infos.pace, *infos.chip_authentication, *infos.terminal_authentication))
