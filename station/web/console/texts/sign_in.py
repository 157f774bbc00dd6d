"""Signing in and out, the locked page, and the question for password and code."""

TEXTS: dict[str, tuple[str, str]] = {
    "sign_in.title": ("로그인", "Sign in"),
    "sign_in.name": ("계정 이름", "Account"),
    "sign_in.password": ("비밀번호", "Password"),
    "sign_in.code": ("인증 앱의 인증번호 6자리", "Six-digit code of the authenticator"),
    "sign_in.do": ("로그인", "Sign in"),
    "sign_in.one_session": (
        "한 담당자는 한 곳에서만 로그인합니다. 다른 곳의 로그인은 끝납니다.",
        "An officer is signed in at one place; signing in here ends it elsewhere.",
    ),
    "sign_in.out": ("로그아웃", "Sign out"),
    "lock.title": ("화면이 잠겼습니다", "This screen is locked"),
    "lock.why": (
        "한동안 쓰지 않아 잠갔습니다. 진행한 일은 그대로입니다.",
        "It was not used for a while. Nothing done is lost.",
    ),
    "lock.do": ("잠금 풀기", "Unlock"),
    "confirm.title": ("한 번 더 확인합니다", "Confirm that it is you"),
    "confirm.why": (
        "이 일에는 비밀번호와 새 인증번호가 다시 필요합니다. 확인한 뒤 그 일을 다시 누르세요.",
        "This asks for your password and a new code. After that, do it again.",
    ),
    "confirm.do": ("확인", "Confirm"),
    "confirm.done": (
        "확인했습니다. 하려던 일을 다시 누르세요.",
        "Confirmed. Now do again what you wanted to do.",
    ),
}
