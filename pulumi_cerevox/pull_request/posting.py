"""One comment per pull request and name: found again, and updated in place."""

from __future__ import annotations

from enum import StrEnum

from pulumi_cerevox.account.retry import Pace, delay
from pulumi_cerevox.pull_request.comment import Comment
from pulumi_cerevox.pull_request.errors import CommentError
from pulumi_cerevox.pull_request.github import GitHub, Written
from pulumi_cerevox.pull_request.workflow import Place

MOST_TRIES = 5
LONGEST_WAIT = 120.0
"""Seconds that all waits together may take."""


class Outcome(StrEnum):
    """What became of the comment."""

    CREATED = "created"
    UPDATED = "updated"
    LEFT = "left"
    """A later run has written it already."""
    NOT_NEEDED = "not needed"
    """There is none, and none was to be made."""


def post(
    github: GitHub,
    place: Place,
    comment: Comment,
    *,
    only_update: bool = False,
    pace: Pace | None = None,
) -> Outcome:
    """Make the comment be there, once.

    Every try begins with a look at what is there, so that one whose answer was lost
    is never written twice.

    Args:
        github: Where.
        place: On which pull request.
        comment: What.
        only_update: Write where there is one already, and make none.
        pace: Sleep and chance.

    Raises:
        CommentError: It was not written.
    """
    pace = pace or Pace()
    waited = 0.0
    tries = 0
    while True:
        tries += 1
        try:
            return _posted(github, place, comment, only_update=only_update)
        except CommentError as error:
            seconds = delay(tries, error.retry_after, pace.chance())
            too_long = waited + seconds > LONGEST_WAIT
            if not error.passing or tries == MOST_TRIES or too_long:
                raise
        pace.sleep(seconds)
        waited += seconds


def _posted(
    github: GitHub, place: Place, comment: Comment, *, only_update: bool
) -> Outcome:
    found = _own(github, place, comment)
    if found is None and only_update:
        return Outcome.NOT_NEEDED
    if found is None:
        github.create(place, comment.body())
        return Outcome.CREATED
    if comment.is_older_than(found.body):
        return Outcome.LEFT
    github.update(place, found.number, comment.body())
    return Outcome.UPDATED


def _own(github: GitHub, place: Place, comment: Comment) -> Written | None:
    who = github.who()
    return next(
        (
            one
            for one in github.comments(place)
            if one.author == who and comment.is_marked(one.body)
        ),
        None,
    )
