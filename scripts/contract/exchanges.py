"""What was asked and answered, as it is judged, and as a file of JSON lines.

The format is described in the README.md beside this module. Verdicts are only ever
given on what such a file holds, so that a replay can't come to others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FORMAT = "pulumi-cerevox contract exchanges"
VERSION = 1


class RecordingError(Exception):
    """A file holds no exchanges that can be replayed; the text says why."""


class CannotTellError(Exception):
    """What was seen does not settle a question; the text says why."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, both without what names a person or gives access.

    Attributes:
        ask: What it was sent for; the facts go by it.
        method: HTTP method.
        path: Path below the base URL.
        query: Query parameters.
        auth: What authorised it: a word, never the thing.
        sent: JSON body of the request; None without one.
        status: HTTP status; None where no answer came.
        headers: The few that count, in lower case.
        body: JSON of the answer; None where it has none.
        is_json: Whether the answer was JSON.
        failure: What happened where no answer came.
    """

    ask: str
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    auth: str = "none"
    sent: Any = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    is_json: bool = False
    failure: str | None = None

    @property
    def request(self) -> str:
        """The request in short, for texts."""
        return f"{self.method} {self.path}"

    def fields(self) -> Mapping[str, Any]:
        """Return the fields of the answer; none where it is no object."""
        return self.body if isinstance(self.body, dict) else {}


@dataclass(frozen=True, slots=True)
class Recording:
    """Everything that one run asked and was answered, in order.

    `writes` tells whether more than reading was allowed. A method raises
    `CannotTellError` where there is no such answer.
    """

    base_url: str
    recorded: str
    writes: bool
    exchanges: Sequence[Exchange]

    def answered(self) -> Sequence[Exchange]:
        """Return every exchange that has an answer."""
        found = [one for one in self.exchanges if one.status is not None]
        if not found:
            raise CannotTellError("nothing was answered")
        return found

    def answer(self, ask: str) -> Exchange:
        """Return the answer to one ask."""
        for one in self.exchanges:
            if one.ask == ask:
                if one.status is None:
                    raise CannotTellError(f"{one.request}: {one.failure}")
                if one.status == 429 or one.status >= 500:
                    raise CannotTellError(f"{one.request} answered {one.status}")
                return one
        raise CannotTellError(f"{ask!r} was not asked")

    def good(self, ask: str) -> Exchange:
        """Return the answer to one ask where it succeeded."""
        one = self.answer(ask)
        if one.status not in {200, 201}:
            raise CannotTellError(f"{one.request} answered {one.status}")
        return one

    def fields(self, ask: str) -> Mapping[str, Any]:
        """Return the object that one ask was answered with."""
        one = self.good(ask)
        if not isinstance(one.body, dict):
            raise CannotTellError(f"{one.request} answered no object")
        return one.body

    def users(self, ask: str = "list") -> list[Mapping[str, Any]]:
        """Return the users of a list, bare or wrapped."""
        one = self.good(ask)
        listed = one.fields().get("users") if one.fields() else one.body
        if isinstance(listed, list):
            users: list[Mapping[str, Any]] = [u for u in listed if isinstance(u, dict)]
            if users:
                return users
        raise CannotTellError(f"{one.request} answered no list of users")


def write_recording(recording: Recording, path: Path) -> None:
    """Write a recording to a file."""
    lines: list[dict[str, Any]] = [
        {
            "format": FORMAT,
            "version": VERSION,
            "base_url": recording.base_url,
            "recorded": recording.recorded,
            "writes": recording.writes,
        }
    ]
    for one in recording.exchanges:
        request = {
            "method": one.method,
            "path": one.path,
            "query": dict(one.query),
            "auth": one.auth,
            "body": one.sent,
        }
        line: dict[str, Any] = {"ask": one.ask, "request": request}
        if one.status is None:
            line["failure"] = one.failure
        else:
            line["answer"] = {"status": one.status, "headers": dict(one.headers)}
            if one.is_json:
                line["answer"]["json"] = one.body
        lines.append(line)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")


def read_recording(path: Path) -> Recording:
    """Read a recording; raise `RecordingError` where it is none that we can read."""
    try:
        lines = path.read_text("utf-8").splitlines()
        head, *rest = (json.loads(line) for line in lines if line.strip())
        if head["format"] != FORMAT or head["version"] != VERSION:
            raise RecordingError(
                f"{path} has format {head['format']!r}, version {head['version']!r}; "
                f"this reads {FORMAT!r}, version {VERSION}"
            )
        exchanges = tuple(_exchange(line) for line in rest)
        return Recording(head["base_url"], head["recorded"], head["writes"], exchanges)
    except OSError as error:
        raise RecordingError(f"could not read {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise RecordingError(f"{path} holds no recorded exchanges") from None


def _exchange(line: Mapping[str, Any]) -> Exchange:
    request, answer = line["request"], line.get("answer", {})
    return Exchange(
        ask=line["ask"],
        method=request["method"],
        path=request["path"],
        query=request["query"],
        auth=request["auth"],
        sent=request["body"],
        status=int(answer["status"]) if answer else None,
        headers=answer.get("headers", {}),
        body=answer.get("json"),
        is_json="json" in answer,
        failure=line.get("failure"),
    )
