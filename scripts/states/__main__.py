"""Write down what this version leaves in a stack's state: tests/data/states/VERSION.

`python -m scripts.states`, before each release. A released version's files are never
written again: they are what users have.
"""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

from pulumi_cerevox.testing.emulator_process import EmulatorProcess
from scripts.demo.__main__ import find_engine
from scripts.previews.studio import HEAD, Studio
from scripts.states import releases
from scripts.states.scenes import SCENES, SECOND_KEY, Scene

_OF_THE_MACHINE = ("stackTrace", "sourcePosition")
_NO_PART_OF_A_STATE = ("keys", "sessions", "usage")


def record(studio: Studio, scene: Scene) -> dict[str, str]:
    """Play a scene to its end; give the files to keep, by name."""
    for email, role in scene.people.items():
        studio.account.add_user(email, role=role, lastlogin="2026-01-01T00:00:00Z")
    owner = studio.account.users()[0]["email"]
    studio.workspace.extra[SECOND_KEY] = studio.account.key_for(owner)
    studio.pulumi("stack", "init", "prod")
    if scene.before is not None:
        _up(studio, scene.before)
        _approved_up(studio, scene.program)
    else:
        _up(studio, scene.program)
    for email, role in scene.intruders.items():
        studio.account.add_user(email, role=role)
    studio.pulumi("refresh", "--yes", "--skip-preview")
    kept = {
        "program.py": HEAD + scene.program,
        "update.py": HEAD + scene.update,
        "state.json": _text(_portable(json.loads(studio.said("stack", "export")))),
        "account.json": _text(_account(studio.account)),
    }
    _up(studio, scene.update)
    updated = people(studio.account)
    studio.pulumi("destroy", "--yes", "--skip-preview")
    ends = {"updated": updated, "destroyed": people(studio.account)}
    return kept | {"people.json": _text(ends)}


def people(account: EmulatorProcess) -> dict[str, list[str]]:
    """Give who is in an account: email to name and role."""
    return {
        user["email"].casefold(): [user["name"], user["role"]]
        for user in account.users()
    }


def _up(studio: Studio, program: str, **env: str) -> None:
    studio.write(program)
    studio.pulumi("up", "--yes", "--skip-preview", env=env)


def _approved_up(studio: Studio, program: str) -> None:
    studio.write(program)
    refusal = studio.said("preview")
    offered = re.search(r"CEREVOX_APPROVE=(\w+)", refusal)
    if offered is None:
        raise SystemExit(f"the preview offers no approval:\n{refusal}")
    _up(studio, program, CEREVOX_APPROVE=offered[1])


def _portable(value: Any) -> Any:
    """Leave out where on this machine the program lay."""
    if isinstance(value, dict):
        return {k: _portable(v) for k, v in value.items() if k not in _OF_THE_MACHINE}
    return [_portable(one) for one in value] if isinstance(value, list) else value


def _account(account: EmulatorProcess) -> dict[str, Any]:
    """Give the account without its keys: whoever restores it makes new ones."""
    snapshot = account.snapshot() | {key: [] for key in _NO_PART_OF_A_STATE}
    users = [user | {"password": None} for user in snapshot["users"]]
    return snapshot | {"users": users}


def _text(document: object) -> str:
    return f"{json.dumps(document, indent=1)}\n"


def main() -> None:
    """Play every scene and write its files."""
    version = releases.this_version()
    if version in releases.released():
        raise SystemExit(
            f"{version} is released: its states are what users have, and stay as they "
            "are. Raise the version in pyproject.toml first"
        )
    engine = find_engine()
    for name, scene in SCENES.items():
        with (
            tempfile.TemporaryDirectory() as folder,
            EmulatorProcess(seed="empty", account_id="acc_states") as account,
        ):
            files = record(Studio(engine, Path(folder), account), scene)
        target = releases.STATES / version / name
        target.mkdir(parents=True, exist_ok=True)
        for file, text in files.items():
            (target / file).write_text(text)
            print(target / file)


if __name__ == "__main__":
    main()
