"""`pulumi-cerevox comment`: a report as the one comment of a pull request."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pulumi_cerevox.cli.terminal import ExitCode, examples, fail

if TYPE_CHECKING:
    from pulumi_cerevox.pull_request import Comment, GitHub, Place

_TOKEN_VARIABLES = ("GITHUB_TOKEN", "GH_TOKEN")
_MOST_BYTES = 8 * 1024 * 1024


@click.command(
    epilog=examples(
        "pulumi-cerevox comment guard.md --name guard/prod",
        "pulumi-cerevox comment guard.md --name guard/prod --only-update",
        "pulumi-cerevox comment - --name audit --repository acme/people "
        "--pull-request 7 < audit.md",
    )
)
@click.argument("report", metavar="REPORT.md")
@click.option(
    "--name",
    required=True,
    metavar="NAME",
    help="Which comment: command and stack, as in guard/prod. There is one of each.",
)
@click.option(
    "--repository", metavar="OWNER/NAME", help="By default GITHUB_REPOSITORY."
)
@click.option(
    "--pull-request",
    type=click.IntRange(1),
    metavar="NUMBER",
    help="By default that of the event in GITHUB_EVENT_PATH.",
)
@click.option(
    "--only-update", is_flag=True, help="Make no new comment; update one that is there."
)
def comment(
    *,
    report: str,
    name: str,
    repository: str | None,
    pull_request: int | None,
    only_update: bool,
) -> None:
    """Put a report into a GitHub pull request, as one comment that is kept up to date.

    REPORT.md is what `--format markdown` gave; `-` is stdin. The comment is found
    again by a marker that no reader sees, and only where its author is the token's
    own user or app. The token is GITHUB_TOKEN, with `pull-requests: write`.

    Exits with 0 when the comment is there, 2 for bad input, 3 when GitHub refuses the
    token, 4 when GitHub can't be reached or fails.
    """
    from pulumi_cerevox.pull_request import (  # noqa: PLC0415 - --help is quick
        Comment,
        PlaceError,
        name_fault,
        place_of,
        run_of,
    )

    fault = name_fault(name)
    if fault is not None:
        raise click.BadParameter(f"{name!r} {fault}", param_hint="--name")
    text = _text(report)
    try:
        place = place_of(os.environ, repository, pull_request)
    except PlaceError as error:
        fail(str(error), ExitCode.BAD_INPUT)
    wanted = Comment(name, text, run_of(os.environ))
    _post(_github(), place, wanted, only_update=only_update)


def _github() -> GitHub:
    from pulumi_cerevox.account import ConfigurationError  # noqa: PLC0415 - --help
    from pulumi_cerevox.pull_request import GitHub  # noqa: PLC0415
    from pulumi_cerevox.pull_request.github import DEFAULT_API  # noqa: PLC0415

    given = (os.environ.get(variable, "").strip() for variable in _TOKEN_VARIABLES)
    token = next(filter(None, given), None)
    if token is None:
        fail(
            "no token: set GITHUB_TOKEN, in a workflow to ${{ github.token }}",
            ExitCode.AUTHENTICATION,
        )
    if not token.isascii() or not token.isprintable() or " " in token:
        fail("the token in GITHUB_TOKEN is none", ExitCode.AUTHENTICATION)
    try:
        return GitHub(
            token,
            os.environ.get("GITHUB_API_URL") or DEFAULT_API,
            os.environ.get("GITHUB_GRAPHQL_URL"),
        )
    except ConfigurationError:
        fail(
            "GITHUB_API_URL or GITHUB_GRAPHQL_URL is no address to send a token to: "
            f"it should look like {DEFAULT_API}",
            ExitCode.BAD_INPUT,
        )


def _post(github: GitHub, place: Place, wanted: Comment, *, only_update: bool) -> None:
    from pulumi_cerevox.pull_request import (  # noqa: PLC0415 - --help is quick
        CommentError,
        CommentRefusedError,
        post,
    )

    try:
        outcome = post(github, place, wanted, only_update=only_update)
    except CommentRefusedError as error:
        fail(str(error), ExitCode.AUTHENTICATION)
    except CommentError as error:
        fail(str(error), ExitCode.NOT_READ_IN_FULL)
    click.echo(
        f"pulumi-cerevox: comment {wanted.name} on {place.repository}#{place.number}: "
        f"{outcome}",
        err=True,
    )


def _text(path: str) -> str:
    from pulumi_cerevox.account import printable  # noqa: PLC0415 - --help is quick

    name = "stdin" if path == "-" else printable(path)
    try:
        if path == "-":
            content = sys.stdin.buffer.read(_MOST_BYTES)
        else:
            with Path(path).open("rb") as file:
                content = file.read(_MOST_BYTES)
    except OSError as error:
        fail(f"{name}: can't be read: {error.strerror}", ExitCode.BAD_INPUT)
    text = content.decode("utf-8", "replace")
    if not text.strip():
        fail(f"{name}: is empty; there is nothing to say", ExitCode.BAD_INPUT)
    return text
