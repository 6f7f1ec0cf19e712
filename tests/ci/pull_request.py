"""A pull request, and what marocchino/sticky-pull-request-comment does to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.ci.runner import Ran

NUMBER = 7
TOKEN = "ghs_made-up"
MOST_CHARACTERS = 65_536
_INPUTS = {"header", "path", "only_update", "GITHUB_TOKEN"}


@dataclass
class PullRequest:
    """The comments on a pull request.

    Attributes:
        comments: Those that the token's own user has written, and nobody else's.
        refusal: What GitHub says in place of writing; a fork's token may not write.
    """

    comments: list[str] = field(default_factory=list)
    refusal: str = ""

    def comment(self, given: Mapping[str, str]) -> Ran:
        """Update the comment that ends in the header, or write it."""
        assert not set(given) - _INPUTS
        assert given["GITHUB_TOKEN"] == TOKEN
        text = Path(given["path"]).read_text(encoding="utf-8")
        marker = f"<!-- Sticky Pull Request Comment{given['header']} -->"
        body = f"{text}\n{marker}"
        assert len(body) <= MOST_CHARACTERS
        if self.refusal:
            return Ran(1, f"::error::{self.refusal}\n")
        for number, one in enumerate(self.comments):
            if marker in one:
                self.comments[number] = body
                return Ran()
        if given.get("only_update") != "true":
            self.comments.append(body)
        return Ran()
