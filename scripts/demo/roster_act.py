"""Second act: the whole team from one file, with guards."""

from __future__ import annotations

import re

from scripts.demo.narration import DemoFailedError
from scripts.demo.stage import Stage

TYPE = "pulumi-python:dynamic/cerevox:Roster"
DRIFT_FOUND = 7


class RosterAct(Stage):
    """Declare everybody, review a change, refuse a mass removal, see an intruder."""

    def declare(self) -> None:
        """Make the account what examples/roster/team.yaml says."""
        self.narrator.step(
            "Now the whole team from one file: examples/roster/team.yaml",
            "cd examples/roster && pulumi stack init demo && pulumi up",
        )
        self.pulumi("stack", "init", "demo")
        output = self.pulumi("up", "--yes")
        self.narrator.expect(
            output,
            "read just now: create 3, promote 0, demote 0",
            f"+  {TYPE} team created",
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
        preview = self.pulumi("preview", "--diff")
        self.narrator.expect(
            preview,
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
        file = self.workspace.project / "team.yaml"
        before = file.read_text()
        self._edit(r".*(bob|eve|grace)@example.com.*\n", "")
        output = self.pulumi("preview", exit_code=1)
        file.write_text(before)
        self.narrator.expect(
            output,
            "max_removals",
            "CEREVOX_APPROVE=",
            seen="refused, with the numbers, the names, and the one setting that "
            "would allow exactly this",
        )

    def see_an_intruder(self) -> None:
        """Find somebody whom nobody declared."""
        admin = self.account.admin_url
        self.narrator.step(
            "Somebody adds an admin by hand; look for people nobody declared",
            f"curl -X POST {admin}/users -H 'Content-Type: application/json' -d "
            '\'{"email": "mallory@example.com", "name": "Mallory", "role": "admin"}\' '
            "&& pulumi refresh --preview-only --expect-no-changes --diff",
        )
        self.account.add_user("mallory@example.com", name="Mallory", role="admin")
        output = self.pulumi(
            "refresh",
            "--preview-only",
            "--expect-no-changes",
            "--diff",
            exit_code=DRIFT_FOUND,
        )
        self.narrator.expect(
            output,
            "mallory@example.com",
            seen="the undeclared admin by name, and exit code 7 for a nightly job",
        )

    def leave(self) -> None:
        """Let the roster go; everybody stays in the account."""
        self.narrator.step("Let the roster go: everybody stays", "pulumi destroy")
        self.pulumi("destroy", "--yes")
        left = len(self.account.users())
        if left != 6:
            raise DemoFailedError(f"six people should be left, not {left}")
        self.narrator.seen.append("destroying the roster removed nobody")

    def _edit(self, pattern: str, replacement: str) -> None:
        file = self.workspace.project / "team.yaml"
        text, count = re.subn(pattern, replacement, file.read_text())
        if count == 0:
            raise DemoFailedError(f"team.yaml holds nothing like {pattern!r}")
        file.write_text(text)

    def play(self) -> None:
        """Go through every step; the first that shows something else ends it."""
        self.declare()
        self.review_a_change()
        self.refuse_a_mass_removal()
        self.see_an_intruder()
        self.leave()
