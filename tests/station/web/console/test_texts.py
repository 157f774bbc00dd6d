"""Every text there is in both languages, and every text is used."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from station.web import console
from station.web.console.texts import TABLES, Texts

FOLDER = Path(console.__file__).parent
ALL = {key: both for table in TABLES for key, both in table.items()}
USED = re.compile(r"""\bt\(\s*["']([a-z_.0-9-]+)["']\s*([,)~])""")
QUOTED = re.compile(r"""["']([a-z_.0-9-]+)["']""")
KEY = re.compile(r"[a-z_]+(\.[a-z_0-9-]+)+")
HANGUL = re.compile(r"[가-힣]")
TEMPLATES = sorted((FOLDER / "templates").rglob("*.html"))
PAGES = [path for path in TEMPLATES if not path.name.startswith("styles")]
"""The pages of samples show words that are nobody's texts."""

CODE = sorted(path for path in FOLDER.rglob("*.py") if path.parent.name != "texts")


def strings(path: Path) -> set[str]:
    """Every string of a module, and of an f-string its beginning with a star."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            found.add(str(node.values[0].value) + "*")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return found


def asked_for() -> dict[str, str]:
    """Keys of the templates by where they stand; with a star where they are only begun."""
    found = {}
    for path in TEMPLATES:
        for key, after in USED.findall(path.read_text("utf-8")):
            found[key + ("*" if after == "~" else "")] = path.name
    return found


def test_every_text_a_template_asks_for_is_there() -> None:
    for key, where in asked_for().items():
        if key.endswith("*"):
            assert any(each.startswith(key[:-1]) for each in ALL), (key, where)
        else:
            assert key in ALL, (key, where)


def test_no_text_is_left_over() -> None:
    """A key stands in a template, or in the code as it is."""
    named = set(asked_for()).union(*map(strings, CODE))
    for path in TEMPLATES:
        named |= set(QUOTED.findall(path.read_text("utf-8")))
    begun = tuple(each[:-1] for each in named if each.endswith("*") and "." in each)
    left = {key for key in ALL if key not in named and not (begun and key.startswith(begun))}
    assert not left


def test_every_text_is_in_both_languages() -> None:
    for key, (ko, en) in ALL.items():
        assert KEY.fullmatch(key), key
        assert ko.strip(), key
        assert en.strip(), key
        assert not HANGUL.search(en), key
        assert places(ko) == places(en), key


def places(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_a_key_has_one_place() -> None:
    assert len(ALL) == sum(map(len, TABLES))
    with pytest.raises(ValueError, match=r"a\.b"):
        Texts(({"a.b": ("가", "a")}, {"a.b": ("나", "b")}))


def test_a_text_that_is_missing_is_an_error() -> None:
    for language in ("ko", "en"):
        with pytest.raises(KeyError):
            Texts(()).speaker(language)("a.b")


def test_no_template_writes_a_word_of_its_own() -> None:
    for path in PAGES:
        text = path.read_text("utf-8").replace("한국어", "")
        assert not HANGUL.search(text), path.name


def test_no_template_has_script_or_style_in_it_or_anything_from_elsewhere() -> None:
    for path in PAGES:
        text = path.read_text("utf-8")
        assert "|safe" not in text.replace(" ", ""), path.name
        assert "autoescape" not in text, path.name
        assert not re.search(r"\son[a-z]+=|\sstyle=|<style|javascript:|https?://", text), path.name
        for script in re.findall(r"<script[^>]*>", text):
            assert 'src="/static/' in script, path.name


def test_every_form_that_posts_has_its_token() -> None:
    for path in PAGES:
        for form in re.findall(r'<form[^>]*method="post".*?</form>', path.read_text("utf-8"), re.S):
            assert 'name="csrf"' in form or "fields(" in form or "token(" in form, path.name
