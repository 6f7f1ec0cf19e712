"""`make model`: many random histories on provider hosts, a few on the engine."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from itertools import product
from pathlib import Path

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.stateful import run_state_machine_as_test

from pulumi_cerevox.testing.emulator_process import EmulatorProcess
from scripts.engine.workspace import credentials_of, find_engine
from scripts.proof.model.machines import AccountMachine, RosterMachine, UsersMachine
from scripts.proof.model.stacks import EngineStack, HostStack, Stack
from scripts.proof.record import add_option, record
from scripts.proof.runner import NATIVE_HELP
from scripts.table import table

_CONFIG = {"maxWaitSeconds": "10"}
_MACHINES: Mapping[str, type[AccountMachine]] = {
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
    """Try random histories of a "Roster" or "Users"; raise what a bad one shows.

    Where it `shrinks`, a history that breaks a promise is made as short as can be.
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
    parser = argparse.ArgumentParser(prog="make model", description=__doc__)
    parser.add_argument("--histories", type=int, default=60, help="on provider hosts")
    parser.add_argument("--on-engine", type=int, default=4, help="on the engine")
    parser.add_argument("--steps", type=int, default=15, help="of each history")
    parser.add_argument(
        "--native", action="store_true", help=f"{NATIVE_HELP}, on the engine alone"
    )
    add_option(parser)
    options = parser.parse_args(words)
    engine = cache(find_engine)
    rows: list[list[str | int]] = []
    with ExitStack() as closing:
        emulator = closing.enter_context(EmulatorProcess(seed="empty"))
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        environment = credentials_of(emulator)
        tries: list[tuple[str, Callable[[], Stack], int]] = [
            (
                "hosts",
                lambda: HostStack(environment, _CONFIG, folder),
                0 if options.native else options.histories,
            ),
            (
                "engine",
                lambda: EngineStack(
                    engine(), folder / "stack", environment, native=options.native
                ),
                options.on_engine,
            ),
        ]
        for (name, start, count), kind in product(tries, _MACHINES):
            if count:
                print(f"{kind} on {name}: {count} histories …", flush=True)
                wrong = 0
                try:
                    try_histories(
                        kind, start, emulator, histories=count, steps=options.steps
                    )
                except Exception as error:  # noqa: BLE001 - any is what is looked for
                    print(f"WRONG: {error}", *getattr(error, "__notes__", ()), sep="\n")
                    wrong = 1
                rows.append([kind, name, count, wrong])
    text = table(["what", "on", "histories", "wrong"], rows)
    print(text)
    if options.record:
        record(f"make model{' OPTIONS=--native' if options.native else ''}", text)
    return 1 if any(row[-1] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
