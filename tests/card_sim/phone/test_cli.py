"""`card-sim phone` as a process would use it: over real HTTP on loopback."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from card_sim.cli import main
from card_sim.phone.attestation import AttestationSigner
from card_sim.phone.cli import phone
from card_sim.phone.home import Home
from tests.card_sim.phone import credentials
from tests.card_sim.phone import issuer as issuer_module
from tests.card_sim.phone.credentials import FAMILY, GIVEN, RRN
from tests.card_sim.phone.issuer import TX_CODE, Issuer


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    """The test issuer behind a real socket; the phone's clock stands at the issuer's."""
    issuer = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            url = f"{issuer.base}{self.path}"
            request = httpx.Request(self.command, url, headers=dict(self.headers), content=body)
            response = issuer.handle(request)
            self.send_response(response.status_code)
            for header in ("Content-Type", "WWW-Authenticate", "Location"):
                if header in response.headers:
                    self.send_header(header, response.headers[header])
            self.send_header("Content-Length", str(len(response.content)))
            self.end_headers()
            self.wfile.write(response.content)

        do_GET = do_POST = _answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Tests are silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer.base = f"http://127.0.0.1:{server.server_port}"
    signer = AttestationSigner(issuer.attestation.key, (issuer.attestation.der,))
    monkeypatch.setattr(Home, "signer", lambda _: signer)
    monkeypatch.setattr("card_sim.phone.cli._now", lambda: credentials.NOW)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield issuer
    server.shutdown()
    server.server_close()


@pytest.fixture
def home(served: Issuer, tmp_path: Path) -> Path:
    """A phone that trusts the issuer."""
    trust = tmp_path / "phone" / "trust"
    trust.mkdir(parents=True)
    (trust / "iaca.pem").write_bytes(served.iaca.pem)
    return tmp_path / "phone"


def run(home: Path, *arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(phone, ["--home", str(home), *arguments], input=typed)


def test_receive_show_present_and_check(served: Issuer, home: Path, tmp_path: Path) -> None:
    received = run(home, "receive", served.offer_uri, "--tx-code", TX_CODE, "--json")
    assert received.exit_code == 0, received.stderr
    card = json.loads(received.stdout)
    assert card["anchored"]
    assert [each["format"] for each in card["credentials"]] == ["mso_mdoc", "dc+sd-jwt"]
    assert {"name": "mso_mdoc.digests", "by": "own"} in card["credentials"][0]["checks"]

    pending = json.loads(run(home, "show", "--json").stdout)["cards"][0]
    assert (pending["name"], pending["status"]) == (FAMILY + GIVEN, "PENDING")
    served.statuses = {5: 0, 11: 0}
    assert json.loads(run(home, "show", "--json").stdout)["cards"][0]["status"] == "VALID"
    served.statuses = {5: 2, 11: 2}
    assert json.loads(run(home, "show", "--json").stdout)["cards"][0]["status"] == "SUSPENDED"

    served.statuses = {5: 0, 11: 0}
    out = str(tmp_path / "beer")
    shown = run(home, "present", "NAME_DOB", "--out", out, "--nonce", "n1", "--json")
    assert shown.exit_code == 0, shown.stderr
    for made in json.loads(shown.stdout)["presentations"]:
        assert made["shown"] == ["family_name", "given_name", "birth_date"]
        assert "resident_registration_number" in made["withheld"]
        seen = run(home, "check-presentation", made["file"], "--nonce", "n1", "--json")
        assert seen.exit_code == 0, seen.stderr
        claims = json.loads(seen.stdout)["claims"]
        assert claims == {
            "family_name": FAMILY,
            "given_name": GIVEN,
            "birth_date": "1999-03-15",
        }
        replayed = run(home, "check-presentation", made["file"], "--nonce", "n2", "--json")
        assert replayed.exit_code == 5


def test_show_is_large_and_clear(served: Issuer, home: Path) -> None:
    run(home, "receive", served.offer_uri, "--tx-code", TX_CODE)
    shown = run(home, "show").stdout
    assert f"      {FAMILY}{GIVEN}\n" in shown
    assert "      PENDING\n" in shown
    assert RRN not in shown


def test_present_says_what_is_shown_and_what_is_withheld(served: Issuer, home: Path) -> None:
    run(home, "receive", served.offer_uri, "--tx-code", TX_CODE)
    said = run(home, "present", "ADULT_ONLY", "--format", "sd-jwt").stdout
    shown, withheld = (line for line in said.splitlines() if line.startswith("  "))
    assert "age_over_19" in shown
    assert "family_name" not in shown
    assert "family_name" in withheld
    assert (home / "presentations" / "ADULT_ONLY.sd-jwt").exists()


def test_receive_reads_offer_and_tx_code_from_stdin(served: Issuer, home: Path) -> None:
    received = run(home, "receive", "-", typed=f"{served.offer_uri}\n{TX_CODE}\n")
    assert received.exit_code == 0, received.stderr
    assert "tx_code needed: 6 digits\n" in received.stderr


def test_wrong_tx_code_ends_with_7_and_the_offer_can_be_tried_again(
    served: Issuer, home: Path
) -> None:
    wrong = run(home, "receive", served.offer_uri, "--tx-code", "000000", "--json")
    assert wrong.exit_code == 7
    assert json.loads(wrong.stdout)["error"] == "invalid_grant"
    assert "invalid_grant" in wrong.stderr
    assert "000000" not in wrong.stderr
    assert run(home, "receive", served.offer_uri, "--tx-code", TX_CODE).exit_code == 0


def test_second_phone_gets_nothing(served: Issuer, home: Path, tmp_path: Path) -> None:
    run(home, "receive", served.offer_uri, "--tx-code", TX_CODE)
    second = run(tmp_path / "second", "receive", served.offer_uri, "--tx-code", TX_CODE)
    assert second.exit_code == 7
    assert run(tmp_path / "second", "show").exit_code == 7


ENDINGS = {
    "not an offer": (["receive", "https://example.org"], 2),
    "malformed tx_code": (["receive", "OFFER", "--tx-code", "12"], 2),
    "nobody answers": (["receive", "openid-credential-offer://?credential_offer_uri=DEAD"], 3),
    "no card": (["present", "FULL"], 7),
    "unknown view": (["present", "EVERYTHING"], 2),
    "no such trust": (["--trust", "nowhere.pem", "receive", "OFFER"], 2),
    "no such file": (["check-presentation", "nowhere", "--nonce", "n"], 2),
}


@pytest.mark.parametrize("case", ENDINGS)
def test_command_ends_with_the_documented_code_and_one_sentence(
    served: Issuer, home: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    monkeypatch.setattr("card_sim.phone.http.time.sleep", lambda _: None)
    arguments, code = ENDINGS[case]
    dead = "http%3A%2F%2F127.0.0.1%3A1%2F"
    texts = [a.replace("OFFER", served.offer_uri).replace("DEAD", dead) for a in arguments]
    result = run(home, *texts)
    assert result.exit_code == code
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_altered_card_ends_with_5(served: Issuer, home: Path) -> None:
    served.alter["mdoc.auth"] = lambda auth: [*auth[:3], bytes(64)]
    result = run(home, "receive", served.offer_uri, "--tx-code", TX_CODE, "--json")
    assert result.exit_code == 5
    assert json.loads(result.stdout)["error"] == "mso_mdoc.signature"


def test_refusal_by_policy_ends_with_6(served: Issuer, home: Path) -> None:
    denied = issuer_module.refused("credential_request_denied")
    served.alter["/credential"] = lambda _: denied
    result = run(home, "receive", served.offer_uri, "--tx-code", TX_CODE)
    assert result.exit_code == 6
    assert "credential_request_denied" in result.stderr


def test_damaged_store_ends_with_8(served: Issuer, home: Path) -> None:
    run(home, "receive", served.offer_uri, "--tx-code", TX_CODE)
    (file,) = (home / "cards").glob("*.json")
    file.write_text("{}")
    assert run(home, "show").exit_code == 8


def test_lost_key_ends_with_8(served: Issuer, home: Path) -> None:
    run(home, "receive", served.offer_uri, "--tx-code", TX_CODE)
    (file,) = (home / "keys").glob("*.pem")
    file.unlink()
    assert run(home, "present", "FULL").exit_code == 8


@pytest.mark.parametrize("command", sorted(phone.commands))
def test_help_names_the_exit_codes(command: str) -> None:
    said = CliRunner().invoke(phone, [command, "--help"]).output
    assert "7  wrong tx_code" in said


def test_phone_is_mounted_and_lives_in_the_simulators_home(
    served: Issuer, home: Path, tmp_path: Path
) -> None:
    arguments = ["--home", str(tmp_path), "phone", "receive", served.offer_uri]
    result = CliRunner().invoke(main, [*arguments, "--tx-code", TX_CODE])
    assert result.exit_code == 0, result.stderr
    assert list((home / "cards").glob("*.json"))


def test_attestation_signer_of_the_simulators_pki_signs(tmp_path: Path) -> None:
    signer = Home(tmp_path / "phone", tmp_path / "pki", ()).signer()
    assert len(signer.chain) == 1
