"""What stands on every page, and on the page of a failure."""

TEXTS: dict[str, tuple[str, str]] = {
    "page.name": ("모바일 주민등록증 발급", "Mobile card issuance"),
    "page.skip": ("본문으로 건너뛰기", "Skip to content"),
    "page.demo": ("시연용 · TEST", "DEMO · TEST"),
    "page.demo_means": (
        "시연용 화면입니다. 실제 신분증이 발급되지 않습니다.",
        "A demonstration: nothing issued here is a real card.",
    ),
    "page.theme": ("화면 밝기", "Theme"),
    "page.theme_auto": ("자동", "Auto"),
    "page.theme_light": ("밝게", "Light"),
    "page.theme_dark": ("어둡게", "Dark"),
    "page.menu": ("메뉴", "Menu"),
    "page.home": ("오늘의 접수", "Today's cases"),
    "page.signed_in_as": ("담당자", "Officer"),
    "page.remedy": ("조치", "What to do"),
    "page.concerns": ("해당 항목", "This concerns"),
    "page.code": ("오류 코드", "Failure code"),
    "page.error": ("처리하지 못했습니다", "This was not done"),
    "page.back": ("돌아가기", "Go back"),
}
