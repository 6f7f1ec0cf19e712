"""See it work on the real engine: single users, then a whole roster (`make demo`)."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from pulumi_cerevox.testing.emulator_process import EmulatorProcess
from scripts.engine.workspace import (
    ROOT,
    NoEngineError,
    Workspace,
    credentials_of,
    find_engine,
)

EXAMPLES = ROOT / "examples"
USER = "pulumi-python:dynamic/cerevox:User"
ROSTER = "pulumi-python:dynamic/cerevox:Roster"
DRIFT_FOUND = 7


class DemoFailedError(Exception):
    """A step did not show what it says; the demo ends with exit code 1."""


class Narrator:
    """Prints the steps and keeps what they showed for the summary."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self._steps = 0
        self.seen: list[str] = []

    def step(self, what: str, by_hand: str) -> None:
        """Say what comes next, and the command to do it yourself."""
        self._steps += 1
        print(f"\n[{self._steps}] {what}\n    by hand: {by_hand}", flush=True)

    def expect(self, output: str, *signs: str, seen: str) -> None:
        """Make sure that a command showed what the step says.

        Raises:
            DemoFailedError: a sign is missing from the output.
        """
        for sign in signs:
            if sign not in output:
                raise DemoFailedError(f"expected to see {sign!r} here, and did not")
        self.seen.append(seen)
        print(f"    seen: {seen}", flush=True)


@dataclass(frozen=True)
class Part:
    """One half of the demo: a project whose stack does not exist yet."""

    workspace: Workspace
    account: EmulatorProcess
    narrator: Narrator

    def pulumi(self, *arguments: str, exit_code: int = 0) -> str:
        """Run a `pulumi` command, show what it printed, and return it.

        Raises:
            DemoFailedError: it ended with another exit code than it should.
        """
        run = self.workspace.run(*arguments)
        for line in run.stdout.strip().splitlines():
            print(f"    | {line}".rstrip(), flush=True)
        if run.returncode != exit_code:
            raise DemoFailedError(
                f"`pulumi {' '.join(arguments)}` ended with exit code "
                f"{run.returncode}, not {exit_code}"
            )
        return run.stdout


class UsersPart(Part):
    """Three people, each a resource of their own."""

    def show(self) -> None:
        """Create them, change the account by hand, see it, repair it, remove them."""
        self.create()
        self.see_manual_edits()
        self.repair()
        self.destroy()

    def create(self) -> None:
        """Make the three people of the quickstart."""
        self.narrator.step(
            "Create the three people that examples/quickstart declares",
            "cd examples/quickstart && pulumi stack init demo && pulumi up",
        )
        self.pulumi("stack", "init", "demo")
        self.narrator.expect(
            self.pulumi("up", "--yes"),
            *(f"+  {USER} {name} created" for name in ("ada", "bob", "eve")),
            seen="three users created, each with the declared role",
        )

    def see_manual_edits(self) -> None:
        """Change what Pulumi does not know of, and let a preview find it."""
        admin = self.account.admin_url
        self.narrator.step(
            "Behind Pulumi's back: demote Ada, delete Bob",
            f"curl -X PATCH {admin}/users/ada@example.com -H 'Content-Type: "
            'application/json\' -d \'{"role": "member"}\'; '
            f"curl -X DELETE {admin}/users/bob@example.com",
        )
        self.account.patch_user("ada@example.com", role="member")
        self.account.remove_user("bob@example.com")
        self.narrator.step(
            "See what a preview that looks at the account makes of it",
            "pulumi preview --refresh --diff",
        )
        self.narrator.expect(
            self.pulumi("preview", "--refresh", "--diff"),
            '~ role     : "admin" => "member"',
            '- email    : "bob@example.com"',
            f"+ {USER}",
            '~ role: "member" => "admin"',
            seen="Ada's lost role and Bob's absence, each as a diff of one person",
        )

    def repair(self) -> None:
        """Make the account what the program declares; then nothing is left to do."""
        self.narrator.step("Repair it", "pulumi up --refresh")
        self.narrator.expect(
            self.pulumi("up", "--refresh", "--yes"),
            f"~  {USER} ada updated",
            f"+  {USER} bob created",
            seen="Ada updated in place, Bob created again, Eve untouched",
        )
        self.narrator.step(
            "Show that nothing is left to do",
            "pulumi preview --refresh --expect-no-changes",
        )
        self.narrator.expect(
            self.pulumi("preview", "--refresh", "--expect-no-changes"),
            "unchanged",
            seen="a further preview is empty (exit code 0)",
        )

    def destroy(self) -> None:
        """Remove the three people; the account's owner stays."""
        self.narrator.step("Remove the three people again", "pulumi destroy")
        output = self.pulumi("destroy", "--yes")
        left = sorted(user["email"] for user in self.account.users())
        self.narrator.expect(
            output,
            *(f"-  {USER} {name} deleted" for name in ("ada", "bob", "eve")),
            seen=f"three users deleted; left in the account: {', '.join(left)}",
        )


class RosterPart(Part):
    """The whole team from one file, with guards."""

    def show(self) -> None:
        """Declare everybody, review a change, be refused, see an intruder, leave."""
        self.declare()
        self.review_a_change()
        self.refuse_a_mass_removal()
        self.see_an_intruder()
        self.leave()

    def declare(self) -> None:
        """Make the account what examples/roster/team.yaml says."""
        self.narrator.step(
            "Now the whole team from one file: examples/roster/team.yaml",
            "cd examples/roster && pulumi stack init demo && pulumi up",
        )
        self.pulumi("stack", "init", "demo")
        self.narrator.expect(
            self.pulumi("up", "--yes"),
            "read just now: create 3, promote 0, demote 0",
            f"+  {ROSTER} team created",
            seen="three of four created; the owner, there already, left as they were",
        )

    def review_a_change(self) -> None:
        """Show what a pull request's reviewer sees."""
        self.narrator.step(
            "Review a change: Grace joins, Bob becomes an admin",
            "edit team.yaml, then: pulumi preview --diff && pulumi up",
        )
        self._edit(r"(.*bob@example.com.*)\}", r"\1, role: admin}")
        self._edit(r"\Z", "  - {email: grace@example.com, name: Grace Hopper}\n")
        self.narrator.expect(
            self.pulumi("preview", "--diff"),
            "+ grace@example.com",
            '~ role: "member" => "admin"',
            seen="the change as a diff of two people, before anything is done",
        )
        self.pulumi("up", "--yes", "--skip-preview")

    def refuse_a_mass_removal(self) -> None:
        """Delete too many lines, and be told."""
        self.narrator.step(
            "A slip: three of five people are deleted from the file",
            "edit team.yaml, then: pulumi preview",
        )
        before = self._edit(r".*(bob|eve|grace)@example.com.*\n", "")
        output = self.pulumi("preview", exit_code=1)
        (self.workspace.project / "team.yaml").write_text(before)
        self.narrator.expect(
            output,
            "max_removals",
            "CEREVOX_APPROVE=",
            seen="refused, with the numbers, the names, and the one setting that "
            "would allow exactly this",
        )

    def see_an_intruder(self) -> None:
        """Find somebody whom nobody declared."""
        command = ("refresh", "--preview-only", "--expect-no-changes", "--diff")
        self.narrator.step(
            "Somebody adds an admin by hand; look for people nobody declared",
            f"curl -X POST {self.account.admin_url}/users "
            "-H 'Content-Type: application/json' -d "
            '\'{"email": "mallory@example.com", "name": "Mallory", "role": "admin"}\' '
            f"&& pulumi {' '.join(command)}",
        )
        self.account.add_user("mallory@example.com", name="Mallory", role="admin")
        self.narrator.expect(
            self.pulumi(*command, exit_code=DRIFT_FOUND),
            "mallory@example.com",
            seen="the undeclared admin by name, and exit code 7 for a nightly job",
        )

    def leave(self) -> None:
        """Destroy the roster; everybody stays in the account."""
        self.narrator.step("Destroy the roster: everybody stays", "pulumi destroy")
        self.pulumi("destroy", "--yes")
        left = len(self.account.users())
        if left != 6:
            raise DemoFailedError(f"six people should be left, not {left}")
        self.narrator.seen.append("destroying the roster removed nobody")

    def _edit(self, pattern: str, replacement: str) -> str:
        """Edit team.yaml, and return its text from before."""
        file = self.workspace.project / "team.yaml"
        before = file.read_text()
        text, count = re.subn(pattern, replacement, before)
        if count == 0:
            raise DemoFailedError(f"team.yaml holds nothing like {pattern!r}")
        file.write_text(text)
        return before


def show_both(engine: Path, folder: Path, account: EmulatorProcess) -> None:
    """Show both parts, each with a home of its own, and sum up."""
    # The roster's file is edited on the way: a copy, so that the clone stays clean.
    copy = folder / "roster"
    shutil.copytree(EXAMPLES / "roster", copy, symlinks=True)
    (copy / ".venv").unlink()
    (copy / ".venv").symlink_to(ROOT / ".venv")
    narrator, credentials = Narrator(), credentials_of(account)
    users = Workspace(engine, EXAMPLES / "quickstart", folder / "users", credentials)
    UsersPart(users, account, narrator).show()
    team = Workspace(engine, copy, folder / "team", credentials)
    RosterPart(team, account, narrator).show()
    print("\nWhat was seen:")
    for number, seen in enumerate(narrator.seen, start=1):
        print(f"  {number}. {seen}")
    print("Requests that the account's API counted, in all of the above:")
    requests = Counter(f"{one['method']} {one['route']}" for one in account.journal())
    for request, count in sorted(requests.items()):
        print(f"  {count:3d}  {request}")


def main() -> int:
    """Run the demo in a temporary folder; exit code 0 when every step showed it."""
    try:
        engine = find_engine()
        with (
            tempfile.TemporaryDirectory(prefix="cerevox-demo-") as folder,
            EmulatorProcess(seed="empty", db=Path(folder, "account.db")) as account,
        ):
            print(
                f"An emulated Cerevox account, in a SQLite file: {account.url}\n"
                "    by hand: pulumi-cerevox emulator --seed empty --db account.db\n"
                "    then:    export CEREVOX_BASE_URL and CEREVOX_API_KEY, as in the "
                "line that it prints"
            )
            show_both(engine, Path(folder), account)
    except (DemoFailedError, NoEngineError) as failure:
        print(f"\nThe demo failed: {failure}", file=sys.stderr)
        return 1
    print("\nDone. State and account were in a temporary folder, now gone.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
