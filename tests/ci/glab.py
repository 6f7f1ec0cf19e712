"""A stand-in of `glab` that keeps issues in a file.

It takes the options that GitLab's command has and refuses all others, makes a label
with its first issue, and lists newest first, as that does.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Issues = list[dict[str, Any]]
Command = Callable[[argparse.ArgumentParser, list[str], Issues], None]

STORE = Path(os.environ["GLAB_STORE"])


def main() -> None:
    """Run one command about issues."""
    if os.environ.get("GITLAB_TOKEN") != "glpat-made-up":
        sys.exit("401 Unauthorized")
    subject, verb = sys.argv[1:3]
    assert subject == "issue"
    rest = argparse.ArgumentParser(prog=f"glab issue {verb}", allow_abbrev=False)
    issues = json.loads(STORE.read_text()) if STORE.exists() else []
    COMMANDS[verb](rest, sys.argv[3:], issues)
    if verb != "list":
        STORE.write_text(json.dumps(issues))


def list_issues(
    parser: argparse.ArgumentParser, words: list[str], issues: Issues
) -> None:
    """Print the numbers of the open issues, or of the closed ones."""
    parser.add_argument("--closed", action="store_true")
    parser.add_argument("--label", required=True)
    parser.add_argument("--output-format", choices=["ids"], required=True)
    parser.add_argument("--per-page", type=int, default=30)
    given = parser.parse_args(words)
    state = "closed" if given.closed else "opened"
    found = [
        one["iid"]
        for one in reversed(issues)
        if given.label in one["labels"] and one["state"] == state
    ]
    sys.stdout.writelines(f"{iid}\n" for iid in found[: given.per_page])


def create_issue(
    parser: argparse.ArgumentParser, words: list[str], issues: Issues
) -> None:
    """Open an issue; without --yes the command would ask, and nobody answers."""
    parser.add_argument("--label", action="append", default=[])
    parser.add_argument("--title", required=True)
    parser.add_argument("--description", required=True)
    parser.add_argument("--yes", action="store_true", required=True)
    given = parser.parse_args(words)
    issues.append(
        {
            "iid": len(issues) + 1,
            "state": "opened",
            "labels": given.label,
            "title": given.title,
            "description": given.description,
        }
    )


def update_issue(
    parser: argparse.ArgumentParser, words: list[str], issues: Issues
) -> None:
    """Change the text."""
    parser.add_argument("iid", type=int)
    parser.add_argument("--description", required=True)
    given = parser.parse_args(words)
    issues[given.iid - 1]["description"] = given.description


def set_state(state: str) -> Command:
    """Return the command that closes an issue or opens it again."""

    def change(
        parser: argparse.ArgumentParser, words: list[str], issues: Issues
    ) -> None:
        parser.add_argument("iid", type=int)
        one = issues[parser.parse_args(words).iid - 1]
        assert one["state"] != state
        one["state"] = state

    return change


COMMANDS: dict[str, Command] = {
    "list": list_issues,
    "create": create_issue,
    "update": update_issue,
    "close": set_state("closed"),
    "reopen": set_state("opened"),
}

if __name__ == "__main__":
    main()
