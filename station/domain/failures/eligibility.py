"""What the rules of eligibility say no with."""

from station.domain.failures.failure import Exit, Failure, failure

ELIGIBILITY: dict[str, Failure] = {
    "eligibility.not_identified": failure(
        Exit.POLICY,
        ("본인확인이 끝나지 않았습니다.", "얼굴과 사진을 비교한 뒤 진행하세요."),
        ("The holder has not been identified.", "Compare the person with the portrait first."),
    ),
    "eligibility.deceased": failure(
        Exit.POLICY,
        (
            "주민등록에 사망으로 정리된 사람입니다.",
            "발급하지 말고 책임자에게 알리세요. 정리가 잘못되었으면 가족관계등록부터 바로잡습니다.",
        ),
        (
            "The registry says that this person is dead.",
            "Do not issue; call the supervisor. If the entry is wrong, the family register is"
            " mended first.",
        ),
    ),
    "eligibility.deregistered": failure(
        Exit.POLICY,
        (
            "주민등록이 말소된 사람입니다.",
            "재등록 및 전입신고를 먼저 하도록 안내하세요.",
        ),
        (
            "The registration has been struck off.",
            "Have the person register again first, with a move-in report.",
        ),
    ),
    "eligibility.emigrated": failure(
        Exit.POLICY,
        (
            "국외로 이주하여 주민등록증이 사용불능 처리된 사람입니다.",
            "국내에 30일 이상 거주하려면 주민등록 신고와 주민등록증 재발급을 먼저 안내하세요.",
        ),
        (
            "The person has emigrated, and the card was made invalid.",
            "Whoever stays 30 days or more registers and has a card issued first.",
        ),
    ),
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
    "eligibility.no_card": failure(
        Exit.POLICY,
        (
            "실물 주민등록증을 발급받은 적이 없습니다.",
            "주민등록증을 먼저 신청하도록 안내하세요. 첫 발급은 무료입니다.",
        ),
        (
            "No physical card has been issued to this person.",
            "Have the physical card applied for first; the first one is free.",
        ),
    ),
    "eligibility.card_lost": failure(
        Exit.POLICY,
        ("분실 신고된 카드입니다.", "분실 신고 철회 또는 재발급을 안내하세요."),
        ("The card is reported lost.", "Withdraw the report or have the card re-issued first."),
    ),
    "eligibility.card_recalled": failure(
        Exit.POLICY,
        (
            "회수된 주민등록증입니다.",
            "카드를 돌려주지 말고 재발급을 안내하세요.",
        ),
        (
            "The physical card has been recalled.",
            "Keep the card and have it re-issued first.",
        ),
    ),
    "eligibility.card_expired": failure(
        Exit.POLICY,
        ("카드의 유효기간이 지났습니다.", "카드를 재발급받도록 안내하세요."),
        ("The physical card has expired.", "Have the card re-issued first."),
    ),
    "eligibility.photo_unusable": failure(
        Exit.POLICY,
        (
            "주민등록증의 사진으로 본인을 알아보기 어렵습니다.",
            "6개월 이내에 찍은 사진으로 재발급을 안내하고 수수료를 미리 알려 드리세요.",
        ),
        (
            "The photo on the card no longer shows the person.",
            "Have the card re-issued with a photo of the last six months; tell the fee first.",
        ),
    ),
    "eligibility.phone_not_own": failure(
        Exit.POLICY,
        (
            "본인 명의의 휴대전화가 아닙니다.",
            "본인 명의의 휴대전화로 다시 신청하거나 다른 담당자의 승인을 받으세요.",
        ),
        (
            "The phone is not in the resident's own name.",
            "Come with a phone in one's own name, or have a second officer approve.",
        ),
    ),
    "eligibility.has_chip_card": failure(
        Exit.POLICY,
        (
            "IC 주민등록증을 발급받은 사람은 QR로 발급받을 수 없습니다.",
            "IC 주민등록증으로 신청하도록 안내하세요.",
        ),
        (
            "QR at the counter is closed to those who have an IC card.",
            "Use the IC card; if it is broken, have it re-issued first.",
        ),
    ),
    "eligibility.not_begun": failure(
        Exit.POLICY,
        (
            "모바일 주민등록증의 발급이 아직 시작되지 않았습니다.",
            "이 창구에서 신청할 수 있는 날짜를 알려 드리세요.",
        ),
        (
            "The mobile card is not issued yet.",
            "Tell the resident the day from which this office can serve.",
        ),
    ),
    "eligibility.phase_not_open": failure(
        Exit.POLICY,
        (
            "주민등록지에서는 아직 발급이 시작되지 않았습니다.",
            "신청할 수 있는 날짜를 알려 드리거나 다른 담당자의 승인을 받으세요.",
        ),
        (
            "The roll-out has not reached the registered address.",
            "Tell the resident the day, or have a second officer approve.",
        ),
    ),
    "eligibility.wrong_centre": failure(
        Exit.POLICY,
        (
            "지금은 주민등록지의 시·군·구 안에서만 신청할 수 있습니다.",
            "주민등록지의 행정복지센터를 안내하거나 다른 담당자의 승인을 받으세요.",
        ),
        (
            "For now only offices in the municipality of the registered address may issue.",
            "Name such an office and the day from which any will do, or have a second officer"
            " approve.",
        ),
    ),
    "eligibility.not_overridable": failure(
        Exit.POLICY,
        (
            "누구의 승인으로도 건너뛸 수 없는 요건입니다.",
            "안내된 조치를 먼저 마치게 하세요.",
        ),
        (
            "Nobody's approval can waive this rule.",
            "Have what the rule asks for done first.",
        ),
    ),
    "eligibility.open_case": failure(
        Exit.POLICY,
        ("이 사람에게 진행 중인 발급이 있습니다.", "그 접수를 끝내거나 취소하세요."),
        ("Another issuance for this resident is under way.", "Finish or cancel that case first."),
    ),
}
