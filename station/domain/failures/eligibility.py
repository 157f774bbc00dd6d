"""What the rules of eligibility say no with."""

from station.domain.failures.failure import Exit, Failure, failure

ELIGIBILITY: dict[str, Failure] = {
    "eligibility.too_young": failure(
        Exit.POLICY,
        (
            "17세가 된 다음 달 1일부터 발급할 수 있습니다.",
            "발급 가능한 날짜를 알려 드리세요.",
        ),
        (
            "The mobile card is issued from the first of the month after turning 17.",
            "Tell the resident the day from which it is possible.",
        ),
    ),
    "eligibility.card_lost": failure(
        Exit.POLICY,
        ("분실 신고된 카드입니다.", "분실 신고 철회 또는 재발급을 안내하세요."),
        ("The card is reported lost.", "Withdraw the report or have the card re-issued first."),
    ),
    "eligibility.card_expired": failure(
        Exit.POLICY,
        ("카드의 유효기간이 지났습니다.", "카드를 재발급받도록 안내하세요."),
        ("The physical card has expired.", "Have the card re-issued first."),
    ),
    "eligibility.not_identified": failure(
        Exit.POLICY,
        ("본인확인이 끝나지 않았습니다.", "얼굴과 사진을 비교한 뒤 진행하세요."),
        ("The holder has not been identified.", "Compare the person with the portrait first."),
    ),
    "eligibility.open_case": failure(
        Exit.POLICY,
        ("이 사람에게 진행 중인 발급이 있습니다.", "그 사건을 끝내거나 취소하세요."),
        ("Another issuance for this resident is under way.", "Finish or cancel that case first."),
    ),
}
