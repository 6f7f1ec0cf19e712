"""What is assumed of the API, and how a recording settles it.

A fact is one sentence of ours that nobody has seen the real server confirm, with the
one place of the code that rests on it: where it does not hold, that is what to edit.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from pulumi_cerevox.account.calls import is_id
from scripts.contract.exchanges import CannotTellError, Recording
from scripts.contract.verdicts import (
    Fact,
    Judge,
    Judgement,
    Verdict,
    answered,
    fails,
    holds,
    is_number,
    kind_of,
    refused,
    settled,
)

_ANSWERS = "account/answers.py"
_AUTH = "account/auth.py"
_CALLS = "account/calls.py"
_DIRECTORY = "account/directory.py"
_MODELS = "account/models.py"
_USERS = "account/users.py"

_SUMS = ("total_requests", "documents_processed", "questions_asked", "estimated_cost")
_CENT = 0.011
_PAGE_SIGNS = frozenset({"next", "cursor", "next_cursor", "has_more", "page", "total"})
_REQUEST_ID = re.compile(r"req_[0-9a-f]{12}")
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_TIMES = frozenset({"created_at", "lastlogin", "rate_limit_reset", "reset_time"})


FACTS: list[Fact] = []


def fact(
    name: str, assumed: str, place: str, *, needs_writes: bool = False
) -> Callable[[Judge], Judge]:
    """Add the fact that the decorated function judges."""

    def add(judge: Judge) -> Judge:
        FACTS.append(Fact(name, assumed, place, judge, needs_writes))
        return judge

    return add


# Logins and tokens


@fact("key-and-colon", "The key with a colon behind it logs in too.", _AUTH)
def _key_and_colon(seen: Recording) -> Judgement:
    return answered(seen.answer("login-colon"), 200)


@fact("token-lifetime", "An access token lives for 3600 seconds.", _AUTH)
def _token_lifetime(seen: Recording) -> Judgement:
    seconds = seen.fields("login").get("expires_in")
    return settled(seconds == 3600, f"expires_in is {seconds!r}")


@fact("expires-at", "A login tells expires_at, in Unix seconds.", _AUTH)
def _expires_at(seen: Recording) -> Judgement:
    moment = seen.fields("login").get("expires_at")
    return settled(is_number(moment), f"it is {moment}", f"it is {kind_of(moment)}")


@fact("logins-side-by-side", "A login leaves earlier tokens alive.", _AUTH)
def _logins_side_by_side(seen: Recording) -> Judgement:
    seen.good("login-again")
    return answered(seen.answer("me-first-token"), 200, " with the first token")


# Every answer: its type, its headers, its errors


@fact("json-everywhere", "Every answer, an error too, is JSON.", _ANSWERS)
def _json_everywhere(seen: Recording) -> Judgement:
    for one in seen.answered():
        kind = one.headers.get("content-type", "")
        if not (one.is_json and kind.startswith("application/json")):
            return fails(f"not so: {one.request} ({one.status})")
    return holds("all of them are")


@fact("request-id", "Every answer has x-request-id, req_ and 12 hex.", _ANSWERS)
def _request_id(seen: Recording) -> Judgement:
    ids = {one.headers.get("x-request-id") for one in seen.answered()}
    if ids == {None}:
        return fails("no answer has the header")
    others = [one for one in ids if not _REQUEST_ID.fullmatch(one or "")]
    return settled(not others, "all have it", f"one has {others[:1]}")


@fact("no-redirects", "Nothing redirects, /users/ neither.", _ANSWERS)
def _no_redirects(seen: Recording) -> Judgement:
    for one in seen.answered():
        if 300 <= (one.status or 0) < 400:
            return fails(f"{one.request} answered {one.status}")
    seen.answer("path-slash")
    return holds("no answer was one")


@fact("unknown-path", "An unknown path is 404 not_found.", _ANSWERS)
def _unknown_path(seen: Recording) -> Judgement:
    return refused(seen.answer("path-unknown"), 404, "not_found")


@fact("wrong-method", "A path without the method is 405 method_not_allowed.", _ANSWERS)
def _wrong_method(seen: Recording) -> Judgement:
    return refused(seen.answer("method-wrong"), 405, "method_not_allowed")


@fact("error-texts", "Every error has texts error and error_type.", _ANSWERS)
def _error_texts(seen: Recording) -> Judgement:
    refusals = [one for one in seen.answered() if (one.status or 0) >= 400]
    if not refusals:
        raise CannotTellError("no answer was an error")
    for one in refusals:
        for name in ("error", "error_type"):
            if not isinstance(one.fields().get(name), str):
                return fails(f"{one.request} ({one.status}) has no text {name!r}")
    return holds(f"all {len(refusals)} errors have them")


@fact(
    "unauthenticated",
    "No or a bad token is 401 authentication_error, with that word in the text.",
    _ANSWERS,
)
def _unauthenticated(seen: Recording) -> Judgement:
    for ask in ("no-token", "bad-token"):
        one = seen.answer(ask)
        judged = refused(one, 401, "authentication_error")
        if judged.verdict is Verdict.FAILS:
            return judged
        if "authentication" not in str(one.fields().get("error")).lower():
            return fails(f"{one.request}: its text lacks the word")
    return holds("both are refused so")


@fact("401-comes-first", "Without a token, 401 goes before 404.", _ANSWERS)
def _401_comes_first(seen: Recording) -> Judgement:
    return answered(seen.answer("foreign-no-token"), 401, " without a token")


@fact("retry-after", "A 429 tells the same whole seconds in body and header.", _ANSWERS)
def _retry_after(seen: Recording) -> Judgement:
    for one in seen.answered():
        if one.status == 429:
            body = one.fields().get("retry_after")
            header = one.headers.get("retry-after")
            same = isinstance(body, int) and str(body) == header
            return settled(same, f"body {body!r}, header {header!r}")
    raise CannotTellError("no answer was 429")


@fact("times", "Times are RFC 3339, UTC with Z.", _MODELS)
def _times(seen: Recording) -> Judgement:
    times = [time for one in seen.answered() for time in _texts(one.body, _TIMES)]
    if not times:
        raise CannotTellError("no answer had a time")
    others = [time for time in times if not _RFC_3339.fullmatch(time)]
    return settled(not others, f"{times[0]}, for one", f"{others[:1]}, for one")


def _texts(value: Any, names: frozenset[str], name: str = "") -> Iterator[str]:
    """Yield the texts of all fields with one of the names, wherever they are."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _texts(part, names, key)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part, names, name)
    elif isinstance(value, str) and name in names:
        yield value


# The account, its plan, its usage and its bill


def _has_all(fields: Mapping[str, Any], *names: str) -> Judgement:
    missing = [name for name in names if name not in fields]
    return settled(not missing, "all are there", f"missing: {', '.join(missing)}")


@fact("account-fields", "The account tells plan, status and features.", _MODELS)
def _account_fields(seen: Recording) -> Judgement:
    names = ("email", "name", "plan", "status", "created_at", "features")
    return _has_all(seen.fields("account"), *names)


@fact("account-owner", "The account's email is its owner's, whoever asks.", _MODELS)
def _account_owner(seen: Recording) -> Judgement:
    email, mine = seen.fields("account").get("email"), seen.fields("me").get("email")
    if email is None:
        raise CannotTellError("the account tells no email")
    if email == mine:
        raise CannotTellError("it is the caller's, who may be the owner")
    return settled(isinstance(email, str), "it is not the caller's", "it is no text")


@fact("plan-same", "Plan and account tell the same plan and status.", _MODELS)
def _plan_same(seen: Recording) -> Judgement:
    account, plan = seen.fields("account"), seen.fields("plan").get("plan")
    if not isinstance(plan, dict):
        return fails(f"the plan is {kind_of(plan)}, not wrapped in an object")
    if account.get("plan") is None:
        raise CannotTellError("the account tells no plan")
    one, other = ((part.get("plan"), part.get("status")) for part in (account, plan))
    return settled(one == other, f"{one}", f"{one} and {other}")


@fact("foreign-account", "Another account's id is 404 not_found.", _CALLS)
def _foreign_account(seen: Recording) -> Judgement:
    return refused(seen.answer("account-foreign"), 404, "not_found")


@fact("usage-fields", "Usage has flat sums beside the four objects.", _MODELS)
def _usage_fields(seen: Recording) -> Judgement:
    more = ("storage_bytes", "rate_limit", "rate_limit_reset")
    return _has_all(seen.fields("usage"), *_SUMS, *more)


@fact(
    "usage-range",
    "start_date and end_date bound the usage; neighbouring ranges add up.",
    _CALLS,
)
def _usage_range(seen: Recording) -> Judgement:
    asks = ("usage-first", "usage-second", "usage-both")
    first, second, both = (seen.fields(ask) for ask in asks)
    for part in (first, second):
        if not all(is_number(part.get(name)) for name in _SUMS):
            raise CannotTellError("the answers lack the sums")
        if not any(part[name] for name in _SUMS):
            raise CannotTellError("nothing was used in the days that were asked about")
    for name in _SUMS:
        found, wanted = both.get(name), first[name] + second[name]
        if not is_number(found) or abs(found - wanted) > _CENT:
            return fails(f"{name}: {first[name]} and {second[name]}, both {found}")
    return holds("they do")


@fact(
    "usage-bad-range",
    "What is no day, or a start after the end, is 400 and named.",
    _CALLS,
)
def _usage_bad_range(seen: Recording) -> Judgement:
    for ask in ("usage-backwards", "usage-no-day"):
        one = seen.answer(ask)
        named = one.fields().get("validation_errors")
        if one.status != 400 or not isinstance(named, dict):
            return fails(f"{dict(one.query)} answered {one.status}")
        if not set(named) & {"start_date", "end_date"}:
            return fails(f"{dict(one.query)} is refused without its name")
    return holds("both are")


@fact("billing-path", "The bill is at /accounts/{id}/billing.", _CALLS)
def _billing_path(seen: Recording) -> Judgement:
    one = seen.answer("billing")
    is_there = one.status == 200 and "total_cost" in one.fields()
    return settled(is_there, f"{one.request} answered {one.status}")


@fact("billing-sum", "A bill's total is the sum of its parts.", _MODELS)
def _billing_sum(seen: Recording) -> Judgement:
    bill = seen.fields("billing")
    total, parts = bill.get("total_cost"), bill.get("breakdown")
    if not is_number(total) or not isinstance(parts, dict):
        raise CannotTellError("the bill lacks total_cost or breakdown")
    summed = sum(part for part in parts.values() if is_number(part))
    same = abs(total - summed) <= _CENT
    return settled(same, f"{total}, and {summed:g} in all parts")


# Users, and the list of them


def _people(seen: Recording) -> list[Mapping[str, Any]]:
    """Return the users of the list; the caller alone where it can't be had."""
    try:
        return seen.users()
    except CannotTellError:
        return [seen.fields("me")]


@fact("list-bare", "The list of users is a bare array.", _USERS)
def _list_bare(seen: Recording) -> Judgement:
    body = seen.good("list").body
    return settled(isinstance(body, list), "it is", f"it is {kind_of(body)}")


@fact("list-whole", "One answer lists everybody, the caller too.", _DIRECTORY)
def _list_whole(seen: Recording) -> Judgement:
    one, users = seen.good("list"), seen.users()
    signs = _PAGE_SIGNS & set(one.fields())
    if signs or "link" in one.headers:
        return fails(f"it has pages: {', '.join(sorted(signs)) or 'header Link'}")
    me = seen.fields("me").get("user_id")
    if me not in [user.get("user_id") for user in users]:
        return fails(f"the caller is not among the {len(users)}")
    if len(users) % 10 == 0:
        raise CannotTellError(f"{len(users)} users may be the size of a page")
    return holds(f"{len(users)} users, the caller among them, no sign of pages")


def _require_a_member(seen: Recording) -> None:
    if seen.fields("me").get("isadmin") is not False:
        raise CannotTellError("the key is not a member's")


@fact("list-for-admins", "Only an admin may list the users.", _USERS)
def _list_for_admins(seen: Recording) -> Judgement:
    _require_a_member(seen)
    return answered(seen.answer("list"), 403, " of a member")


@fact("403-before-404", "A member gets 403 even for an unknown id.", _USERS)
def _403_before_404(seen: Recording) -> Judgement:
    _require_a_member(seen)
    return refused(seen.answer("user-unknown"), 403, "permission_error")


@fact("unknown-user", "An unknown user is 404 not_found.", _USERS)
def _unknown_user(seen: Recording) -> Judgement:
    one = seen.answer("user-unknown")
    if one.status == 403:
        raise CannotTellError("the key is not an admin's")
    return refused(one, 404, "not_found")


@fact("user-by-id", "One user alone is as in the list.", _USERS)
def _user_by_id(seen: Recording) -> Judgement:
    one = seen.fields("user")
    same = [u for u in seen.users() if u.get("user_id") == one.get("user_id")]
    return settled(same == [one], "the caller is", "the caller is not")


@fact("ids", "Ids are 1 to 64 letters, digits, - and _.", _CALLS)
def _ids(seen: Recording) -> Judgement:
    names = ("user_id", "account_id")
    ids = [user.get(name) for user in _people(seen) for name in names]
    others = [found for found in ids if not isinstance(found, str) or not is_id(found)]
    return settled(not others, f"all {len(ids)} are", f"{len(others)} are not")


@fact("names", "Everybody has a name, never null or empty.", _MODELS)
def _names(seen: Recording) -> Judgement:
    for user in _people(seen):
        name = user.get("name")
        if not isinstance(name, str) or not name:
            return fails(f"one is {kind_of(name)}")
    return holds("all have")


@fact("first-and-last-names", "firstname and lastname are there, null.", _MODELS)
def _first_and_last_names(seen: Recording) -> Judgement:
    for user in _people(seen):
        for name in ("firstname", "lastname"):
            if name not in user or user[name] is not None:
                kind = kind_of(user[name]) if name in user else "missing"
                return fails(f"{name} is {kind}")
    return holds("all are null")


@fact("last-logins", "lastlogin is a text, or null for who never was.", _MODELS)
def _last_logins(seen: Recording) -> Judgement:
    for user in _people(seen):
        if not isinstance(user.get("lastlogin", 0), str | None):
            return fails(f"one is {kind_of(user.get('lastlogin', 0))}, or missing")
    return holds("all are")


@fact("roles", "A user has a role, admin or member.", _USERS)
def _roles(seen: Recording) -> Judgement:
    roles = {repr(user.get("role")) for user in _people(seen)}
    return settled(roles <= {"'admin'", "'member'"}, ", ".join(sorted(roles)))


@fact("role-is-isadmin", "Whose role is admin has isadmin true.", _MODELS)
def _role_is_isadmin(seen: Recording) -> Judgement:
    users = [user for user in _people(seen) if "role" in user]
    if not users:
        raise CannotTellError("no user has a role")
    others = [u for u in users if (u["role"] == "admin") is not u.get("isadmin")]
    return settled(not others, "always", f"not for {len(others)} of {len(users)}")


@fact("emails-unique", "No email is there twice, without case.", _DIRECTORY)
def _emails_unique(seen: Recording) -> Judgement:
    emails = Counter(str(user.get("email")).lower() for user in seen.users())
    twice = [email for email, count in emails.items() if count > 1]
    return settled(not twice, f"{len(emails)} emails", f"{len(twice)} are there twice")


@fact("emails-as-sent", "Emails keep the case they were sent in.", _MODELS)
def _emails_as_sent(seen: Recording) -> Judgement:
    emails = [str(user.get("email")) for user in seen.users()]
    if all(email == email.lower() for email in emails):
        raise CannotTellError("all emails are in lower case")
    return holds("there are capitals")


# What only writing settles: users made, changed and removed; spent tokens


writing_fact = partial(fact, needs_writes=True)


@writing_fact("create-tells-id", "A create is 201 and tells the new id.", _USERS)
def _create_tells_id(seen: Recording) -> Judgement:
    one = seen.answer("create")
    has_id = isinstance(one.fields().get("user_id"), str)
    why = f"{one.status}, with {', '.join(sorted(one.fields()))}"
    return settled(one.status == 201 and has_id, why)


@writing_fact("create-keeps-case", "A new email is kept as it was sent.", _USERS)
def _create_keeps_case(seen: Recording) -> Judgement:
    sent = str(seen.good("create").sent["email"])
    emails = [str(user.get("email")) for user in seen.users("list-made")]
    if sent.lower() not in [email.lower() for email in emails]:
        raise CannotTellError("the new user is not in the list")
    return settled(sent in emails, "its capitals are there", "its case was changed")


@writing_fact("create-comes-last", "The list begins with the oldest.", _USERS)
def _create_comes_last(seen: Recording) -> Judgement:
    sent = str(seen.good("create").sent["email"]).lower()
    last = str(seen.users("list-made")[-1].get("email")).lower()
    return settled(last == sent, "the new user is last", "the new user is not last")


@writing_fact("create-twin", "An email that is taken is 409 conflict.", _USERS)
def _create_twin(seen: Recording) -> Judgement:
    seen.good("create")
    return refused(seen.answer("create-twin"), 409, "conflict")


@writing_fact("role-can-be-set", "An update sets the role.", _CALLS)
def _role_can_be_set(seen: Recording) -> Judgement:
    one = seen.answer("promote")
    if one.status != 200:
        return answered(one, 200)
    user = seen.fields("user-promoted")
    why = f"role {user.get('role')!r}, isadmin {user.get('isadmin')!r}"
    return settled(user.get("isadmin") is True, why)


@writing_fact("absent-stays", "What an update leaves out stays as it is.", _USERS)
def _absent_stays(seen: Recording) -> Judgement:
    if seen.fields("user-promoted").get("isadmin") is not True:
        raise CannotTellError("the user could not be made an admin before")
    seen.good("rename")
    now = seen.fields("user-renamed").get("isadmin")
    return settled(now is True, f"after a new name, the admin's isadmin is {now!r}")


@writing_fact("delete-confirmed", "A delete with another email is 400.", _USERS)
def _delete_confirmed(seen: Recording) -> Judgement:
    one = seen.answer("delete-wrong")
    stays = one.status == 400 and seen.answer("user-not-deleted").status == 200
    return settled(stays, "it is, and the user stays", f"it answered {one.status}")


@writing_fact("deleted-is-unknown", "Who was deleted is 404 not_found.", _USERS)
def _deleted_is_unknown(seen: Recording) -> Judgement:
    seen.good("delete")
    return refused(seen.answer("delete-again"), 404, "not_found")


@writing_fact("refresh-once", "A refresh token works once.", _AUTH)
def _refresh_once(seen: Recording) -> Judgement:
    seen.good("refresh")
    return refused(seen.answer("refresh-again"), 401, "authentication_error")


@writing_fact("refresh-ends-nothing", "After a refresh the old access lives.", _AUTH)
def _refresh_ends_nothing(seen: Recording) -> Judgement:
    seen.good("refresh")
    return answered(seen.answer("me-before-refresh"), 200)


@writing_fact("revoke-ends-one", "A revoke ends that session and no other.", _AUTH)
def _revoke_ends_one(seen: Recording) -> Judgement:
    seen.good("revoke")
    ended, other = seen.answer("me-revoked"), seen.answer("me-not-revoked")
    why = f"the revoked token {ended.status}, the other {other.status}"
    return settled((ended.status, other.status) == (401, 200), why)


def judge(seen: Recording) -> dict[Fact, Judgement]:
    """Return the verdict on every fact that the run was about."""
    about = [one for one in FACTS if seen.writes or not one.needs_writes]
    return {one: one.judged(seen) for one in about}
