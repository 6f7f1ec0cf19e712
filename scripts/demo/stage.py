"""Where the demo plays: a stack, an emulated account, and a narrator."""

from __future__ import annotations

from pulumi_cerevox.testing.emulator_process import EmulatorProcess
from scripts.demo.narration import DemoFailedError, Narrator
from scripts.engine.workspace import Workspace


class Stage:
    """One Pulumi project and one emulated account, with every command shown."""

    def __init__(
        self, workspace: Workspace, account: EmulatorProcess, narrator: Narrator
    ) -> None:
        """Use a stack that does not exist yet."""
        self.workspace = workspace
        self.account = account
        self.narrator = narrator

    def pulumi(self, *arguments: str, exit_code: int = 0) -> str:
        """Run a `pulumi` command, show what it printed, and give it.

        Raises:
            DemoFailedError: it ended with another exit code than it should.
        """
        run = self.workspace.run(*arguments)
        self.narrator.show(run.stdout)
        if run.returncode != exit_code:
            raise DemoFailedError(
                f"`pulumi {' '.join(arguments)}` ended with exit code "
                f"{run.returncode}, not {exit_code}"
            )
        return run.stdout
