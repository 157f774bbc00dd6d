"""What goes wrong with an officer: who they are, and what they may not do."""

from station.domain.failures.failure import Exit, Failure, failure

OFFICERS: dict[str, Failure] = {
    "officer.sign_in": failure(
        Exit.POLICY,
        (
            "로그인하지 못했습니다.",
            "계정, 비밀번호, 인증번호를 확인하고 새 인증번호가 나오면 다시 시도하세요.",
        ),
        (
            "Signing in failed.",
            "Check account and password, wait for the next code, then try again.",
        ),
    ),
    "officer.signed_out": failure(
        Exit.POLICY,
        (
            "로그인되어 있지 않거나 시간이 지났습니다.",
            "다시 로그인하세요. 진행한 일은 그대로입니다.",
        ),
        ("Nobody is signed in, or it was too long ago.", "Sign in again; nothing done is lost."),
    ),
    "officer.confirm": failure(
        Exit.POLICY,
        (
            "비밀번호와 인증번호를 다시 확인해야 합니다.",
            "`station officer confirm`으로 확인하세요.",
        ),
        (
            "This asks for password and code again.",
            "Confirm with `station officer confirm`, then repeat it.",
        ),
    ),
    "officer.not_permitted": failure(
        Exit.POLICY,
        ("이 계정의 권한으로는 할 수 없습니다.", "권한이 있는 담당자에게 요청하세요."),
        ("This account has no role that permits it.", "Ask an officer who has it."),
    ),
    "officer.not_found": failure(
        Exit.NOT_FOUND,
        ("그런 계정이 없습니다.", "계정 이름을 확인하세요."),
        ("There is no such account.", "Check its name."),
    ),
    "officer.own_case": failure(
        Exit.POLICY,
        ("본인의 일은 처리할 수 없습니다.", "다른 담당자가 처음부터 처리하게 하세요."),
        ("Nobody handles their own case.", "Have another officer begin it anew."),
    ),
    "officer.not_holder": failure(
        Exit.POLICY,
        ("다른 담당자가 맡은 접수입니다.", "그 담당자에게 넘겨 달라고 하세요."),
        ("Another officer holds this case.", "Ask that officer to hand it over."),
    ),
    "officer.both_parts": failure(
        Exit.POLICY,
        (
            "본인확인을 한 담당자는 승인할 수 없습니다.",
            "이 접수를 처리하지 않은 승인자가 로그인해 승인하게 하세요.",
        ),
        (
            "Whoever worked on a case cannot be its second pair of eyes.",
            "Have an approver sign in who had no part in it.",
        ),
    ),
    "officer.roles_apart": failure(
        Exit.POLICY,
        ("한 계정에 함께 줄 수 없는 권한입니다.", "다른 사람의 계정에 주세요."),
        ("No account may have these roles together.", "Give one of them to somebody else."),
    ),
}
