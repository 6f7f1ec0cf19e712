"""Print the folder that holds a Pulumi engine; make the engine where there is none.

With `--yaml` it is the folder of the YAML language host, `pulumi-language-yaml`, that
comes with the official CLI; with `--sdks` that of what checks the types of programs in
TypeScript and Go. Progress goes to stderr; the folder is the one line on
stdout. Exit code 1 when no way worked: stderr then lists each of them with the reason.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from scripts.engine import build, folders, sdks
from scripts.engine.folders import StepError, say

_INSTALL = """
import sys
from pulumi.automation import PulumiCommand
from semver import VersionInfo
PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]))
"""
_LONGEST_SECONDS = 600


def from_cache() -> Path:
    """Return the cached engine: the official one, or ours with its stand-ins."""
    official = folders.kept("official") / "bin"
    with contextlib.suppress(StepError):
        folders.check(official)
        return official
    ours = folders.kept("built")
    folders.check_cli(ours / folders.CLI)
    build.add_standins(ours, say)
    return ours


def from_installer() -> Path:
    """Run the official installer as Pulumi's Automation API does; return its folder."""
    say(f"asking the official installer for Pulumi {folders.ENGINE}")
    target = folders.kept("official")
    try:
        # A process of its own: a download that hangs can be ended.
        run = subprocess.run(
            [sys.executable, "-c", _INSTALL, target, folders.ENGINE],
            capture_output=True,
            text=True,
            timeout=_LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise StepError(f"not done after {_LONGEST_SECONDS} seconds") from None
    if run.returncode != 0:
        said = run.stderr.strip().splitlines()
        raise StepError(said[-1] if said else f"exit code {run.returncode}")
    programs = target / "bin"
    folders.check(programs)
    return programs


def from_source() -> Path:
    """Return the engine built from Go modules, with stand-ins beside it."""
    ours = folders.kept("built")
    build.build(build.CLI, ours, folders.root(), say)
    folders.check_cli(ours / folders.CLI)
    build.add_standins(ours, say)
    folders.check(ours)
    return ours


WAYS: list[tuple[str, Callable[[], Path]]] = [
    ("`pulumi` on PATH", folders.on_path),
    (f"the cache {folders.root()}", from_cache),
    ("the official installer", from_installer),
    ("a build from Pulumi's Go modules", from_source),
]


def yaml_beside_engine() -> Path:
    """Return the folder of the `pulumi` on PATH, where it brings the YAML host."""
    folder = folders.on_path()
    if not (folder / folders.YAML_HOST).is_file():
        raise StepError(f"{folder} lacks {folders.YAML_HOST}")
    return folder


def yaml_from_source() -> Path:
    """Return the cached YAML host, with its converter; what is missing is built."""
    folder = folders.kept("yaml-host", folders.PULUMI_YAML)
    for program in (build.YAML_HOST, build.YAML_CONVERTER):
        if not (folder / program.name).is_file():
            build.build(program, folder, folders.root(), say)
        folders.put_beside_engine(folder / program.name)
    return folder


YAML_WAYS: list[tuple[str, Callable[[], Path]]] = [
    ("the YAML host beside `pulumi` on PATH", yaml_beside_engine),
    ("a build of the YAML host from its Go module", yaml_from_source),
]
SDKS_WAYS = [("the generator of SDKs, TypeScript and Go", sdks.prepare)]


def main() -> int:
    """Try each way in turn."""
    option = sys.argv[1] if len(sys.argv) > 1 else ""
    ways = {"--yaml": YAML_WAYS, "--sdks": SDKS_WAYS}.get(option, WAYS)
    failures: list[tuple[str, str]] = []
    with folders.locked():
        for name, way in ways:
            try:
                found = way()
            except (StepError, OSError) as error:
                say(f"{name}: {str(error).splitlines()[0]}")
                failures.append((name, str(error)))
            else:
                say(f"using {name}")
                print(found)
                return 0
    print(
        "no Pulumi engine could be found or made. Tried, in this order:",
        file=sys.stderr,
    )
    for number, (name, reason) in enumerate(failures, start=1):
        first, *rest = reason.strip().splitlines() or ["no reason was given"]
        print(f"  {number}. {name}: {first}", file=sys.stderr)
        for line in rest[-12:]:
            print(f"     {line}", file=sys.stderr)
    print(
        "Install the Pulumi CLI from https://www.pulumi.com/docs/install/ "
        "and put it on PATH, or mend one of the above, and run it again.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
