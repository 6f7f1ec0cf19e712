"""Make tests/data/previews and tests/data/stacks again, on the real engine.

`python -m scripts.previews`
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from pulumi_cerevox.testing.emulator_process import EmulatorProcess
from scripts.demo.__main__ import find_engine
from scripts.engine.workspace import Workspace
from scripts.previews.scenes import WORLDS, Scene

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
PROJECT = f"""
name: people
runtime:
  name: python
  options:
    virtualenv: {sys.prefix}
"""
_LEFT_OUT = {
    *("stackTrace", "sourcePosition", "modified"),
    *("manifest", "secrets_providers", "duration"),
}
HEAD = "import pulumi\nimport pulumi_cerevox as cerevox\n"


class Studio:
    """One stack with its account, and the program that was applied to it."""

    def __init__(self, engine: Path, folder: Path, account: EmulatorProcess) -> None:
        """Make the project's folder."""
        project = folder / "project"
        project.mkdir(parents=True)
        (project / "Pulumi.yaml").write_text(PROJECT)
        self._account = account
        credentials = {
            "CEREVOX_API_KEY": account.api_key,
            "CEREVOX_BASE_URL": account.url,
        }
        self._workspace = Workspace(engine, project, folder / "home", credentials)

    def apply(self, program: str) -> None:
        """Make the stack, and the account what the program says."""
        self._pulumi("stack", "init", "new")
        self._pulumi("stack", "init", "prod")
        self._write(program)
        self._pulumi("up", "--yes", "--skip-preview")

    def preview(self, scene: Scene) -> str:
        """Preview a scene; the account is put back afterwards."""
        self._write(scene.program)
        before = self._account.snapshot()
        for email, role in scene.drift.items():
            if role is None:
                self._account.remove_user(email)
            else:
                self._account.patch_user(email, role=role)
        stack = "new" if scene.new_stack else "prod"
        words = ("preview", "--json", "--stack", stack, *scene.options)
        text = self._said(words, {})
        if scene.approved:
            offered = re.search(r"CEREVOX_APPROVE=(\w+)", text)
            if offered is None:
                raise SystemExit(f"the preview offers no approval:\n{text}")
            text = self._said(words, {"CEREVOX_APPROVE": offered[1]})
        self._account.restore(before)
        return text

    def export(self, *options: str) -> str:
        """Give the stack's export."""
        return self._said(("stack", "export", "--stack", "prod", *options), {})

    def _write(self, program: str) -> None:
        (self._workspace.project / "__main__.py").write_text(HEAD + program)

    def _pulumi(self, *words: str) -> None:
        run = self._workspace.run(*words)
        if run.returncode:
            raise SystemExit(run.stdout)

    def _said(self, words: tuple[str, ...], env: dict[str, str]) -> str:
        return subprocess.run(
            self._workspace.command(*words),
            cwd=self._workspace.project,
            env=self._workspace.environment() | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        ).stdout


def kept(text: str, engine: Path, folder: str) -> str:
    """Give an output as it is kept: without the machine's own paths and times."""
    places = {
        str(engine): "/engine",
        str(ROOT): "/clone",
        sys.base_prefix: "/python",
        folder: "/stack",
    }
    for place, name in places.items():
        text = text.replace(place, name)
    head, _, body = text.partition("{")
    document = json.loads(
        f"{{{body}",
        object_hook=lambda found: {
            key: value
            for key, value in found.items()
            # A roster has a `created` of its own, which is no time.
            if key not in _LEFT_OUT and not (key == "created" and value is not True)
        },
    )
    return f"{head}{json.dumps(document, indent=1)}\n"


def main() -> None:
    """Make every file."""
    engine = find_engine()
    for world, (program, scenes) in WORLDS.items():
        with (
            tempfile.TemporaryDirectory() as folder,
            EmulatorProcess(seed="empty") as account,
        ):
            account.add_user("linus@example.com", name="Linus", role="member")
            studio = Studio(engine, Path(folder), account)
            studio.apply(program)
            texts = {
                f"stacks/{world}.json": studio.export(),
                f"stacks/{world}-shown.json": studio.export("--show-secrets"),
            } | {
                f"previews/{name}.json": studio.preview(scene)
                for name, scene in scenes.items()
            }
        for name, text in texts.items():
            file = DATA / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(kept(text, engine, folder))
            print(name)


if __name__ == "__main__":
    main()
