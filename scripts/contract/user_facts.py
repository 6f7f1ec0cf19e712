"""Facts about users and the list of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from pulumi_cerevox.account.calls import is_id
from scripts.contract.exchanges import CannotTellError, Recording
from scripts.contract.facts import (
    FactBook,
    Judgement,
    fails,
    holds,
    kind_of,
    refused_with,
    settled,
)

BOOK = FactBook()
_USERS = "account/users.py"
_MODELS = "account/models.py"
_DIRECTORY = "account/directory.py"
_PAGE_SIGNS = frozenset({"next", "cursor", "next_cursor", "has_more", "page", "total"})


@BOOK.fact("list-bare", "The list of users is a bare array.", _USERS)
def _list_bare(seen: Recording) -> Judgement:
    body = seen.good("list").body
    return settled(isinstance(body, list), "it is", f"it is {kind_of(body)}")


@BOOK.fact("list-whole", "One answer lists everybody, the caller too.", _DIRECTORY)
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


@BOOK.fact("list-for-admins", "Only an admin may list the users.", _USERS)
def _list_for_admins(seen: Recording) -> Judgement:
    if seen.fields("me").get("isadmin") is not False:
        raise CannotTellError("the key is not a member's")
    one = seen.answer("list")
    told = f"a member's {one.request} answered {one.status}"
    return settled(one.status == 403, told, told)


@BOOK.fact("403-before-404", "A member gets 403 even for an unknown id.", _USERS)
def _member_order(seen: Recording) -> Judgement:
    if seen.fields("me").get("isadmin") is not False:
        raise CannotTellError("the key is not a member's")
    return refused_with(seen.answer("user-unknown"), 403, "permission_error")


@BOOK.fact("unknown-user", "An unknown user is 404 not_found.", _USERS)
def _unknown_user(seen: Recording) -> Judgement:
    one = seen.answer("user-unknown")
    if one.status == 403:
        raise CannotTellError("the key is not an admin's")
    return refused_with(one, 404, "not_found")


@BOOK.fact("user-by-id", "One user alone is as in the list.", _USERS)
def _user_by_id(seen: Recording) -> Judgement:
    one = seen.fields("user")
    same = [u for u in seen.users() if u.get("user_id") == one.get("user_id")]
    return settled(same == [one], "the caller is", "the caller is not")


@BOOK.fact("ids", "Ids are 1 to 64 letters, digits, - and _.", "account/calls.py")
def _ids(seen: Recording) -> Judgement:
    ids = [
        user.get(name) for user in _people(seen) for name in ("user_id", "account_id")
    ]
    others = [found for found in ids if not isinstance(found, str) or not is_id(found)]
    return settled(not others, f"all {len(ids)} are", f"{len(others)} are not")


@BOOK.fact("names", "Everybody has a name, never null or empty.", _MODELS)
def _names(seen: Recording) -> Judgement:
    names = [user.get("name") for user in _people(seen)]
    others = [name for name in names if not isinstance(name, str) or not name]
    return settled(not others, "all have", f"one is {kind_of((*others, None)[0])}")


@BOOK.fact("first-and-last-names", "firstname and lastname are there, null.", _MODELS)
def _first_names(seen: Recording) -> Judgement:
    for user in _people(seen):
        for name in ("firstname", "lastname"):
            if name not in user or user[name] is not None:
                kind = kind_of(user[name]) if name in user else "missing"
                return fails(f"{name} is {kind}")
    return holds("all are null")


@BOOK.fact("last-logins", "lastlogin is a text, or null for who never was.", _MODELS)
def _last_logins(seen: Recording) -> Judgement:
    for user in _people(seen):
        if not isinstance(user.get("lastlogin", 0), str | None):
            return fails(f"one is {kind_of(user.get('lastlogin', 0))}, or missing")
    return holds("all are")


@BOOK.fact("roles", "A user has a role, admin or member.", "account/users.py")
def _roles(seen: Recording) -> Judgement:
    roles = Counter(repr(user.get("role")) for user in _people(seen))
    told = ", ".join(sorted(roles))
    return settled(set(roles) <= {"'admin'", "'member'"}, told, told)


@BOOK.fact("role-is-isadmin", "Whose role is admin has isadmin true.", _MODELS)
def _role_is_isadmin(seen: Recording) -> Judgement:
    users = [user for user in _people(seen) if "role" in user]
    if not users:
        raise CannotTellError("no user has a role")
    others = [u for u in users if (u["role"] == "admin") is not u.get("isadmin")]
    return settled(not others, "always", f"not for {len(others)} of {len(users)}")


@BOOK.fact("emails-unique", "No email is there twice, without case.", _DIRECTORY)
def _emails_unique(seen: Recording) -> Judgement:
    emails = Counter(str(user.get("email")).lower() for user in seen.users())
    twice = [email for email, count in emails.items() if count > 1]
    return settled(not twice, f"{len(emails)} emails", f"{len(twice)} are there twice")


@BOOK.fact("emails-as-sent", "Emails keep the case they were sent in.", _MODELS)
def _emails_as_sent(seen: Recording) -> Judgement:
    emails = [str(user.get("email")) for user in seen.users()]
    if all(email == email.lower() for email in emails):
        raise CannotTellError("all emails are in lower case")
    return holds("there are capitals")


def _people(seen: Recording) -> list[Mapping[str, Any]]:
    """Give the users of the list; the caller alone where it can't be had."""
    try:
        return seen.users()
    except CannotTellError:
        return [seen.fields("me")]
