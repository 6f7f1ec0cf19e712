"""`make model`: many random histories on provider hosts, a few on the engine."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from pulumi_cerevox.testing.emulator_process import EmulatorProcess
from scripts.proof.model.engine_stack import EngineStack
from scripts.proof.model.host_stack import HostStack
from scripts.proof.model.roster_machine import RosterMachine
from scripts.proof.model.stack import Stack
from scripts.proof.model.users_machine import UsersMachine

_CONFIG = {"maxWaitSeconds": "10"}
_MACHINES: Mapping[str, type[RuleBasedStateMachine]] = {
    "Roster": RosterMachine,
    "Users": UsersMachine,
}


def try_histories(
    kind: str,
    start_stack: Callable[[], Stack],
    emulator: EmulatorProcess,
    *,
    histories: int,
    steps: int,
    shrinks: bool = True,
) -> None:
    """Try random histories; the first that breaks a promise is shown and raised.

    Args:
        kind: "Roster" or "Users".
        start_stack: Makes an empty stack.
        emulator: The account.
        histories: How many.
        steps: The most steps of each.
        shrinks: Whether a history that breaks a promise is made as short as can be.
    """
    attributes = {"emulator": emulator, "start_stack": staticmethod(start_stack)}
    machine = type(f"{kind}Machine", (_MACHINES[kind],), attributes)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=histories,
            stateful_step_count=steps,
            deadline=None,
            phases=[Phase.generate, *([Phase.shrink] if shrinks else [])],
            database=None,
            print_blob=True,
            verbosity=Verbosity.quiet,
            suppress_health_check=list(HealthCheck),
        ),
    )


def main(words: Sequence[str] | None = None) -> int:
    """Try both machines on both stacks, and print the table last."""
    options = _options(words)
    rows = []
    with ExitStack() as stack:
        emulator = stack.enter_context(EmulatorProcess(seed="empty"))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environment = {
            "CEREVOX_API_KEY": emulator.api_key,
            "CEREVOX_BASE_URL": emulator.url,
        }
        stacks: dict[str, tuple[Callable[[], Stack], int]] = {
            "hosts": (lambda: HostStack(environment, _CONFIG), options.histories),
            "engine": (_on_engine(folder, environment), options.on_engine),
        }
        for name, (start, histories) in stacks.items():
            for kind in _MACHINES if histories else ():
                print(f"{kind} on {name}: {histories} histories …", flush=True)
                wrong = _tried(kind, start, emulator, histories, options.steps)
                rows.append(f"{kind:8}{name:8}{histories:10}{wrong:7}")
    print("what    on       histories  wrong", *rows, sep="\n")
    return 1 if any(row.endswith(" 1") for row in rows) else 0


def _tried(
    kind: str,
    start: Callable[[], Stack],
    emulator: EmulatorProcess,
    histories: int,
    steps: int,
) -> int:
    try:
        try_histories(kind, start, emulator, histories=histories, steps=steps)
    except Exception as error:  # noqa: BLE001 - whatever breaks is what is looked for
        print(f"WRONG: {error}", *getattr(error, "__notes__", ()), sep="\n")
        return 1
    return 0


def _on_engine(folder: Path, environment: Mapping[str, str]) -> Callable[[], Stack]:
    extra = {**environment, "PYTHONPATH": os.getcwd()}  # noqa: PTH109
    return lambda: EngineStack(_engine(), folder / "stack", extra, Path(sys.prefix))


@cache
def _engine() -> Path:
    """Find or make the engine, by the script behind `make engine`."""
    command = [sys.executable, "-m", "scripts.engine"]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Path(run.stdout.splitlines()[-1])


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make model", description=__doc__)
    parser.add_argument("--histories", type=int, default=60, help="on provider hosts")
    parser.add_argument("--on-engine", type=int, default=4, help="on the engine")
    parser.add_argument("--steps", type=int, default=15, help="of each history")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main())
