"""Make tests/data/previews and tests/data/stacks again, on the real engine.

`python -m scripts.previews`
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path

from pulumi_cerevox.testing.emulator_process import EmulatorProcess
from scripts.demo.__main__ import find_engine
from scripts.previews.scenes import WORLDS, Scene
from scripts.previews.studio import Studio

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
_LEFT_OUT = {
    *("stackTrace", "sourcePosition", "modified"),
    *("manifest", "secrets_providers", "duration"),
}


def apply(studio: Studio, program: str) -> None:
    """Make the stacks, and the account what the program says."""
    studio.pulumi("stack", "init", "new")
    studio.pulumi("stack", "init", "prod")
    studio.write(program)
    studio.pulumi("up", "--yes", "--skip-preview")


def preview(studio: Studio, scene: Scene) -> str:
    """Preview a scene; the account is put back afterwards."""
    studio.write(scene.program)
    before = studio.account.snapshot()
    for email, role in scene.drift.items():
        if role is None:
            studio.account.remove_user(email)
        else:
            studio.account.patch_user(email, role=role)
    stack = "new" if scene.new_stack else "prod"
    words = ("preview", "--json", "--stack", stack, *scene.options)
    text = studio.said(*words)
    if scene.approved:
        offered = re.search(r"CEREVOX_APPROVE=(\w+)", text)
        if offered is None:
            raise SystemExit(f"the preview offers no approval:\n{text}")
        text = studio.said(*words, env={"CEREVOX_APPROVE": offered[1]})
    studio.account.restore(before)
    return text


def export(studio: Studio, *options: str) -> str:
    """Give the stack's export."""
    return studio.said("stack", "export", "--stack", "prod", *options)


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
            apply(studio, program)
            texts = {
                f"stacks/{world}.json": export(studio),
                f"stacks/{world}-shown.json": export(studio, "--show-secrets"),
            } | {
                f"previews/{name}.json": preview(studio, scene)
                for name, scene in scenes.items()
            }
        for name, text in texts.items():
            file = DATA / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(kept(text, engine, folder))
            print(name)


if __name__ == "__main__":
    main()
