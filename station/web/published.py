"""What anybody may read: metadata, status lists, the revocation list, the logo."""

import hashlib
import re
from importlib import resources

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from station import web
from station.bootstrap import Station
from station.openid4vci import metadata
from station.openid4vci.encryption import MEDIA_TYPE as JWT
from station.openid4vci.languages import chosen
from station.openid4vci.metadata import IssuerDescription, well_known_path
from station.openid4vci.preferences import prefers, weights
from station.openid4vci.type_metadata import type_metadata
from station.services.metadata import MetadataPublisher
from station.services.status import Form
from station.web.caching import LASTING, PUBLIC

_LIST_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


class PublishedEndpoints:
    """The documents of the issuer."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._issuer = issuer = station.settings.issuer.credential_issuer
        description = _description(station)
        self._vct = description.names.vct
        self._metadata = MetadataPublisher(
            metadata.credential_issuer_metadata(description),
            station.publishing_key,
            station.clock,
        )
        self._server = metadata.authorization_server_metadata(issuer, station.wallets.policy)
        logo = resources.files(web).joinpath("static", metadata.LOGO).read_bytes()
        self._logo = Response(logo, media_type="image/png", headers=LASTING)
        self._type = type_metadata(description, logo)

    def routes(self, base: str) -> list[Route]:
        issuer = self._issuer
        return [
            Route(well_known_path(issuer, metadata.CREDENTIAL_ISSUER), self.metadata),
            Route(well_known_path(issuer, metadata.AUTHORIZATION_SERVER), self.server_metadata),
            Route(f"{base}/type-metadata/{self._vct}", self.type_metadata),
            Route(f"{base}/{metadata.LOGO}", self.logo),
            Route(f"{base}/status", self.status_lists),
            Route(f"{base}/status/{{number}}", self.status),
            Route(f"{base}/crl", self.crl),
            Route(f"{base}/healthz", self.health),
        ]

    async def metadata(self, request: Request) -> Response:
        languages = chosen(request.headers.get("accept-language", ""))
        headers = PUBLIC | {
            "Content-Language": ", ".join(languages),
            "Vary": "Accept, Accept-Language",
        }
        if prefers(request.headers.get("accept", ""), JWT, "application/json"):
            signed = await run_in_threadpool(self._metadata.signed, languages)
            return Response(signed, media_type=JWT, headers=headers)
        return JSONResponse(self._metadata.plain(languages), headers=headers)

    async def server_metadata(self, _request: Request) -> Response:
        return JSONResponse(self._server, headers=PUBLIC)

    async def type_metadata(self, _request: Request) -> Response:
        return JSONResponse(self._type, headers=PUBLIC)

    async def logo(self, _request: Request) -> Response:
        return self._logo

    async def status(self, request: Request) -> Response:
        number = request.path_params["number"]
        # As the list writes itself: "01" would be another URI, and SQLite has no larger numbers.
        if not _LIST_NUMBER.fullmatch(number):
            return JSONResponse({"error": "no_such_status_list"}, 404)
        form = _form(request.headers.get("accept", "*/*"))
        if form is None:
            return JSONResponse({"error": "only_statuslist_jwt_and_cwt"}, 406)
        published = await run_in_threadpool(self._station.status.token, int(number), form)
        if published is None:
            return JSONResponse({"error": "no_such_status_list"}, 404)
        tag = f'"{hashlib.sha256(published).hexdigest()}"'
        headers = PUBLIC | {"ETag": tag, "Vary": "Accept"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(published, media_type=form.value, headers=headers)

    async def status_lists(self, _request: Request) -> Response:
        uris = await run_in_threadpool(self._station.status.uris)
        return JSONResponse({"status_lists": uris}, headers=PUBLIC)

    async def crl(self, _request: Request) -> Response:
        der = await run_in_threadpool(self._station.crl.der)
        return Response(der, media_type="application/pkix-crl", headers=PUBLIC)

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})


def _form(accept: str) -> Form | None:
    """The form of a status list that is liked best: the CWT only by name, of equals the JWT."""
    named = weights(accept or "*/*")
    rest = named.get("application/*", named.get("*/*", 0))
    jwt, cwt = named.get(Form.JWT.value, rest), named.get(Form.CWT.value, 0)
    if max(jwt, cwt) == 0:
        return None
    return Form.JWT if jwt >= cwt else Form.CWT


def _description(station: Station) -> IssuerDescription:
    trust = station.rules.trust
    return IssuerDescription(
        station.settings.issuer.credential_issuer,
        trust.required() if trust else None,
        station.request_key,
        android=station.rules.android is not None,
    )
