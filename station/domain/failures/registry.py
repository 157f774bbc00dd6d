"""What goes wrong with the resident registration system."""

from station.domain.failures.failure import Exit, Failure, failure

REGISTRY: dict[str, Failure] = {
    "registry.no_record": failure(
        Exit.POLICY,
        ("주민등록 정보가 없습니다.", "주민등록 정보를 확인하세요."),
        ("The registry has no such resident.", "Check the registration."),
    ),
    "registry.mismatch": failure(
        Exit.POLICY,
        ("카드와 주민등록 정보가 다릅니다.", "어느 쪽이 맞는지 확인하고 카드를 재발급하세요."),
        ("Card and registry disagree.", "Find out which is right; the card may need re-issue."),
    ),
}
