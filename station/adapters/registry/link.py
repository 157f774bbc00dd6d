"""One question to an HTTP registry, within a time and with nothing left to chance."""

import asyncio
import re
import ssl
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx

from station.domain.errors import StationError
from station.domain.text import Words
from station.openid4vci.strict_json import JsonError, loads_object
from station.ports import RegistryAway

MAX_ANSWER_OCTETS = 262_144
_TRIES = 2
_TOKEN = re.compile(r"[!-~]{1,4096}")
_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "User-Agent": "issuance-station",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the registry is, and how each side knows the other.

    `token`: a file with a bearer token. `certificate`, `key`: the station's, for mutual TLS.
    `authority`: who vouches for the registry; None: whom the system trusts.
    Units   `seconds` for a whole answer, with everything before it.
    """

    url: str
    seconds: float
    token: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    authority: Path | None = None


@dataclass(frozen=True, slots=True, repr=False)
class _Answer:
    status: int
    kind: str
    encoding: str
    octets: bytes


class Link:
    """Asks, and takes nothing but a JSON object for an answer."""

    def __init__(self, where: Place) -> None:
        self._where = where

    def ask(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        """One JSON object. Errors: `RegistryAway`, `StationError("registry.answer")`.

        Rule    No exception of the client below gets out: each holds the request it was about.
        """
        answer = asyncio.run(self._answer(method, path, body))
        if answer is None or answer.status == 429 or answer.status >= 500:
            raise RegistryAway
        if answer.status != 200:
            raise StationError(
                "registry.answer", Words(f"응답 상태 {answer.status}", f"status {answer.status}")
            )
        if answer.kind != "application/json" or answer.encoding not in {"", "identity"}:
            raise StationError("registry.answer", Words("형식이 다른 응답", "not plain JSON"))
        try:
            return loads_object(answer.octets, MAX_ANSWER_OCTETS)
        except JsonError as error:
            raise StationError("registry.answer", str(error)) from None

    async def _answer(self, method: str, path: str, body: bytes | None) -> _Answer | None:
        """None if nothing comes in time; asked once more if the connection fails before."""
        headers = _HEADERS | self._authorization()
        if body is not None:
            headers["Content-Type"] = "application/json"
        request = httpx.Request(method, f"{self._where.url}{path}", headers=headers, content=body)
        try:
            async with asyncio.timeout(self._where.seconds):
                for _ in range(_TRIES):
                    try:
                        return await self._send(request)
                    except httpx.TransportError:
                        continue
        except TimeoutError:
            pass
        return None

    async def _send(self, request: httpx.Request) -> _Answer:
        # No proxy from the environment, no redirect: numbers go where the operator said, only.
        async with httpx.AsyncClient(
            verify=self._tls, timeout=self._where.seconds, trust_env=False
        ) as client:
            response = await client.send(request, stream=True)
            octets = b""
            async for chunk in response.aiter_raw():
                octets += chunk
                if len(octets) > MAX_ANSWER_OCTETS:
                    break  # Too long already: the parser says so.
            kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            encoding = response.headers.get("Content-Encoding", "").strip().lower()
            await response.aclose()
            return _Answer(response.status_code, kind, encoding, octets)

    def _authorization(self) -> dict[str, str]:
        """Read anew each time: tokens change while a server runs."""
        if self._where.token is None:
            return {}
        try:
            token = self._where.token.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise _unusable("bearer_file", error) from None
        if not _TOKEN.fullmatch(token):
            raise StationError("config.invalid", "registry.bearer_file: no token")
        return {"Authorization": f"Bearer {token}"}

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Errors: `StationError("config.invalid")`."""
        where = self._where
        try:
            context = ssl.create_default_context(cafile=where.authority)
        except OSError as error:  # Also ssl's own errors.
            raise _unusable("authority", error) from None
        try:
            if where.certificate is not None:
                context.load_cert_chain(where.certificate, where.key)
        except OSError as error:
            raise _unusable("certificate", error) from None
        return context


def _unusable(setting: str, error: Exception) -> StationError:
    return StationError("config.invalid", f"registry.{setting}: {type(error).__name__}")
