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
    "credential.lint": failure(
        Exit.BUG,
        ("발급 직전 검사에서 오류가 발견되어 발급을 멈췄습니다.", "책임자에게 알리세요."),
        ("The check before release found a fault; nothing was issued.", "Report this."),
    ),
}
