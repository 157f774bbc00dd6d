"""What goes wrong between a browser and the console."""

from station.domain.failures.failure import Exit, Failure, failure

CONSOLE: dict[str, Failure] = {
    "console.no_page": failure(
        Exit.NOT_FOUND,
        ("그런 화면이 없습니다.", "첫 화면에서 다시 찾으세요."),
        ("There is no such page.", "Begin at the first page."),
    ),
    "console.stale": failure(
        Exit.POLICY,
        (
            "이 화면은 지금 로그인하기 전에 열렸거나 이 콘솔의 것이 아닙니다.",
            "화면을 새로 고친 뒤 다시 하세요. 바뀐 것은 없습니다.",
        ),
        (
            "The page is from before this sign-in, or is not this console's.",
            "Reload the page, then do it again; nothing was changed.",
        ),
    ),
    "console.too_large": failure(
        Exit.USAGE,
        ("보낸 내용이 너무 큽니다.", "내용을 줄여 다시 보내세요. 바뀐 것은 없습니다."),
        ("More was sent than any form holds.", "Send less; nothing was changed."),
    ),
}
