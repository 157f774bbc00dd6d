"""Signing in and out, the locked page, and the question for password and code."""

TEXTS: dict[str, tuple[str, str]] = {
    "sign_in.title": ("로그인", "Sign in"),
    "sign_in.name": ("계정 이름", "Account"),
    "sign_in.password": ("비밀번호", "Password"),
    "sign_in.code": ("인증 앱의 인증번호 6자리", "Six-digit code of the authenticator"),
    "sign_in.do": ("로그인", "Sign in"),
    "sign_in.one_session": (
        "한 번에 한 곳에서만 로그인할 수 있습니다. 다른 곳에서는 로그아웃됩니다.",
        "You can be signed in at one place only; elsewhere you are signed out.",
    ),
    "sign_in.out": ("로그아웃", "Sign out"),
    "lock.title": ("화면이 잠겼습니다", "This screen is locked"),
    "lock.why": (
        "한동안 사용하지 않아 잠갔습니다. 하던 일은 그대로 있습니다.",
        "It was not used for a while. Nothing done is lost.",
    ),
    "lock.do": ("잠금 풀기", "Unlock"),
    "confirm.title": ("한 번 더 확인합니다", "Confirm that it is you"),
    "confirm.why": (
        "비밀번호와 새 인증번호가 다시 필요합니다. 확인을 마치고 같은 작업을 다시 하세요.",
        "What you want to do asks for your password and a new code. Confirm, then do it again.",
    ),
    "confirm.do": ("확인", "Confirm"),
    "confirm.done": (
        "확인했습니다. 하려던 일을 다시 누르세요.",
        "Confirmed. Now do again what you wanted to do.",
    ),
}
