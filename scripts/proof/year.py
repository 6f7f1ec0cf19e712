"""`make year`: one stack for a year of emulated days, every promise after each `up`.

A roster lives through 50 weeks: people join and leave, last days pass, somebody
changes the account by hand, the key is rotated, the API limits its rate or is away, an
old state is restored. After each `up` the account, its journal, the state and an audit
are judged. A table comes last; exit code 1 when a promise did not hold once, or when
the state or the memory of the provider host grew without reason.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psutil

from pulumi_cerevox.testing.emulator_process import EmulatorProcess
from scripts.engine.workspace import credentials_of, find_engine
from scripts.proof.journal import OWNER, History, is_write, replay, shown
from scripts.proof.processes import started
from scripts.proof.record import add_option, record
from scripts.proof.runner import say
from scripts.proof.sandbox import STACK_FILE, Run, Sandbox, new_sandbox
from scripts.proof.scenarios import Command, email_of
from scripts.table import table

PROMISES = {
    1: "an up does what its preview showed",
    2: "a preview writes nothing and names who is undeclared",
    3: "undeclared people stay",
    4: "enough admins at every moment",
    5: "admins come before anybody goes",
    6: "nobody's user id changes",
    7: "no write is done twice, no create sent blindly",
    8: "the key of another account changes nothing",
    9: "one person is one person",
    10: "a preview lists the users once",
    11: "an audit is in sync only where all is",
    12: "the key is in no output and no state",
    13: "the role declared is the role that is there",
    14: "nobody is there past their last day",
}
_PROGRAM = """\
import pulumi_cerevox as cerevox

cerevox.Roster.from_file("team", "team.yaml")
"""
_HEAD = """\
undeclared: report
expired: remove
guards: {min_admins: 2, max_removals: {count: 5, fraction: 1}}
members:
"""
_CONFIG = ("maxWaitSeconds=8", "requestTimeout=5")
_FIRST_DAY = date(2027, 1, 4)
_MIN_ADMINS = 2
_LONGEST_TEXT = 1500
_LOOKS = 0.2  # seconds between two looks at the hosts' memory
_GROWTH = 1.5  # the second half of the year over the first
_INTRUDER = "mallory@contractor.example"
_GOES = ("demote", "remove")


@dataclass
class Week:
    """What one `up` was about, and what came of it."""

    number: int
    day: date
    event: str
    people: int = 0
    done: str = ""
    state_bytes: int = 0
    host_mb: int = 0
    wrong: list[str] = field(default_factory=list)


class Year:
    """A stack, its account, and what the file declares."""

    def __init__(self, sandbox: Sandbox, seed: int) -> None:
        """Begin with an owner, an admin and six members."""
        self.sandbox = sandbox
        self.emulator = sandbox.emulator
        self.chance = random.Random(seed)  # noqa: S311 - no secret depends on it
        self.day = _FIRST_DAY
        self.refreshes = False
        self.touched: set[str] = set()
        self.joined = self.outages = 0
        self.kept_state = ""
        self.checks: Counter[int] = Counter()
        self.week = Week(0, self.day, "the beginning")
        self.members: dict[str, dict[str, str]] = {
            OWNER: {"role": "admin"},
            email_of("Ada"): {"name": "Ada", "role": "admin"},
        }
        # From the first moment there are two admins.
        self.emulator.add_user(email_of("Ada"), name="Ada", role="admin")
        sandbox.must("pulumi", "stack", "init", "test")
        settings = [f"--plaintext=cerevox:{one}" for one in _CONFIG]
        sandbox.must("pulumi", "config", "set-all", *settings)
        sandbox.workspace.write(_PROGRAM)
        self.join(6)

    # Events ---------------------------------------------------------------------------

    def join(self, number: int = 2, **fields: str) -> None:
        """Declare people who are new."""
        for _ in range(number):
            self.joined += 1
            name = f"Person {self.joined}"
            email = f"person{self.joined}@example.com"
            self.members[email] = {"name": name, "role": "member", **fields}

    def anybody(self) -> str:
        """Return somebody who may change: neither the owner nor Ada."""
        untouched = set(self.members) - {OWNER, email_of("Ada")} - self.touched
        return self.chance.choice(sorted(untouched))

    def leave(self) -> None:
        """Take somebody out of the file; two more join, one with a last day."""
        del self.members[self.anybody()]
        self.join(1)
        self.join(1, until=(self.day + timedelta(days=10)).isoformat())

    def change_roles(self) -> None:
        """Promote somebody, demote whoever was promoted before, rename a third."""
        for one in self.members.values():
            if one.get("name", "").startswith("Person") and one["role"] == "admin":
                one["role"] = "member"
        self.members[self.anybody()]["role"] = "admin"
        self.members[self.anybody()]["name"] = f"Person Newname {self.week.number}"

    def change_by_hand(self) -> None:
        """Add an intruder, remove one person and rename another, behind the stack."""
        self.emulator.add_user(_INTRUDER, name="Mallory", role="admin")
        gone = self.anybody()
        self.emulator.remove_user(gone)
        self.touched.add(gone)
        renamed = self.anybody()
        self.emulator.patch_user(renamed, name="By Hand")
        self.touched.add(renamed)
        self.join(1)

    def repair(self) -> None:
        """Let the stack look: what was changed by hand is put right."""
        self.refreshes = True

    def rotate_key(self) -> None:
        """Use a new key; the old one opens nothing. The intruder is removed by hand."""
        extra = self.sandbox.workspace.extra
        old = extra["CEREVOX_API_KEY"]
        extra["CEREVOX_API_KEY"] = self.emulator.key_for(OWNER)
        self.emulator.revoke_keys(api_key=old)
        self.use_another_account()
        with suppress(Exception):
            self.emulator.remove_user(_INTRUDER)
        self.join(1)

    def use_another_account(self) -> None:
        """Run an `up` with the key of another account; it must be refused."""
        extra = self.sandbox.workspace.extra
        own, outputs = dict(extra), self.outputs()
        with EmulatorProcess(account_id="acc_other") as other:
            extra |= credentials_of(other)
            run = self.run(("pulumi", "up", "--yes", "--skip-preview"))
            self.hold(8, run.returncode != 0, "another account's key was taken")
            wrote = any(map(is_write, other.journal()))
            self.hold(8, not wrote, "an up wrote to another account")
        extra |= own
        self.hold(8, self.outputs() == outputs, "another account changed the state")

    def outputs(self) -> list[Any]:
        """Return what the state says of the roster."""
        resources = self.sandbox.state().get("resources", [])
        return [one["outputs"] for one in resources if one["type"].endswith(":Roster")]

    def limit_rate(self) -> None:
        """Let the API refuse requests for a while, as too many."""
        self.emulator.add_fault(
            path="/users*", status=429, retry_after=1, nth=2, times=3
        )
        self.join(3)

    def outage(self) -> None:
        """Take the API away for an `up` that must fail clearly, and write nothing."""
        self.join(1)
        self.write_file()
        self.emulator.add_fault(status=503, times=None)
        self.emulator.clear_journal()
        run = self.run(("pulumi", "up", "--yes", "--skip-preview"))
        self.hold(7, run.returncode != 0, "an up without the API succeeded")
        self.hold(7, "Traceback" not in run.output, "an outage printed a traceback")
        committed = [one for one in self.emulator.journal() if one["committed"]]
        self.hold(7, not any(map(is_write, committed)), "an outage's up wrote")
        if not self.outages:  # an audit waits two minutes for the API
            code = self.run(("pulumi-cerevox", "audit", "team.yaml")).returncode
            self.hold(11, code == 4, f"the audit of an outage ended with {code}")
        self.outages += 1
        self.emulator.clear_faults()

    def last_day_passes(self) -> None:
        """Let somebody's last day be yesterday; another writes an email otherwise."""
        self.members[self.anybody()]["until"] = self.day.isoformat()
        self.day += timedelta(days=1)
        email = self.anybody()
        self.members = {
            (key.upper() if key == email else key): one
            for key, one in self.members.items()
        }

    def restore_old_state(self) -> None:
        """Bring back the state of some weeks ago, and let the stack look."""
        stack = self.sandbox.workspace.home / STACK_FILE
        if self.kept_state:
            stack.write_text(self.kept_state, "utf-8")
        self.refreshes = True
        self.join(1)

    def events(self) -> list[tuple[str, Callable[[], None]]]:
        """Return what happens, in turns."""
        return [
            ("people join", self.join),
            ("somebody leaves", self.leave),
            ("roles and names change", self.change_roles),
            ("changes by hand", self.change_by_hand),
            ("a refresh repairs", self.repair),
            ("the key is rotated", self.rotate_key),
            ("the API limits its rate", self.limit_rate),
            ("the API is away", self.outage),
            ("a last day passes", self.last_day_passes),
            ("an old state is restored", self.restore_old_state),
        ]

    # One week -------------------------------------------------------------------------

    def live(self, number: int) -> Week:
        """Let a week pass: its event, a preview, an `up`, and the judgement."""
        events = self.events()
        what, happen = events[(number - 1) % len(events)]
        self.day = _FIRST_DAY + timedelta(days=7 * number)
        self.week = Week(number, self.day, what)
        self.refreshes = False
        self.set_today()
        happen()
        self.set_today()
        self.write_file()
        self.preview_and_up()
        if what == "people join":
            stack = self.sandbox.workspace.home / STACK_FILE
            self.kept_state = stack.read_text("utf-8")
        return self.week

    def set_today(self) -> None:
        """Tell the provider which day it is."""
        self.sandbox.workspace.extra["CEREVOX_TODAY"] = self.day.isoformat()

    def write_file(self) -> None:
        """Write team.yaml as the members are."""
        lines = [
            "  - " + json.dumps({"email": email, **one}) + "\n"
            for email, one in self.members.items()
        ]
        text = _HEAD + "".join(lines)
        (self.sandbox.workspace.project / "team.yaml").write_text(text, "utf-8")

    def is_expired(self, member: dict[str, str]) -> bool:
        """Tell whether a last day has passed."""
        return "until" in member and member["until"] < self.day.isoformat()

    def preview_and_up(self) -> None:
        """Run both, and judge what they left."""
        refresh = ("--refresh",) if self.refreshes else ()
        there = {one["email"]: one for one in self.emulator.users()}
        preview = self.preview(there, refresh)
        self.emulator.clear_journal()
        run = self.run(("pulumi", "up", "--yes", "--skip-preview", *refresh))
        self.hold(1, run.returncode == 0, f"the up failed: {run.output}")
        users = self.emulator.users()
        history = replay(self.emulator.journal(), there.values(), users)
        self.judge_actions(history, announced_by(preview, there))
        self.judge_history(history)
        if self.refreshes:
            self.touched.clear()
        self.judge_account(there, {one["email"]: one for one in users})
        stack = self.sandbox.workspace.home / STACK_FILE
        self.week.state_bytes = len(stack.read_bytes())
        self.week.people = len(users)
        kinds = Counter(one.kind for one in history.actions)
        self.week.done = ", ".join(f"{kind} {n}" for kind, n in sorted(kinds.items()))
        key = self.sandbox.workspace.extra["CEREVOX_API_KEY"]
        texts = (preview.output, run.output, stack.read_text("utf-8"))
        self.hold(12, not any(key in text for text in texts), "the key is shown")
        # An audit goes by the real day, so whoever has left is taken out first.
        for email in [one for one, it in self.members.items() if self.is_expired(it)]:
            del self.members[email]
        self.write_file()
        self.judge_audit(there)

    def preview(self, there: Mapping[str, Any], refresh: Command) -> Run:
        """Run a preview, and judge what it did and said."""
        self.emulator.clear_journal()
        run = self.run(("pulumi", "preview", "--json", *refresh))
        self.hold(2, run.returncode == 0, f"the preview failed: {run.output}")
        journal = self.emulator.journal()
        wrote = any(map(is_write, journal))
        self.hold(2, not wrote, "the preview wrote to the account")
        lists = sum(
            (one["method"], one["path"], one["status"]) == ("GET", "/v1/users", 200)
            for one in journal
        )
        self.hold(10, lists <= 1, f"a preview listed the users {lists} times")
        if _INTRUDER in there:
            self.hold(2, _INTRUDER in run.output, "the preview names no intruder")
        return run

    def run(self, command: Command) -> Run:
        """Run a command; note how much memory its provider hosts took."""
        with started(self.sandbox, command) as running:
            while not running.is_over:
                with suppress(psutil.TimeoutExpired):
                    running.engine.wait(timeout=_LOOKS)
                for host in running.find_hosts():
                    with suppress(psutil.Error):
                        used = host.memory_info().rss // 2**20
                        self.week.host_mb = max(self.week.host_mb, used)
            ended = running.end()
        return ended or Run(-1, "it did not end")

    # Judgement ------------------------------------------------------------------------

    def hold(self, promise: int, is_kept: object, text: str) -> None:
        """Count a check of a promise, and note where it did not hold."""
        self.checks[promise] += 1
        if not is_kept:
            self.week.wrong.append(f"promise {promise}: {text[-_LONGEST_TEXT:]}")

    def judge_actions(self, history: History, announced: set[tuple[str, str]]) -> None:
        """Compare what was done with what was shown."""
        done = {(one.kind, one.email.lower()) for one in history.actions}
        # Whom somebody changed by hand may be as declared already, or gone.
        missed = {one for one in announced - done if one[1] not in self.touched}
        self.hold(1, done <= announced, f"not shown: {sorted(done - announced)}")
        if not self.refreshes:
            self.hold(1, not missed, f"shown and not done: {sorted(missed)}")

    def judge_history(self, history: History) -> None:
        """Judge the order and the number of writes."""
        fewest = history.fewest_admins
        self.hold(4, fewest >= _MIN_ADMINS, f"only {fewest} admins at a moment")
        kinds = [one.kind for one in history.actions]
        goes = [place for place, kind in enumerate(kinds) if kind in _GOES]
        comes = [p for p, kind in enumerate(kinds) if kind in {"promote", "create"}]
        is_safe = not goes or not comes or max(comes) < min(goes)
        self.hold(5, is_safe, f"in the order {kinds}")
        twice = [one for one, n in Counter(history.actions).items() if n > 1]
        self.hold(7, not twice, f"done twice: {twice}")
        self.hold(7, not history.blind_creates, f"blind: {history.blind_creates}")

    def judge_account(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Judge who is there now."""
        folded = [email.lower() for email in after]
        self.hold(9, len(folded) == len(set(folded)), "somebody is there twice")
        if _INTRUDER in before:
            self.hold(3, _INTRUDER in after, "an undeclared person was removed")
        for email, one in after.items():
            if email in before:
                same = before[email]["user_id"] == one["user_id"]
                self.hold(6, same, f"{email} has another id")
        there = {email.lower(): one for email, one in after.items()}
        for email, member in self.members.items():
            found = there.get(email.lower())
            if self.is_expired(member):
                self.hold(14, found is None, f"{email} is there past {member['until']}")
            elif email.lower() not in self.touched:
                role = found and found["role"]
                text = f"{email} is {role or 'absent'}, not {member['role']}"
                self.hold(13, role == member["role"], text)

    def judge_audit(self, there: Mapping[str, Any]) -> None:
        """Compare the audit's verdict with what is known of the account."""
        run = self.run(("pulumi-cerevox", "audit", "team.yaml"))
        expected = 7 if _INTRUDER in there or self.touched else 0
        text = f"the audit ended with {run.returncode}, not {expected}: {run.output}"
        self.hold(11, run.returncode == expected, text)


def announced_by(preview: Run, there: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return what a preview shows; who is there already is kept, not created again."""
    start, end = preview.output.find("{"), preview.output.rfind("}")
    if preview.returncode != 0 or start < 0:
        return set()
    return {
        (one.kind, one.email.lower())
        for one in shown(json.loads(preview.output[start : end + 1]))
        if one.kind != "create" or one.email not in there
    }


def growth(weeks: Sequence[Week]) -> list[str]:
    """Say what grew without reason: state for each person, memory of a host."""
    half = len(weeks) // 2
    found = []
    for what, of in (
        ("bytes of state a person", lambda one: one.state_bytes / max(one.people, 1)),
        ("MB of a provider host", lambda one: one.host_mb),
    ):
        first, second = (max(map(of, part)) for part in (weeks[:half], weeks[half:]))
        print(f"{what}: {first:.0f} in the first half, {second:.0f} in the second")
        if second > first * _GROWTH:
            found.append(f"{what} grew")
    return found


def report(weeks: Sequence[Week], checks: Counter[int]) -> str:
    """Lay out the weeks, and below how often each promise was judged."""
    wrong = Counter(
        int(line.split()[1].rstrip(":")) for one in weeks for line in one.wrong
    )
    rows = [
        (
            *(one.number, str(one.day), one.event, one.people, one.state_bytes),
            *(one.host_mb, len(one.wrong), one.done or "nothing"),
        )
        for one in weeks
    ]
    head = ("week", "day", "event", "people", "state", "host MB", "wrong", "done")
    promises = [
        (number, text, checks[number], wrong[number])
        for number, text in PROMISES.items()
    ]
    of_promises = table(("", "promise", "checks", "wrong"), promises)
    return f"{table(head, rows)}\n\n{of_promises}"


def main(words: Sequence[str] | None = None) -> int:
    """Let the year pass; print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1, help="of the chance")
    add_option(parser)
    asked = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="cerevox-year-") as folder:
        place = Path(folder, "sandbox")
        with new_sandbox(find_engine(), place, database=False) as sandbox:
            year = Year(sandbox, asked.seed)
            weeks: list[Week] = []
            for number in range(1, asked.weeks + 1):
                weeks.append(year.live(number))
                for line in weeks[-1].wrong:
                    say(f"WRONG  week {number}: {line}")
                if number % 10 == 0:
                    say(f"{number} of {asked.weeks} weeks")
    text = report(weeks, year.checks)
    print(text)
    grown = growth(weeks) if len(weeks) > 1 else []
    print(*grown, sep="\n", end="\n" if grown else "")
    is_wrong = grown or any(one.wrong for one in weeks)
    verdict = "WRONG" if is_wrong else f"{len(weeks)} weeks, every promise kept"
    print(verdict)
    if asked.record:
        record("make year", f"{text}\n{verdict}")
    return 1 if is_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
