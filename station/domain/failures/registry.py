"""What goes wrong with the resident registration system."""

from station.domain.failures.failure import Exit, Failure, failure

REGISTRY: dict[str, Failure] = {
    "registry.no_record": failure(
        Exit.POLICY,
        ("주민등록 정보가 없습니다.", "주민등록 정보를 확인하세요."),
        ("The registry has no such resident.", "Check the registration."),
    ),
    "registry.mismatch": failure(
        Exit.POLICY,
        ("카드와 주민등록 정보가 다릅니다.", "어느 쪽이 맞는지 확인하고 카드를 재발급하세요."),
        ("Card and registry disagree.", "Find out which is right; the card may need re-issue."),
    ),
    "registry.away": failure(
        Exit.POLICY,
        (
            "주민등록 시스템이 응답하지 않습니다. 아무것도 발급하지 않았습니다.",
            "잠시 뒤 다시 시도하세요. 계속되면 신청인에게 다시 오시도록 안내하세요.",
        ),
        (
            "The registry does not answer; nothing was issued.",
            "Try again in a moment; if it lasts, give the resident a slip to come back with.",
        ),
    ),
    "registry.answer": failure(
        Exit.NOT_AUTHENTIC,
        (
            "주민등록 시스템의 응답이 규격에 맞지 않아 쓰지 않았습니다.",
            "발급하지 말고 시스템 담당자에게 알리세요.",
        ),
        (
            "The registry's answer is not one that may be relied upon; it was not used.",
            "Do not issue; report it to whoever runs the registry.",
        ),
    ),
    "registry.incomplete": failure(
        Exit.POLICY,
        (
            "주민등록 정보에 모바일 신분증에 필요한 사진, 주소 또는 카드 날짜가 없습니다.",
            "주민등록 정보를 보완하거나 IC주민등록증으로 진행하세요.",
        ),
        (
            "The registry's record lacks a portrait, an address or the card's dates.",
            "Have the record completed, or go on with an IC card.",
        ),
    ),
    "registry.elsewhere": failure(
        Exit.USAGE,
        (
            "이 발급소는 주민 명부를 직접 보관하지 않습니다.",
            "명부는 주민등록 시스템에서 고치세요.",
        ),
        (
            "This station keeps no residents of its own: it asks a registry over HTTP.",
            "Change residents where they are kept.",
        ),
    ),
}
