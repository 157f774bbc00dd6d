"""The audit log and the record of accesses."""

TEXTS: dict[str, tuple[str, str]] = {
    "audit.means": (
        "처리한 일을 차례대로 기록합니다. 신청인의 성명은 적지 않습니다.",
        "What was done, in order. It names no resident.",
    ),
    "audit.verify": ("지금 검증", "Verify now"),
    "audit.is_whole": (
        "기록이 온전합니다: 기록 {count}건, 서명 {signed}개.",
        "The log is whole: {count} entries, {signed} signatures.",
    ),
    "audit.verified_at": ("{at} 검증", "Verified {at}"),
    "audit.verifying": (
        "검증하고 있습니다. 기록 {count}건까지 확인했습니다.",
        "Under way: {count} entries so far.",
    ),
    "audit.begun_at": (
        "{at}에 시작했습니다. 끝나면 이 화면에 결과가 나옵니다.",
        "Begun {at}. The result will stand here.",
    ),
    "audit.filter": ("찾기", "Filter"),
    "audit.show": ("보기", "Show"),
    "audit.all": ("모두 보기", "Show all"),
    "audit.entries": ("기록", "Entries"),
    "audit.earlier": ("이전 기록", "Earlier"),
    "audit.none": ("기록이 없습니다.", "There is no entry."),
    "audit.sequence": ("순번", "No."),
    "audit.at": ("일시", "When"),
    "audit.event": ("기록 이름", "Event"),
    "audit.every_event": ("모든 기록", "Every event"),
    "audit.actor": ("처리자", "By"),
    "audit.facts": ("내용", "Facts"),
    "audit.raw": ("기록 원문", "The entry as it is written"),
    "audit.accesses": ("개인정보 조회 기록", "Accesses to personal data"),
    "audit.accesses_means": (
        "누가 언제 어디에서 왜 보았는지 기록합니다. 신청인은 가명으로 표시합니다.",
        "Who looked, when, where and why; residents by their pseudonyms.",
    ),
    "audit.what": ("처리 내용", "What"),
    "audit.subject": ("신청인 (가명)", "Resident (pseudonym)"),
    "audit.place": ("장소", "Place"),
    "audit.access.read": ("카드를 읽음", "Read from the card"),
    "audit.access.looked_up": ("주민등록 조회", "Looked up"),
    "audit.access.viewed": ("화면에서 봄", "Viewed"),
    "audit.access.unmasked": ("번호 전체를 봄", "Saw the whole number"),
    "audit.access.found": ("모바일 신분증을 찾음", "Found mobile cards"),
    "audit.access.printed": ("인쇄", "Printed"),
}
