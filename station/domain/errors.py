"""The one error of the station, and what each of its codes means to an officer.

`docs/failure-codes.md` is written from `FAILURES`; a test compares them.
"""

from dataclasses import dataclass
from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every command line in this project."""

    DONE = 0
    BUG = 1
    USAGE = 2
    NO_CARD = 3
    CARD_REFUSED = 4
    NOT_AUTHENTIC = 5
    POLICY = 6
    NOT_FOUND = 7
    KEY_DEVICE = 8


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that can go wrong: cause and remedy, Korean first."""

    exit: Exit
    cause_ko: str
    remedy_ko: str
    cause_en: str
    remedy_en: str


class StationError(Exception):
    """Something an officer or a developer can meet; `code` is a key of `FAILURES`.

    `detail` adds numbers and names of checks; never personal data, keys or codes.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        failure = FAILURES[code]
        super().__init__(f"{failure.cause_en}{f' ({detail})' if detail else ''}")
        self.code = code
        self.detail = detail
        self.failure = failure

    @property
    def exit(self) -> Exit:
        return self.failure.exit


def _failure(exit_code: Exit, ko: tuple[str, str], en: tuple[str, str]) -> Failure:
    return Failure(exit_code, *ko, *en)


FAILURES: dict[str, Failure] = {
    "reader.missing": _failure(
        Exit.NO_CARD,
        ("카드 판독기를 찾을 수 없습니다.", "판독기 연결을 확인한 뒤 다시 읽으세요."),
        ("The card reader cannot be reached.", "Check that it is plugged in, then read again."),
    ),
    "reader.silent": _failure(
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
    "reader.cancelled": _failure(
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
    "reader.short": _failure(
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
    "card.removed": _failure(
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
    "card.pin_wrong": _failure(
        Exit.CARD_REFUSED,
        ("비밀번호가 맞지 않습니다.", "남은 횟수를 알려 드리고 신청인이 다시 입력하게 하세요."),
        ("The card PIN is wrong.", "Tell the resident how many tries are left and ask again."),
    ),
    "card.pin_format": _failure(
        Exit.USAGE,
        ("비밀번호는 숫자 6자리입니다. 카드에는 보내지 않았습니다.", "다시 입력하게 하세요."),
        ("The PIN has six digits; nothing was sent to the card.", "Ask for it again."),
    ),
    "card.pin_suspended": _failure(
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
    "card.pin_blocked": _failure(
        Exit.CARD_REFUSED,
        ("비밀번호가 잠겼습니다.", "비밀번호 초기화를 신청하도록 안내하세요."),
        ("The card PIN is blocked.", "Offer the PIN unblocking service."),
    ),
    "card.refused": _failure(
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
    "card.protocol": _failure(
        Exit.NOT_AUTHENTIC,
        ("카드 응답이 규격에 맞지 않습니다.", "카드를 돌려주지 말고 책임자에게 알리세요."),
        ("The card broke the protocol.", "Keep the case open and call the supervisor."),
    ),
    "card.not_genuine": _failure(
        Exit.NOT_AUTHENTIC,
        ("카드의 진위를 확인하지 못했습니다.", "발급하지 말고 책임자에게 알리세요."),
        ("The card could not be proven genuine.", "Do not issue; call the supervisor."),
    ),
    "card.swapped": _failure(
        Exit.NOT_AUTHENTIC,
        ("다른 카드가 올려졌습니다. 사건을 종료했습니다.", "책임자에게 알리고 새로 접수하세요."),
        (
            "A different card was put on; the case is closed.",
            "Call the supervisor; open a new case.",
        ),
    ),
    "card.other_resident": _failure(
        Exit.NOT_AUTHENTIC,
        ("이 칩은 다른 사람의 카드에 등록되어 있습니다.", "발급하지 말고 책임자에게 알리세요."),
        ("This chip key is on another resident's card.", "Do not issue; call the supervisor."),
    ),
    "case.not_found": _failure(
        Exit.NOT_FOUND,
        ("그런 접수번호가 없습니다.", "번호를 확인하세요."),
        ("There is no such case.", "Check the case number."),
    ),
    "case.wrong_stage": _failure(
        Exit.POLICY,
        ("지금 단계에서는 할 수 없는 일입니다.", "접수 화면에서 다음 할 일을 확인하세요."),
        ("The case is not at the stage for this.", "Look at the case for its next step."),
    ),
    "case.changed": _failure(
        Exit.POLICY,
        ("다른 창에서 사건이 바뀌었습니다.", "다시 불러온 뒤 진행하세요."),
        ("The case was changed elsewhere meanwhile.", "Load it again, then go on."),
    ),
    "case.expired": _failure(
        Exit.NOT_FOUND,
        ("접수 시간이 지났습니다.", "새로 접수하세요."),
        ("The time of the case is over.", "Open a new one."),
    ),
    "consent.missing": _failure(
        Exit.POLICY,
        ("필요한 동의가 기록되지 않았습니다.", "동의를 받은 뒤 접수하세요."),
        ("A required consent is not recorded.", "Ask for it before opening the case."),
    ),
    "registry.no_record": _failure(
        Exit.POLICY,
        ("주민등록 정보가 없습니다.", "주민등록 정보를 확인하세요."),
        ("The registry has no such resident.", "Check the registration."),
    ),
    "registry.mismatch": _failure(
        Exit.POLICY,
        ("카드와 주민등록 정보가 다릅니다.", "어느 쪽이 맞는지 확인하고 카드를 재발급하세요."),
        ("Card and registry disagree.", "Find out which is right; the card may need re-issue."),
    ),
    "eligibility.too_young": _failure(
        Exit.POLICY,
        (
            "17세가 된 다음 달 1일부터 발급할 수 있습니다.",
            "발급 가능한 날짜를 알려 드리세요.",
        ),
        (
            "The mobile card is issued from the first of the month after turning 17.",
            "Tell the resident the day from which it is possible.",
        ),
    ),
    "eligibility.card_lost": _failure(
        Exit.POLICY,
        ("분실 신고된 카드입니다.", "분실 신고 철회 또는 재발급을 안내하세요."),
        ("The card is reported lost.", "Withdraw the report or have the card re-issued first."),
    ),
    "eligibility.card_expired": _failure(
        Exit.POLICY,
        ("카드의 유효기간이 지났습니다.", "카드를 재발급받도록 안내하세요."),
        ("The physical card has expired.", "Have the card re-issued first."),
    ),
    "eligibility.not_identified": _failure(
        Exit.POLICY,
        ("본인확인이 끝나지 않았습니다.", "얼굴과 사진을 비교한 뒤 진행하세요."),
        ("The holder has not been identified.", "Compare the person with the portrait first."),
    ),
    "eligibility.open_case": _failure(
        Exit.POLICY,
        ("이 사람에게 진행 중인 발급이 있습니다.", "그 사건을 끝내거나 취소하세요."),
        ("Another issuance for this resident is under way.", "Finish or cancel that case first."),
    ),
    "offer.none": _failure(
        Exit.NOT_FOUND,
        ("보여 줄 QR 코드가 없습니다.", "QR 코드를 새로 만드세요."),
        ("There is no live offer.", "Make a new offer."),
    ),
    "activation.nothing_delivered": _failure(
        Exit.POLICY,
        ("휴대전화로 보낸 신분증이 없습니다.", "휴대전화에 신분증이 보이는지 확인하세요."),
        ("No credential has reached the phone.", "Wait until the phone shows the credential."),
    ),
    "credential.not_found": _failure(
        Exit.NOT_FOUND,
        ("그런 모바일 신분증이 없습니다.", "번호를 확인하세요."),
        ("There is no such credential.", "Check its number."),
    ),
    "credential.revoked": _failure(
        Exit.POLICY,
        ("이미 폐기된 모바일 신분증입니다.", "폐기는 되돌릴 수 없습니다."),
        ("The credential is revoked.", "Revocation is final; issue a new one."),
    ),
    "credential.lint": _failure(
        Exit.BUG,
        ("발급 직전 검사에서 오류가 발견되어 발급을 멈췄습니다.", "책임자에게 알리세요."),
        ("The check before release found a fault; nothing was issued.", "Report this."),
    ),
    "clock.wrong": _failure(
        Exit.POLICY,
        ("컴퓨터 시각이 이전 기록보다 과거입니다.", "시계를 맞춘 뒤 다시 시작하세요."),
        ("The clock is behind what was recorded before.", "Set the clock, then start again."),
    ),
    "key.unusable": _failure(
        Exit.KEY_DEVICE,
        ("발급 키를 열 수 없습니다.", "암호 파일과 키 파일을 확인하세요."),
        ("The issuer keys cannot be opened.", "Check the key file and its passphrase file."),
    ),
    "terminal.unfit": _failure(
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
    "audit.broken": _failure(
        Exit.NOT_AUTHENTIC,
        ("감사 기록이 변조되었거나 잘렸습니다.", "발급을 멈추고 책임자에게 알리세요."),
        ("The audit log was altered or cut.", "Stop issuing and call the supervisor."),
    ),
    "config.invalid": _failure(
        Exit.USAGE,
        ("설정이 잘못되었습니다.", "설정 파일을 고치세요."),
        ("The configuration is not valid.", "Mend the configuration file."),
    ),
    "home.missing": _failure(
        Exit.NOT_FOUND,
        ("스테이션 폴더가 아닙니다.", "`station init`을 먼저 실행하세요."),
        ("This folder holds no station.", "Run `station init` first."),
    ),
    "home.exists": _failure(
        Exit.USAGE,
        ("이미 스테이션이 있는 폴더입니다.", "다른 폴더를 쓰세요."),
        ("This folder already holds a station.", "Choose another folder; nothing was changed."),
    ),
    "database.missing": _failure(
        Exit.NOT_FOUND,
        (
            "스테이션의 기록이 없습니다.",
            "백업에서 복구하고 책임자에게 알리세요. 새로 만들지 마세요.",
        ),
        ("The station's database is gone.", "Restore it from a backup; do not begin a new one."),
    ),
    "database.unusable": _failure(
        Exit.BUG,
        (
            "기록을 읽거나 쓸 수 없습니다.",
            "디스크를 확인하고 다시 시도하세요. 발급되지 않았습니다.",
        ),
        ("The database cannot be used.", "Check the disk, then try again; nothing was issued."),
    ),
    "database.busy": _failure(
        Exit.POLICY,
        ("다른 작업이 기록을 쓰고 있습니다.", "잠시 뒤 다시 시도하세요."),
        ("Another program holds the database.", "Try again in a moment; nothing was changed."),
    ),
    "database.newer": _failure(
        Exit.USAGE,
        ("더 새로운 버전이 만든 기록입니다.", "프로그램을 업데이트하세요."),
        ("A newer version made this database.", "Update the program; nothing was changed."),
    ),
    "serve.address": _failure(
        Exit.USAGE,
        (
            "그 주소에서 서비스를 시작할 수 없습니다.",
            "이미 실행 중인지 확인하거나 listen을 바꾸세요.",
        ),
        ("This address cannot be listened on.", "See whether it runs already, or change `listen`."),
    ),
    "program.fault": _failure(
        Exit.BUG,
        ("프로그램 오류입니다.", "표시된 위치를 관리자에게 알리세요."),
        ("The program has a fault.", "Report the place that is named to whoever maintains it."),
    ),
    "input.invalid": _failure(
        Exit.USAGE,
        ("입력한 내용이 올바르지 않습니다.", "표시된 곳을 고쳐 다시 입력하세요."),
        ("The input is not valid.", "Mend what is named and try again."),
    ),
}
