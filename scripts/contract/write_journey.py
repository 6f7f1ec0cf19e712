"""What only writing can settle: one user is made, changed and removed again.

Nothing is tried that could harm the account where an assumption is wrong: nobody who
was there before is touched.
"""

from __future__ import annotations

import secrets

from pulumi_cerevox.account.calls import is_id
from scripts.contract.journey import text
from scripts.contract.sender import Sender


def new_email() -> str:
    """Make up the email of a user who can't have been there; with capitals."""
    return f"Contract-Check-{secrets.token_hex(6)}@example.com"


def write_and_undo(sender: Sender, token: str, email: str) -> bool:
    """Make, change and remove the user *email*; tell whether they are gone again."""
    auth = sender.token(token)
    body = {"email": email, "name": "Contract Check", "role": "member"}
    created = sender.send("create", "POST", "/users", auth, body=body)
    made = _listed(sender, token, "list-made") or {}
    user_id = text(created, "user_id") or made.get(email.lower())
    if user_id is None or not is_id(user_id):
        return _is_gone(sender, token, email)
    try:
        twin = body | {"email": email.lower()}
        sender.send("create-twin", "POST", "/users", auth, body=twin)
        _change(sender, token, user_id)
    finally:
        _remove(sender, token, user_id, email)
    _sessions(sender, token)
    return _is_gone(sender, token, email)


def _change(sender: Sender, token: str, user_id: str) -> None:
    auth, path = sender.token(token), f"/users/{user_id}"
    sender.send("promote", "PUT", path, auth, body={"role": "admin"})
    sender.get("user-promoted", path, auth)
    sender.send("rename", "PUT", path, auth, body={"name": "Contract Check 2"})
    sender.get("user-renamed", path, auth)
    wrong = {"email": "somebody-else@example.com"}
    sender.send("delete-wrong", "DELETE", path, auth, body=wrong)
    sender.get("user-not-deleted", path, auth)


def _remove(sender: Sender, token: str, user_id: str, email: str) -> None:
    auth, path = sender.token(token), f"/users/{user_id}"
    sender.send("delete", "DELETE", path, auth, body={"email": email})
    sender.send("delete-again", "DELETE", path, auth, body={"email": email})


def _sessions(sender: Sender, token: str) -> None:
    """Refresh and revoke a session of its own; the run's own token goes on."""
    key = sender.key()
    login = sender.send("login-other", "POST", "/token/login", key, body={})
    refresh, access = text(login, "refresh_token"), text(login, "access_token")
    if refresh is None or access is None:
        return
    spent = {"refresh_token": refresh}
    renewed = sender.send("refresh", "POST", "/token/refresh", key, body=spent)
    sender.get("me-before-refresh", "/users/me", sender.token(access))
    sender.send("refresh-again", "POST", "/token/refresh", key, body=spent)
    other = text(renewed, "access_token") or access
    sender.send("revoke", "POST", "/token/revoke", sender.token(other))
    sender.get("me-revoked", "/users/me", sender.token(other))
    sender.get("me-not-revoked", "/users/me", sender.token(token))


def _listed(sender: Sender, token: str, ask: str) -> dict[str, str] | None:
    """Give the ids of everybody by lower-case email; None where that is not known."""
    body = sender.get(ask, "/users", sender.token(token))
    listed = body.get("users") if isinstance(body, dict) else body
    if not isinstance(listed, list):
        return None
    ids = {
        (text(user, "email") or "").lower(): text(user, "user_id") for user in listed
    }
    return {email: found for email, found in ids.items() if found and is_id(found)}


def _is_gone(sender: Sender, token: str, email: str) -> bool:
    left = _listed(sender, token, "list-left")
    return left is not None and email.lower() not in left
