"""The phone's HTTP: https or loopback, no redirects, no compression, capped bodies."""

import ipaddress
import json
import re
import ssl
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from apdu.errors import EncodingError
from card_sim.phone.errors import NotAuthentic, NotFound, PhoneError, Refused, Unreachable
from card_sim.phone.jose import Json, parse_object

MAX_BODY = 2 << 20
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_BEARER_ERROR = re.compile(r'error="([a-z_]{1,64})"')
_ERROR_CODE = re.compile(r"[a-z_]{1,64}")


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, wholly read."""

    status: int
    media_type: str
    challenge: str
    body: bytes = field(repr=False)

    def json(self, what: str) -> Json:
        """The JSON object of a 2xx answer. Errors: `NotAuthentic`."""
        if self.media_type != "application/json":
            raise NotAuthentic("wrong_media_type", f"{what} is not application/json.")
        try:
            return parse_object(self.body)
        except EncodingError as error:
            raise NotAuthentic("malformed_json", f"{what} is not a strict JSON object.") from error


def is_loopback(url: str) -> bool:
    """Whether `url` is plain http to this machine, which only a demo may use."""
    parts = urlsplit(url)
    return parts.scheme == "http" and _is_local(parts.hostname or "")


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_url(url: Any, what: str, *, beside: str | None = None) -> str:
    """`url` if the phone may go there.

    Rule    https, or http on loopback; no user name and no fragment. What belongs to an https
            issuer (`beside`) is https too.
    Errors  `NotAuthentic`.
    """
    try:
        parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
        allowed = parts.scheme == "https" or is_loopback(url)
        bad = not parts.hostname or "@" in parts.netloc or parts.fragment or parts.port == 0
    except (ValueError, AttributeError, TypeError):
        allowed, bad = False, True
    if bad or not allowed:
        raise NotAuthentic("insecure_url", f"{what} is neither https nor http on loopback.")
    if beside is not None and not is_loopback(beside) and is_loopback(url):
        raise NotAuthentic("insecure_url", f"{what} leaves https.")
    return str(url)


class HttpClient:
    """Sends requests; one whose answer was lost is sent once more, octet for octet the same."""

    def __init__(self, transport: httpx.BaseTransport | None = None, pause: float = 1.0) -> None:
        self._pause = pause
        self._client = httpx.Client(
            transport=transport,
            verify=ssl.create_default_context() if transport is None else False,
            trust_env=False,
            follow_redirects=False,
            timeout=_TIMEOUT,
            headers={"Accept-Encoding": "identity", "User-Agent": "card-sim-phone"},
        )

    def close(self) -> None:
        self._client.close()

    def get(self, url: str, accept: str = "application/json") -> Answer:
        return self._send(self._client.build_request("GET", url, headers={"Accept": accept}))

    def post_form(self, url: str, fields: dict[str, str]) -> Answer:
        headers = {"Accept": "application/json"}
        return self._send(self._client.build_request("POST", url, data=fields, headers=headers))

    def post_json(self, url: str, value: Json | None, token: str | None = None) -> Answer:
        """POST a JSON object, or an empty body for None."""
        headers = {"Accept": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        content = b""
        if value is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(value, separators=(",", ":")).encode("utf-8")
        request = self._client.build_request("POST", url, content=content, headers=headers)
        return self._send(request)

    def _send(self, request: httpx.Request) -> Answer:
        try:
            return self._once(request)
        except httpx.TransportError:
            time.sleep(self._pause)
        try:
            return self._once(request)
        except httpx.TransportError as error:
            host = request.url.host
            raise Unreachable("unreachable", f"{host} does not answer.") from error

    def _once(self, request: httpx.Request) -> Answer:
        response = self._client.send(request, stream=True)
        try:
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise NotAuthentic("compressed", "The answer is compressed though not asked to be.")
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MAX_BODY:
                    raise NotAuthentic("too_large", f"The answer is longer than {MAX_BODY} octets.")
        finally:
            response.close()
        media_type = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
        challenge = response.headers.get("WWW-Authenticate", "")
        return Answer(response.status_code, media_type, challenge, bytes(body))


def require_success(answer: Answer, what: str) -> Answer:
    """`answer` if its status is 2xx. Errors: the `PhoneError` that `refusal` makes of others."""
    if 200 <= answer.status < 300:
        return answer
    raise refusal(answer, what)


def refusal(answer: Answer, what: str) -> PhoneError:
    """The error for an answer that is not 2xx; an OAuth error code is named."""
    if 300 <= answer.status < 400:
        return NotAuthentic("redirect", f"{what}: the server sends elsewhere; not followed.")
    code, hint = _oauth_error(answer)
    if answer.status in {404, 410}:
        return NotFound(
            code or "not_found", f"{what}: unknown, used or expired (HTTP {answer.status})."
        )
    if code == "invalid_grant":
        return NotFound(
            code, f"{what}: wrong tx_code, or the offer was used or is expired ({code})."
        )
    if code:
        return Refused(code, f"{what}: refused with {code}{hint}.")
    if answer.status >= 500:
        return Unreachable("server_error", f"{what}: server error (HTTP {answer.status}).")
    return Refused("refused", f"{what}: refused (HTTP {answer.status}).")


def _oauth_error(answer: Answer) -> tuple[str, str]:
    """The error code and, in parentheses, the server's description; empty where there is none."""
    try:
        fields = parse_object(answer.body)
    except EncodingError:
        fields = {}
    code, hint = fields.get("error"), fields.get("error_description")
    if isinstance(code, str) and _ERROR_CODE.fullmatch(code):
        plain = isinstance(hint, str) and hint.isascii() and hint.isprintable()
        return code, f" ({str(hint)[:200]})" if plain and hint else ""
    found = _BEARER_ERROR.search(answer.challenge)
    return (found.group(1), "") if found else ("", "")
