"""Applications, files and protocols by the names people give them.

Source  ICAO Doc 9303-10, 3.11 and 4.2; BSI TR-03110-4, 2.2; ISO/IEC 7816-4:2020, 8.3.
"""

EMRTD = bytes.fromhex("A0000002471001")
EID = bytes.fromhex("E80704007F00070302")
PCSC_WORKGROUP = bytes.fromhex("A000000306")

_APPLICATIONS = {
    EMRTD: "LDS1 (travel document)",
    bytes.fromhex("A0000002472001"): "LDS2 travel records",
    bytes.fromhex("A0000002472002"): "LDS2 visa records",
    bytes.fromhex("A0000002472003"): "LDS2 additional biometrics",
    EID: "eID",
    bytes.fromhex("A000000167455349474E"): "eSign",
    bytes.fromhex("D2760000850101"): "NFC Forum Type 4 tag",
    bytes.fromhex("A000000151000000"): "GlobalPlatform issuer security domain",
    bytes.fromhex("A000000308000010000100"): "PIV",
    bytes.fromhex("A0000006472F0001"): "FIDO",
    b"1PAY.SYS.DDF01": "EMV payment system environment",
    b"2PAY.SYS.DDF01": "EMV proximity payment system environment",
}
_PREFIXES = {
    bytes.fromhex("D27600012401"): "OpenPGP",
    bytes.fromhex("A000000063504B43532D3135"): "PKCS #15",
    PCSC_WORKGROUP: "PC/SC workgroup",
}
_MASTER = 0x3F00
_MASTER_FILES = {
    0x2F00: "EF.DIR",
    0x2F01: "EF.ATR/INFO",
    0x011C: "EF.CardAccess",
    0x011D: "EF.CardSecurity",
}
_MASTER_SFIS = {0x01: 0x2F01, 0x1C: 0x011C, 0x1D: 0x011D, 0x1E: 0x2F00}
_EMRTD_FILES = {
    0x011C: "EF.CVCA",
    0x011D: "EF.SOD",
    0x011E: "EF.COM",
    **{0x0100 | number: f"DG{number}" for number in range(1, 17)},
}
_EID_FILES = {0x0100 | number: f"eID.DG{number}" for number in range(1, 23)}
_FILES = {b"": _MASTER_FILES, EMRTD: _EMRTD_FILES, EID: _EID_FILES}


def known_name(aid: bytes) -> str:
    """The application's name, or nothing."""
    prefixes = (name for prefix, name in _PREFIXES.items() if aid.startswith(prefix))
    return _APPLICATIONS.get(aid) or next(prefixes, "")


def application(aid: bytes) -> str:
    """The application's name, where it is known, and its identifier."""
    return ", ".join(filter(None, (known_name(aid), aid.hex().upper())))


def file_by_identifier(aid: bytes | None, identifier: int) -> str:
    """The file's name in an application; b"" is the master file, None one that is not known."""
    return "MF" if identifier == _MASTER else _files(aid).get(identifier, "")


def file_by_sfi(aid: bytes | None, sfi: int) -> str:
    """As `file_by_identifier`, by the short identifier."""
    identifier = _MASTER_SFIS.get(sfi, 0) if aid == b"" else 0x0100 | sfi
    return _files(aid).get(identifier, "")


def _files(aid: bytes | None) -> dict[int, str]:
    return {} if aid is None else _FILES.get(aid, {})
