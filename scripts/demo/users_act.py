"""First act: three people, each a resource of their own."""

from __future__ import annotations

from scripts.demo.stage import Stage

TYPE = "pulumi-python:dynamic/cerevox:User"


class UsersAct(Stage):
    """Create, meddle, see, heal, destroy."""

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
        admin = self.account.admin_url
        self.narrator.step(
            "Behind Pulumi's back: demote Ada, delete Bob",
            f"curl -X PATCH {admin}/users/ada@example.com -H 'Content-Type: "
            'application/json\' -d \'{"role": "member"}\'; '
            f"curl -X DELETE {admin}/users/bob@example.com",
        )
        self.account.patch_user("ada@example.com", role="member")
        self.account.remove_user("bob@example.com")

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
        left = sorted(user["email"] for user in self.account.users())
        self.narrator.expect(
            output,
            f"-  {TYPE} ada deleted",
            f"-  {TYPE} bob deleted",
            f"-  {TYPE} eve deleted",
            seen=f"three users deleted; left in the account: {', '.join(left)}",
        )

    def play(self) -> None:
        """Go through every step; the first that shows something else ends it."""
        self.create()
        self.meddle()
        self.see_drift()
        self.heal()
        self.settle()
        self.destroy()
