"""The page that tells whether the station can work."""

TEXTS: dict[str, tuple[str, str]] = {
    "health.all_well": ("모두 정상입니다.", "All is well."),
    "health.phase.identity": ("본인 확인에 필요한 것", "For knowing who somebody is"),
    "health.phase.issue": ("발급과 기록에 필요한 것", "For issuing and recording"),
    "health.days_left": ("인증서 만료까지 {count}일", "certificate: {count} days left"),
    "health.seen": ("{at} 확인", "seen {at}"),
    "health.works": ("정상", "Working"),
    "health.degraded": ("이상", "Not working"),
    "health.again": ("다시 확인", "Look again"),
}
