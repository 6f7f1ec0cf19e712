"""What is asked of the account without changing it: logins, and GET.

Ids in the paths come from earlier answers; those of things that do not exist are made
up and look like it.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from pulumi_cerevox.account.calls import is_id
from scripts.contract.sender import Sender

NOBODY = "00000000-0000-4000-8000-000000000000"
NO_ACCOUNT = "acc_contract_check"
NO_TOKEN = "at_contract_check"  # noqa: S105 - made up, and refused
_TENTH, _TWENTIETH = timedelta(days=9), timedelta(days=19)


def read_everything(sender: Sender, today: date) -> str | None:
    """Ask everything that reading can settle; give a token, None without a login.

    Args:
        sender: Where to ask.
        today: The ranges of days that are asked about lie in the month before.
    """
    token = _login(sender, "login")
    if token is None:
        return None
    _read_users(sender, token)
    _read_account(sender, token, today)
    _ask_what_is_not_there(sender, token)
    _log_in_once_more(sender, token)
    return token


def text(body: Any, name: str) -> str | None:
    """Give a text of an answer; None where there is none."""
    found = body.get(name) if isinstance(body, dict) else None
    return found if isinstance(found, str) else None


def _login(sender: Sender, ask: str, ending: str = "") -> str | None:
    key = sender.key(ending)
    body = {"login": True}
    answer = sender.send(ask, "POST", "/token/login", key, body=body)
    return text(answer, "access_token")


def _read_users(sender: Sender, token: str) -> None:
    auth = sender.token(token)
    me = sender.get("me", "/users/me", auth)
    sender.get("list", "/users", auth)
    user_id = text(me, "user_id")
    if user_id is not None and is_id(user_id):
        sender.get("user", f"/users/{user_id}", auth)


def _read_account(sender: Sender, token: str, today: date) -> None:
    auth = sender.token(token)
    account_id = text(sender.get("account", "/accounts/my", auth), "account_id")
    if account_id is None or not is_id(account_id):
        return
    path = f"/accounts/{account_id}"
    for leaf in ("plan", "usage", "billing"):
        sender.get(leaf, f"{path}/{leaf}", auth)
    for ask, query in _ranges(today).items():
        sender.get(ask, f"{path}/usage", auth, query)


def _ranges(today: date) -> dict[str, dict[str, str]]:
    """Give ranges in the month before: two neighbours, both in one, and bad ones."""
    first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    tenth, twentieth = first + _TENTH, first + _TWENTIETH
    day = timedelta(days=1)
    ends = {
        "usage-first": (first, tenth),
        "usage-second": (tenth + day, twentieth),
        "usage-both": (first, twentieth),
        "usage-backwards": (twentieth, first),
    }
    ranges = {
        ask: {"start_date": start.isoformat(), "end_date": end.isoformat()}
        for ask, (start, end) in ends.items()
    }
    return ranges | {"usage-no-day": {"start_date": "soon"}}


def _ask_what_is_not_there(sender: Sender, token: str) -> None:
    auth, foreign = sender.token(token), f"/accounts/{NO_ACCOUNT}/plan"
    sender.get("user-unknown", f"/users/{NOBODY}", auth)
    sender.get("account-foreign", foreign, auth)
    sender.get("path-unknown", "/contract-check", auth)
    sender.get("path-slash", "/users/", auth)
    sender.get("method-wrong", "/token/login", auth)
    sender.get("no-token", "/users/me", sender.nothing())
    sender.get("bad-token", "/users/me", sender.token(NO_TOKEN))
    sender.get("foreign-no-token", foreign, sender.nothing())


def _log_in_once_more(sender: Sender, token: str) -> None:
    """See that the first token goes on living beside those of other logins."""
    _login(sender, "login-again")
    _login(sender, "login-colon", ":")
    sender.get("me-first-token", "/users/me", sender.token(token))
