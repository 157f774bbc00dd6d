"""What can go wrong while a credential is made. No error carries a claim or a key."""


class CredentialError(Exception):
    """A credential, list or certificate cannot be made as asked; `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
