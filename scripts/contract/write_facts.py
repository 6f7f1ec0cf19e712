"""Facts that only writing settles: users made, changed and removed; spent tokens."""

from __future__ import annotations

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
_CREATION = "account/users.py"
_USERS = "account/users.py"
_TOKENS = "account/auth.py"


@BOOK.fact("create-tells-id", "A create is 201 and tells the new id.", _CREATION)
def _create_tells_id(seen: Recording) -> Judgement:
    one = seen.answer("create")
    told = f"{one.status}, with {', '.join(sorted(one.fields()))}"
    has_id = isinstance(one.fields().get("user_id"), str)
    return settled(one.status == 201 and has_id, told, told)


@BOOK.fact("create-keeps-case", "A new email is kept as it was sent.", _CREATION)
def _create_keeps_case(seen: Recording) -> Judgement:
    sent = str(seen.good("create").sent["email"])
    emails = [str(user.get("email")) for user in seen.users("list-made")]
    if sent.lower() not in [email.lower() for email in emails]:
        raise CannotTellError("the new user is not in the list")
    return settled(sent in emails, "its capitals are there", "its case was changed")


@BOOK.fact("create-comes-last", "The list begins with the oldest.", _USERS)
def _create_comes_last(seen: Recording) -> Judgement:
    sent = str(seen.good("create").sent["email"]).lower()
    last = str(seen.users("list-made")[-1].get("email")).lower()
    return settled(last == sent, "the new user is last", "the new user is not last")


@BOOK.fact("create-twin", "An email that is taken is 409 conflict.", _CREATION)
def _create_twin(seen: Recording) -> Judgement:
    seen.good("create")
    return refused_with(seen.answer("create-twin"), 409, "conflict")


@BOOK.fact("role-can-be-set", "An update sets the role.", "account/calls.py")
def _role_can_be_set(seen: Recording) -> Judgement:
    one = seen.answer("promote")
    if one.status != 200:
        return fails(f"{one.request} answered {one.status}")
    user = seen.fields("user-promoted")
    told = f"role {user.get('role')!r}, isadmin {user.get('isadmin')!r}"
    return settled(user.get("isadmin") is True, told, told)


@BOOK.fact("absent-stays", "What an update leaves out stays as it is.", _USERS)
def _absent_stays(seen: Recording) -> Judgement:
    if seen.fields("user-promoted").get("isadmin") is not True:
        raise CannotTellError("the user could not be made an admin before")
    seen.good("rename")
    now = seen.fields("user-renamed").get("isadmin")
    told = f"after a new name, the admin's isadmin is {now!r}"
    return settled(now is True, told, told)


@BOOK.fact("delete-confirmed", "A delete with another email is 400.", _USERS)
def _delete_confirmed(seen: Recording) -> Judgement:
    one = seen.answer("delete-wrong")
    if one.status != 400 or seen.answer("user-not-deleted").status != 200:
        return fails(f"it answered {one.status}")
    return holds("it is, and the user stays")


@BOOK.fact("deleted-is-unknown", "Who was deleted is 404 not_found.", _USERS)
def _deleted_is_unknown(seen: Recording) -> Judgement:
    seen.good("delete")
    return refused_with(seen.answer("delete-again"), 404, "not_found")


@BOOK.fact("refresh-once", "A refresh token works once.", _TOKENS)
def _refresh_once(seen: Recording) -> Judgement:
    seen.good("refresh")
    return refused_with(seen.answer("refresh-again"), 401, "authentication_error")


@BOOK.fact("refresh-ends-nothing", "After a refresh the old access lives.", _TOKENS)
def _refresh_ends_nothing(seen: Recording) -> Judgement:
    seen.good("refresh")
    one = seen.answer("me-before-refresh")
    told = f"{one.request} answered {one.status}"
    return settled(one.status == 200, told, told)


@BOOK.fact("revoke-ends-one", "A revoke ends that session and no other.", _TOKENS)
def _revoke_ends_one(seen: Recording) -> Judgement:
    seen.good("revoke")
    ended, other = seen.answer("me-revoked"), seen.answer("me-not-revoked")
    told = f"the revoked token {ended.status}, the other {other.status}"
    return settled((ended.status, other.status) == (401, 200), told, told)
