"""A session is told step by step, from whatever the recording still has."""

from collections import Counter

import pytest

from apdu.explain.recorded import Pair, read
from apdu.explain.session import Told, tell


def told(*lines: str) -> list[Told]:
    return list(tell(read("\n".join(lines))))


def abouts(*lines: str) -> list[str]:
    return [each.about for each in told(*lines)]


def redacted(pairs: list[tuple[bytes, bytes]]) -> list[Pair]:
    return [
        Pair(command[:4], len(command), int.from_bytes(answer[-2:]), len(answer))
        for command, answer in pairs
    ]


def whole(pairs: list[tuple[bytes, bytes]]) -> list[str]:
    return [line for command, answer in pairs for line in (command.hex(), answer.hex())]


def test_tap_of_a_card_is_told_command_by_command(recorded: list[tuple[bytes, bytes]]) -> None:
    lines = told(*whole(recorded))
    assert [(each.name, each.part, each.about) for each in lines[:19]] == [
        ("READ BINARY", "files", "EF.ATR/INFO"),
        ("READ BINARY", "files", "EF.CardAccess"),
        ("MSE:Set AT", "PACE", "choose PIN, ECDH-GM AES-128, only to read its counter"),
        ("MSE:Set AT", "PACE", "choose PIN, ECDH-GM AES-128, with the terminal's rights"),
        ("GENERAL AUTHENTICATE", "PACE", "step 1, encrypted nonce"),
        ("GENERAL AUTHENTICATE", "PACE", "step 2, map the nonce"),
        ("GENERAL AUTHENTICATE", "PACE", "step 3, agree on keys"),
        ("GENERAL AUTHENTICATE", "PACE", "step 4, exchange tokens"),
        ("MSE:Set DST", "terminal authentication", "name the next certificate's issuer"),
        ("PSO:Verify Certificate", "terminal authentication", "show a certificate"),
        ("MSE:Set DST", "terminal authentication", "name the next certificate's issuer"),
        ("PSO:Verify Certificate", "terminal authentication", "show a certificate"),
        ("MSE:Set AT", "terminal authentication", "name its own key"),
        ("GET CHALLENGE", "terminal authentication", "challenge"),
        ("EXTERNAL AUTHENTICATE", "terminal authentication", "sign the challenge"),
        ("READ BINARY", "files", "EF.CardSecurity"),
        ("MSE:Set AT", "chip authentication", "choose algorithm and key"),
        ("GENERAL AUTHENTICATE", "chip authentication", "agree on keys"),
        ("SELECT", "files", "an application, by the files read eID"),
    ]
    assert [each.protected for each in lines] == [False] * 8 + [True] * 30
    assert "an application, by the files read LDS1 (travel document)" in [e.about for e in lines]
    assert [each.about for each in lines[-6:]] == ["EF.SOD", "DG1", "DG2", "DG11", "DG12", "DG14"]
    assert Counter(each.part for each in lines) == {
        "files": 23, "PACE": 6, "terminal authentication": 7, "chip authentication": 2,
    }  # fmt: skip


def test_recording_without_data_tells_the_same_steps(recorded: list[tuple[bytes, bytes]]) -> None:
    without, with_data = tell(redacted(recorded)), told(*whole(recorded))
    assert [each.part for each in without] == [each.part for each in with_data]
    differ = [n for n, each in enumerate(without) if each.about != with_data[n].about]
    assert [without[n].about for n in differ] == [
        "choose a password, only to read its counter",
        "choose a password",
    ]


def test_applications_and_files_in_clear_have_their_names() -> None:
    assert abouts(
        "00A4040C07A0000002471001", "9000",
        "00A4020C02011D", "9000",
        "00B0000000", "319000",
        "00B0010000", "319000",
        "00B08200DF", "759000",
        "00B0010000", "759000",
        "00A4000C023F00", "9000",
        "00A4020C02011D", "6982",
        "00B0000000", "6986",
        "00A40000", "9000",
        "00B09E0000", "619000",
        "00A4040C09E80704007F00070302", "9000",
        "00B09200FF", "729000",
        "00A404000CA000000063504B43532D3135", "9000",
        "00A40804047F205015", "9000",
        "00B0000000", "009000",
    ) == [
        "LDS1 (travel document), A0000002471001",
        "EF.SOD", "EF.SOD", "EF.SOD from 256", "DG2", "DG2 from 256",
        "MF", "EF.CardSecurity", "the current file", "MF", "EF.DIR",
        "eID, E80704007F00070302", "eID.DG18",
        "PKCS #15, A000000063504B43532D3135", "file 7F205015", "file 7F205015",
    ]  # fmt: skip


def test_refused_selection_changes_nothing() -> None:
    assert abouts(
        "00A4040C07A0000002471001", "6A82", "00B09D0000", "9000", "00B08100", "6A82", "00B00000",
        "9000",
    )[1:] == ["EF.CardSecurity", "EF.ATR/INFO", "EF.CardSecurity"]  # fmt: skip


def test_pace_leaves_the_master_file_current() -> None:
    lines = ["00A4040C07A0000002471001", "9000", "0022C1A40F800A04007F00070202040202830102", "9000"]
    steps = ["10860000027C0000", "7C009000", "10860000047C02810000", "9000",
             "10860000047C02830000", "9000", "00860000047C02850000", "9000"]  # fmt: skip
    last = "0CB09D000D9701008E08000000000000000000"
    assert abouts(*lines, *steps, last, "9000")[-1] == "EF.CardSecurity"
    steps[-1] = "6300"
    assert abouts(*lines, *steps, last, "9000")[-1] == "EF.SOD"


@pytest.mark.parametrize(
    ("data", "about"),
    [
        ("800A04007F00070202040202 830101", "choose MRZ, ECDH-GM AES-128"),
        ("800A04007F00070202040604 830102", "choose CAN, ECDH-CAM AES-256"),
        ("800A04007F00070202040101 830104", "choose PUK, DH-GM 3DES"),
        ("800A04007F00070202040402 830109", "choose a password, ECDH-IM AES-128"),
        ("800A04007F00070202039902 8300", "choose a password"),
        ("80032A0304", "choose a password"),
        ("8000", "choose a password"),
        ("FF", "choose a password"),
    ],
)
def test_password_and_algorithm_of_pace(data: str, about: str) -> None:
    octets = bytes.fromhex(data)
    command = f"0022C1A4{len(octets):02X}{octets.hex()}"
    assert abouts(command, "9000", "10860000027C0000", "6A80")[0] == about


def test_pace_in_a_channel_is_counted_by_its_commands() -> None:
    protected = "8E08" + "00" * 8
    lines = [f"0C22C1A40A{protected}", "9000" * 8]
    for cla in ("1C", "1C", "1C", "0C"):
        lines += [f"{cla}8600000A{protected}", "9000" * 8]
    assert [each.split(",")[0] for each in abouts(*lines)] == [
        "choose a password", "step 1", "step 2", "step 3", "step 4",
    ]  # fmt: skip


def test_chip_authentication_version_1_and_its_algorithms() -> None:
    v1 = told("002241A40C800A04007F00070202030202", "9000", "00860000047C02800000", "9000")
    assert [each.about for each in v1] == ["choose ECDH AES-128", "agree on keys"]
    assert told("0C2241A6129110" + "00" * 16, "9000")[0].name == "MSE:Set KAT"
    assert abouts("002241A40C800A04007F00070202030602", "9000") == ["choose algorithm and key"]


def test_basic_access_control_and_active_authentication() -> None:
    lines = told(
        "0084000008", "11" * 8 + "9000",
        "0082000028" + "00" * 40 + "28", "00" * 40 + "9000",
        "0088000008" + "00" * 8 + "00", "00" * 64 + "9000",
    )  # fmt: skip
    assert [(each.part, each.about) for each in lines] == [
        ("other", ""),
        ("basic access control", "prove the zone's keys"),
        ("active authentication", "sign the challenge"),
    ]


@pytest.mark.parametrize(
    ("command", "name", "about"),
    [
        ("002C020306313233343536", "RESET RETRY COUNTER", "set a new PIN"),
        ("002C0303", "RESET RETRY COUNTER", "reset the retry counter"),
        ("00441003", "ACTIVATE", "activate the PIN"),
        ("00041003", "DEACTIVATE", "deactivate the PIN"),
    ],
)
def test_pin_management(command: str, name: str, about: str) -> None:
    (line,) = told(command, "9000")
    assert (line.name, line.part, line.about) == (name, "PIN management", about)


def test_a_password_in_clear_is_not_shown() -> None:
    (line,) = told("0020008006313233343536", "63C2")
    assert (line.name, line.about) == ("VERIFY", "P1-P2 0080")
    assert line.meaning == "verification failed; 2 tries are left"
    assert "3132" not in repr(line)


@pytest.mark.parametrize(
    ("command", "about"),
    [
        ("00B10000045402800000", "DG2 from 32768"),
        ("00B1000203540180" + "00", "DG2 from 128"),
        ("0CB1000017850900" + "00" * 8 + "8E08" + "00" * 8 + "00", "DG2, far offset"),
        ("00B10000035402" + "80" + "00", "DG2, far offset"),
    ],
)
def test_far_offsets(command: str, about: str) -> None:
    lines = ("00A4040C07A0000002471001", "9000", "00B0820000", "9000", command, "9000")
    assert abouts(*lines)[-1] == about


def test_file_selected_in_a_channel_is_the_current_one_without_a_name() -> None:
    protected = "8E08" + "00" * 8
    select, read_on = f"0CA4020C0A{protected}", f"0CB001000A{protected}"
    lines = abouts("00B09C0000", "9000", select, "9000" * 8, read_on, "9000" * 8)
    assert lines == ["EF.CardAccess", "a file", "the current file from 256"]
    refused = abouts("00B09C0000", "9000", select, "6A82", read_on, "9000" * 8)
    assert refused[-1] == "EF.CardAccess from 256"


def test_rest_of_an_answer_belongs_to_what_was_asked() -> None:
    lines = told("0022C1A4", "9000", "10860000027C0000", "6112", "00C0000012", "00" * 18 + "9000")
    assert [(each.part, each.about) for each in lines[1:]] == [
        ("PACE", "step 1, encrypted nonce"),
        ("PACE", "the rest of the answer"),
    ]
    assert lines[1].meaning == "18 more octets to fetch with GET RESPONSE"


def test_answer_in_clear_ends_secure_messaging() -> None:
    protected = "0CB09D000D9701008E08" + "00" * 8 + "00"
    assert told(protected, "6988")[0].meaning == (
        "a secure messaging object is wrong; answered in clear, secure messaging is over"
    )
    assert told(protected, "990290008E0800000000000000009000")[0].meaning == "done"


def test_command_without_an_answer_is_told_with_its_failure() -> None:
    (pair,) = read("00B09D0000")
    assert tell([pair])[0].meaning == "no answer"
    failed = Pair(pair.header, 5, failure="TimedOut")
    assert tell([failed])[0].meaning == "no answer (TimedOut)"
    assert not tell([failed])[0].succeeded


@pytest.mark.parametrize(
    ("header", "name", "protected"),
    [
        ("00B00000", "READ BINARY", False),
        ("08B00000", "READ BINARY", True),
        ("0CB00000", "READ BINARY", True),
        ("04B00000", "READ BINARY", True),
        ("40B00000", "READ BINARY", False),
        ("60B00000", "READ BINARY", True),
        ("80CA9F7F", "CLA 80 INS CA", False),
        ("84E20000", "CLA 84 INS E2", True),
        ("00120000", "INS 12", False),
        ("FFCA0000", "reader: GET DATA", False),
        ("FF990000", "reader: INS 99", False),
    ],
)
def test_class_says_who_answers_and_whether_it_is_protected(
    header: str, name: str, protected: bool
) -> None:
    (line,) = tell([Pair(bytes.fromhex(header), 5, 0x9000, 2)])
    assert (line.name, line.protected) == (name, protected)


def test_parts_of_a_long_command_are_told_so() -> None:
    (line,) = told("10D60000021122", "9000")
    assert line.about == "a part of the data"


@pytest.mark.parametrize("data", ["7C01", "7D00", "", "FF"])
def test_malformed_step_is_the_first(data: str) -> None:
    octets = bytes.fromhex(data)
    command = f"10860000{len(octets):02X}{data}" if octets else "10860000"
    assert abouts("0022C1A4", "9000", command, "6A80")[1] == "step 1, encrypted nonce"


def test_general_authentication_of_no_known_protocol_has_its_parameters_only() -> None:
    (line,) = told("0087079B047C028100", "9000")
    assert (line.name, line.part, line.about) == ("GENERAL AUTHENTICATE", "other", "P1-P2 079B")
    assert told("002241B6", "9000", "00860000047C02800000", "9000")[1].part == "other"
