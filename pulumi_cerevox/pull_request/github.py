"""The few calls of GitHub's API that a comment takes, one request each.

The token is in the Authorization header alone: no redirect is followed, no `.netrc`
replaces it, and what `requests` raises never leaves this module.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import requests

from pulumi_cerevox.account import printable
from pulumi_cerevox.account.settings import checked_base_url
from pulumi_cerevox.account.transport import QuietAdapter
from pulumi_cerevox.pull_request.errors import CommentError, CommentRefusedError
from pulumi_cerevox.pull_request.workflow import Place
from pulumi_cerevox.text import Redactor

DEFAULT_API = "https://api.github.com"
SECONDS = 30
"""To wait for a connection, and for each next byte."""

MOST_PAGES = 100
"""Of 100 comments each; what stands behind them is not looked at."""

_PASSING = frozenset({500, 502, 503, 504})
_PAUSE = 60.0
"""Seconds that GitHub asks for where it names none (its documentation)."""

_WHO = {"query": "query { viewer { databaseId } }"}


@dataclass(frozen=True, slots=True)
class Written:
    """A comment that is there.

    Attributes:
        number: Its id.
        author: The id of who wrote it; None where the account is gone.
        body: Its text.
    """

    number: int
    author: int | None
    body: str


class GitHub:
    """GitHub, for one token.

    Args:
        token: Needs `pull-requests: write`.
        api_url: GITHUB_API_URL.
        graphql_url: GITHUB_GRAPHQL_URL; by default below `api_url`.

    Raises:
        ConfigurationError: An address is none to send a token to.
    """

    def __init__(
        self, token: str, api_url: str = DEFAULT_API, graphql_url: str | None = None
    ) -> None:
        self._api = checked_base_url(api_url)
        self._graphql = checked_base_url(graphql_url or f"{self._api}/graphql")
        self._redact = Redactor()
        self._redact.learn(token)
        self._session = requests.Session()
        self._session.mount("https://", QuietAdapter())
        self._session.mount("http://", QuietAdapter())
        self._session.auth = _Bearer(token)
        self._session.headers["Accept"] = "application/vnd.github+json"
        self._session.headers["X-GitHub-Api-Version"] = "2022-11-28"
        self._session.headers["User-Agent"] = "pulumi-cerevox"

    def __repr__(self) -> str:
        return f"GitHub({self._api!r})"

    def who(self) -> int:
        """Give the id of the user or the app that the token belongs to.

        By GraphQL, as a workflow's token may not ask `GET /user` (seen by others).

        Raises:
            CommentError: It could not be learnt.
        """
        answer = self._asked("POST", self._graphql, "learn whose token it is", _WHO)
        try:
            return int(answer.json()["data"]["viewer"]["databaseId"])
        except (ValueError, KeyError, TypeError):
            raise CommentError(
                "GitHub does not say whose token this is, so no comment can be known "
                "for its own; nothing was written"
            ) from None

    def comments(self, place: Place) -> Iterator[Written]:
        """Give the pull request's comments, oldest first, page by page.

        Raises:
            CommentError: They could not be read.
        """
        for page in range(1, MOST_PAGES + 1):
            url = f"{self._comments(place)}?per_page=100&page={page}"
            answer = self._asked("GET", url, "list the comments")
            yield from _written(answer)
            # Its address is not followed: the token stays with the API we know.
            if "next" not in answer.links:
                return

    def create(self, place: Place, body: str) -> None:
        """Write a new comment.

        Raises:
            CommentError: It was not written, or it is not known.
        """
        url = self._comments(place)
        self._asked("POST", url, "write the comment", {"body": body})

    def update(self, place: Place, number: int, body: str) -> None:
        """Write a comment anew in its place.

        Raises:
            CommentError: It was not written, or it is not known.
        """
        url = f"{self._api}/repos/{place.repository}/issues/comments/{number}"
        self._asked("PATCH", url, "update the comment", {"body": body})

    def _comments(self, place: Place) -> str:
        return f"{self._api}/repos/{place.repository}/issues/{place.number}/comments"

    def _asked(
        self, method: str, url: str, purpose: str, body: dict[str, str] | None = None
    ) -> requests.Response:
        failure: CommentError
        try:
            answer = self._session.request(
                method, url, json=body, timeout=SECONDS, allow_redirects=False
            )
        except requests.RequestException as error:
            text = f"could not {purpose}: GitHub does not answer"
            failure = CommentError(f"{text} ({type(error).__name__})", passing=True)
        else:
            if answer.status_code in {200, 201}:
                return answer
            failure = self._failure(answer, purpose)
        raise failure  # out here, so that no headers hang on its context

    def _failure(self, answer: requests.Response, purpose: str) -> CommentError:
        status = answer.status_code
        said = printable(self._redact(_message(answer)))
        text = f"could not {purpose}: GitHub says {status}{said and f' ({said})'}"
        if status in _PASSING:
            return CommentError(text, passing=True, retry_after=_asked_pause(answer))
        if _is_limit(answer, said):
            pause = _asked_pause(answer)
            pause = _PAUSE if pause is None else pause
            return CommentError(text, passing=True, retry_after=pause)
        if status in {401, 403, 404}:
            return CommentRefusedError(f"{text}. {_RIGHTS[status]}")
        return CommentError(text)


_RIGHTS = {
    401: "The token is not valid here: pass on the workflow's own, `github.token`",
    403: "The job needs `permissions: pull-requests: write`. On a pull request from a "
    "fork GitHub lets a token only read: the report is in the run's summary",
    404: "There is no such pull request, or the token may not see it: is the "
    "repository right, and has the job `permissions: pull-requests: write`?",
}


class _Bearer(requests.auth.AuthBase):
    """The header, set as `auth` so that no `.netrc` takes its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _written(answer: requests.Response) -> list[Written]:
    try:
        return [
            Written(
                int(one["id"]),
                int(one["user"]["id"]) if one.get("user") else None,
                str(one.get("body") or ""),
            )
            for one in answer.json()
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CommentError(
            "could not list the comments: GitHub's answer is no list of comments; is "
            "GITHUB_API_URL right?"
        ) from None


def _message(answer: requests.Response) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return ""


def _is_limit(answer: requests.Response, said: str) -> bool:
    """Tell a limit from a missing right; both may be a 403."""
    if answer.status_code == 429:
        return True
    spent = answer.headers.get("X-RateLimit-Remaining") == "0"
    named = "Retry-After" in answer.headers or "rate limit" in said.lower()
    return answer.status_code == 403 and (spent or named)


def _asked_pause(answer: requests.Response) -> float | None:
    """Give the seconds that GitHub asks to wait; None where it names none."""
    named = answer.headers.get("Retry-After", "")
    if named.isdecimal():
        return float(named)
    resets = answer.headers.get("X-RateLimit-Reset", "")
    if answer.headers.get("X-RateLimit-Remaining") == "0" and resets.isdecimal():
        return max(0.0, float(resets) - time.time())
    return None
