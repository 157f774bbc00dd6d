"""What goes wrong with an account: making it, changing it, choosing its password."""

from station.domain.failures.failure import Exit, Failure, failure

ACCOUNTS: dict[str, Failure] = {
    "officer.not_twice": failure(
        Exit.USAGE,
        ("새 비밀번호 두 개가 서로 다릅니다.", "같은 비밀번호를 두 번 입력하세요."),
        ("The two new passwords differ.", "Type the same one twice."),
    ),
    "officer.exists": failure(
        Exit.POLICY,
        (
            "같은 이름의 계정이 있거나 그 사람의 계정이 이미 있습니다.",
            "계정 목록에서 확인하세요. 한 사람은 계정을 하나만 가집니다.",
        ),
        (
            "The name is taken, or the person has an account.",
            "Look at `station officer list`; a person has one account.",
        ),
    ),
    "officer.first": failure(
        Exit.POLICY,
        (
            "첫 계정은 관리자이며 이미 만들어졌습니다.",
            "관리자가 로그인해 다음 계정을 만들게 하세요.",
        ),
        (
            "The first account is an administrator's, and is made once.",
            "Have an administrator sign in and add the next ones.",
        ),
    ),
    "officer.own_rights": failure(
        Exit.POLICY,
        ("본인의 계정과 권한은 바꿀 수 없습니다.", "다른 관리자에게 요청하세요."),
        ("Nobody changes their own account or rights.", "Ask another administrator."),
    ),
    "officer.password": failure(
        Exit.POLICY,
        (
            "이 비밀번호는 쓸 수 없습니다.",
            "계정 이름이 들어가지 않은 15자 이상의 긴 문장을 고르세요.",
        ),
        (
            "This password cannot be used.",
            "Choose a long sentence, of 15 characters or more, without the account's name.",
        ),
    ),
    "officer.invitation": failure(
        Exit.POLICY,
        (
            "초대 코드가 맞지 않거나 이미 쓰였거나 시간이 지났습니다.",
            "코드를 확인하고, 관리자에게 새 코드를 요청하세요.",
        ),
        (
            "The invitation is not right, was used, or is over.",
            "Check what was typed, or ask an administrator for a new one.",
        ),
    ),
    "officer.code": failure(
        Exit.POLICY,
        (
            "인증 앱의 인증번호가 맞지 않아 계정을 열지 않았습니다.",
            "휴대전화의 시각을 자동으로 맞추고 처음부터 다시 하세요.",
        ),
        (
            "The authenticator does not show the right code; the account was not opened.",
            "Let the phone set its clock by itself, then begin again.",
        ),
    ),
}
