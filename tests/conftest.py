"""What the tests of several layers share: the engine, and running emulators."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from pulumi_cerevox.testing import EmulatorProcess
from tests.scripted_server import Script, scripted

ROOT = Path(__file__).parent.parent
# On a machine that does other work too, the same example takes ten times as long: no
# property fails for how long one took.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the tests on the engine go through the native provider (`make native`)."""
    parser.addoption("--provider", choices=["dynamic", "native"], default="dynamic")


@pytest.fixture(scope="session")
def engine_folder() -> Path:
    """Find or make the engine by the same script as `make engine`; never skip."""
    return _made_by_engine_script()


@pytest.fixture(scope="session")
def yaml_host_folder() -> Path:
    """Find or make the host that runs projects in YAML."""
    return _made_by_engine_script("--yaml")


@pytest.fixture(scope="session")
def sdks_folder() -> Path:
    """Find or make what checks the types of programs in TypeScript and Go."""
    return _made_by_engine_script("--sdks")


def _made_by_engine_script(*options: str) -> Path:
    run = subprocess.run(
        [sys.executable, "-m", "scripts.engine", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        pytest.fail(run.stderr, pytrace=False)
    return Path(run.stdout.splitlines()[-1])


@pytest.fixture(scope="session")
def idle_emulators() -> Iterator[dict[str, list[EmulatorProcess]]]:
    """Hold the emulators that no test uses at the moment, by their options."""
    idle: defaultdict[str, list[EmulatorProcess]] = defaultdict(list)
    yield idle
    for emulators in idle.values():
        for emulator in emulators:
            emulator.stop()


@pytest.fixture
def start_emulator(
    idle_emulators: dict[str, list[EmulatorProcess]],
) -> Iterator[Callable[..., EmulatorProcess]]:
    """Start emulators of one's own with any options; they end with the test.

    One that was used before is taken again, as its seed left it: most of what a short
    test costs is the start of its emulator.
    """
    with ExitStack() as stack:

        def give_back(emulator: EmulatorProcess, options: str) -> None:
            if emulator.running and len(idle_emulators[options]) < 2:
                idle_emulators[options].append(emulator)
            else:
                emulator.stop()

        def start(**options: Any) -> EmulatorProcess:
            if not options.keys() <= {"seed", "users", "dialect", "account_id"}:
                return stack.enter_context(EmulatorProcess(**options))
            key = repr(sorted(options.items()))
            if idle_emulators[key]:
                emulator = idle_emulators[key].pop()
                emulator.reset()
            else:
                emulator = EmulatorProcess(**options)
            stack.callback(give_back, emulator, key)
            return emulator

        yield start


@pytest.fixture
def script() -> Iterator[Script]:
    """Run a server that answers by script."""
    with scripted() as script:
        yield script


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Run the longest tests first: otherwise one worker ends with them alone."""
    if config.getoption("provider") == "native":
        # What has no project of its own is the same for both providers.
        items[:] = [
            one for one in items if "native" in getattr(one, "fixturenames", ())
        ]
    items.sort(key=lambda item: not item.path.match("tests/proof/*"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what took longest, by folder: set-up, call and tear-down of its tests."""
    seconds: defaultdict[str, float] = defaultdict(float)
    tests: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                folder = report.nodeid.partition("::")[0].rpartition("/")[0]
                seconds[folder] += report.duration
                tests[folder] += report.when == "call"
    terminalreporter.section("seconds of all workers, by folder")
    for folder, spent in sorted(seconds.items(), key=lambda one: -one[1]):
        terminalreporter.line(f"{spent:8.1f} s  {tests[folder]:5} tests  {folder}")
