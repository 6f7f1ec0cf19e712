"""The scripts of docs/account-api.md run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pulumi_cerevox import Account
from pulumi_cerevox.testing import EmulatorProcess

PAGE = Path(__file__).parents[2] / "docs" / "account-api.md"
pytestmark = pytest.mark.cerevox_seed("team")


def run(line: str, emulator: EmulatorProcess) -> list[str]:
    """Run the one Python block of the page that has this line."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    (block,) = [block for block in blocks if line in block.splitlines()]
    there = {"CEREVOX_API_KEY": emulator.api_key, "CEREVOX_BASE_URL": emulator.url}
    done = subprocess.run(
        [sys.executable, "-c", block],
        env=os.environ | there,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_account(cerevox_emulator: EmulatorProcess) -> None:
    before = cerevox_emulator.users()
    lines = run("from pulumi_cerevox import Account, AccountError", cerevox_emulator)
    *people, calls = lines
    assert [line.split()[0] for line in people] == [user["email"] for user in before]
    assert int(calls) > 0
    assert cerevox_emulator.user("new@example.com")["name"] == "New User"


def test_usage_as_a_table(
    cerevox_emulator: EmulatorProcess, cerevox_account: Account
) -> None:
    head, *rows = run("import pandas as pd", cerevox_emulator)
    assert head.split() == ["total_requests", "documents_processed", "estimated_cost"]
    days = [("2026-01-01", "2026-01-31"), ("2026-02-01", "2026-02-28")]
    months = [cerevox_account.get_usage(*one) for one in days]
    assert [row.split()[0] for row in rows] == ["January", "February"]
    assert [[float(cell) for cell in row.split()[1:]] for row in rows] == [
        [one.total_requests, one.documents_processed, one.estimated_cost]
        for one in months
    ]


def test_async_account(cerevox_emulator: EmulatorProcess) -> None:
    lines = run("from pulumi_cerevox import AsyncAccount", cerevox_emulator)
    assert lines == [f"acc_team 100000 {len(cerevox_emulator.users())}"]
    assert cerevox_emulator.count("POST", "/token/login") == 1
