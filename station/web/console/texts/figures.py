"""The page of figures."""

TEXTS: dict[str, tuple[str, str]] = {
    "figures.means": (
        "접수한 날을 기준으로 셉니다. 개인정보는 없습니다.",
        "Counted by the day a case was opened. Nobody is named.",
    ),
    "figures.made_at": ("{time} 기준", "As of {time}."),
    "figures.today": ("오늘", "Today"),
    "figures.last_days": ("최근 {count}일", "Last {count} days"),
    "figures.by_outcome": ("결과별", "By outcome"),
    "figures.by_route": ("접수 방법별", "By route"),
    "figures.opened": ("접수", "Opened"),
    "figures.outcome.issued": ("발급", "Issued"),
    "figures.outcome.refused": ("거부", "Refused"),
    "figures.outcome.cancelled": ("취소", "Cancelled"),
    "figures.outcome.expired": ("시간 지남", "Expired"),
    "figures.outcome.open": ("진행 중", "Open"),
    "figures.opened_by_day": ("날짜별 접수", "Opened each day"),
    "figures.each_day": ("날짜별 결과", "What became of each day's cases"),
    "figures.day": ("접수일", "Day"),
    "figures.refused": ("거부 사유", "Why cases were refused"),
    "figures.none_refused": ("거부한 접수가 없습니다.", "Nothing was refused."),
    "figures.refusal.face_mismatch": ("얼굴이 다름", "Another person's face"),
    "figures.refusal.not_convinced": ("담당자가 확신하지 못함", "The officer was not convinced"),
    "figures.refusal.card_swapped": ("다른 카드로 바뀜", "Another card was put on"),
    "figures.refusal.other": ("그 밖의 사유", "Other"),
}
