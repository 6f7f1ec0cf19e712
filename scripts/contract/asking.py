"""Ask an account everything that the facts are about, and write each exchange down."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from requests.auth import AuthBase

from pulumi_cerevox.account import AccountError
from pulumi_cerevox.account.answers import parse_json
from pulumi_cerevox.account.auth import HeaderAuth
from pulumi_cerevox.account.calls import Call, is_id
from pulumi_cerevox.account.settings import Settings
from pulumi_cerevox.account.transport import NoAuth, Transport
from pulumi_cerevox.text import Redactor
from scripts.contract.exchanges import Exchange
from scripts.contract.redaction import ExchangeRedactor

LOGIN = ("POST", "/token/login")
"""What a run without writes may send beside GET; it gives the token."""

# Made up; they look like ids of things that are there.
NOBODY = "00000000-0000-4000-8000-000000000000"
NO_ACCOUNT = "acc_contract_check"
NO_TOKEN = "at_contract_check"  # noqa: S105 - made up, and refused


class Sender:
    """Sends through the client's own transport, each request once.

    Args:
        base_url: Where to; checked as the client checks it.
        api_key: Goes into headers of requests, and nowhere else.
        writes: Whether more than GET and the login may be sent.

    Attributes:
        made: The exchanges so far, redacted.
    """

    def __init__(self, base_url: str, api_key: str, *, writes: bool) -> None:
        settings = Settings(base_url)
        self.base_url = settings.base_url
        self.made: list[Exchange] = []
        self._writes = writes
        self._key = api_key
        self._redactor = ExchangeRedactor(api_key)
        self._transport = Transport(settings, Redactor())

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def key(self, ending: str = "") -> tuple[str, AuthBase]:
        """Return what authorises by the key, with something behind it if need be."""
        encoded = base64.b64encode((self._key + ending).encode()).decode()
        return f"key{ending}", HeaderAuth("Basic", encoded)

    @staticmethod
    def token(token: str | None) -> tuple[str, AuthBase]:
        """Return what authorises by a token; nobody where there is none."""
        return (
            ("none", NoAuth())
            if token is None
            else ("token", HeaderAuth("Bearer", token))
        )

    def send(
        self,
        ask: str,
        request: str,
        auth: tuple[str, AuthBase],
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Any:
        """Send a request and keep the exchange; return the JSON of a good answer.

        The request is method and path. What authorises it has a word for the recording.
        """
        method, path = request.split(" ")
        if method != "GET" and (method, path) != LOGIN and not self._writes:
            raise PermissionError(f"{request} without being asked to write")
        word, header = auth
        kept: dict[str, Any] = {
            "ask": ask,
            "method": method,
            "path": path,
            "query": query or {},
            "auth": word,
            "sent": self._redactor.redact(body),
        }
        try:
            raw = self._transport.exchange(
                Call(method, path, "ask", body, query), header
            )
        except AccountError as error:
            self.made.append(Exchange(**kept, failure=error.summary))
            return None
        try:
            found, is_json = parse_json(raw.content), True
        except (ValueError, RecursionError):
            found, is_json = None, False
        answer = Exchange(
            **kept,
            status=raw.status,
            headers=self._redactor.headers(raw.headers),
            body=self._redactor.redact(found),
            is_json=is_json,
        )
        self.made.append(answer)
        return found if 200 <= raw.status < 300 else None


def read_everything(sender: Sender, today: date) -> str | None:
    """Ask everything that reading can settle; return a token, None without a login.

    The ranges of days that are asked about lie in the month before today.
    """

    def login(ask: str, ending: str = "") -> str | None:
        key = sender.key(ending)
        body = {"login": True}
        return _text(sender.send(ask, "POST /token/login", key, body), "access_token")

    token = login("login")
    if token is None:
        return None
    auth, nobody = sender.token(token), sender.token(None)
    me = sender.send("me", "GET /users/me", auth)
    sender.send("list", "GET /users", auth)
    if user_id := _id(me, "user_id"):
        sender.send("user", f"GET /users/{user_id}", auth)
    account = sender.send("account", "GET /accounts/my", auth)
    if account_id := _id(account, "account_id"):
        path = f"GET /accounts/{account_id}"
        for leaf in ("plan", "usage", "billing"):
            sender.send(leaf, f"{path}/{leaf}", auth)
        for ask, query in _ranges(today).items():
            sender.send(ask, f"{path}/usage", auth, query=query)
    foreign = f"GET /accounts/{NO_ACCOUNT}/plan"
    sender.send("user-unknown", f"GET /users/{NOBODY}", auth)
    sender.send("account-foreign", foreign, auth)
    sender.send("path-unknown", "GET /contract-check", auth)
    sender.send("path-slash", "GET /users/", auth)
    sender.send("method-wrong", "GET /token/login", auth)
    sender.send("no-token", "GET /users/me", nobody)
    sender.send("bad-token", "GET /users/me", sender.token(NO_TOKEN))
    sender.send("foreign-no-token", foreign, nobody)
    # Does the first token go on living beside those of other logins?
    login("login-again")
    login("login-colon", ":")
    sender.send("me-first-token", "GET /users/me", auth)
    return token


def _text(body: Any, name: str) -> str | None:
    """Return a text of an answer; None where there is none."""
    found = body.get(name) if isinstance(body, dict) else None
    return found if isinstance(found, str) else None


def _id(body: Any, name: str) -> str | None:
    """Return an id that may stand in a path; None where there is none."""
    found = _text(body, name)
    return found if found is not None and is_id(found) else None


def _ranges(today: date) -> dict[str, dict[str, str]]:
    """Return ranges in the month before: two neighbours, both in one, and bad ones."""
    first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    tenth, eleventh, twentieth = (first.replace(day=day) for day in (10, 11, 20))
    ends = {
        "usage-first": (first, tenth),
        "usage-second": (eleventh, twentieth),
        "usage-both": (first, twentieth),
        "usage-backwards": (twentieth, first),
    }
    ranges = {
        ask: {"start_date": start.isoformat(), "end_date": end.isoformat()}
        for ask, (start, end) in ends.items()
    }
    return ranges | {"usage-no-day": {"start_date": "soon"}}


def new_email() -> str:
    """Make up the email of a user who can't have been there; with capitals."""
    return f"Contract-Check-{secrets.token_hex(6)}@example.com"


def write_and_undo(sender: Sender, token: str, email: str) -> bool:
    """Make, change and remove the user *email*; tell whether they are gone again.

    Nothing is tried that could harm the account where an assumption is wrong: nobody
    who was there before is touched.
    """
    auth = sender.token(token)

    def ids_by_email(ask: str) -> dict[str, str | None] | None:
        body = sender.send(ask, "GET /users", auth)
        listed = body.get("users") if isinstance(body, dict) else body
        if not isinstance(listed, list):
            return None
        return {(_text(u, "email") or "").lower(): _id(u, "user_id") for u in listed}

    body = {"email": email, "name": "Contract Check", "role": "member"}
    created = sender.send("create", "POST /users", auth, body)
    made = ids_by_email("list-made") or {}
    user_id = _id(created, "user_id") or made.get(email.lower())
    if user_id is not None:
        path = f"/users/{user_id}"
        try:
            twin = body | {"email": email.lower()}
            sender.send("create-twin", "POST /users", auth, twin)
            sender.send("promote", f"PUT {path}", auth, {"role": "admin"})
            sender.send("user-promoted", f"GET {path}", auth)
            sender.send("rename", f"PUT {path}", auth, {"name": "Contract Check 2"})
            sender.send("user-renamed", f"GET {path}", auth)
            wrong = {"email": "somebody-else@example.com"}
            sender.send("delete-wrong", f"DELETE {path}", auth, wrong)
            sender.send("user-not-deleted", f"GET {path}", auth)
        finally:
            sender.send("delete", f"DELETE {path}", auth, {"email": email})
            sender.send("delete-again", f"DELETE {path}", auth, {"email": email})
        _refresh_and_revoke(sender, token)
    left = ids_by_email("list-left")
    return left is not None and email.lower() not in left


def _refresh_and_revoke(sender: Sender, token: str) -> None:
    """Refresh and revoke a session of its own; the run's own token goes on."""
    key = sender.key()
    login = sender.send("login-other", "POST /token/login", key, {})
    refresh, access = _text(login, "refresh_token"), _text(login, "access_token")
    if refresh is None or access is None:
        return
    spent = {"refresh_token": refresh}
    renewed = sender.send("refresh", "POST /token/refresh", key, spent)
    sender.send("me-before-refresh", "GET /users/me", sender.token(access))
    sender.send("refresh-again", "POST /token/refresh", key, spent)
    other = sender.token(_text(renewed, "access_token") or access)
    sender.send("revoke", "POST /token/revoke", other)
    sender.send("me-revoked", "GET /users/me", other)
    sender.send("me-not-revoked", "GET /users/me", sender.token(token))
