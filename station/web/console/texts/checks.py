"""Every proof in words: what a chip, a document, the registry and the officer's eyes have shown."""

from station.domain.check_words import CHECKS

TEXTS: dict[str, tuple[str, str]] = {f"check.{name}": words for name, words in CHECKS.items()}
