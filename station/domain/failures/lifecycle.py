"""What goes wrong with a mobile card."""

from station.domain.failures.failure import Exit, Failure, failure

LIFECYCLE: dict[str, Failure] = {
    "activation.nothing_delivered": failure(
        Exit.POLICY,
        ("휴대전화로 보낸 신분증이 없습니다.", "휴대전화에 신분증이 보이는지 확인하세요."),
        ("No credential has reached the phone.", "Wait until the phone shows the credential."),
    ),
    "credential.not_found": failure(
        Exit.NOT_FOUND,
        ("그런 모바일 신분증이 없습니다.", "번호를 확인하세요."),
        ("There is no such credential.", "Check its number."),
    ),
    "credential.revoked": failure(
        Exit.POLICY,
        ("이미 폐기된 모바일 신분증입니다.", "폐기는 되돌릴 수 없습니다."),
        ("The credential is revoked.", "Revocation is final; issue a new one."),
    ),
    "credential.wrong_state": failure(
        Exit.POLICY,
        ("지금 상태에서는 할 수 없는 일입니다.", "모바일 신분증의 상태를 확인하세요."),
        ("The credential is not in a state for this.", "Look at the credential's state."),
    ),
    "credential.not_suspended": failure(
        Exit.POLICY,
        ("그런 사유로 정지된 모바일 신분증이 아닙니다.", "정지 사유를 확인하세요."),
        ("The credential is not suspended for that.", "Look at what it is suspended for."),
    ),
    "lift.not_the_holder": failure(
        Exit.POLICY,
        (
            "이 접수의 신청인은 그 모바일 신분증의 주인이 아닙니다.",
            "분실은 본인만 해제할 수 있습니다. 본인이 오시도록 안내하세요.",
        ),
        (
            "The person in this case is not the one the credential belongs to.",
            "Only the holder lifts a loss, in person.",
        ),
    ),
    "lift.ordered": failure(
        Exit.POLICY,
        ("행정 처분으로 정지되었습니다.", "폐기 권한이 있는 담당자에게 요청하세요."),
        ("The office ordered this suspension.", "Ask an officer who may revoke."),
    ),
    "lift.physical_lost": failure(
        Exit.POLICY,
        (
            "주민등록증이 아직 분실 상태이거나 다시 발급되었습니다.",
            "분실 신고를 먼저 철회하거나 모바일 신분증을 새로 발급하세요.",
        ),
        (
            "The physical card is still lost, or was issued anew.",
            "Have its loss report withdrawn first, or issue a new mobile card.",
        ),
    ),
    "revocation.count_changed": failure(
        Exit.POLICY,
        (
            "대상 수가 확인한 수와 다릅니다. 아무것도 폐기하지 않았습니다.",
            "다시 세어 확인한 뒤 그 수로 실행하세요.",
        ),
        (
            "The number of credentials is not the expected one; nothing was revoked.",
            "Count again, look at the result, and expect that number.",
        ),
    ),
    "revocation.not_found": failure(
        Exit.NOT_FOUND,
        ("그런 일괄 폐기 작업이 없습니다.", "작업 번호를 확인하세요."),
        ("There is no such mass revocation.", "Check its number."),
    ),
    "credential.lint": failure(
        Exit.BUG,
        ("발급 직전 검사에서 오류가 발견되어 발급을 멈췄습니다.", "책임자에게 알리세요."),
        ("The check before release found a fault; nothing was issued.", "Report this."),
    ),
}
