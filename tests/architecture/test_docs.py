"""Commands explain themselves, and the commands in the documentation exist."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from apdu.cli import main as apdu
from card_sim.cli import main as card_sim
from station.cli import main as station
from tests.architecture.sources import ROOT, name

TOOLS: dict[str, click.Command] = {"station": station, "card-sim": card_sim, "apdu": apdu}
FENCE = re.compile(r"^```(?:sh|bash|console|shell)\s*\n(.*?)^```", re.MULTILINE | re.DOTALL)
ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=.*")
ENDS = {"|", "||", "&&", ";", "&", ">", ">>", "<", "2>", "2>&1", "<<<"}


@dataclass(frozen=True)
class Example:
    """One command line of the documentation."""

    page: Path
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{name(self.page)}: {' '.join(self.words)}"


def walk(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(command, info_name=path[-1])
    yield " ".join(path), command
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            below = command.get_command(context, each)
            assert below is not None
            yield from walk(below, (*path, each))


COMMANDS = dict(each for tool, root in TOOLS.items() for each in walk(root, (tool,)))


def simple_commands(line: str) -> Iterator[list[str]]:
    """The commands of one line, split where a shell splits them."""
    lexer = shlex.shlex(line.removeprefix("$ "), posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in lexer:
        if word in ENDS or set(word) <= set("|&;<>"):
            yield words
            words = []
        else:
            words.append(word)
    yield words


def in_text(text: str) -> Iterator[list[str]]:
    """Every command of ours in the fenced shell blocks of a page."""
    for block in FENCE.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            for found in simple_commands(line.strip()):
                words = found
                while words and ASSIGNMENT.fullmatch(words[0]):
                    words = words[1:]
                if words and words[0].removeprefix(".venv/bin/") in TOOLS:
                    yield [words[0].removeprefix(".venv/bin/"), *words[1:]]


def problem(words: list[str]) -> str | None:
    """What is wrong with a command of ours; None if it exists with all its options."""
    command, rest = TOOLS[words[0]], list(words[1:])
    arguments = 0
    while rest:
        word = rest.pop(0)
        options = {o: p for p in command.params for o in (*p.opts, *p.secondary_opts)}
        if word.startswith("-") and len(word) > 1:
            option, equals, _ = word.partition("=")
            if option in {"-h", "--help"}:
                continue
            found = options.get(option)
            if not isinstance(found, click.Option):
                return f"no option {option}"
            if not found.is_flag and not found.count and not equals:
                if not rest:
                    return f"{option} without a value"
                rest.pop(0)
        elif isinstance(command, click.Group):
            below = command.get_command(click.Context(command), word)
            if below is None:
                return f"no command {word}"
            command = below
        else:
            arguments += 1
    taken = [each for each in command.params if isinstance(each, click.Argument)]
    many = any(each.nargs == -1 for each in taken)
    if isinstance(command, click.Group) or "--help" in words:
        return None
    least = sum(1 for each in taken if each.required)
    return None if least <= arguments and (many or arguments <= len(taken)) else "arguments"


def examples() -> list[Example]:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [
        Example(page, tuple(words)) for page in pages for words in in_text(page.read_text("utf-8"))
    ]


@pytest.mark.parametrize("path", COMMANDS)
def test_a_command_says_what_it_does(path: str) -> None:
    command = COMMANDS[path]
    assert (command.help or "").strip()
    assert command.get_short_help_str(200).endswith(".")


@pytest.mark.parametrize("path", COMMANDS)
def test_every_option_of_a_command_has_help(path: str) -> None:
    for parameter in COMMANDS[path].params:
        if isinstance(parameter, click.Option):
            assert (parameter.help or "").strip(), parameter.opts


@pytest.mark.parametrize("path", [p for p in COMMANDS if p.startswith("station ")])
def test_every_command_of_the_station_answers_in_json(path: str) -> None:
    command = COMMANDS[path]
    if isinstance(command, click.Group) or path == "station serve":
        return
    assert "--json" in {option for each in command.params for option in each.opts}


@pytest.mark.parametrize("example", examples(), ids=str)
def test_a_command_of_the_documentation_exists(example: Example) -> None:
    assert problem(list(example.words)) is None


GOOD = [
    "station --home x case open --json",
    "station case show 261123-0001 --identity",
    "card-sim insert kim-minji --listen 0",
    "card-sim phone receive OFFER --tx-code=123456",
    "apdu send 00A40400 00B00000 --reader pcsc:",
    "station --help",
    "station case identify 1 --face-differs",
]
BAD = [
    "station case vanish 1",
    "station case show",
    "station case show 1 2",
    "station case open --nothing",
    "station cases",
    "card-sim insert kim-minji --listen",
    "station case open --pin 123456",
    "apdu send",
]


@pytest.mark.parametrize("line", GOOD)
def test_a_good_command_is_recognized(line: str) -> None:
    assert problem(line.split()) is None


@pytest.mark.parametrize("line", BAD)
def test_a_bad_command_is_recognized(line: str) -> None:
    assert problem(line.split()) is not None


def test_commands_are_found_behind_assignments_paths_pipes_and_line_ends() -> None:
    page = """
```sh
# station ignored
STATION_HOME=x .venv/bin/station case open \\
    --json | jq .case
card-sim persons && apdu readers > out; echo station
```

```python
station.nothing()
```
"""
    assert list(in_text(page)) == [
        ["station", "case", "open", "--json"],
        ["card-sim", "persons"],
        ["apdu", "readers"],
    ]
