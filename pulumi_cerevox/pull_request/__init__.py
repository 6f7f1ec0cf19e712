"""A report as the one comment of a pull request, for `pulumi-cerevox comment`.

`comment` says what stands in it and which one is ours, `workflow` what a GitHub
workflow tells of itself, `github` speaks with the API, `posting` puts it together.
"""

from __future__ import annotations

from pulumi_cerevox.pull_request.comment import Comment, name_fault
from pulumi_cerevox.pull_request.errors import CommentError, CommentRefusedError
from pulumi_cerevox.pull_request.github import GitHub
from pulumi_cerevox.pull_request.posting import Outcome, post
from pulumi_cerevox.pull_request.workflow import (
    Place,
    PlaceError,
    Run,
    place_of,
    run_of,
)

__all__ = [
    "Comment",
    "CommentError",
    "CommentRefusedError",
    "GitHub",
    "Outcome",
    "Place",
    "PlaceError",
    "Run",
    "name_fault",
    "place_of",
    "post",
    "run_of",
]
