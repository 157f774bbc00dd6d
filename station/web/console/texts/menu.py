"""The menu."""

TEXTS: dict[str, tuple[str, str]] = {
    "menu.approvals": ("승인 대기", "Approvals"),
    "menu.cards": ("모바일 신분증", "Mobile cards"),
    "menu.figures": ("업무 현황", "Figures"),
    "menu.audit": ("감사 기록", "Audit"),
    "menu.officers": ("담당자", "Officers"),
    "menu.health": ("시스템 상태", "Health"),
}
