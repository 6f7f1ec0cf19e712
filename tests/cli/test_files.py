"""Files that commands write: never over what is read, and whole or not at all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pulumi_cerevox.cli import main
from pulumi_cerevox.testing import EmulatorProcess

ROSTER = "members:\n  - {email: ada@example.com, role: admin}\n"
RULES = "rules: []\n"
UNTIL = ("--until", "2999-01-01")


@pytest.fixture(scope="module")
def _account() -> Iterator[EmulatorProcess]:
    with EmulatorProcess(seed="drifted") as emulator:
        yield emulator


@pytest.fixture
def account(
    _account: EmulatorProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> EmulatorProcess:
    """An account to read, and a folder with a roster, rules and links to both."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CEREVOX_API_KEY", _account.api_key)
    monkeypatch.setenv("CEREVOX_BASE_URL", _account.url)
    Path("team.yaml").write_text(ROSTER)
    Path("known.yaml").write_text(RULES)
    Path("link.yaml").symlink_to("team.yaml")
    Path("hard.yaml").hardlink_to("team.yaml")
    Path("folder").mkdir()
    Path("here").symlink_to(".")
    return _account


def run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=given)


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    "words",
    [
        ("audit", "team.yaml", "--write-ignores", "team.yaml", *UNTIL),
        ("audit", "team.yaml", "--write-ignores", "link.yaml", *UNTIL),
        ("audit", "team.yaml", "--write-ignores", "hard.yaml", *UNTIL),
        ("audit", "link.yaml", "--write-ignores", "here/team.yaml", *UNTIL),
        (
            *("audit", "team.yaml", "--ignore", "known.yaml"),
            *("--write-ignores", "folder/../known.yaml", *UNTIL),
        ),
        ("audit", "team.yaml", "--format", "json=hard.yaml"),
        ("report", "team.yaml", "--format", "csv=hard.yaml"),
        (
            *("guard", "--base", "known.yaml", "--roster", "team.yaml"),
            *("--format", "json=link.yaml"),
        ),
        ("guard", "known.yaml", "--state", "team.yaml", "--format", "json=hard.yaml"),
    ],
)
def test_nothing_is_written_over_what_is_read(words: tuple[str, ...]) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert "would be written over a file that is read" in result.stderr
    assert Path("team.yaml").read_text() == ROSTER
    assert Path("known.yaml").read_text() == RULES


@pytest.mark.usefixtures("account")
def test_what_stdin_reads_from_is_read_too() -> None:
    command = [sys.executable, "-m", "pulumi_cerevox.cli", "audit", "-"]
    with Path("team.yaml").open() as file:
        done = subprocess.run(
            [*command, "--format", "json=link.yaml"],
            stdin=file,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert "would be written over a file that is read" in done.stderr
    assert Path("team.yaml").read_text() == ROSTER


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("outputs", "place"),
    [
        (("--format", "json=a", "--format", "csv=a"), "in a"),
        (("--format", "json=a", "--format", "csv=here/a"), "in here/a"),
        (("--format", "json=a", "--write-ignores", "./a", *UNTIL), "in a"),
        (("--write-ignores", "-", *UNTIL), "on stdout"),
        (("--format", "json", "--format", "csv=-"), "on stdout"),
    ],
)
def test_two_outputs_are_not_mixed(outputs: tuple[str, ...], place: str) -> None:
    result = run("audit", "team.yaml", *outputs)
    assert result.exit_code == 2
    assert f"would be mixed {place}: give all but one another" in result.stderr
    assert not Path("a").exists()


@pytest.mark.usefixtures("account")
def test_two_outputs_may_go_to_a_device() -> None:
    outputs = ("--format", "json=/dev/null", "--format", "csv=/dev/null")
    assert run("audit", "team.yaml", *outputs).exit_code == 7


@pytest.mark.usefixtures("account")
def test_a_dash_is_stdout() -> None:
    exported = run("export", "-o", "-")
    assert "members:" in exported.stdout
    assert exported.stdout == run("export").stdout
    outputs = ("--format", "json=a.json", "--write-ignores", "-", *UNTIL)
    written = run("audit", "team.yaml", *outputs)
    assert written.stdout.startswith("rules:\n  - people: ")
    assert not Path("-").exists()


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    "words",
    [
        ("export", "-o", "old"),
        ("audit", "team.yaml", "--format", "html=old"),
        ("audit", "team.yaml", "--write-ignores", "old", *UNTIL),
        ("report", "audit.json", "--format", "html=old"),
        ("guard", "--base", "/dev/null", "--roster", "team.yaml", "--format=json=old"),
    ],
    ids=lambda words: " ".join(words[:3]),
)
def test_a_full_disk_leaves_the_old_file(words: tuple[str, ...]) -> None:
    Path("old").write_text("what was there")
    Path("old").chmod(0o640)
    assert run("audit", "team.yaml", "--format", "json=audit.json").exit_code == 7
    # No file of the process may have more than ten bytes: it is full that early.
    limited = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
        "from pulumi_cerevox.cli import main\n"
        "main(sys.argv[1:])\n"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", limited, *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "could not write old: File too large" in done.stderr
    assert Path("old").read_text() == "what was there"
    assert not list(Path().glob(".*"))
    run(*words)
    assert len(Path("old").read_text()) > 100
    assert Path("old").stat().st_mode & 0o777 == 0o640


@pytest.mark.usefixtures("account")
def test_a_link_stays_a_link_and_a_loop_becomes_a_file() -> None:
    Path("report.html").symlink_to("folder/page.html")
    assert run("audit", "team.yaml", "--format", "html=report.html").exit_code == 7
    assert Path("report.html").is_symlink()
    assert Path("folder/page.html").is_file()
    Path("loop").symlink_to("loop")
    assert run("audit", "team.yaml", "--format", "html=loop").exit_code == 7
    assert Path("loop").is_file()
