"""Writes the page of failure codes: `python docs/failure_codes.py > docs/failure-codes.md`."""

import sys

from station.domain.errors import FAILURES, Exit, Failure

_INTRODUCTION = """\
# 오류 코드 · Failure codes

무엇이 잘못되었고 무엇을 하면 되는지 적었습니다. `station`은 오류마다 한국어와 영어로 원인과 조치를
알리고, `--json`을 쓰면 아래 코드를 `error`에, 종료 코드를 `exit_code`에 담습니다.

What went wrong and what to do about it. `station` tells cause and remedy of every error in
Korean and English; with `--json` it puts the code below into `error` and the exit code into
`exit_code`. A command line that is wrong is `usage`, exit code 2.

This page is written from the table in `station/domain/errors.py` by `docs/failure_codes.py`; a
test compares them.
"""
_EXITS = {
    Exit.DONE: ("끝남", "done"),
    Exit.BUG: ("프로그램 오류", "a bug"),
    Exit.USAGE: ("입력이나 설정이 잘못됨", "wrong usage, input or configuration"),
    Exit.NO_CARD: ("판독기나 카드가 없음", "no reader or card"),
    Exit.CARD_REFUSED: ("카드가 거부함", "the card refused"),
    Exit.NOT_AUTHENTIC: ("진위를 확인하지 못함", "not authentic"),
    Exit.POLICY: ("규칙상 할 수 없음", "refused by policy"),
    Exit.NOT_FOUND: ("없거나 기한이 지남", "not found or expired"),
    Exit.KEY_DEVICE: ("키를 쓸 수 없음", "the key device failed"),
}


def page() -> str:
    """The whole page."""
    return "\n".join([_INTRODUCTION, *_exit_codes(), *_failures()])


def _exit_codes() -> list[str]:
    rows = [f"| {code.value} | {ko} | {en} |" for code, (ko, en) in _EXITS.items()]
    title = "## 종료 코드 · Exit codes\n"
    return [title, "| 코드 · code | 뜻 | meaning |", "|---|---|---|", *rows, ""]


def _failures() -> list[str]:
    lines: list[str] = []
    for code in sorted(FAILURES, key=lambda each: each.partition(".")[0]):
        noun = code.partition(".")[0]
        if f"## {noun}\n" not in lines:
            lines.append(f"## {noun}\n")
        lines.append(_entry(code, FAILURES[code]))
    return lines


def _entry(code: str, failure: Failure) -> str:
    return (
        f"### `{code}` (exit {failure.exit.value})\n\n"
        f"{failure.cause_ko}  \n**조치** {failure.remedy_ko}\n\n"
        f"{failure.cause_en}  \n**Remedy** {failure.remedy_en}\n"
    )


if __name__ == "__main__":
    sys.stdout.write(page())
