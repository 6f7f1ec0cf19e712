"""The calls about users; writes keep the directory current."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pulumi_cerevox.account import calls
from pulumi_cerevox.account.creation import Creation, Wanted
from pulumi_cerevox.account.dialect import Dialect
from pulumi_cerevox.account.directory import Directory
from pulumi_cerevox.account.errors import (
    Exchange,
    NotFoundError,
    RoleNotAppliedError,
    ValidationError,
)
from pulumi_cerevox.account.fields import wrong_shape
from pulumi_cerevox.account.identity import email_fault, name_fault
from pulumi_cerevox.account.models import AccountUser, Role
from pulumi_cerevox.account.shared_call import SharedCall

if TYPE_CHECKING:
    from pulumi_cerevox.account.answers import Answer
    from pulumi_cerevox.account.session import Session


class Users:
    """The users of the account. Thread-safe.

    Args:
        session: Sends.

    Attributes:
        directory: The users as last listed.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._dialect = Dialect()
        self._lock = threading.Lock()
        self._caller: AccountUser | None = None
        self._callers: SharedCall[AccountUser] = SharedCall()
        self.directory = Directory(self._fetch_list, self.get, self.cached_caller)
        self._creation = Creation(
            session, self.directory, self._dialect, self._read_back
        )

    @property
    def states_roles(self) -> bool:
        """Whether an answer so far had a `role`, which only one dialect has."""
        return self._dialect.states_roles

    def get(self, user_id: str) -> AccountUser:
        """Fetch one user."""
        answer = self._session.call(calls.get_user(user_id))
        return self._parsed(answer.data, answer.exchange)

    def create(self, email: str, role: str, name: str | None) -> AccountUser:
        """Create a user with this role, at most once."""
        _check("create a user", email=email, role=role, name=name)
        user = self._creation.create(Wanted(email, role, name))
        self.directory.put(user)
        if user.role != role:
            made = Exchange("POST", "/users", 201)
            raise RoleNotAppliedError.of(user, role, made)
        return user

    def update(self, user_id: str, name: str | None, role: str | None) -> AccountUser:
        """Change what is given, and make sure of the role."""
        call = calls.update_user(user_id, name, role)
        _check("update a user", role=role, name=name)
        if name is None and role is None:
            raise _bad("update a user", {"name": "give a name, a role or both"})
        user, exchange = self._updated(call, user_id, only_role=name is None)
        self._note(user)
        if role is not None and user.role != role:
            raise RoleNotAppliedError.of(user, role, exchange)
        return user

    def delete(self, user_id: str, email: str | None) -> None:
        """Delete a user; one who is gone after a try of our own counts as deleted."""
        path = calls.user_path(user_id)
        confirmed = email or self._email_of(user_id, path)
        attempts = self._session.begin()
        try:
            self._session.call(calls.delete_user(user_id, confirmed), attempts)
        except NotFoundError:
            if not attempts.unclear:
                raise
        self.directory.remove(user_id)

    def caller(self) -> AccountUser:
        """Fetch the user behind the credentials, and remember them."""
        answer = self._session.call(calls.current_user())
        return self._remember(self._parsed(answer.data, answer.exchange))

    def cached_caller(self) -> AccountUser:
        """Give the user behind the credentials, fetched once."""
        with self._lock:
            known = self._caller
        return known or self._callers.run(lambda: self._caller or self.caller())

    def update_caller(self, name: str) -> AccountUser:
        """Rename the user behind the credentials."""
        _check("rename the current user", name=name)
        answer = self._session.call(calls.update_current_user(name))
        user = self._stated(answer)
        if user is None:
            user = self.caller()
        self._note(user)
        return self._remember(user)

    def forget(self) -> None:
        """Know nobody any more: the credentials changed."""
        with self._lock:
            self._caller = None
        self.directory.forget()

    def _note(self, user: AccountUser) -> None:
        """Keep what we know current after a write."""
        self.directory.put(user)
        with self._lock:
            if self._caller is not None and self._caller.user_id == user.user_id:
                self._caller = user

    def _remember(self, user: AccountUser) -> AccountUser:
        with self._lock:
            self._caller = user
        return user

    def _fetch_list(self) -> list[AccountUser]:
        """List the users: an array, or one under "users" (SDK 0.2 reads both)."""
        answer = self._session.call(calls.list_users())
        found = answer.data
        if isinstance(found, dict):
            found = found.get("users")
        if not isinstance(found, list):
            raise wrong_shape("the list of users", "an array", found, answer.exchange)
        return [
            self._parsed(item, answer.exchange, f"users[{index}]")
            for index, item in enumerate(found)
        ]

    def _updated(
        self, call: calls.Call, user_id: str, *, only_role: bool
    ) -> tuple[AccountUser, Exchange]:
        try:
            answer = self._session.call(call)
        except ValidationError as error:
            # sdk-0.2 misses the name when only a role is sent: it knows no roles.
            if not only_role or "name" not in error.validation_errors:
                raise
            refused = error.exchange
        else:
            user = self._stated(answer)
            return user or self.get(user_id), answer.exchange
        return self.get(user_id), refused

    def _stated(self, answer: Answer) -> AccountUser | None:
        """Give the user if the answer to a write has them, their role included."""
        data = answer.data
        if not isinstance(data, dict) or "user_id" not in data:
            return None
        if data.get("role") is None and data.get("isadmin") is None:
            return None
        return self._parsed(data, answer.exchange)

    def _read_back(self, answer: Answer) -> AccountUser | None:
        """Give the created user; None where the answer does not even have an id."""
        user = self._stated(answer)
        data = answer.data
        if user is None and isinstance(data, dict) and data.get("user_id"):
            return self.get(data["user_id"])
        return user

    def _parsed(self, data: object, exchange: Exchange, where: str = "") -> AccountUser:
        user = AccountUser.parse(data, exchange, where)
        if isinstance(data, dict) and data.get("role") is not None:
            self._dialect.states_roles = True
        return user

    def _email_of(self, user_id: str, path: str) -> str:
        user = self.directory.by_id(user_id)
        if user is None:
            raise NotFoundError(
                f"Not found: could not delete user {user_id}.",
                Exchange("GET", path, 404),
            )
        return user.email


def _check(
    doing: str,
    *,
    email: str | None = None,
    role: str | None = None,
    name: str | None = None,
) -> None:
    """Refuse bad arguments before anything is sent."""
    faults = {
        "email": None if email is None else email_fault(email),
        "role": _role_fault(role),
        "name": None if name is None else name_fault(name),
    }
    found = {field: fault for field, fault in faults.items() if fault}
    if found:
        raise _bad(doing, found)


def _role_fault(role: str | None) -> str | None:
    return None if role is None or role in set(Role) else "must be admin or member"


def _bad(doing: str, faults: dict[str, str]) -> ValidationError:
    return ValidationError(
        f"Validation failed: could not {doing}.", validation_errors=faults
    )
