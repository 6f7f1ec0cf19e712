"""Facts about every answer: its type, its headers, its errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from scripts.contract.exchanges import CannotTellError, Recording
from scripts.contract.facts import (
    FactBook,
    Judgement,
    fails,
    holds,
    refused_with,
    settled,
)

BOOK = FactBook()
_ANSWERS = "account/answers.py"
_REQUEST_ID = re.compile(r"req_[0-9a-f]{12}")
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_TIMES = frozenset({"created_at", "lastlogin", "rate_limit_reset", "reset_time"})


@BOOK.fact("json-everywhere", "Every answer, an error too, is JSON.", _ANSWERS)
def _json(seen: Recording) -> Judgement:
    others = [
        f"{one.request} ({one.status})"
        for one in seen.answered()
        if not one.is_json
        or not one.headers.get("content-type", "").startswith("application/json")
    ]
    return fails(f"not so: {others[0]}") if others else holds("all of them are")


@BOOK.fact("request-id", "Every answer has x-request-id, req_ and 12 hex.", _ANSWERS)
def _request_id(seen: Recording) -> Judgement:
    ids = {one.headers.get("x-request-id") for one in seen.answered()}
    if ids == {None}:
        return fails("no answer has the header")
    others = [one for one in ids if not _REQUEST_ID.fullmatch(one or "")]
    return settled(not others, "all have it", f"one has {others[:1]}")


@BOOK.fact("no-redirects", "Nothing redirects, /users/ neither.", _ANSWERS)
def _no_redirects(seen: Recording) -> Judgement:
    there = [one for one in seen.answered() if 300 <= (one.status or 0) < 400]
    if there:
        return fails(f"{there[0].request} answered {there[0].status}")
    seen.answer("path-slash")
    return holds("no answer was one")


@BOOK.fact("unknown-path", "An unknown path is 404 not_found.", _ANSWERS)
def _unknown_path(seen: Recording) -> Judgement:
    return refused_with(seen.answer("path-unknown"), 404, "not_found")


@BOOK.fact(
    "wrong-method",
    "A path without the method is 405 method_not_allowed.",
    _ANSWERS,
)
def _wrong_method(seen: Recording) -> Judgement:
    return refused_with(seen.answer("method-wrong"), 405, "method_not_allowed")


@BOOK.fact("error-texts", "Every error has texts error and error_type.", _ANSWERS)
def _error_texts(seen: Recording) -> Judgement:
    refusals = [one for one in seen.answered() if one.is_refusal]
    if not refusals:
        raise CannotTellError("no answer was an error")
    for one in refusals:
        for name in ("error", "error_type"):
            if not isinstance(one.fields().get(name), str):
                return fails(f"{one.request} ({one.status}) has no text {name!r}")
    return holds(f"all {len(refusals)} errors have them")


@BOOK.fact(
    "unauthenticated",
    "No or a bad token is 401 authentication_error, with that word in the text.",
    _ANSWERS,
)
def _unauthenticated(seen: Recording) -> Judgement:
    for ask in ("no-token", "bad-token"):
        one = seen.answer(ask)
        judged = refused_with(one, 401, "authentication_error")
        if judged != holds(judged.why):
            return judged
        if "authentication" not in str(one.fields().get("error")).lower():
            return fails(f"{one.request}: its text lacks the word")
    return holds("both are refused so")


@BOOK.fact("401-comes-first", "Without a token, 401 goes before 404.", _ANSWERS)
def _order(seen: Recording) -> Judgement:
    one = seen.answer("foreign-no-token")
    told = f"{one.request} without a token answered {one.status}"
    return settled(one.status == 401, told, told)


@BOOK.fact(
    "retry-after",
    "A 429 tells the same whole seconds in body and header.",
    "account/answers.py",
)
def _retry_after(seen: Recording) -> Judgement:
    limited = [one for one in seen.answered() if one.status == 429]
    if not limited:
        raise CannotTellError("no answer was 429")
    body = limited[0].fields().get("retry_after")
    header = limited[0].headers.get("retry-after")
    told = f"body {body!r}, header {header!r}"
    return settled(isinstance(body, int) and str(body) == header, told, told)


@BOOK.fact("times", "Times are RFC 3339, UTC with Z.", "account/models.py")
def _times(seen: Recording) -> Judgement:
    times = [time for one in seen.answered() for time in _texts(one.body, _TIMES)]
    if not times:
        raise CannotTellError("no answer had a time")
    others = [time for time in times if not _RFC_3339.fullmatch(time)]
    return settled(not others, f"{times[0]}, for one", f"{others[:1]}, for one")


def _texts(value: Any, names: frozenset[str], name: str = "") -> Iterator[str]:
    """Give the texts of all fields with one of the names, wherever they are."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _texts(part, names, key)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part, names, name)
    elif isinstance(value, str) and name in names:
        yield value
