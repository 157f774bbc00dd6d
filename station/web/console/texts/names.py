"""What the program's own names are called: steps, and what was typed where."""

from station.domain.check_words import COMPARED

Names = dict[str, tuple[str, str]]

STEPS: Names = {
    "open-case": ("접수", "Open a case"),
    "read-card": ("카드 읽기", "Read the card"),
    "look-up": ("주민등록 조회", "Look up"),
    "identify": ("본인 확인", "Identify"),
    "approve": ("승인", "Approve"),
    "countersign": ("두 번째 승인", "Second approval"),
    "offer": ("QR 코드 보이기", "Show the QR code"),
    "show-offer": ("QR 코드 보기", "See the QR code"),
    "activate": ("활성화", "Activate"),
    "not-this-phone": ("다른 휴대전화", "Not this phone"),
    "receipt": ("발급 확인서", "Receipt"),
    "print-application": ("신청 기록 인쇄", "Print the application record"),
    "print-slip": ("재방문 안내문 인쇄", "Print the come-back slip"),
    "refuse": ("거부", "Refuse"),
    "cancel": ("접수 취소", "Cancel the case"),
    "put-off": ("나중으로 미루기", "Let it wait"),
    "hand-over": ("다른 담당자에게 넘기기", "Hand over"),
    "show-case": ("접수 보기", "See cases"),
    "view-identity": ("신청인 보기", "See the resident"),
    "unmask-rrn": ("주민등록번호 전체 보기", "See the whole registration number"),
    "show-credential": ("모바일 신분증 보기", "See mobile cards"),
    "find-credential": ("모바일 신분증 찾기", "Find a mobile card"),
    "suspend": ("정지", "Suspend"),
    "lift": ("정지 해제", "Lift a suspension"),
    "revoke": ("폐기", "Revoke"),
    "revoke-many": ("일괄 폐기", "Revoke many"),
    "show-audit": ("감사 기록 보기", "See the audit log"),
    "show-access": ("개인정보 조회 기록 보기", "See accesses to personal data"),
    "show-officers": ("계정 보기", "See accounts"),
    "change-officers": ("계정 변경", "Change accounts"),
    "import-registry": ("주민 자료 가져오기", "Import residents"),
    "take-changes": ("주민등록 변경 반영", "Take changes of the registry"),
    "take-revocations": ("휴대전화 인증서 폐기 목록 반영", "Take revocations of phones"),
    "pin-status": ("비밀번호 상태 보기", "See the PIN's state"),
    "pin-change": ("비밀번호 변경", "Change the PIN"),
    "pin-unblock": ("비밀번호 잠금 해제", "Unblock the PIN"),
    "pin-reset": ("비밀번호 새로 정하기", "Set the PIN anew"),
}
"""What an officer asks for: operations, and steps of a case."""

FIELDS: Names = {
    "route": ("발급 방법", "the route"),
    "purpose": ("조회 목적", "the purpose"),
    "face": ("얼굴 비교 결과", "whether the face matches"),
    "task": ("비밀번호 업무", "what to do with the PIN"),
    "event": ("기록 이름", "the event"),
    "before": ("이전 기록의 순번", "the number of the entry before"),
    "final": ("되돌릴 수 없다는 확인", "that it cannot be undone"),
    "reason": ("사유", "the reason"),
    "cause": ("정지 사유", "the cause"),
    "of": ("범위", "which cards"),
    "document_number": ("주민등록증 일련번호", "the number of the plastic card"),
    "role": ("권한", "the role"),
    "secret": ("인증 앱의 키", "the authenticator's secret"),
    "form": ("보낸 양식", "the form"),
    **COMPARED,
}
"""What was typed or chosen, and what card and registry disagree on."""
