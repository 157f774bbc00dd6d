"""The page on eligibility says of each rule what the table says."""

from pathlib import Path

import pytest

from station.domain.rules import RULES, Rule

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "eligibility.md").read_text("utf-8")


@pytest.mark.parametrize("rule", RULES, ids=lambda each: each.id)
def test_the_page_has_the_rule(rule: Rule) -> None:
    cells = (
        rule.id,
        rule.title_ko,
        rule.title_en,
        f"`{rule.failure}`",
        rule.source_ko,
        rule.source_en,
        "✓" if rule.overridable else "",
    )
    row = " | ".join(cells).strip()
    assert f"| {row} |".replace("  |", " |") in PAGE.replace("  |", " |")


def test_the_page_has_no_other_rule() -> None:
    assert sum(line.startswith("| E") for line in PAGE.splitlines()) == len(RULES)
