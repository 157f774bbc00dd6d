"""What goes wrong in a case: its stage, its consents, its offer."""

from station.domain.failures.failure import Exit, Failure, failure

COUNTER: dict[str, Failure] = {
    "case.not_found": failure(
        Exit.NOT_FOUND,
        ("그런 접수번호가 없습니다.", "번호를 확인하세요."),
        ("There is no such case.", "Check the case number."),
    ),
    "case.wrong_stage": failure(
        Exit.POLICY,
        ("지금 단계에서는 할 수 없는 일입니다.", "접수 화면에서 다음 할 일을 확인하세요."),
        ("The case is not at the stage for this.", "Look at the case for its next step."),
    ),
    "case.wrong_route": failure(
        Exit.POLICY,
        ("이 접수 방법에는 없는 단계입니다.", "접수 화면에서 다음 할 일을 확인하세요."),
        ("The route of this case has no such step.", "Look at the case for its next step."),
    ),
    "case.nothing_away": failure(
        Exit.POLICY,
        ("장애가 없어 미룰 이유가 없습니다.", "업무를 계속하거나 접수를 취소하세요."),
        ("Nothing is away that the case would wait for.", "Go on with it, or cancel it."),
    ),
    "case.changed": failure(
        Exit.POLICY,
        ("다른 창에서 접수 내용이 바뀌었습니다.", "다시 불러온 뒤 진행하세요."),
        ("The case was changed elsewhere meanwhile.", "Load it again, then go on."),
    ),
    "case.expired": failure(
        Exit.NOT_FOUND,
        ("접수 시간이 지났습니다.", "새로 접수하세요."),
        ("The time of the case is over.", "Open a new one."),
    ),
    "consent.missing": failure(
        Exit.POLICY,
        ("필요한 동의가 기록되지 않았습니다.", "동의를 받은 뒤 접수하세요."),
        ("A required consent is not recorded.", "Ask for it before opening the case."),
    ),
    "desk.busy": failure(
        Exit.POLICY,
        ("판독기가 다른 카드를 읽고 있습니다.", "그 일이 끝나거나 취소된 뒤 다시 하세요."),
        ("The reader is busy with another card.", "Wait until that is done, or cancel it."),
    ),
    "desk.not_asking": failure(
        Exit.POLICY,
        ("지금은 입력을 기다리고 있지 않습니다.", "화면의 안내를 보고 다시 하세요."),
        ("Nothing is being asked for now.", "Look at the screen, then try again."),
    ),
    "offer.none": failure(
        Exit.NOT_FOUND,
        ("보여 줄 QR 코드가 없습니다.", "QR 코드를 새로 만드세요."),
        ("There is no live offer.", "Make a new offer."),
    ),
}
