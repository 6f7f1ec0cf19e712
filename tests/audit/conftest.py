"""An account to audit, and the command as a user runs it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pulumi_cerevox.cli import main
from pulumi_cerevox.testing import EmulatorProcess

LOGIN = "2026-11-01T08:00:00Z"
ADA = {"email": "ada@example.com", "name": "Ada Lovelace", "role": "admin"}
BOB = {"email": "bob@example.com", "name": "Bob", "role": "member"}


@dataclass
class Audit:
    """One run of `pulumi-cerevox audit`."""

    result: Result
    document: dict[str, Any]

    @property
    def code(self) -> int:
        return self.result.exit_code

    @property
    def told(self) -> str:
        """Everything that was said, as one line."""
        return " ".join(self.result.output.split())

    @property
    def kinds(self) -> list[str]:
        return [one["kind"] for one in self.document["findings"]]


Auditor = Callable[..., Audit]


@pytest.fixture(scope="session")
def _emulator() -> Iterator[EmulatorProcess]:
    with EmulatorProcess(seed="empty") as process:
        yield process


@pytest.fixture
def account(
    _emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> EmulatorProcess:
    """An account of its owner, Ada and Bob, who have all logged in."""
    _emulator.reset()
    _emulator.set_clock(frozen=False)
    for person in (ADA, BOB):
        _emulator.add_user(**person, lastlogin=LOGIN)
    for user in _emulator.users():
        _emulator.patch_user(user["email"], lastlogin=LOGIN)
    _emulator.clear_journal()
    monkeypatch.setenv("CEREVOX_API_KEY", _emulator.api_key)
    monkeypatch.setenv("CEREVOX_BASE_URL", _emulator.url)
    monkeypatch.chdir(tmp_path)
    return _emulator


@pytest.fixture
def owner(account: EmulatorProcess) -> str:
    """The email of the key's own user."""
    return next(
        str(one["email"])
        for one in account.users()
        if one["email"] not in {ADA["email"], BOB["email"]}
    )


@pytest.fixture
def roster(owner: str) -> Callable[..., str]:
    """Write a roster of the owner, Ada and Bob, and of whatever is added."""

    def write(*members: str, without: str = "nobody", settings: str = "") -> str:
        lines = [
            f"{{email: {owner}, role: admin}}",
            "{email: ada@example.com, name: Ada Lovelace, role: admin}",
            "{email: bob@example.com}",
        ]
        kept = [one for one in lines if without not in one]
        told = "".join(f"  - {one}\n" for one in (*kept, *members))
        Path("team.yaml").write_text(f"{settings}members:\n{told}", encoding="utf-8")
        return "team.yaml"

    return write


@pytest.fixture
def run(account: EmulatorProcess) -> Auditor:
    """Run `audit` with JSON into a file and the console report on stdout."""
    del account

    def audit(*arguments: str) -> Audit:
        target = Path("audit.json")
        target.unlink(missing_ok=True)
        formats = ["--format", f"json={target}", "--format", "console"]
        result = CliRunner().invoke(main, ["audit", *arguments, *formats])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        document = json.loads(target.read_text()) if target.exists() else {}
        return Audit(result, document)

    return audit
