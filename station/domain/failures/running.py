"""What goes wrong with the station itself."""

from station.domain.failures.failure import Exit, Failure, failure

RUNNING: dict[str, Failure] = {
    "clock.wrong": failure(
        Exit.POLICY,
        ("컴퓨터 시각이 이전 기록보다 과거입니다.", "시계를 맞춘 뒤 다시 시작하세요."),
        ("The clock is behind what was recorded before.", "Set the clock, then start again."),
    ),
    "key.unusable": failure(
        Exit.KEY_DEVICE,
        ("발급 키를 열 수 없습니다.", "암호 파일과 키 파일을 확인하세요."),
        ("The issuer keys cannot be opened.", "Check the key file and its passphrase file."),
    ),
    "audit.broken": failure(
        Exit.NOT_AUTHENTIC,
        ("감사 기록이 변조되었거나 잘렸습니다.", "발급을 멈추고 책임자에게 알리세요."),
        ("The audit log was altered or cut.", "Stop issuing and call the supervisor."),
    ),
    "config.invalid": failure(
        Exit.USAGE,
        ("설정이 잘못되었습니다.", "설정 파일을 고치세요."),
        ("The configuration is not valid.", "Mend the configuration file."),
    ),
    "home.missing": failure(
        Exit.NOT_FOUND,
        ("스테이션 폴더가 아닙니다.", "`station init`을 먼저 실행하세요."),
        ("This folder holds no station.", "Run `station init` first."),
    ),
    "home.exists": failure(
        Exit.USAGE,
        ("이미 스테이션이 있는 폴더입니다.", "다른 폴더를 쓰세요."),
        ("This folder already holds a station.", "Choose another folder; nothing was changed."),
    ),
    "database.missing": failure(
        Exit.NOT_FOUND,
        (
            "스테이션의 기록이 없습니다.",
            "백업에서 복구하고 책임자에게 알리세요. 새로 만들지 마세요.",
        ),
        ("The station's database is gone.", "Restore it from a backup; do not begin a new one."),
    ),
    "database.unusable": failure(
        Exit.BUG,
        (
            "기록을 읽거나 쓸 수 없습니다.",
            "디스크를 확인하고 다시 시도하세요. 발급되지 않았습니다.",
        ),
        ("The database cannot be used.", "Check the disk, then try again; nothing was issued."),
    ),
    "database.busy": failure(
        Exit.POLICY,
        ("다른 작업이 기록을 쓰고 있습니다.", "잠시 뒤 다시 시도하세요."),
        ("Another program holds the database.", "Try again in a moment; nothing was changed."),
    ),
    "database.newer": failure(
        Exit.USAGE,
        ("더 새로운 버전이 만든 기록입니다.", "프로그램을 업데이트하세요."),
        ("A newer version made this database.", "Update the program; nothing was changed."),
    ),
    "serve.address": failure(
        Exit.USAGE,
        (
            "그 주소에서 서비스를 시작할 수 없습니다.",
            "이미 실행 중인지 확인하거나 listen을 바꾸세요.",
        ),
        ("This address cannot be listened on.", "See whether it runs already, or change `listen`."),
    ),
    "program.fault": failure(
        Exit.BUG,
        ("프로그램 오류입니다.", "표시된 위치를 관리자에게 알리세요."),
        ("The program has a fault.", "Report the place that is named to whoever maintains it."),
    ),
    "input.invalid": failure(
        Exit.USAGE,
        ("입력한 내용이 올바르지 않습니다.", "표시된 곳을 고쳐 다시 입력하세요."),
        ("The input is not valid.", "Mend what is named and try again."),
    ),
}
