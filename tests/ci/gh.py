"""A stand-in of `gh` that keeps labels and issues in a file.

It takes the options that GitHub's command has and refuses all others, refuses a label
that is not there, and lists newest first, as that does.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Store = dict[str, Any]
Command = Callable[[argparse.ArgumentParser, list[str], Store], None]

STORE = Path(os.environ["GH_STORE"])


def main() -> None:
    """Run one command."""
    if os.environ.get("GH_TOKEN") != "ghs_made-up":
        sys.exit("HTTP 401: Bad credentials")
    if os.environ.get("GH_REPO") != "acme/people":
        sys.exit("no git remotes found")
    subject, verb = sys.argv[1:3]
    rest = argparse.ArgumentParser(prog=f"gh {subject} {verb}", allow_abbrev=False)
    store = json.loads(STORE.read_text()) if STORE.exists() else {}
    store = {"labels": [], "issues": [], "log": [], **store}
    if store.get("refusal"):
        sys.exit(store["refusal"])
    COMMANDS[subject, verb](rest, sys.argv[3:], store)
    if verb != "list":
        store["log"].append(verb)
        STORE.write_text(json.dumps(store))


def create_label(
    parser: argparse.ArgumentParser, words: list[str], store: Store
) -> None:
    """Make a label; --force takes one that is there."""
    parser.add_argument("name")
    parser.add_argument("--force", action="store_true")
    parser.add_argument("--color")
    parser.add_argument("--description")
    given = parser.parse_args(words)
    if len(given.name) > 50:
        sys.exit("HTTP 422: name is too long (maximum is 50 characters)")
    if given.name in store["labels"] and not given.force:
        sys.exit("label already exists")
    store["labels"] = sorted({*store["labels"], given.name})


def list_issues(
    parser: argparse.ArgumentParser, words: list[str], store: Store
) -> None:
    """Print what --jq '.[] | "\\(.number) \\(.state)"' makes of the issues."""
    parser.add_argument("--label", required=True)
    parser.add_argument("--state", choices=["open", "closed", "all"], default="open")
    parser.add_argument("--limit", type=int, default=30)
    parser.add_argument("--json", required=True)
    parser.add_argument("--jq", required=True)
    given = parser.parse_args(words)
    assert given.json == "number,state"
    assert given.jq == r'.[] | "\(.number) \(.state)"'
    states = {given.state.upper()} if given.state != "all" else {"OPEN", "CLOSED"}
    found = [
        one
        for one in reversed(store["issues"])
        if one["label"] == given.label and one["state"] in states
    ]
    for one in found[: given.limit]:
        sys.stdout.write(f"{one['number']} {one['state']}\n")


def create_issue(
    parser: argparse.ArgumentParser, words: list[str], store: Store
) -> None:
    """Open an issue."""
    parser.add_argument("--label")
    parser.add_argument("--title", required=True)
    parser.add_argument("--body-file", required=True)
    given = parser.parse_args(words)
    if given.label not in store["labels"]:
        sys.exit(f"could not add label: '{given.label}' not found")
    number = len(store["issues"]) + 1
    one = {"number": number, "state": "OPEN", "label": given.label, "comments": []}
    store["issues"].append(one | _text(given))


def edit_issue(parser: argparse.ArgumentParser, words: list[str], store: Store) -> None:
    """Change title and text."""
    parser.add_argument("number", type=int)
    parser.add_argument("--title")
    parser.add_argument("--body-file")
    given = parser.parse_args(words)
    store["issues"][given.number - 1] |= _text(given)


def set_state(state: str) -> Command:
    """Return the command that closes an issue or opens it again."""

    def change(parser: argparse.ArgumentParser, words: list[str], store: Store) -> None:
        parser.add_argument("number", type=int)
        parser.add_argument("--comment")
        given = parser.parse_args(words)
        one = store["issues"][given.number - 1]
        assert one["state"] != state
        one["state"] = state
        one["comments"].append(given.comment)

    return change


def _text(given: argparse.Namespace) -> dict[str, str]:
    body = Path(given.body_file).read_text(encoding="utf-8")
    if len(body) > 65_536:
        sys.exit("GraphQL: Body is too long (maximum is 65536 characters)")
    return {"title": given.title, "body": body}


COMMANDS: dict[tuple[str, str], Command] = {
    ("label", "create"): create_label,
    ("issue", "list"): list_issues,
    ("issue", "create"): create_issue,
    ("issue", "edit"): edit_issue,
    ("issue", "close"): set_state("CLOSED"),
    ("issue", "reopen"): set_state("OPEN"),
}

if __name__ == "__main__":
    main()
