"""Measure large rosters, and a large account, with drift in 1 % of the people."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from benchmarks.audit import serving_account, user, write_roster
from benchmarks.cost import cost_of
from benchmarks.figures import Figure, Pair, Raw, compared
from benchmarks.runs import command_over_floors
from benchmarks.stacks import UP, Kind, Setup, Stack, new_stack, say

_DRIFTS_EACH = 100
_STEPS: Mapping[str, tuple[str, ...]] = {
    "up": UP,
    "preview": ("preview",),
    "refresh": ("refresh", "--yes", "--skip-preview"),
}
_DRIFT_STEPS: Mapping[str, tuple[str, ...]] = {
    "preview --refresh of 1 % drift": ("preview", "--refresh"),
    "up --refresh of 1 % drift": (*UP, "--refresh"),
}
_GROWTH_ALLOWED = 1.5


def measure(setup: Setup) -> list[Figure]:
    """Measure rosters of three sizes, then the commands that read a large account."""
    # Each is twice the one before: the second doubling must cost twice the first.
    sizes = (100, 200, 400) if setup.quick else (2500, 5000, 10_000)
    lives = {size: dict(_life(setup, size)) for size in sizes}
    figures = [figure for life in lives.values() for figure in life.values()]
    for step in (*_STEPS, *_DRIFT_STEPS):
        seconds = [lives[size][step].raw[0].value for size in sizes]
        growth = _growth(f"`Roster`: {step}", sizes, seconds)
        # Small sizes differ by less than two runs of the same size do.
        figures.append(replace(growth, most=None) if setup.quick else growth)
    return [*figures, *_measure_account(setup)]


def _life(setup: Setup, size: int) -> Iterator[tuple[str, Figure]]:
    """Yield the figure of each step in the life of one roster."""
    with new_stack(setup) as ours, new_stack(setup) as nothing:
        ours.write(Kind.ROSTER, size)
        nothing.write(Kind.NOTHING_ROSTER, size)
        for step, words in {**_STEPS, **_DRIFT_STEPS}.items():
            say(f"roster of {size:,}: {step}")
            if step == next(iter(_DRIFT_STEPS)):
                _drift(ours)
            value, raw = command_over_floors([ours, nothing], Kind.ROSTER, words)
            title = f"`Roster` of {size:,}: {step}, over floors"
            yield step, Figure(title, value, raw=tuple(raw))


def _drift(one: Stack) -> None:
    """Change one person in a hundred by hand: another name, gone, or a stranger.

    No roles: the guard `max_demotions` would refuse to take back so many at once.
    """
    account = one.emulator.snapshot()
    changed = []
    for number, person in enumerate(account["users"]):
        match number % (4 * _DRIFTS_EACH):
            case 100 | 200:
                changed.append(person | {"name": "Somebody Else"})
            case 300:
                pass
            case 399:
                stranger = {"user_id": f"stranger-{number}", "name": "A Stranger"}
                stranger["email"] = f"stranger-{number}@example.com"
                changed += [person, person | stranger]
            case _:
                changed.append(person)
    one.emulator.restore(account | {"users": changed})


def _growth(what: str, sizes: Sequence[int], seconds: Sequence[float]) -> Figure:
    """Compare what the second doubling of a size adds with what the first one adds."""
    small, middle, large = seconds
    value = (large - middle) / (middle - small) / 2
    raw = tuple(Raw(f"{size:,}", one) for size, one in zip(sizes, seconds, strict=True))
    title = f"{what}: cost of a further person, {sizes[1]:,} to {sizes[2]:,} over"
    title += f" {sizes[0]:,} to {sizes[1]:,} (1 is linear)"
    return Figure(title, value, most=_GROWTH_ALLOWED, raw=raw)


def _measure_account(setup: Setup) -> Iterator[Figure]:
    """Run the commands that read an account, over the bare reading of their input."""
    size = 4000 if setup.quick else 100_000
    drifted = range(0, size, _DRIFTS_EACH)
    users = [user(number) for number in range(size)]
    roster = write_roster(setup.folder / "large.yaml", size, renamed=drifted)
    command = [sys.executable, "-m", "pulumi_cerevox.cli"]
    with serving_account(users) as url:
        keys = {"CEREVOX_API_KEY": "still", "CEREVOX_BASE_URL": url}
        run = partial(cost_of, folder=setup.folder, environment={**os.environ, **keys})
        bare = [sys.executable, "-m", "benchmarks.bare_reading", url]
        for what, files, code in (("audit", [str(roster)], 7), ("export", [], 0)):
            say(f"account of {size:,}: {what}")
            rounds = [
                (run([*command, what, *files], code=code), run([*bare, *files]))
                for _ in range(setup.rounds(1, 3))
            ]
            title = f"Account of {size:,}, 1 % drift: {what} over bare reading"
            pairs = [Pair(ours.wall, floor.wall) for ours, floor in rounds]
            yield compared(title, pairs, (what, "bare reading"))
            ours, floor = rounds[0]
            raw = Raw(what, ours.mib, "MiB"), Raw("bare reading", floor.mib, "MiB")
            yield Figure(f"{title}, memory", ours.mib / floor.mib, raw=raw)
