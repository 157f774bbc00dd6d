"""What goes wrong at the reader and on the chip."""

from station.domain.failures.failure import Exit, Failure, failure

CARDS: dict[str, Failure] = {
    "reader.missing": failure(
        Exit.NO_CARD,
        ("카드 판독기를 찾을 수 없습니다.", "판독기 연결을 확인한 뒤 다시 읽으세요."),
        ("The card reader cannot be reached.", "Check that it is plugged in, then read again."),
    ),
    "reader.silent": failure(
        Exit.NO_CARD,
        (
            "판독기나 카드가 제때 응답하지 않았습니다. 읽은 내용은 버렸습니다.",
            "카드를 뺐다가 다시 올려놓고 처음부터 읽으세요.",
        ),
        (
            "Reader or card did not answer in time; what was read has been discarded.",
            "Take the card out, put it on again and read again; the case stays open.",
        ),
    ),
    "reader.cancelled": failure(
        Exit.NO_CARD,
        (
            "카드 읽기를 취소했습니다. 읽은 내용은 버렸습니다.",
            "계속하려면 카드를 다시 올려놓고 처음부터 읽으세요.",
        ),
        (
            "Reading the card was cancelled; what was read has been discarded.",
            "To go on, put the card on again and read again; the case stays open.",
        ),
    ),
    "reader.short": failure(
        Exit.NO_CARD,
        (
            "판독기가 긴 명령을 전달하지 못합니다.",
            "다시 읽으세요. 되풀이되면 다른 판독기를 쓰세요.",
        ),
        (
            "The reader does not pass on long commands.",
            "Read again; if it repeats, use another reader.",
        ),
    ),
    "card.removed": failure(
        Exit.NO_CARD,
        (
            "읽는 도중 카드가 빠졌습니다. 읽은 내용은 버렸습니다.",
            "카드를 다시 올려놓고 처음부터 읽으세요.",
        ),
        (
            "The card left the reader while it was read; what was read has been discarded.",
            "Put the card back and read again; the case stays open.",
        ),
    ),
    "card.pin_wrong": failure(
        Exit.CARD_REFUSED,
        ("비밀번호가 맞지 않습니다.", "남은 횟수를 알려 드리고 신청인이 다시 입력하게 하세요."),
        ("The card PIN is wrong.", "Tell the resident how many tries are left and ask again."),
    ),
    "card.pin_format": failure(
        Exit.USAGE,
        ("비밀번호는 숫자 6자리입니다. 카드에는 보내지 않았습니다.", "다시 입력하게 하세요."),
        ("The PIN has six digits; nothing was sent to the card.", "Ask for it again."),
    ),
    "card.can_format": failure(
        Exit.USAGE,
        ("CAN은 숫자 6자리입니다. 카드에는 보내지 않았습니다.", "카드에 인쇄된 번호를 입력하세요."),
        ("The CAN has six digits; nothing was sent to the card.", "Type the one that is printed."),
    ),
    "card.can_wrong": failure(
        Exit.CARD_REFUSED,
        ("CAN이 맞지 않습니다.", "카드에 인쇄된 6자리 번호를 다시 입력하세요."),
        ("The CAN is wrong.", "Type the six digits printed on the card once more."),
    ),
    "card.pin_suspended": failure(
        Exit.CARD_REFUSED,
        (
            "비밀번호를 한 번만 더 시도할 수 있어 카드가 잠시 멈췄습니다.",
            "카드 앞면의 CAN으로 해제한 뒤 입력하거나 다른 방법으로 진행하세요.",
        ),
        (
            "One PIN try is left and the card has suspended the PIN.",
            "It must be resumed with the CAN printed on the card; no try was spent.",
        ),
    ),
    "card.pin_blocked": failure(
        Exit.CARD_REFUSED,
        ("비밀번호가 잠겼습니다.", "비밀번호 초기화를 신청하도록 안내하세요."),
        ("The card PIN is blocked.", "Offer the PIN unblocking service."),
    ),
    "card.pin_differs": failure(
        Exit.USAGE,
        (
            "새 비밀번호 두 번이 서로 다릅니다. 카드에는 보내지 않았습니다.",
            "처음부터 다시 입력하게 하세요.",
        ),
        ("The new PIN was typed in two ways; nothing was sent to the card.", "Begin again."),
    ),
    "card.puk_format": failure(
        Exit.USAGE,
        ("PUK는 숫자 10자리입니다. 카드에는 보내지 않았습니다.", "다시 입력하게 하세요."),
        ("The PUK has ten digits; nothing was sent to the card.", "Ask for it again."),
    ),
    "card.puk_wrong": failure(
        Exit.CARD_REFUSED,
        ("PUK가 맞지 않습니다.", "발급 때 받은 안내문의 PUK를 다시 입력하게 하세요."),
        ("The PUK is wrong.", "Ask for the one in the letter that came with the card."),
    ),
    "card.puk_blocked": failure(
        Exit.CARD_REFUSED,
        (
            "PUK를 더 쓸 수 없습니다.",
            "본인 확인을 마친 뒤 비밀번호를 새로 정하게 하세요.",
        ),
        ("The PUK cannot be used any more.", "Identify the holder, then set a new PIN."),
    ),
    "card.not_of_case": failure(
        Exit.NOT_AUTHENTIC,
        (
            "접수에서 읽은 카드가 아닙니다. 바뀐 것은 없습니다.",
            "이 접수에서 읽은 카드를 올려놓고 다시 하세요.",
        ),
        (
            "This is not the card that was read in the case; nothing was changed.",
            "Put that card on the reader, then do it again.",
        ),
    ),
    "card.refused": failure(
        Exit.CARD_REFUSED,
        (
            "카드가 명령을 거부했습니다.",
            "카드를 다시 올려놓으세요. 되풀이되면 재발급을 안내하세요.",
        ),
        (
            "The card refused a command.",
            "Put it on again; if it repeats, the card must be replaced.",
        ),
    ),
    "card.protocol": failure(
        Exit.NOT_AUTHENTIC,
        ("카드 응답이 규격에 맞지 않습니다.", "카드를 돌려주지 말고 책임자에게 알리세요."),
        ("The card broke the protocol.", "Keep the case open and call the supervisor."),
    ),
    "card.not_genuine": failure(
        Exit.NOT_AUTHENTIC,
        ("카드의 진위를 확인하지 못했습니다.", "발급하지 말고 책임자에게 알리세요."),
        ("The card could not be proven genuine.", "Do not issue; call the supervisor."),
    ),
    "card.swapped": failure(
        Exit.NOT_AUTHENTIC,
        ("다른 카드가 올려졌습니다. 접수를 종료했습니다.", "책임자에게 알리고 새로 접수하세요."),
        (
            "A different card was put on; the case is closed.",
            "Call the supervisor; open a new case.",
        ),
    ),
    "card.other_resident": failure(
        Exit.NOT_AUTHENTIC,
        ("이 칩은 다른 사람의 카드에 등록되어 있습니다.", "발급하지 말고 책임자에게 알리세요."),
        ("This chip key is on another resident's card.", "Do not issue; call the supervisor."),
    ),
    "terminal.unfit": failure(
        Exit.KEY_DEVICE,
        (
            "단말기 인증서로는 카드를 읽을 수 없습니다. 비밀번호는 묻지 않았습니다.",
            "단말기 인증서를 갱신한 뒤 다시 읽으세요.",
        ),
        (
            "The terminal's certificates do not let it read cards; no PIN was asked for.",
            "Have its certificates renewed, then read again.",
        ),
    ),
}
