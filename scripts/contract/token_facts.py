"""Facts about logins and tokens."""

from __future__ import annotations

from scripts.contract.exchanges import Recording
from scripts.contract.facts import FactBook, Judgement, kind_of, settled

BOOK = FactBook()
_TOKENS = "account/auth.py"


@BOOK.fact("key-and-colon", "The key with a colon behind it logs in too.", _TOKENS)
def _key_and_colon(seen: Recording) -> Judgement:
    one = seen.answer("login-colon")
    told = f"the login answered {one.status}"
    return settled(one.status == 200, told, told)


@BOOK.fact("token-lifetime", "An access token lives for 3600 seconds.", _TOKENS)
def _lifetime(seen: Recording) -> Judgement:
    seconds = seen.fields("login").get("expires_in")
    told = f"expires_in is {seconds!r}"
    return settled(seconds == 3600, told, told)


@BOOK.fact("expires-at", "A login tells expires_at, in Unix seconds.", _TOKENS)
def _expires_at(seen: Recording) -> Judgement:
    moment = seen.fields("login").get("expires_at")
    is_number = isinstance(moment, int | float) and not isinstance(moment, bool)
    return settled(is_number, f"it is {moment}", f"it is {kind_of(moment)}")


@BOOK.fact("logins-side-by-side", "A login leaves earlier tokens alive.", _TOKENS)
def _side_by_side(seen: Recording) -> Judgement:
    seen.good("login-again")
    one = seen.answer("me-first-token")
    told = f"{one.request} with the first token answered {one.status}"
    return settled(one.status == 200, told, told)
