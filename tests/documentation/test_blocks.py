"""Every block of code in README and docs is run or checked, each kind in its way.

The scripts of docs/account-api.md run in `test_account_api_page.py`, that of
docs/leavers.md in `tests/ci/test_apply.py`.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

import click
import pytest
import yaml
from markdown_it import MarkdownIt

from pulumi_cerevox.audit import read_ignores
from pulumi_cerevox.cli import main
from pulumi_cerevox.roster import judge_roster, parse_roster
from pulumi_cerevox.testing import CerevoxMocks, EmulatorProcess
from scripts.release import Release

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted(ROOT.glob("examples/*/README.md")),
]
TOOLS = Path(sys.prefix) / "bin"
OTHERS = {"account-api.md": "python"}
"""What another module runs: a page, and the kind of its blocks."""


@dataclass(frozen=True)
class Block:
    """A block of code: where it stands, its kind, its text."""

    page: Path
    line: int
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def read_blocks(page: Path) -> Iterator[Block]:
    for token in MarkdownIt("commonmark").parse(page.read_text("utf-8")):
        if token.type in {"fence", "code_block"}:
            assert token.map
            yield Block(page, token.map[0] + 1, token.info, token.content)


BLOCKS = [block for page in PAGES for block in read_blocks(page)]


def of_kind(*kinds: str) -> pytest.MarkDecorator:
    chosen = [
        block
        for block in BLOCKS
        if block.kind in kinds and OTHERS.get(block.page.name) != block.kind
    ]
    return pytest.mark.parametrize("block", chosen, ids=str)


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_every_block_is_of_a_kind_that_is_checked(block: Block) -> None:
    assert block.kind in {"console", "json", "python", "yaml"}


# Python -------------------------------------------------------------------------------


@of_kind("python")
@pytest.mark.cerevox_seed("team")
def test_python_runs(
    block: Block,
    cerevox_mocks: CerevoxMocks,
    cerevox_environment: EmulatorProcess,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Run the block as a program that has its imports and the files it names."""
    del cerevox_mocks
    monkeypatch.chdir(tmp_path)
    key = cerevox_environment.api_key
    monkeypatch.setenv("CEREVOX_API_KEY_PRODUCTION", key)
    for name in re.findall(r'"(\w+\.yaml)"', block.text):
        (tmp_path / name).write_text(readme_roster())
    program = f"import pulumi\nimport pulumi_cerevox as cerevox\n{block.text}"
    exec(compile(program, str(block), "exec"), {"__name__": "__main__"})  # noqa: S102 - our own page


def readme_roster() -> str:
    (block,) = [one for one in BLOCKS if one.page.parent == ROOT and one.kind == "yaml"]
    return block.text


# YAML and JSON ------------------------------------------------------------------------


@of_kind("yaml", "json")
def test_data_is_what_it_stands_for(block: Block, tmp_path: Path) -> None:
    if block.kind == "json":
        json.loads(block.text)
        return
    document = yaml.safe_load(block.text)
    if isinstance(document, list):
        check_steps(document, tmp_path)
    elif document.get("runtime") == "yaml":
        check_program(document)
    elif "members" in document:
        roster = parse_roster(block.text)
        assert judge_roster(roster.guards, roster.membership()) == []
    elif "rules" in document:
        (tmp_path / "ignores.yaml").write_text(block.text)
        assert read_ignores(str(tmp_path / "ignores.yaml"))
    else:
        pytest.fail("neither a roster nor ignore rules nor steps of a workflow")


def check_program(program: dict[str, Any]) -> None:
    """Check the types and properties of a Pulumi program in YAML."""
    schema = json.loads((ROOT / "pulumi_cerevox/plugin/schema.json").read_text("utf-8"))

    def full(token: str) -> str:
        return token.replace("cerevox:", "cerevox:index:")

    for one in program["resources"].values():
        found = schema["resources"][full(one["type"])]
        assert set(one["properties"]) <= set(found["inputProperties"])
    for one in program["variables"].values():
        called = one["fn::invoke"]
        found = schema["functions"][full(called["function"])]
        known = found.get("inputs", {}).get("properties", {})
        assert set(called["arguments"]) <= set(known)


def check_steps(steps: list[dict[str, Any]], folder: Path) -> None:
    """Check steps in a workflow of their own, and the inputs of our action."""
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    for step in steps:
        if step["uses"].startswith(f"{Release().action}@"):
            assert set(step["with"]) <= set(action["inputs"])
    workflow = folder / "workflow.yml"
    job = {"runs-on": "ubuntu-latest", "steps": steps}
    workflow.write_text(
        yaml.safe_dump({"on": "pull_request", "permissions": {}, "jobs": {"one": job}})
    )
    run_tool(
        "check-jsonschema", "--builtin-schema", "vendor.github-workflows", workflow
    )


# Commands -----------------------------------------------------------------------------


@of_kind("console")
def test_commands_exist(block: Block, engine_folder: Path) -> None:
    script = written_commands(block.text)
    assert script, "a console block has at least one line that begins with `$ `"
    run_tool("shellcheck", "--shell=bash", "--severity=error", "-", given=script)
    for words in simple_commands(script):
        check_command(words, engine_folder)


def in_line_commands() -> Iterator[tuple[str, str]]:
    """Yield the commands that a sentence or a table quotes, with their page."""
    for page in PAGES:
        for token in (
            MarkdownIt("commonmark").enable("table").parse(page.read_text("utf-8"))
        ):
            for child in token.children or []:
                quoted = re.match(r"(pulumi-cerevox|pulumi|make) \w", child.content)
                if child.type == "code_inline" and quoted:
                    yield page.name, child.content


@pytest.mark.parametrize(("page", "text"), sorted(set(in_line_commands())))
def test_quoted_commands_exist(page: str, text: str, engine_folder: Path) -> None:
    del page
    for words in simple_commands(text):
        check_command(words, engine_folder)


def written_commands(text: str) -> str:
    """Return what is typed: lines after a prompt, with the here-documents they open."""
    lines: list[str] = []
    end = ""
    for line in dedent(text).splitlines():
        if end:
            lines.append(line)
            end = "" if line == end else end
        elif line.startswith("$ "):
            lines.append(line.removeprefix("$ "))
            opened = re.search(r"<<'?(\w+)'?", line)
            end = opened[1] if opened else ""
    assert not end, f"the here-document has no {end}"
    return "".join(f"{line}\n" for line in lines)


def simple_commands(script: str) -> Iterator[list[str]]:
    """Yield the words of each command, without assignments and redirections."""
    without_documents = re.sub(
        r"(<<'?(\w+)'?.*\n)(?s:.*?)^\2$", r"\1", script, flags=re.MULTILINE
    )
    for line in without_documents.splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words: list[str] = []
        for word in [*lexer, ";"]:
            if word in {"|", "||", "&&", ";"}:
                yield from [command] if (command := plain(words)) else []
                words = []
            else:
                words.append(word)


def plain(words: list[str]) -> list[str]:
    """Return the words without leading assignments and without redirections."""
    while words and re.match(r"\w+=", words[0]):
        words = words[1:]
    targets = {at + 1 for at, word in enumerate(words) if set(word) <= set("<>")}
    return [
        word
        for at, word in enumerate(words)
        if at not in targets and at + 1 not in targets
    ]


def check_command(words: list[str], engine: Path) -> None:
    program = Path(words[0]).name
    if program == "pulumi-cerevox":
        check_our_command(main, words[1:])
    elif program == "pulumi":
        check_engine_command(words[1:], engine)
    elif program == "make":
        targets = [word for word in words[1:] if "=" not in word and word[0] != "-"]
        makefile = (ROOT / "Makefile").read_text("utf-8")
        assert set(targets) <= set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
    elif program == "pip":
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        extras = set(re.findall(r"pulumi-cerevox\[(\w+)\]", " ".join(words)))
        assert extras <= set(project["optional-dependencies"])
    else:
        assert program in {
            "cat",
            "echo",
            "export",
            "find",
            "git",
            "mv",
            "python",
            "python3",
            "read",
        }


def check_our_command(command: click.Command, words: list[str]) -> None:
    """Parse the words as the command does, without a look at files or the account."""
    context = click.Context(command)
    if isinstance(command, click.Group) and words:
        chosen = command.get_command(context, words[0])
        assert chosen, f"no command {words[0]}"
        check_our_command(chosen, words[1:])
        return
    values, _, order = command.make_parser(context).parse_args(args=list(words))
    for parameter in order:
        value = values.get(parameter.name or "")
        if isinstance(parameter.type, click.Choice) and isinstance(value, str):
            parameter.type.convert(value, parameter, context)


def check_engine_command(words: list[str], engine: Path) -> None:
    """Look for the command and its options in the engine's own help."""
    names = tuple(words[:2] if words[0] in GROUPS else words[:1])
    shown = engine_help(engine, names)
    # The help of an unknown command is that of its group.
    name = re.search(rf"^  pulumi {'([a-z]+) ' * len(names)}", shown, re.MULTILINE)
    aliases = re.search(r"^Aliases:\n  (.*)$", shown, re.MULTILINE)
    known = {
        name[len(names)] if name else "",
        *(aliases[1].split(", ") if aliases else ()),
    }
    assert names[-1] in known
    for word in words:
        option = word.partition("=")[0]
        if option.startswith("-") and option != "-":
            assert re.search(rf"(^|\s){re.escape(option)}\b", shown), option


GROUPS = {"config", "plugin", "stack", "state"}
"""The engine's commands that have commands of their own."""


@cache
def engine_help(engine: Path, names: tuple[str, ...]) -> str:
    run = subprocess.run(
        [engine / "pulumi", *names, "--help"],
        capture_output=True,
        text=True,
        check=True,
        # Without PULUMI_EXPERIMENTAL the help leaves `up --plan` out.
        env={"PULUMI_EXPERIMENTAL": "true", "HOME": "/nonexistent"},
    )
    return run.stdout


def run_tool(tool: str, *words: str | Path, given: str | None = None) -> None:
    run = subprocess.run(
        [TOOLS / tool, *words],
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
