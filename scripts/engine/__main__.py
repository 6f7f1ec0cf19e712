"""Print the folder that holds a Pulumi engine; make the engine where there is none.

Progress goes to stderr; the folder is the one line on stdout. Exit code 1 when no
way worked: stderr then lists each of them with the reason.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path

from scripts.engine import build, cache, folder, installer, standins_maker
from scripts.engine.report import StepError, failures_text, say


def from_cache() -> Path:
    """Give the cached engine: the official one, or ours with its stand-ins."""
    official = cache.installed() / "bin"
    with contextlib.suppress(StepError):
        folder.check(official)
        return official
    ours = cache.built()
    folder.check_cli(ours / folder.CLI)
    standins_maker.make(ours, say)
    return ours


def from_installer() -> Path:
    """Give the engine that the official installer brings."""
    return installer.install(cache.installed(), say)


def from_source() -> Path:
    """Give the engine built from Go modules, with stand-ins beside it."""
    ours = cache.built()
    build.build(ours, cache.root(), say)
    standins_maker.make(ours, say)
    folder.check(ours)
    return ours


WAYS: list[tuple[str, Callable[[], Path]]] = [
    ("`pulumi` on PATH", folder.on_path),
    (f"the cache {cache.root()}", from_cache),
    ("the official installer", from_installer),
    ("a build from Pulumi's Go modules", from_source),
]


def main() -> int:
    """Try each way in turn."""
    failures: list[tuple[str, str]] = []
    with cache.locked():
        for name, way in WAYS:
            try:
                found = way()
            except (StepError, OSError) as error:
                say(f"{name}: {str(error).splitlines()[0]}")
                failures.append((name, str(error)))
            else:
                say(f"using {name}")
                print(found)
                return 0
    print(failures_text(failures), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
