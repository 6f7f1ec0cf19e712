"""A folder that holds an engine: what must lie in it, and whether it runs."""

from __future__ import annotations

import shutil
from pathlib import Path

from scripts.engine import versions
from scripts.engine.report import StepError

CLI = "pulumi"
COMPANIONS = ("pulumi-language-python", "pulumi-resource-pulumi-python")


def check(folder: Path) -> None:
    """Make sure that a folder holds a new enough CLI and its companions.

    Raises:
        StepError: something is missing, does not run, or is too old.
    """
    check_cli(folder / CLI)
    missing = [name for name in COMPANIONS if not (folder / name).is_file()]
    if missing:
        raise StepError(f"{folder} lacks {' and '.join(missing)}")


def check_cli(cli: Path) -> None:
    """Make sure that the CLI is there, runs, and is new enough."""
    if not cli.is_file():
        raise StepError(f"{cli} is not there")
    version = versions.of(cli, "version")
    if version is None:
        raise StepError(f"{cli} does not run")
    if version < versions.OLDEST_ENGINE:
        oldest = versions.dotted(versions.OLDEST_ENGINE)
        raise StepError(
            f"{cli} is {versions.dotted(version)}; {oldest} is the oldest that works"
        )


def on_path() -> Path:
    """Give the folder of the `pulumi` on PATH, when it can be used."""
    found = shutil.which(CLI)
    if found is None:
        raise StepError("there is no `pulumi` on PATH")
    # A link (Homebrew, Nix) points at the folder where the companions lie.
    for folder in (Path(found).parent, Path(found).resolve().parent):
        if all((folder / name).is_file() for name in COMPANIONS):
            check(folder)
            return folder
    check_cli(Path(found))
    raise StepError(f"{found} has no Python language host beside it")
