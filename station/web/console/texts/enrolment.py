"""Opening the own account, and another password."""

TEXTS: dict[str, tuple[str, str]] = {
    "enrol.title": ("계정 열기", "Open your account"),
    "enrol.means": (
        "관리자에게 받은 초대 코드로 비밀번호와 인증 앱을 정합니다.",
        "With the invitation from your administrator you choose a password and an authenticator.",
    ),
    "enrol.name": ("계정 이름", "Account"),
    "enrol.invitation": ("초대 코드", "Invitation"),
    "enrol.next": ("다음", "Next"),
    "enrol.link": ("초대 코드를 받았습니다", "I have an invitation"),
    "enrol.scan": ("인증 앱으로 찍으세요", "Scan this with your authenticator"),
    "enrol.scan_means": (
        "한 번만 보입니다. 찍을 수 없으면 아래 글자를 입력하세요.",
        "It is shown once. If it cannot be scanned, type what stands below.",
    ),
    "enrol.password": ("새 비밀번호", "New password"),
    "enrol.password_hint": (
        "15자 이상의 긴 문장으로 정하고, 계정 이름은 넣지 마세요.",
        "A long sentence, of 15 characters or more, without the account's name.",
    ),
    "enrol.again": ("새 비밀번호 확인", "New password again"),
    "enrol.code": ("인증 앱에 보이는 번호", "The code that the authenticator shows"),
    "enrol.open": ("계정 열기", "Open the account"),
    "enrol.opened": ("계정을 열었습니다. 로그인하세요.", "The account is open. Sign in."),
    "password.title": ("비밀번호 변경", "Change your password"),
    "password.old": ("현재 비밀번호", "Current password"),
    "password.code": ("인증번호", "Code"),
    "password.do": ("변경하고 다시 로그인", "Change it and sign in again"),
}
