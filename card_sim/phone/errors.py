"""What can go wrong for the phone; one class per exit code, one stable code per meaning.

No message carries personal data, keys or codes: messages end on screens and in logs.
"""

from typing import ClassVar


class PhoneError(Exception):
    """Said to the user in one sentence; `code` is for programs."""

    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class UsageProblem(PhoneError):
    """What was typed cannot be meant: a malformed offer, a file that is not there."""

    exit_code = 2


class Unreachable(PhoneError):
    """No answer came over the network."""

    exit_code = 3


class NotAuthentic(PhoneError):
    """What came breaks the standard or is not signed by whom it should be."""

    exit_code = 5


class Refused(PhoneError):
    """The issuer said no, or the credential is not valid now."""

    exit_code = 6


class NotFound(PhoneError):
    """Wrong tx_code, or the offer or the credential is unknown, used or expired."""

    exit_code = 7


class KeyProblem(PhoneError):
    """The secure element or the store cannot be used."""

    exit_code = 8
