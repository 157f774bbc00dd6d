"""The nonce endpoint. Source: OpenID4VCI 1.0, 7."""


def response(c_nonce: str) -> dict[str, str]:
    """The JSON answer; to be sent with `Cache-Control: no-store`."""
    return {"c_nonce": c_nonce}
