"""Who may ask the panel: its own page in a browser on this machine, and nobody else's.

Any page that is open in the same browser can send requests to loopback. A name of its own that
it points there (DNS rebinding) shows in Host; a form or script of its own shows in Origin and
Sec-Fetch-Site, and cannot send JSON without asking first, which is never allowed.
"""

from email.message import Message
from http import HTTPStatus

JSON = "application/json"
_OUR_PAGES = {"", "none", "same-origin"}


class Refused(Exception):
    """A request that is not ours to answer."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def require_own_name(headers: Message, origin: str) -> None:
    """Errors: `Refused`: the browser calls us by another name, or by two."""
    if headers.get_all("Host") != [origin.removeprefix("http://")]:
        raise Refused(HTTPStatus.MISDIRECTED_REQUEST, f"Open {origin}/ instead.")


def require_own_reader(headers: Message) -> None:
    """Errors: `Refused`: another site's page wants to read."""
    if headers.get("Sec-Fetch-Site", "") not in _OUR_PAGES:
        raise Refused(HTTPStatus.FORBIDDEN, "This is for the panel's own page.")


def require_own_page(headers: Message, origin: str) -> None:
    """Errors: `Refused`: the request does not come from the panel's page."""
    require_own_reader(headers)
    if headers.get_all("Origin") != [origin]:
        raise Refused(HTTPStatus.FORBIDDEN, "This is for the panel's own page.")
    if headers.get_content_type() != JSON:
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send {JSON}.")
