"""What is installed here: the engine, Pulumi's SDK, Python."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib import metadata

from pulumi_cerevox.account import printable
from pulumi_cerevox.doctor.check import Check, Fault, fail, ok, warning

Version = tuple[int, int, int]

OLDEST_SDK: Version = (3, 235, 0)
"""As in pyproject.toml; a test compares them.

Earlier ones hide from a provider what it keeps under names with two underscores, so
that a refresh would forget what a program manages (found by `make versions`).
"""

NEXT_SDK: Version = (4, 0, 0)

OLDEST_PYTHON: Version = (3, 11, 0)

SINCE: dict[Version, str] = {
    (3, 227, 0): "exit code 7 for drift",
    (3, 254, 0): "`pulumi import --file`",
}
"""What the engine has learnt late, and with which version."""

_SECONDS = 30


def check_engine() -> Check:
    """Find `pulumi` on PATH, and ask for its version."""
    program = shutil.which("pulumi")
    if program is None:
        return fail(
            "engine",
            "there is no `pulumi` on PATH.",
            "Install it (https://www.pulumi.com/docs/install/), or add its folder "
            "to PATH.",
            Fault.OTHER,
        )
    version = _parsed(_asked(program))
    if version is None:
        return fail(
            "engine",
            f"{printable(program)} does not say its version.",
            "Run `pulumi version` to see why; install it again if need be.",
            Fault.OTHER,
        )
    return judge_engine(version)


def judge_engine(version: Version) -> Check:
    """Say what an engine of this version can't do yet."""
    lacks = [
        f"{what} (since {_dotted(since)})"
        for since, what in SINCE.items()
        if version < since
    ]
    if not lacks:
        return ok("engine", f"pulumi {_dotted(version)}")
    return warning(
        "engine",
        f"pulumi {_dotted(version)} is too old for {' and '.join(lacks)}.",
        "Install a newer one: https://www.pulumi.com/docs/install/",
    )


def check_sdk() -> Check:
    """Judge the version of Pulumi's Python SDK."""
    try:
        return judge_sdk(metadata.version("pulumi"))
    except metadata.PackageNotFoundError:
        return judge_sdk("")


def judge_sdk(installed: str) -> Check:
    """Compare a version of the SDK with what this package is made for."""
    version = _parsed(installed)
    if version is not None and OLDEST_SDK <= version < NEXT_SDK:
        return ok("SDK", f"pulumi {installed}")
    found = f"pulumi {printable(installed)} is" if installed else "pulumi is not"
    return fail(
        "SDK",
        f"Python package {found} installed.",
        f"Run `pip install 'pulumi>={_dotted(OLDEST_SDK)},<{NEXT_SDK[0]}'`.",
        Fault.OTHER,
    )


def check_python() -> Check:
    """Judge the Python that runs this."""
    return judge_python(sys.version_info[:3])


def judge_python(version: Version) -> Check:
    """Compare a version of Python with what this package needs."""
    if version >= OLDEST_PYTHON:
        return ok("Python", _dotted(version))
    return fail(
        "Python",
        f"{_dotted(version)} is too old.",
        f"Make the virtual environment anew with {_dotted(OLDEST_PYTHON)} or later.",
        Fault.OTHER,
    )


def _asked(program: str) -> str:
    """Run `pulumi version`; empty where it does not answer."""
    try:
        run = subprocess.run(  # noqa: S603 - the user's own engine
            [program, "version"],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
            env=os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"},
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return run.stdout


def _parsed(text: str) -> Version | None:
    found = re.match(r"\s*v?(\d+)\.(\d+)(?:\.(\d+))?", text)
    if found is None:
        return None
    major, minor, patch = found.groups(default="0")
    return int(major), int(minor), int(patch)


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))
