"""Asking Pulumi's engine for a stack's state."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit.sources.source_error import SourceError

_MOST_LINES = 20


def export_stack(stack: str, folder: Path | None = None) -> bytes:
    """Give what `pulumi stack export` writes; the stack is only read.

    Args:
        stack: Its name, as `pulumi` takes it.
        folder: The project's folder; None for the current one.

    Raises:
        SourceError: there is no `pulumi`, or it says no; the text has its words.
    """
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise SourceError(
            "there is no `pulumi` on PATH, which --stack asks for the state. Export it "
            "where there is one: pulumi stack export > stack.json, then: "
            "pulumi-cerevox audit stack.json"
        )
    # The = keeps a name that begins with a dash from being an option.
    words = [pulumi, "stack", "export", f"--stack={stack}", "--non-interactive"]
    try:
        run = subprocess.run(  # noqa: S603 - no shell, and a path of our own finding
            [*words, "--color=never"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        place = error.filename or pulumi
        raise SourceError(
            f"{printable(str(place))}: {printable(error.strerror or str(error))}"
        ) from None
    if run.returncode:
        raise SourceError(_refusal(stack, run.returncode, run.stderr))
    return run.stdout


def _refusal(stack: str, code: int, stderr: bytes) -> str:
    said = stderr.decode("utf-8", "replace").strip().splitlines()[:_MOST_LINES]
    lines = "\n".join(f"  {printable(line)}" for line in said if line.strip())
    return (
        f"`pulumi stack export --stack {printable(stack)}` ended with {code}:\n"
        f"{lines}\n"
        "`pulumi login` and `pulumi stack ls`, in the project's folder (--cwd), show "
        "what there is"
    )
