"""Declare three people, change the account behind Pulumi's back, heal it, destroy."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from pulumi_cerevox.testing.emulator_process import EmulatorProcess
from scripts.demo.narration import DemoFailedError, Narrator
from scripts.engine.workspace import Workspace

ROOT = Path(__file__).parents[2]
QUICKSTART = ROOT / "examples" / "quickstart"
TYPE = "pulumi-python:dynamic/cerevox:User"
DRIFT_FOUND = 7


class Demo:
    """One run of the quickstart against one emulated account."""

    def __init__(self, workspace: Workspace, account: EmulatorProcess) -> None:
        """Use a stack that does not exist yet."""
        self._workspace = workspace
        self._account = account
        self.narrator = Narrator()

    def pulumi(self, *arguments: str, exit_code: int = 0) -> str:
        """Run a `pulumi` command, show what it printed, and give it."""
        run = self._workspace.run(*arguments)
        self.narrator.show(run.stdout)
        if run.returncode != exit_code:
            raise DemoFailedError(
                f"`pulumi {' '.join(arguments)}` ended with exit code "
                f"{run.returncode}, not {exit_code}"
            )
        return run.stdout

    def create(self) -> None:
        """Make the three people of the quickstart."""
        self.narrator.step(
            "Create the three people that examples/quickstart declares",
            "cd examples/quickstart && pulumi stack init demo && pulumi up",
        )
        self.pulumi("stack", "init", "demo")
        output = self.pulumi("up", "--yes")
        self.narrator.expect(
            output,
            f"+  {TYPE} ada created",
            f"+  {TYPE} bob created",
            f"+  {TYPE} eve created",
            seen="three users created, each with the declared role",
        )

    def meddle(self) -> None:
        """Do by hand what Pulumi does not know of."""
        admin = self._account.admin_url
        self.narrator.step(
            "Behind Pulumi's back: demote Ada, delete Bob",
            f"curl -X PATCH {admin}/users/ada@example.com -H 'Content-Type: "
            'application/json\' -d \'{"role": "member"}\'; '
            f"curl -X DELETE {admin}/users/bob@example.com",
        )
        self._account.patch_user("ada@example.com", role="member")
        self._account.remove_user("bob@example.com")

    def see_drift(self) -> None:
        """Let the preview find it, without changing a thing."""
        self.narrator.step(
            "See what a preview that looks at the account makes of it",
            "pulumi preview --refresh --diff",
        )
        output = self.pulumi("preview", "--refresh", "--diff")
        self.narrator.expect(
            output,
            '~ role     : "admin" => "member"',
            '- email    : "bob@example.com"',
            "+ " + TYPE,
            '~ role: "member" => "admin"',
            seen="Ada's lost role and Bob's absence, each as a diff of one person",
        )

    def heal(self) -> None:
        """Make the account what the program declares."""
        self.narrator.step("Heal it", "pulumi up --refresh")
        output = self.pulumi("up", "--refresh", "--yes")
        self.narrator.expect(
            output,
            f"~  {TYPE} ada updated",
            f"+  {TYPE} bob created",
            seen="Ada updated in place, Bob created again, Eve untouched",
        )

    def settle(self) -> None:
        """Show that nothing is left to do."""
        self.narrator.step(
            "Show that nothing is left to do",
            "pulumi preview --refresh --expect-no-changes",
        )
        output = self.pulumi("preview", "--refresh", "--expect-no-changes")
        self.narrator.expect(
            output, "unchanged", seen="a further preview is empty (exit code 0)"
        )

    def destroy(self) -> None:
        """Remove the three people; the account's owner stays."""
        self.narrator.step("Remove the three people again", "pulumi destroy")
        output = self.pulumi("destroy", "--yes")
        left = sorted(user["email"] for user in self._account.users())
        self.narrator.expect(
            output,
            f"-  {TYPE} ada deleted",
            f"-  {TYPE} bob deleted",
            f"-  {TYPE} eve deleted",
            seen=f"three users deleted; left in the account: {', '.join(left)}",
        )

    def summary(self) -> None:
        """Say what was seen, and what it cost the API."""
        print("\nWhat was seen:")
        for number, seen in enumerate(self.narrator.seen, start=1):
            print(f"  {number}. {seen}")
        requests = Counter(
            f"{request['method']} {request['route']}"
            for request in self._account.journal()
        )
        print("Requests that the account's API counted, in all of the above:")
        for request, count in sorted(requests.items()):
            print(f"  {count:3d}  {request}")

    def run(self) -> None:
        """Go through every step; the first that shows something else ends it."""
        for step in (
            self.create,
            self.meddle,
            self.see_drift,
            self.heal,
            self.settle,
            self.destroy,
        ):
            step()
        self.summary()


def find_engine() -> Path:
    """Find or make the engine, by the script behind `make engine`."""
    run = subprocess.run(
        [sys.executable, "-m", "scripts.engine"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        raise DemoFailedError("there is no Pulumi engine to run on")
    return Path(run.stdout.splitlines()[-1])


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
            credentials = {
                "CEREVOX_API_KEY": account.api_key,
                "CEREVOX_BASE_URL": account.url,
            }
            workspace = Workspace(engine, QUICKSTART, Path(folder), credentials)
            Demo(workspace, account).run()
    except DemoFailedError as failure:
        print(f"\nThe demo failed: {failure}", file=sys.stderr)
        return 1
    print("\nDone. State and account were in a temporary folder, now gone.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
