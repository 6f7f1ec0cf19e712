"""Each example, copied elsewhere and run as a user would, on an emulated account."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.engine.workspace import Workspace

EXAMPLES = Path(__file__).parents[2] / "examples"
StartEmulator = Callable[..., Any]


@pytest.fixture
def example(
    engine_folder: Path, warm_environment: Path, tmp_path: Path
) -> Callable[[str, dict[str, str]], Workspace]:
    """Copy an example's folder, with the environment that `pulumi install` makes."""

    def copy(name: str, environment: dict[str, str]) -> Workspace:
        folder = tmp_path / name
        shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns(".venv"))
        (folder / ".venv").symlink_to(warm_environment)
        warm = {"PULUMI_STANDIN_PYTHON": str(warm_environment / "bin" / "python")}
        extra = environment | warm
        workspace = Workspace(engine_folder, folder, tmp_path / "home", extra)
        run(workspace, "stack", "init", "dev")
        return workspace

    return copy


def run(workspace: Workspace, *arguments: str) -> str:
    """Run a command that must succeed."""
    result = workspace.run(*arguments)
    assert result.returncode == 0, result.stdout
    return result.stdout


def credentials(emulator: Any, suffix: str = "") -> dict[str, str]:
    return {
        f"CEREVOX_API_KEY{suffix}": emulator.api_key,
        "CEREVOX_BASE_URL": emulator.url,
    }


def audit(
    workspace: Workspace, key: dict[str, str], *options: str, expect: int
) -> None:
    """Audit the stack with a key of one of its accounts."""
    command = [sys.executable, "-m", "pulumi_cerevox.cli", "audit", "--stack", "dev"]
    command += options
    result = subprocess.run(
        command,
        cwd=workspace.project,
        env=os.environ | workspace.environment() | key,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == expect, result.stdout + result.stderr


def emails(emulator: Any) -> set[str]:
    return {user["email"] for user in emulator.users()}


def test_roster(example: Any, start_emulator: StartEmulator) -> None:
    emulator = start_emulator(seed="empty")
    workspace = example("roster", credentials(emulator))
    run(workspace, "up", "--yes")
    assert len(emails(emulator)) == 4
    run(workspace, "preview", "--refresh", "--expect-no-changes")
    own = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=workspace.project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "3 passed" in own.stdout, own.stdout


def test_roles(example: Any, start_emulator: StartEmulator) -> None:
    emulator = start_emulator(seed="empty")
    emulator.add_user("bob@example.com", name="Bob", role="member")
    workspace = example("roles", credentials(emulator))
    run(workspace, "up", "--yes")
    assert emulator.user("bob@example.com")["role"] == "admin"
    run(workspace, "preview", "--refresh", "--expect-no-changes")
    run(workspace, "destroy", "--yes")
    assert emulator.user("bob@example.com")["role"] == "member"
    assert "ada@example.com" not in emails(emulator)


@pytest.mark.parametrize("way", ["roster", "import"])
def test_adopt_existing(example: Any, start_emulator: StartEmulator, way: str) -> None:
    emulator = start_emulator(seed="empty", users=19)
    workspace = example("adopt-existing", credentials(emulator))

    def export(form: str, file: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "pulumi_cerevox.cli", "export", "--format", form,
             "--output", file],
            cwd=workspace.project,
            env=os.environ | workspace.extra,
            check=True,
            capture_output=True,
        )  # fmt: skip

    if way == "roster":
        export("roster", "team.yaml")
        run(workspace, "up", "--yes")
    else:
        export("python", "people.py")
        export("import", "import.json")
        run(
            workspace, "import", "--file", "import.json", "--generate-code=false",
            "--protect=false", "--yes",
        )  # fmt: skip
    run(workspace, "preview", "--refresh", "--expect-no-changes")
    assert not any(
        request["committed"] and request["route"].startswith("/v1/users")
        for request in emulator.journal()
    )


def test_two_accounts(example: Any, start_emulator: StartEmulator) -> None:
    staging = start_emulator(seed="empty", account_id="acc_staging")
    production = start_emulator(seed="empty", account_id="acc_production")
    workspace = example(
        "two-accounts",
        {
            "CEREVOX_API_KEY_STAGING": staging.api_key,
            "CEREVOX_API_KEY_PRODUCTION": production.api_key,
        },
    )
    run(workspace, "config", "set", "stagingUrl", staging.url)
    run(workspace, "config", "set", "productionUrl", production.url)
    run(workspace, "up", "--yes")
    assert staging.user("ada@example.com")["role"] == "admin"
    assert production.user("ada@example.com")["role"] == "member"
    run(workspace, "preview", "--refresh", "--expect-no-changes")
    audit(workspace, credentials(staging), expect=4)
    of_staging = (credentials(staging), "--account", "acc_staging")
    of_production = (credentials(production), "--account", "acc_production")
    for one in (of_staging, of_production):
        audit(workspace, *one, expect=0)
    production.patch_user("ada@example.com", role="admin")
    audit(workspace, *of_staging, expect=0)
    audit(workspace, *of_production, expect=7)


def test_usage(example: Any, start_emulator: StartEmulator) -> None:
    emulator = start_emulator(seed="team")
    workspace = example("usage", credentials(emulator))
    said = run(workspace, "up", "--yes")
    assert "total_requests" in said
    assert "share_of_rate_limit" in said
    assert all(
        request["method"] == "GET" or request["route"] == "/v1/token/login"
        for request in emulator.journal()
    )
