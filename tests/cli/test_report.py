"""`pulumi-cerevox report`: a stored audit in every format, and bad files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pulumi_cerevox.audit import AuditResult, Look, ReportFormat
from pulumi_cerevox.audit.reports import machine
from pulumi_cerevox.cli import main
from pulumi_cerevox.testing import EmulatorProcess

ROSTER = """\
members:
  - {email: ada@example.com, role: admin}
  - {email: gone@example.com}
"""


def run(*arguments: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=given)


@pytest.fixture(scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Audit an account in every format, once; give the folder of the reports."""
    folder = tmp_path_factory.mktemp("audited")
    options = [f"--format={form}=made/{form}" for form in ReportFormat]
    (folder / "made").mkdir()
    (folder / "team.yaml").write_text(ROSTER, encoding="utf-8")
    with (
        EmulatorProcess(seed="drifted") as emulator,
        pytest.MonkeyPatch.context() as at,
    ):
        at.chdir(folder)
        at.delenv("GITHUB_WORKSPACE", raising=False)
        at.setenv("CEREVOX_API_KEY", emulator.api_key)
        at.setenv("CEREVOX_BASE_URL", emulator.url)
        assert run("audit", "team.yaml", *options).exit_code == 7
    return folder / "made"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    return tmp_path


@pytest.fixture
def stored(folder: Path, _made: Path) -> Path:
    """Return the folder of an audit's reports, beside the one where the test is."""
    return shutil.copytree(_made, folder / "made")


def test_every_format_is_the_one_that_the_audit_wrote(stored: Path) -> None:
    Path("again").mkdir()
    options = [f"--format={form}=again/{form}" for form in ReportFormat]
    result = run("report", "made/json", *options)
    assert (result.exit_code, result.output) == (0, "")
    for form in ReportFormat:
        assert Path("again", form).read_bytes() == (stored / form).read_bytes()


def test_bytes_of_a_binary_format_are_written_as_they_are(
    stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = b"PK\x03\x04\x00\xff\xfe\r\n\n\x1b[0m"

    def binary(result: AuditResult, look: Look) -> bytes:
        assert result.findings
        assert look.width
        return made

    monkeypatch.setattr(machine, "render_csv", binary)
    result = run("report", str(stored / "json"), "--format", "csv=report.bin")
    assert (result.exit_code, result.output) == (0, "")
    assert Path("report.bin").read_bytes() == made
    result = run("report", str(stored / "json"), "--format", "csv")
    assert (result.exit_code, result.stdout_bytes) == (0, made)


@pytest.mark.parametrize("command", ["audit", "report"])
def test_help_and_messages_name_every_format(command: str) -> None:
    shown = " ".join(run(command, "--help").output.split())
    assert "console (default), json," in shown
    assert all(form in shown.partition("--format")[2] for form in ReportFormat)
    refused = run(command, "any.json", "--format", "xlsx")
    assert refused.exit_code == 2
    said = " ".join(refused.output.split())
    assert f"there is no format 'xlsx'; {', '.join(ReportFormat)}" in said


def test_the_console_is_the_default_and_drift_is_no_failure(stored: Path) -> None:
    result = run("report", str(stored / "json"))
    assert result.exit_code == 0
    assert result.stdout.startswith("drift: ")
    assert "missing: gone@example.com" in result.stdout


def test_stdin_is_a_dash(stored: Path) -> None:
    content = (stored / "json").read_bytes()
    result = run("report", "-", "--format", "json", given=content)
    assert result.stdout_bytes == content


def test_redacted_reports_name_nobody(stored: Path) -> None:
    document = json.loads((stored / "json").read_text(encoding="utf-8"))
    people = {one["email"] for one in document["findings"]}
    names = {one["name"] for one in document["findings"] if one["name"]}
    for form in ReportFormat:
        shown = run("report", "made/json", "--redact", "--format", form).stdout
        # Figures name nobody in the first place.
        assert ("person-" in shown) is (form is not ReportFormat.PROMETHEUS)
        assert not [one for one in people | names if one in shown]


def test_an_audit_that_was_redacted_stays_so(stored: Path) -> None:
    first = run("report", "made/json", "--redact", "--format", "json").stdout_bytes
    (stored / "redacted").write_bytes(first)
    again = run("report", "made/redacted", "--redact", "--format", "json")
    assert again.stdout_bytes == first


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no JSON"),
        (b"{", "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b"9" * 5_000, "is no JSON"),
        (b"\xff\xfe", "is no UTF-8"),
        (b"[]", "is no audit"),
        (b'{"version": 2}', "is no audit in version 1"),
        (b'{"version": 1}', "is no audit: "),
    ],
)
def test_a_bad_file_says_what_is_wrong_with_it(
    content: bytes, said: str, folder: Path
) -> None:
    (folder / "audit.json").write_bytes(content)
    result = run("report", "audit.json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(f"pulumi-cerevox: audit.json: {said}")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.usefixtures("folder")
def test_a_file_that_is_not_there() -> None:
    result = run("report", "n\x1bne.json")
    assert result.exit_code == 2
    assert result.stderr == (
        "pulumi-cerevox: n\\x1bne.json: can't be read: No such file or directory\n"
    )


@pytest.mark.usefixtures("folder")
def test_two_formats_on_stdout_are_bad_flags() -> None:
    result = run("report", "none.json", "--format", "json", "--format", "csv")
    assert result.exit_code == 2
    assert "would be mixed" in result.stderr


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("yaml", "there is no format 'yaml'; console, json, "),
        ("yaml=x", "there is no format 'yaml'"),
        ("json=", "json= names no file"),
    ],
)
def test_a_format_that_is_none_is_bad_flags(asked: str, said: str) -> None:
    result = run("report", "none.json", "--format", asked)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_file_named_dash_is_stdout(stored: Path) -> None:
    result = run("report", "made/json", "--format", "json=-")
    assert result.stdout_bytes == (stored / "json").read_bytes()


def test_a_report_that_cant_be_written_fails_and_the_others_are(stored: Path) -> None:
    result = run(
        "report", "made/json", "--format", "csv=no/x.csv", "--format", "sarif=x.sarif"
    )
    assert result.exit_code == 1
    assert "could not write no/x.csv" in result.stderr
    assert Path("x.sarif").read_bytes() == (stored / "sarif").read_bytes()


@pytest.mark.parametrize(
    ("workspace", "named"),
    [("", "team.yaml"), ("..", "{}/team.yaml"), ("x", "team.yaml")],
)
def test_files_are_named_from_the_checkout(
    stored: Path, folder: Path, workspace: str, named: str, monkeypatch: Any
) -> None:
    if workspace:
        monkeypatch.setenv("GITHUB_WORKSPACE", str((folder / workspace).resolve()))
    told = run("report", str(stored / "json"), "--format", "github").stdout
    assert f"file={named.format(folder.name)}," in told


@pytest.mark.parametrize(
    ("environment", "colored"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour_is_asked_for(
    stored: Path, environment: dict[str, str], *, colored: bool
) -> None:
    asked = {"NO_COLOR": "", "FORCE_COLOR": ""} | environment
    result = CliRunner(env=asked).invoke(main, ["report", str(stored / "json")])
    assert ("\x1b[" in result.stdout) is colored


def test_it_needs_neither_key_nor_pulumi_nor_network(stored: Path) -> None:
    program = (
        "import socket, sys\n"
        "sys.modules['pulumi'] = socket.socket.connect = None\n"
        "from pulumi_cerevox.cli import main\n"
        "main(['report', 'made/json'])\n"
    )
    clean = {key: one for key, one in os.environ.items() if "CEREVOX" not in key}
    made = subprocess.run(
        [sys.executable, "-c", program],
        cwd=stored.parent,
        env=clean | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.startswith("drift: ")
