"""See it work on the real engine: single users, then a whole roster (`make demo`)."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from pulumi_cerevox.testing.emulator_process import EmulatorProcess
from scripts.engine.workspace import (
    ROOT,
    CommandFailedError,
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


class Demo:
    """Prints steps, commands and what they showed, and keeps that for the summary."""

    def __init__(self, account: EmulatorProcess) -> None:
        """Start with nothing seen."""
        self.account = account
        self.steps = 0
        self.seen: list[str] = []

    def step(self, what: str, by_hand: str) -> None:
        """Say what comes next, and the command to do it yourself."""
        self.steps += 1
        print(f"\n[{self.steps}] {what}\n    by hand: {by_hand}", flush=True)

    def pulumi(self, workspace: Workspace, *words: str, exit_code: int = 0) -> str:
        """Run a command, print what it printed, and check its exit code."""
        run = workspace.run(*words)
        for line in run.stdout.strip().splitlines():
            print(f"    | {line}".rstrip(), flush=True)
        if run.returncode != exit_code:
            raise DemoFailedError(
                f"`pulumi {' '.join(words)}` ended with exit code {run.returncode}, "
                f"not {exit_code}"
            )
        return run.stdout

    def expect(self, output: str, *signs: str, seen: str) -> None:
        """Make sure that a command showed what the step says."""
        for sign in signs:
            if sign not in output:
                raise DemoFailedError(f"expected to see {sign!r} here, and did not")
        self.seen.append(f"[{self.steps}] {seen}")
        print(f"    seen: {seen}", flush=True)


def create_users(demo: Demo, quickstart: Workspace) -> None:
    """Create three people, each a resource of their own."""
    demo.step(
        "Create the three people that examples/quickstart declares",
        "cd examples/quickstart && pulumi stack init demo && pulumi up",
    )
    demo.pulumi(quickstart, "stack", "init", "demo")
    demo.expect(
        demo.pulumi(quickstart, "up", "--yes"),
        *(f"+  {USER} {name} created" for name in ("ada", "bob", "eve")),
        seen="three users created, each with the declared role",
    )


def see_manual_edits(demo: Demo, quickstart: Workspace) -> None:
    """Change what Pulumi does not know of, and let a preview find it."""
    admin = demo.account.admin_url
    demo.step(
        "Behind Pulumi's back: demote Ada, delete Bob",
        f"curl -X PATCH {admin}/users/ada@example.com -H 'Content-Type: "
        'application/json\' -d \'{"role": "member"}\'; '
        f"curl -X DELETE {admin}/users/bob@example.com",
    )
    demo.account.patch_user("ada@example.com", role="member")
    demo.account.remove_user("bob@example.com")
    demo.step(
        "See what a preview that looks at the account makes of it",
        "pulumi preview --refresh --diff",
    )
    demo.expect(
        demo.pulumi(quickstart, "preview", "--refresh", "--diff"),
        *('~ role     : "admin" => "member"', '- email    : "bob@example.com"'),
        *(f"+ {USER}", '~ role: "member" => "admin"'),
        seen="Ada's lost role and Bob's absence, each as a diff of one person",
    )


def repair_users(demo: Demo, quickstart: Workspace) -> None:
    """Make the account what the program declares; remove the people in the end."""
    demo.step("Repair it", "pulumi up --refresh")
    demo.expect(
        demo.pulumi(quickstart, "up", "--refresh", "--yes"),
        *(f"~  {USER} ada updated", f"+  {USER} bob created"),
        seen="Ada updated in place, Bob created again, Eve untouched",
    )
    again = ("preview", "--refresh", "--expect-no-changes")
    demo.step("Show that nothing is left to do", f"pulumi {' '.join(again)}")
    output = demo.pulumi(quickstart, *again)
    demo.expect(output, "unchanged", seen="a further preview is empty (exit code 0)")
    demo.step("Remove the three people again", "pulumi destroy")
    output = demo.pulumi(quickstart, "destroy", "--yes")
    left = sorted(user["email"] for user in demo.account.users())
    demo.expect(
        output,
        *(f"-  {USER} {name} deleted" for name in ("ada", "bob", "eve")),
        seen=f"three users deleted; left in the account: {', '.join(left)}",
    )


def declare_team(demo: Demo, team: Workspace) -> None:
    """Declare everybody in one file, and show what a reviewer sees of a change."""
    demo.step(
        "Now the whole team from one file: examples/roster/team.yaml",
        "cd examples/roster && pulumi stack init demo && pulumi up",
    )
    demo.pulumi(team, "stack", "init", "demo")
    demo.expect(
        demo.pulumi(team, "up", "--yes"),
        "read just now: create 3, promote 0, demote 0",
        f"+  {ROSTER} team created",
        seen="three of four created; the owner, there already, left as they were",
    )
    demo.step(
        "Review a change: Grace joins, Bob becomes an admin",
        "edit team.yaml, then: pulumi preview --diff && pulumi up",
    )
    edit(team, r"(.*bob@example.com.*)\}", r"\1, role: admin}")
    edit(team, r"\Z", "  - {email: grace@example.com, name: Grace Hopper}\n")
    demo.expect(
        demo.pulumi(team, "preview", "--diff"),
        *("+ grace@example.com", '~ role: "member" => "admin"'),
        seen="the change as a diff of two people, before anything is done",
    )
    demo.pulumi(team, "up", "--yes", "--skip-preview")


def refuse_a_mass_removal(demo: Demo, team: Workspace) -> None:
    """Delete too many lines, and be told."""
    demo.step(
        "A slip: three of five people are deleted from the file",
        "edit team.yaml, then: pulumi preview",
    )
    before = edit(team, r".*(bob|eve|grace)@example.com.*\n", "")
    output = demo.pulumi(team, "preview", exit_code=1)
    (team.project / "team.yaml").write_text(before)
    demo.expect(
        output,
        *("max_removals", "CEREVOX_APPROVE="),
        seen="refused, with the numbers, the names, and the one setting that would "
        "allow exactly this",
    )


def see_an_intruder(demo: Demo, team: Workspace) -> None:
    """Find somebody whom nobody declared; destroying the roster removes nobody."""
    refresh = ("refresh", "--preview-only", "--expect-no-changes", "--diff")
    demo.step(
        "Somebody adds an admin by hand; look for people nobody declared",
        f"curl -X POST {demo.account.admin_url}/users "
        "-H 'Content-Type: application/json' -d "
        '\'{"email": "mallory@example.com", "name": "Mallory", "role": "admin"}\' '
        f"&& pulumi {' '.join(refresh)}",
    )
    demo.account.add_user("mallory@example.com", name="Mallory", role="admin")
    demo.expect(
        demo.pulumi(team, *refresh, exit_code=DRIFT_FOUND),
        "mallory@example.com",
        seen="the undeclared admin by name, and exit code 7 for a nightly job",
    )
    demo.step("Destroy the roster: everybody stays", "pulumi destroy")
    demo.pulumi(team, "destroy", "--yes")
    left = len(demo.account.users())
    if left != 6:
        raise DemoFailedError(f"six people should be left, not {left}")
    demo.seen.append("destroying the roster removed nobody")


def edit(team: Workspace, pattern: str, replacement: str) -> str:
    """Edit team.yaml, and return its text from before."""
    file = team.project / "team.yaml"
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
    demo, own = Demo(account), credentials_of(account)
    quickstart = Workspace(engine, EXAMPLES / "quickstart", folder / "users", own)
    for show in (create_users, see_manual_edits, repair_users):
        show(demo, quickstart)
    team = Workspace(engine, copy, folder / "team", own)
    for show_more in (declare_team, refuse_a_mass_removal, see_an_intruder):
        show_more(demo, team)
    print("\nWhat was seen:")
    for seen in demo.seen:
        print(f"  {seen}")
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
    except (DemoFailedError, CommandFailedError) as failure:
        print(f"\nThe demo failed: {failure}", file=sys.stderr)
        return 1
    print("\nDone. State and account were in a temporary folder, now gone.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
