"""What every command owes to whoever types it for the first time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pulumi_cerevox.cli import main


def commands(
    group: click.Group, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    """Walk through all commands, whoever adds them."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


EVERY = sorted(commands(main))


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_help_ends_in_examples(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*path, "--help"])
    assert result.exit_code == 0
    _, heading, shown = result.output.partition("\n  Example:\n")
    assert heading, 'give the command an epilog=examples("pulumi-cerevox …")'
    lines = [line.strip() for line in shown.splitlines()]
    wanted = " ".join(["pulumi-cerevox", *path])
    assert any(line == wanted or line.startswith(f"{wanted} ") for line in lines)
    assert "\b" not in result.output
    assert "\\b" not in result.output


def test_help_lists_each_command_with_a_summary_on_its_line() -> None:
    result = CliRunner(env={"COLUMNS": "80"}).invoke(main, ["--help"])
    assert result.exit_code == 0
    listed = result.output.partition("\nCommands:\n")[2].splitlines()
    assert [tuple(line.split()[:1]) for line in listed] == EVERY
    assert all(len(line) <= 80 and line.endswith(".") for line in listed)
    assert "..." not in "".join(listed)


def test_a_command_loads_no_other() -> None:
    """A module of `cli` that only another command needs stays away."""
    program = (
        "import sys; from pulumi_cerevox.cli import main;"
        "main(['schema', '--help'], standalone_mode=False);"
        "print([one for one in ('audit', 'emulator') if f'pulumi_cerevox.cli.{one}'"
        " in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.endswith("[]\n")


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_an_unknown_option_gets_a_hint(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*path, "--hellp"])
    assert result.exit_code == 2
    assert "--help" in result.stderr.partition("Error: ")[2]


def test_an_unknown_command_gets_a_hint() -> None:
    result = CliRunner().invoke(main, ["exprot"])
    assert result.exit_code == 2
    assert "No such command 'exprot'. Did you mean 'export'?" in result.stderr
    result = CliRunner().invoke(main, ["xyzzy"])
    assert result.exit_code == 2
    assert "No such command 'xyzzy'.\n" in result.stderr
    result = CliRunner().invoke(main, ["--versoin"])
    assert result.exit_code == 2
    assert "--version" in result.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script(shell: str) -> None:
    result = CliRunner().invoke(main, ["completion", shell])
    assert result.exit_code == 0
    assert f"_PULUMI_CEREVOX_COMPLETE={shell}_complete" in result.stdout
    assert CliRunner().invoke(main, ["completion", "tcsh"]).exit_code == 2


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["pulumi-cerevox", "who"], ["whoami"]),
        (["pulumi-cerevox", "export", "--format", "r"], ["roster"]),
        (["pulumi-cerevox", "export", "--out"], ["--output"]),
    ],
)
def test_bash_completes(words: list[str], offered: list[str]) -> None:
    """A real bash sources the script and asks as it does when Tab is pressed."""
    program = (
        'eval "$(pulumi-cerevox completion bash)"\n'
        'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))\n'
        "_pulumi_cerevox_completion pulumi-cerevox\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    folder = Path(sys.executable).parent
    run = subprocess.run(
        ["bash", "-c", program, "bash", *words],  # noqa: S607 - whichever is there
        env=os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == offered


def test_a_dormant_person_fails_no_audit_that_does_not_look() -> None:
    words = ["audit", "team.yaml", "--fail-on", "dormant"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert "--fail-on dormant needs --dormant-days" in result.stderr
