"""The issuer's endpoints as a stranger on the network meets them."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from station.bootstrap import Station
from station.domain.errors import StationError
from station.openid4vci import metadata
from station.openid4vci.metadata import IssuerDescription
from station.services.release import Issued
from station.web.requests import MAX_BODY
from tests.flows.world import OFFICER
from tests.station.conftest import ISSUER
from tests.station.people import CARD, CASE, CREDENTIAL, TOKEN
from tests.station.web.conftest import (
    FORM,
    JSON,
    Offered,
    TestClient,
    approve,
    client_of,
    offer_path,
)

CREDENTIAL_ISSUER = "/.well-known/openid-credential-issuer"
SERVER = "/.well-known/oauth-authorization-server"
TYPE = "/type-metadata/urn:kr:mrrc:1"
GETS = (
    CREDENTIAL_ISSUER, SERVER, "/offers/x", "/status", "/status/1", "/crl", "/healthz",
    "/logo.png", TYPE,
)  # fmt: skip
POSTS = ("/token", "/nonce", "/credential", "/deferred_credential", "/notification")
PROTECTED = (*POSTS, "/offers/x")
MARKER = "Zq7MarkerOfTheRequest"
BEARER = {"Authorization": f"Bearer {MARKER}"}


@pytest.fixture
def log_lines() -> Iterator[io.StringIO]:
    logger, stream = logging.getLogger("station"), io.StringIO()
    handler = logging.StreamHandler(stream)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(before)


def all_routes(station: Station) -> set[tuple[str, str]]:
    app: Any = client_of(station).app
    return {(route.path, method) for route in app.routes for method in route.methods}


def test_there_is_no_other_route(station: Station) -> None:
    served = {"/offers/x": "/offers/{reference}", "/status/1": "/status/{number}"}
    gets = {served.get(path, path) for path in GETS}
    expected = {(path, method) for path in gets for method in ("GET", "HEAD")}
    expected |= {(path, "POST") for path in POSTS}
    assert all_routes(station) == expected


@pytest.mark.parametrize("path", GETS)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_what_is_read_takes_no_other_method(public: TestClient, path: str, method: str) -> None:
    answer = public.request(method, path)
    assert answer.status_code == 405
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_what_is_posted_takes_no_other_method(public: TestClient, path: str, method: str) -> None:
    answer = public.request(method, path)
    assert answer.status_code == 405
    assert "access-control-allow-origin" not in answer.headers


def test_the_metadata_are_those_of_openid4vci(client: TestClient, station: Station) -> None:
    assert station.rules.trust is not None
    expected = metadata.credential_issuer_metadata(
        IssuerDescription(ISSUER, station.rules.trust.required(), station.request_key)
    )
    answer = client.get(CREDENTIAL_ISSUER)
    assert answer.json() == expected
    assert answer.json()["credential_issuer"] == ISSUER
    assert answer.headers["content-type"] == "application/json"
    assert client.get(SERVER).json() == metadata.authorization_server_metadata(ISSUER)


def test_every_endpoint_of_the_metadata_is_served(public: TestClient) -> None:
    told = {**public.get(CREDENTIAL_ISSUER).json(), **public.get(SERVER).json()}
    endpoints = [value for name, value in told.items() if name.endswith("_endpoint")]
    assert {url.removeprefix(ISSUER) for url in endpoints} == {*POSTS, "/status"}


def test_the_metadata_of_an_issuer_with_a_path_lie_beside_it(station: Station) -> None:
    issuer = station.settings.issuer.model_copy(update={"credential_issuer": f"{ISSUER}/a/b"})
    moved = replace(station, settings=station.settings.model_copy(update={"issuer": issuer}))
    client = client_of(moved)
    assert client.get(f"{CREDENTIAL_ISSUER}/a/b").status_code == 200
    assert client.post("/a/b/nonce").status_code == 200
    assert client.get("/a/b/healthz").status_code == 200
    assert client.post("/nonce").status_code == 404


@pytest.mark.parametrize("path", [CREDENTIAL_ISSUER, SERVER, "/crl"])
def test_what_is_public_may_be_cached_and_read_by_any_page(public: TestClient, path: str) -> None:
    headers = public.get(path, headers={"Origin": "https://elsewhere.example"}).headers
    assert headers["cache-control"] == "max-age=60"
    assert headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in headers


@pytest.mark.parametrize("path", PROTECTED)
def test_what_is_protected_is_open_to_no_page_and_no_cache(public: TestClient, path: str) -> None:
    method = "GET" if path.startswith("/offers") else "POST"
    answer = public.request(method, path, headers={"Origin": "https://elsewhere.example"})
    assert "no-store" in answer.headers["cache-control"]
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_good_answers_are_not_stored_either(client: TestClient, offered: Offered) -> None:
    for answer in (
        client.get(offered.path),
        client.post("/nonce"),
        client.post("/token", data=offered.form()),
    ):
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-type"] == "application/json"
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_credential_is_not_stored(station: Station) -> None:
    class Issues:
        def issue(self, *_: object) -> Issued:
            return Issued("e" * 32, b'{"credentials":[]}')

    client = client_of(replace(station, issuance=Issues()))  # type: ignore[arg-type]
    answer = client.post("/credential", content=b"{}", headers=JSON | BEARER)
    assert (answer.status_code, answer.content) == (200, b'{"credentials":[]}')
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"


def test_an_offer_is_fetched_as_often_as_one_likes(client: TestClient, offered: Offered) -> None:
    first, again = client.get(offered.path), client.get(offered.path)
    assert first.status_code == 200
    assert first.content == again.content
    assert first.json()["credential_issuer"] == ISSUER


@pytest.mark.parametrize("reference", ["x", "a" * 43, "..", "%2e%2e", "a/b", "%00", "가", "' OR 1"])
def test_an_unknown_offer_is_not_found(public: TestClient, reference: str) -> None:
    answer = public.get(f"/offers/{reference}")
    assert answer.status_code == 404
    assert answer.text in {'{"error":"offer_not_found"}', "Not Found"}


def test_looking_whether_an_offer_is_there_does_not_fetch_it(
    client: TestClient, station: Station
) -> None:
    approve(station)
    path = offer_path(station)
    client.head(path)
    assert station.offering.show(CASE.number, OFFICER).uri is not None
    client.get(path)
    assert station.offering.show(CASE.number, OFFICER).uri is None


def test_a_wrong_tx_code_and_a_wrong_code_get_the_same_answer(
    client: TestClient, offered: Offered
) -> None:
    wrong = "000000" if offered.tx_code != "000000" else "000001"
    answers = [
        client.post("/token", data=offered.form(wrong)),
        client.post("/token", data=offered.form() | {"pre-authorized_code": "x"}),
    ]
    for answer in answers:
        assert answer.status_code == 400
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json()["error"] == "invalid_grant"
    assert answers[0].content == answers[1].content


def test_nonces_are_fresh(public: TestClient) -> None:
    answers = [public.post("/nonce").json() for _ in range(2)]
    assert [set(each) for each in answers] == [{"c_nonce"}] * 2
    assert answers[0] != answers[1]


@pytest.mark.parametrize("path", ["/credential", "/deferred_credential", "/notification"])
def test_without_a_token_there_is_a_bare_challenge(public: TestClient, path: str) -> None:
    answer = public.post(path, content=b"{}", headers=JSON)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'DPoP algs="ES256", Bearer'
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/credential", "/deferred_credential", "/notification"])
def test_an_unknown_token_is_challenged(public: TestClient, path: str) -> None:
    body = {"notification_id": "x", "event": "credential_accepted"}
    answer = public.post(path, json=body, headers=BEARER)
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_token"
    assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token"')


@pytest.mark.parametrize("path", ["/credential", "/deferred_credential", "/notification"])
def test_two_tokens_are_refused(public: TestClient, path: str) -> None:
    headers = [("Authorization", "Bearer a"), ("Authorization", "Bearer b")]
    answer = public.post(path, content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("path", ["/credential", "/deferred_credential", "/notification"])
def test_a_token_in_the_query_is_refused(public: TestClient, path: str) -> None:
    answer = public.post(f"{path}?access_token={MARKER}", content=b"{}", headers=JSON)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert MARKER not in answer.text


@pytest.mark.parametrize("path", POSTS)
def test_a_body_of_the_longest_length_is_read_and_one_octet_more_is_not(
    public: TestClient, path: str
) -> None:
    longest = public.post(path, content=b"x" * MAX_BODY, headers=JSON | BEARER)
    assert longest.status_code != 413
    answer = public.post(path, content=b"x" * (MAX_BODY + 1), headers=JSON | BEARER)
    assert answer.status_code == 413
    assert answer.json() == {"error": "invalid_request"}
    assert answer.headers["cache-control"] == "no-store"


def test_an_endless_body_is_cut_off(public: TestClient) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 64 * MAX_BODY:
            sent += 64 * 1024
            yield b"x" * 64 * 1024

    assert public.post("/token", content=endless(), headers=FORM).status_code == 413


@pytest.mark.parametrize("number", ["2", "0", "01", "1x", "-1", "9" * 10, "9" * 30, "9" * 5000])
def test_an_unknown_status_list_is_not_found(public: TestClient, number: str) -> None:
    answer = public.get(f"/status/{number}")
    assert answer.status_code == 404
    assert answer.json() == {"error": "no_such_status_list"}


def test_a_status_list_is_a_signed_token(client: TestClient, station: Station) -> None:
    with station.counter.records.transaction() as tx:
        tx.credentials.free_index(lambda count: bytes(count))
    answer = client.get("/status/1")
    assert answer.headers["content-type"] == "application/statuslist+jwt"
    assert answer.headers["cache-control"] == "max-age=60"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.text.count(".") == 2
    assert client.get("/status/1").text == answer.text  # Signed once, handed out often.
    assert client.get("/status/01").status_code == 404  # Another URI than the one signed.


def test_a_status_change_is_published_at_the_next_question(
    client: TestClient, station: Station
) -> None:
    with station.counter.records.transaction() as tx:
        tx.cases.add(CASE)
        tx.credentials.add_card(CARD)
        tx.credentials.free_index(lambda count: bytes(count))
    before = client.get("/status/1").text
    with station.counter.records.transaction() as tx:
        tx.credentials.reserve(CREDENTIAL, TOKEN.token_hash, "r" * 64)
    assert client.get("/status/1").text != before


def test_the_revocation_list_is_signed_by_the_anchor_and_fresh(
    client: TestClient, station: Station
) -> None:
    answer = client.get("/crl")
    assert answer.headers["content-type"] == "application/pkix-crl"
    crl = x509.load_der_x509_crl(answer.content)
    anchor = x509.load_der_x509_certificate(station.home.certificate("iaca"))
    key = anchor.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert crl.is_signature_valid(key)
    assert crl.issuer == anchor.subject
    assert crl.next_update_utc is not None
    assert crl.last_update_utc <= datetime.now(UTC) < crl.next_update_utc
    assert client.get("/crl").content == answer.content


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("application/statuslist+jwt", "jwt"),
        ("application/statuslist+cwt", "cwt"),
        ("Application/StatusList+CWT; q=0.9, text/html", "cwt"),
        ("application/statuslist+cwt, application/statuslist+jwt", "jwt"),
        ("application/statuslist+cwt, */*;q=0.1", "cwt"),
        ("application/statuslist+jwt;q=0, application/statuslist+cwt", "cwt"),
        ("application/statuslist+cwt;q=0.5, application/*", "jwt"),
        ("application/*", "jwt"),
        ("*/*", "jwt"),
        ("", "jwt"),
    ],
)
def test_a_status_list_has_two_forms(
    client: TestClient, station: Station, accept: str, form: str
) -> None:
    with station.counter.records.transaction() as tx:
        tx.credentials.free_index(lambda count: bytes(count))
    answer = client.get("/status/1", headers={"Accept": accept})
    assert answer.headers["content-type"] == f"application/statuslist+{form}"
    assert answer.headers["vary"] == "Accept"


@pytest.mark.parametrize(
    "accept", ["text/html", "image/*", "application/statuslist+jwt;q=0", "*/*;q=0"]
)
def test_a_status_list_has_no_other_form(public: TestClient, accept: str) -> None:
    assert public.get("/status/1", headers={"Accept": accept}).status_code == 406


def test_a_status_list_that_did_not_change_is_not_sent_again(
    client: TestClient, station: Station
) -> None:
    with station.counter.records.transaction() as tx:
        tx.credentials.free_index(lambda count: bytes(count))
    tag = client.get("/status/1").headers["etag"]
    again = client.get("/status/1", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    other = {"If-None-Match": tag, "Accept": "application/statuslist+cwt"}
    assert client.get("/status/1", headers=other).status_code == 200


def test_every_status_list_can_be_found(client: TestClient, station: Station) -> None:
    assert client.get("/status").json() == {"status_lists": []}
    with station.counter.records.transaction() as tx:
        tx.credentials.free_index(lambda count: bytes(count))
    issuer = station.settings.issuer.credential_issuer
    assert client.get("/status").json() == {"status_lists": [f"{issuer}/status/1"]}
    server = client.get(SERVER).json()
    assert server["status_list_aggregation_endpoint"] == f"{issuer}/status"


@pytest.mark.parametrize("path", ["/token/", "/crl/", "/status/1/"])
def test_a_slash_too_many_is_no_redirect(public: TestClient, path: str) -> None:
    answer = public.get(path, headers={"Host": MARKER}, follow_redirects=False)
    assert answer.status_code == 404
    assert "location" not in answer.headers


def test_health_says_no_more_than_ok(public: TestClient) -> None:
    assert public.get("/healthz").json() == {"status": "ok"}


HOSTILE = [
    ("/token", FORM, f"grant_type={MARKER}&{MARKER}=1"),
    ("/token", FORM, f"grant_type=x&tx_code={MARKER}&tx_code={MARKER}"),
    ("/token", JSON, f'{{"grant_type": "{MARKER}"}}'),
    ("/token", {"Content-Type": MARKER}, MARKER),
    ("/nonce", {"Content-Type": MARKER}, MARKER),
    ("/credential", JSON, f'{{"credential_configuration_id": "{MARKER}"}}'),
    ("/credential", JSON, f'{{"{MARKER}": "{MARKER}", "proofs": {{"{MARKER}": []}}}}'),
    ("/credential", JSON, MARKER),
    ("/notification", JSON, f'{{"notification_id": "{MARKER}", "event": "{MARKER}"}}'),
    ("/notification", JSON, f'{{"{MARKER}"'),
]


@pytest.mark.parametrize(("path", "headers", "body"), HOSTILE)
def test_nothing_of_a_request_comes_back_or_is_logged(
    public: TestClient, log_lines: io.StringIO, path: str, headers: dict[str, str], body: str
) -> None:
    sent = headers | BEARER | {"X-Other": MARKER, "User-Agent": MARKER}
    answer = public.post(f"{path}?{MARKER}={MARKER}", content=body, headers=sent)
    assert MARKER not in answer.text
    assert not [value for value in answer.headers.values() if MARKER in value]
    assert MARKER not in log_lines.getvalue()


@pytest.mark.parametrize("path", [f"/{MARKER}", f"/offers/{MARKER}", f"/status/{MARKER}"])
def test_nothing_of_a_path_comes_back_or_is_logged(
    public: TestClient, log_lines: io.StringIO, path: str
) -> None:
    answer = public.get(path)
    assert answer.status_code == 404
    assert MARKER not in answer.text
    assert MARKER not in log_lines.getvalue()


SECRET = "가나시험 9042282000000 /home/somebody/keys"


@pytest.mark.parametrize(
    "error", [RuntimeError(SECRET), StationError("credential.lint", SECRET), OSError(SECRET)]
)
def test_a_fault_of_ours_is_told_without_any_detail(
    station: Station, log_lines: io.StringIO, error: Exception
) -> None:
    class Fails:
        def __getattr__(self, _name: str) -> Any:
            def fail(*_: object) -> None:
                raise error

            return fail

    parts: dict[str, Any] = {"offering": Fails(), "issuance": Fails(), "delivery": Fails(),
                             "status": Fails()}  # fmt: skip
    client = client_of(replace(station, **parts))
    notification = json.dumps({"notification_id": "x", "event": "credential_accepted"})
    token = "grant_type=urn:ietf:params:oauth:grant-type:pre-authorized_code"
    requests = [
        client.get("/offers/x"),
        client.get("/status/1"),
        client.post("/nonce"),
        client.post("/token", content=f"{token}&pre-authorized_code=x&tx_code=1", headers=FORM),
        client.post("/credential", content="{}", headers=JSON | BEARER),
        client.post("/notification", content=notification, headers=JSON | BEARER),
    ]
    for answer in requests:
        assert answer.status_code == 500
        assert answer.json() == {"error": "server_error"}
        assert answer.headers["cache-control"] == "no-store"
    written = log_lines.getvalue()
    assert len(written.splitlines()) == len(requests)
    for part in ("가나", "9042282", "somebody"):
        assert part not in written


def test_the_lifespan_begins_a_run_and_sweeps(station: Station, log_lines: io.StringIO) -> None:
    assert not station.runs.alive(station.runs.id)
    with client_of(station) as client:
        assert station.runs.alive(station.runs.id)
        assert client.get("/healthz").status_code == 200
    assert '"event": "recovered"' in log_lines.getvalue()
