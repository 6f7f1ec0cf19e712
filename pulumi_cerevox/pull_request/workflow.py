"""What a GitHub workflow tells the commands that it runs (GitHub's documentation)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi_cerevox.account import printable

_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


class PlaceError(ValueError):
    """It is not known which pull request is meant; the text says what to give."""


@dataclass(frozen=True, slots=True)
class Place:
    """One pull request.

    Attributes:
        repository: As in `owner/name`.
        number: Its number there.
    """

    repository: str
    number: int


@dataclass(frozen=True, slots=True, order=True)
class Run:
    """The run of a workflow that writes the comment. A later run is a greater one.

    Attributes:
        number: GITHUB_RUN_ID; grows, and a run that is repeated keeps it.
        attempt: GITHUB_RUN_ATTEMPT, from 1.
        url: Where people see it; "" where it is not known.
        commit: The head of the pull request that was looked at; "" likewise.
    """

    number: int
    attempt: int = 1
    url: str = ""
    commit: str = ""


def place_of(
    environment: Mapping[str, str],
    repository: str | None = None,
    number: int | None = None,
) -> Place:
    """Say which pull request is meant: as given, else that of the event.

    Raises:
        PlaceError: There is neither.
    """
    named = repository or environment.get("GITHUB_REPOSITORY", "")
    if not _REPOSITORY.fullmatch(named):
        raise PlaceError(
            f"no repository: {printable(named)!r}. Give --repository OWNER/NAME, or "
            "set GITHUB_REPOSITORY, as a GitHub workflow does"
        )
    found = number or _pull_request(environment).get("number")
    if not isinstance(found, int) or found < 1:
        raise PlaceError(
            "this run belongs to no pull request. Give --pull-request NUMBER, or run "
            "it in a workflow `on: pull_request`"
        )
    return Place(named, found)


def run_of(environment: Mapping[str, str]) -> Run | None:
    """Say which run this is; None outside of workflows."""
    number = environment.get("GITHUB_RUN_ID", "")
    attempt = environment.get("GITHUB_RUN_ATTEMPT", "1")
    if not _NUMBER.fullmatch(number) or not _NUMBER.fullmatch(attempt):
        return None
    head = _pull_request(environment).get("head")
    commit = head.get("sha") if isinstance(head, dict) else None
    return Run(
        int(number),
        int(attempt),
        _url(environment, number),
        commit if isinstance(commit, str) and _COMMIT.fullmatch(commit) else "",
    )


def _url(environment: Mapping[str, str], number: str) -> str:
    server = environment.get("GITHUB_SERVER_URL", "")
    repository = environment.get("GITHUB_REPOSITORY", "")
    plain = re.fullmatch(r"https?://[A-Za-z0-9.:-]+", server)
    if not plain or not _REPOSITORY.fullmatch(repository):
        return ""
    return f"{server}/{repository}/actions/runs/{number}"


def _pull_request(environment: Mapping[str, str]) -> dict[str, Any]:
    """Give the pull request of the event that started the workflow; {} for others."""
    path = environment.get("GITHUB_EVENT_PATH")
    if not path:
        return {}
    try:
        event = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    found = event.get("pull_request") if isinstance(event, dict) else None
    return found if isinstance(found, dict) else {}
