"""The documentation as it came, the patch that mends it, and its snippets."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from pulumi_cerevox.testing import EmulatorProcess

HERE = Path(__file__).parent
NAME = "account-api-docs.txt"


@pytest.fixture(scope="session")
def as_it_came() -> bytes:
    return (HERE / NAME).read_bytes()


@pytest.fixture(scope="session")
def mended(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The documentation after the one patch, applied by git."""
    folder = tmp_path_factory.mktemp("documentation")
    shutil.copy(HERE / NAME, folder)
    # A repository above the folder would make git look for the file elsewhere.
    alone = {"GIT_CEILING_DIRECTORIES": str(folder.parent)}
    patch = HERE / "account-api-docs.patch"
    subprocess.run(
        ["git", "apply", str(patch)],  # noqa: S607 - the project needs git anyway
        cwd=folder,
        env=os.environ | alone,
        check=True,
    )
    return (folder / NAME).read_text("utf-8")


SNIPPETS = [
    ("log in", "from pulumi_cerevox import Account"),
    ("usage", "# Get usage statistics"),
    ("create user", "# Create new user (admin only)"),
    ("client", "from pulumi_cerevox import Account"),
    ("monitor", "from pulumi_cerevox import Account"),
    ("add team", "# Add team members (admin only)"),
    ("store tokens", "# Login and store tokens securely"),
    ("twelve months", "import pandas as pd"),
    ("account info", "{"),
    ("usage stats", "{"),
    ("billing info", "{"),
    ("never hardcode", "# ❌ Bad"),
    ("valid token", "# Proactively refresh before expiry"),
    ("daily check", "# Daily usage check"),
    ("errors", "from pulumi_cerevox import Account, AccountError"),
]
"""Our names for the snippets, in order, and the line that each begins with."""


@pytest.fixture(scope="session")
def snippets(mended: str) -> dict[str, str]:
    """Every snippet, by our name for it.

    The text has no fences any more: a snippet goes on for as long as the whole of it
    is Python, and the next one has not begun.
    """
    lines = mended.splitlines()
    begins: list[int] = []
    for _, first in SNIPPETS:
        begins.append(lines.index(first, begins[-1] + 1 if begins else 0))
    ends = [*begins[1:], len(lines)]
    texts = [_longest_python(lines[a:b]) for a, b in zip(begins, ends, strict=True)]
    return {name: text for (name, _), text in zip(SNIPPETS, texts, strict=True)}


def _longest_python(lines: list[str]) -> str:
    for end in range(len(lines), 0, -1):
        text = "\n".join(lines[:end])
        if _is_python(text):
            return text
    pytest.fail(f"no Python begins at: {lines[0]}")


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


@dataclass(frozen=True)
class Run:
    """How a snippet ended."""

    code: int
    lines: list[str]
    errors: str


RunSnippet = Callable[..., Run]


@pytest.fixture
def run_snippet(
    snippets: dict[str, str], cerevox_emulator: EmulatorProcess, tmp_path: Path
) -> RunSnippet:
    """Run a snippet as a user would: a script, and two environment variables."""

    def run(name: str, *, before: str = "", after: str = "", **environment: str) -> Run:
        script = tmp_path / "snippet.py"
        script.write_text("\n".join([before, snippets[name], after]), "utf-8")
        ours = {
            "CEREVOX_API_KEY": cerevox_emulator.api_key,
            "CEREVOX_BASE_URL": cerevox_emulator.url,
            "PYTHONUTF8": "1",
        }
        done = subprocess.run(
            [sys.executable, str(script)],
            env=os.environ | ours | environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return Run(done.returncode, done.stdout.splitlines(), done.stderr)

    return run
