"""The documents of the issuer: metadata in their languages and forms, type metadata, logo."""

import base64
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from joserfc import jwt
from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry
from PIL import Image

from station.bootstrap import Station
from station.credentials.claims import Names
from tests.station.conftest import ISSUER
from tests.station.web.conftest import TestClient, client_of
from tests.station.web.test_issuer import CREDENTIAL_ISSUER, TYPE

JWT = {"Accept": "application/jwt"}


class LongHeaders(JWSRegistry):
    max_header_length = 8192
    max_payload_length = 65536


def displays(content: Any) -> Iterator[list[dict[str, Any]]]:
    """Every array `display`, wherever it is."""
    if isinstance(content, dict):
        for name, value in content.items():
            if name == "display":
                yield value
            else:
                yield from displays(value)
    elif isinstance(content, list):
        for each in content:
            yield from displays(each)


class TestLanguages:
    @pytest.mark.parametrize(
        ("header", "languages"),
        [
            ("ko", ["ko"]),
            ("en", ["en"]),
            ("ko-KR", ["ko"]),
            ("EN-us,en;q=0.9", ["en"]),
            ("en,ko;q=0.5", ["en", "ko"]),
            ("ko;q=0.5,en", ["en", "ko"]),
            ("fr;q=0.9,en;q=0.8,de", ["en"]),
            ("*", ["ko", "en"]),
            ("en,*;q=0.1", ["en", "ko"]),
            ("ko;q=0,*", ["en"]),
            ("en;q=0", ["ko", "en"]),
            ("fr", ["ko", "en"]),
            ("", ["ko", "en"]),
            ("q=1;;,ko;q=2,;", ["ko", "en"]),
            ("korean", ["ko", "en"]),
            (",".join(["fr"] * 40) + ",ko", ["ko", "en"]),
        ],
    )
    def test_a_wallet_gets_those_it_asks_for(
        self, public: TestClient, header: str, languages: list[str]
    ) -> None:
        answer = public.get(CREDENTIAL_ISSUER, headers={"Accept-Language": header})
        assert answer.headers["content-language"] == ", ".join(languages)
        assert answer.headers["vary"] == "Accept, Accept-Language"
        found = list(displays(answer.json()))
        assert len(found) > 40
        assert all([each["locale"] for each in display] == languages for display in found)

    def test_nothing_else_depends_on_them(self, public: TestClient) -> None:
        def without(content: Any) -> Any:
            if isinstance(content, dict):
                return {n: without(v) for n, v in content.items() if n != "display"}
            return [without(each) for each in content] if isinstance(content, list) else content

        korean, english = (
            public.get(CREDENTIAL_ISSUER, headers={"Accept-Language": each}).json()
            for each in ("ko", "en")
        )
        assert korean != english
        assert without(korean) == without(english)


class TestSigned:
    @pytest.mark.parametrize(
        ("accept", "signed"),
        [
            ("application/jwt", True),
            ("Application/JWT", True),
            ("application/jwt, application/json", True),
            ("application/jwt;q=0.9, application/json;q=0.8", True),
            ("application/jwt, */*;q=0.5", True),
            ("application/json, application/jwt;q=0.9", False),
            ("application/jwt;q=0.5, */*", False),
            ("application/jwt;q=0", False),
            ("application/json", False),
            ("application/*", False),
            ("*/*", False),
            ("text/html", False),
            ("", False),
        ],
    )
    def test_the_form_is_chosen_by_accept(
        self, public: TestClient, accept: str, signed: bool
    ) -> None:
        answer = public.get(CREDENTIAL_ISSUER, headers={"Accept": accept})
        assert answer.status_code == 200
        kind = "application/jwt" if signed else "application/json"
        assert answer.headers["content-type"] == kind

    def test_it_verifies_under_the_issuer_s_anchor(
        self, client: TestClient, station: Station
    ) -> None:
        text = client.get(CREDENTIAL_ISSUER, headers=JWT).text
        header = json.loads(base64.urlsafe_b64decode(text.split(".")[0] + "=="))
        assert set(header) == {"alg", "typ", "x5c"}
        assert (header["alg"], header["typ"]) == ("ES256", "openidvci-issuer-metadata+jwt")
        [leaf] = [x509.load_der_x509_certificate(base64.b64decode(each)) for each in header["x5c"]]
        anchor = x509.load_der_x509_certificate(station.home.certificate("iaca"))
        leaf.verify_directly_issued_by(anchor)
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.UniformResourceIdentifier) == [ISSUER]
        key = ECKey.import_key(leaf.public_key())  # type: ignore[arg-type]
        claims = jwt.decode(text, key, registry=LongHeaders(algorithms=["ES256"])).claims
        assert claims.pop("sub") == claims.pop("iss") == ISSUER
        assert claims.pop("exp") - claims.pop("iat") == 86400
        assert claims == client.get(CREDENTIAL_ISSUER).json()

    def test_it_comes_in_languages_too(self, public: TestClient) -> None:
        answer = public.get(CREDENTIAL_ISSUER, headers=JWT | {"Accept-Language": "ko"})
        assert answer.headers["content-language"] == "ko"
        payload = json.loads(base64.urlsafe_b64decode(answer.text.split(".")[1] + "=="))
        assert all([each["locale"] for each in one] == ["ko"] for one in displays(payload))

    def test_no_credential_key_signs_it(self, station: Station) -> None:
        class Forbidden:
            chain = ()

            def sign(self, _: bytes) -> bytes:
                raise AssertionError("a credential's key was used")

        release = station.issuance.release
        signing = replace(release.signing, keys=Forbidden())  # type: ignore[arg-type]
        issuance = replace(station.issuance, release=replace(release, signing=signing))
        changed = replace(station, issuance=issuance)
        assert client_of(changed).get(CREDENTIAL_ISSUER, headers=JWT).status_code == 200

    def test_many_who_ask_cost_one_signature_an_hour(self, station: Station) -> None:
        count = 0
        key, clock = station.publishing_key, Moved(station)

        class Counting:
            chain, not_after = key.chain, key.not_after

            def sign(self, to_sign: bytes) -> bytes:
                nonlocal count
                count += 1
                return key.sign(to_sign)

        client = client_of(
            replace(station, publishing_key=Counting(), clock=clock)  # type: ignore[arg-type]
        )
        first = client.get(CREDENTIAL_ISSUER, headers=JWT).text
        clock.seconds = 3599
        assert client.get(CREDENTIAL_ISSUER, headers=JWT).text == first
        assert count == 1
        clock.seconds = 3600
        assert client.get(CREDENTIAL_ISSUER, headers=JWT).text != first
        clock.seconds = 0  # A clock set back: nothing from the future is handed out.
        client.get(CREDENTIAL_ISSUER, headers=JWT)
        assert count == 3


class Moved:
    """The station's start, and some seconds."""

    def __init__(self, station: Station) -> None:
        self._start = station.clock.now()
        self.seconds = 0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.seconds)


class TestType:
    def test_it_describes_the_type_that_is_issued(self, public: TestClient) -> None:
        answer = public.get(TYPE)
        content = answer.json()
        assert answer.headers["cache-control"] == "max-age=60"
        assert content["vct"] == Names().vct
        assert set(content) == {"vct", "name", "display", "claims"}
        assert [each["locale"] for each in content["display"]] == ["ko", "en"]
        for each in content["display"]:
            assert set(each) == {"locale", "name", "rendering"}
            assert set(each["rendering"]["simple"]) == {"logo", "background_color", "text_color"}

    def test_its_claims_are_those_of_the_issuer_metadata(self, public: TestClient) -> None:
        metadata = public.get(CREDENTIAL_ISSUER).json()
        configuration = metadata["credential_configurations_supported"]["kr.mrrc.1.sd-jwt"]
        described = configuration["credential_metadata"]["claims"]
        claims = public.get(TYPE).json()["claims"]
        assert [(each["path"], each["mandatory"]) for each in claims] == [
            (each["path"], each["mandatory"]) for each in described
        ]
        assert {each["sd"] for each in claims} == {"always"}
        assert all(set(one) == {"locale", "label"} for each in claims for one in each["display"])

    def test_its_logo_is_the_one_that_is_served(self, public: TestClient) -> None:
        [logo, _] = [
            each["rendering"]["simple"]["logo"] for each in public.get(TYPE).json()["display"]
        ]
        octets = public.get(logo["uri"].removeprefix(ISSUER)).content
        digest = base64.b64encode(hashlib.sha256(octets).digest()).decode()
        assert logo["uri#integrity"] == f"sha256-{digest}"


class TestLogo:
    def test_it_is_a_small_image_that_may_be_kept(self, public: TestClient) -> None:
        answer = public.get("/logo.png")
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["cache-control"] == "max-age=86400"
        assert len(answer.content) < 4096
        with Image.open(io.BytesIO(answer.content)) as image:
            assert (image.format, image.size) == ("PNG", (96, 96))

    def test_every_display_leads_to_it(self, public: TestClient) -> None:
        metadata = public.get(CREDENTIAL_ISSUER).json()
        configurations = metadata["credential_configurations_supported"].values()
        shown = [*metadata["display"]]
        for each in configurations:
            shown += each["credential_metadata"]["display"]
        assert {each["logo"]["uri"] for each in shown} == {f"{ISSUER}/logo.png"}
        assert all(each["logo"]["alt_text"] == each["name"] for each in shown)
