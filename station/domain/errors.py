"""The one error of the station.

`docs/failure-codes.md` is written from `FAILURES`; a test compares them.
"""

from station.domain.failures import FAILURES, Exit, Failure
from station.domain.text import Words

__all__ = ["FAILURES", "Exit", "Failure", "StationError"]


class StationError(Exception):
    """Something an officer or a developer can meet; `code` is a key of `FAILURES`.

    `detail` adds what people read, as `Words`, or what programs do: names, numbers, the text of
    another error; never personal data, keys or codes. It is kept in English, for command line
    and log; pages say it in their own language, as `words` where those are others.
    """

    def __init__(self, code: str, detail: str | Words = "", words: Words | None = None) -> None:
        failure = FAILURES[code]
        self.code = code
        self.words = detail if isinstance(detail, Words) else words
        self.detail = detail.en if isinstance(detail, Words) else detail
        self.failure = failure
        super().__init__(f"{failure.cause_en}{f' ({self.detail})' if self.detail else ''}")

    @property
    def exit(self) -> Exit:
        return self.failure.exit
