"""The page of cases that wait for a second officer."""

TEXTS: dict[str, tuple[str, str]] = {
    "approvals.means": (
        "접수번호를 누르면 그 접수의 화면에서 승인할 수 있습니다.",
        "Open a case to look at it and approve it there.",
    ),
    "approvals.waiting": ("두 번째 승인을 기다리는 접수", "Cases waiting for a second officer"),
    "approvals.since": ("요청 시각", "Since"),
    "approvals.age": ("기다린 시간", "Waiting"),
    "approvals.minutes": ("{count}분", "{count} min"),
    "approvals.none": ("기다리는 접수가 없습니다.", "No case is waiting."),
}
