"""The one error of the station.

`docs/failure-codes.md` is written from `FAILURES`; a test compares them.
"""

from station.domain.failures import FAILURES, Exit, Failure

__all__ = ["FAILURES", "Exit", "Failure", "StationError"]


class StationError(Exception):
    """Something an officer or a developer can meet; `code` is a key of `FAILURES`.

    `detail` adds numbers and names of checks; never personal data, keys or codes.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        failure = FAILURES[code]
        super().__init__(f"{failure.cause_en}{f' ({detail})' if detail else ''}")
        self.code = code
        self.detail = detail
        self.failure = failure

    @property
    def exit(self) -> Exit:
        return self.failure.exit
