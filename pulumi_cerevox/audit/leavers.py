"""Find people who left the company, by the export of a staff directory.

A directory that can't be read, is empty, or lists too few of the declared people is a
gap of the audit. It never means that everybody left.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_cerevox.account import fold_email, printable
from pulumi_cerevox.audit.model import Gap, GapKind, SourceError
from pulumi_cerevox.audit.sources import read_content

LEAST_COVERAGE = 0.5
"""Share of the declared people whom a directory must know to be believed."""

ACTIVE = "active"
_ALIASES = str.maketrans(",;|", "   ")


@dataclass(frozen=True, slots=True)
class PeopleDirectory:
    """The people whom a directory lists.

    Attributes:
        statuses: Folded email, aliases included, to the status, in lower case;
            "active" where the directory gives none.
        gaps: Why it can't be used.
    """

    statuses: Mapping[str, str] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()

    def gaps_for(self, people: Collection[str]) -> tuple[Gap, ...]:
        """Return why this directory can't say who left.

        Args:
            people: Those whom it should know, folded.
        """
        known = sum(email in self.statuses for email in people)
        if self.gaps or known >= LEAST_COVERAGE * len(people):
            return self.gaps
        text = (
            f"the directory knows {known} of {len(people)} declared people, which is "
            "less than half: nobody is said to have left. Export all of it"
        )
        return (Gap(GapKind.SOURCE, text),)

    def left(self, email: str) -> str | None:
        """Return the status of somebody who left, "" where they are not listed.

        None where they are active.
        """
        status = self.statuses.get(email, "")
        return None if status == ACTIVE else status


class _FormatError(ValueError):
    """A line can't be read as a person."""


def read_directory(path: str) -> PeopleDirectory:
    """Read a directory's export: CSV with a header, or JSON lines; `-` is stdin.

    A person has `email`, and may have `status` and `aliases`. Whoever is listed twice
    is active if one of the lines says so: people come back.
    """
    name = printable(path)
    try:
        text = read_content(path).decode("utf-8-sig")
        is_json = text.lstrip().startswith(("{", "["))
        people = list(_json_people(text) if is_json else _csv_people(text))
    except SourceError as error:
        return _unusable(str(error))
    except UnicodeDecodeError:
        return _unusable(f"{name}: is no UTF-8; export it as UTF-8")
    except (_FormatError, csv.Error, RecursionError) as error:
        return _unusable(f"{name}: {printable(str(error))}")
    if not people:
        return _unusable(f"{name}: lists nobody; did the export fail?")
    statuses: dict[str, str] = {}
    for email, status in people:
        if statuses.get(email) != ACTIVE:
            statuses[email] = status
    return PeopleDirectory(statuses)


def _unusable(text: str) -> PeopleDirectory:
    whole = f"the directory can't be used, so nobody is said to have left: {text}"
    return PeopleDirectory(gaps=(Gap(GapKind.SOURCE, whole),))


def _csv_people(text: str) -> Iterator[tuple[str, str]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    columns = [(name or "").strip().lower() for name in reader.fieldnames or ()]
    if "email" not in columns:
        raise _FormatError("line 1: has no column `email`")
    if len(set(columns)) < len(columns):
        raise _FormatError("line 1: names a column twice")
    reader.fieldnames = columns
    for row in reader:
        # A line that is cut, or has a comma too many, may be about anybody.
        if None in row or None in row.values():
            raise _FormatError(
                f"line {reader.line_num}: has not {len(columns)} columns"
            )
        yield from _emails(row)


def _json_people(text: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise _FormatError(f"line {number}: is no JSON: {error}") from None
        if not isinstance(row, dict) or not isinstance(row.get("email"), str):
            raise _FormatError(f"line {number}: has no `email` that is text")
        yield from _emails(row)


def _emails(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Return each email of one person, folded, with the status."""
    status = str(row.get("status") or ACTIVE).strip().lower()
    aliases = row.get("aliases") or ()
    if isinstance(aliases, str):
        aliases = aliases.translate(_ALIASES).split()
    elif not isinstance(aliases, list | tuple):
        raise _FormatError("`aliases` is neither text nor a list")
    for email in (row["email"], *aliases):
        if isinstance(email, str) and email.strip():
            yield fold_email(email), status or ACTIVE
