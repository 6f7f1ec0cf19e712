"""The calls about users: created at most once; writes keep the directory current."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pulumi_cerevox.account import calls
from pulumi_cerevox.account.answers import wrong_shape
from pulumi_cerevox.account.directory import Directory, SharedCall
from pulumi_cerevox.account.errors import (
    AccountError,
    ConflictError,
    Exchange,
    NotFoundError,
    RoleNotAppliedError,
    UnexpectedAnswerError,
    ValidationError,
)
from pulumi_cerevox.account.models import AccountUser, Role, never_logged_in
from pulumi_cerevox.account.retry import (
    FEW_TRIES,
    is_unclear,
    rarely_mends,
    surely_not_done,
)
from pulumi_cerevox.text import MAX_NAME, email_fault, name_fault, printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_cerevox.account.answers import Answer
    from pulumi_cerevox.account.auth import Session
    from pulumi_cerevox.account.retry import Attempts


@dataclass(slots=True)
class Dialect:
    """What was seen so far. Each flag only ever turns true, so threads need no lock.

    Attributes:
        needs_names: A create without a name was refused (SDK 0.2).
        states_roles: A user object had a `role` (documented dialect), so roles can
            be asked for and compared.
    """

    needs_names: bool = False
    states_roles: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """The user to be created; no name: the API's default."""

    email: str
    role: str
    name: str | None

    def named(self) -> Wanted:
        """Return it the documented default name, the part before the ``@``."""
        return replace(self, name=self.email.partition("@")[0][:MAX_NAME])


class Creation:
    """Creates users, and settles what an unclear answer left open.

    Args:
        session: Sends.
        directory: Looks up.
        dialect: What is known about the API.
        read_user: Makes a user of an answer; None where the answer has no user.
    """

    def __init__(
        self,
        session: Session,
        directory: Directory,
        dialect: Dialect,
        read_user: Callable[[Answer], AccountUser | None],
    ) -> None:
        self._session = session
        self._directory = directory
        self._dialect = dialect
        self._read_user = read_user

    def create(self, wanted: Wanted) -> AccountUser:
        """Create *wanted*, and give the user as the API has them.

        Raises:
            ConflictError: The email is taken, by another than this very call made.
            AccountError: It was not created, or the text says that it is not known.
        """
        attempts = self._session.begin()
        if wanted.name is None and self._dialect.needs_names:
            wanted = wanted.named()
        try:
            return self._created(wanted, attempts)
        except ValidationError as error:
            if wanted.name is not None or "name" not in error.validation_errors:
                raise
        self._dialect.needs_names = True
        return self._created(wanted.named(), attempts)

    def _created(self, wanted: Wanted, attempts: Attempts) -> AccountUser:
        unclear = False
        tries = 0
        while True:
            tries += 1
            try:
                answer = self._post(wanted, attempts)
                break
            except AccountError as caught:
                error = caught
            if isinstance(error, ConflictError) and unclear:
                return self._settled(wanted, attempts, error)
            if _is_about_create(error) and is_unclear(error):
                unclear = True
                found = self._looked_up(wanted, error)
                if found is not None:
                    return self._own(found, wanted, error)
            if not _may_send_again(error, tries):
                raise error
            attempts.pause(error, tries)
        return self._completed(answer, wanted, attempts)

    def _post(self, wanted: Wanted, attempts: Attempts) -> Answer:
        call = calls.create_user(wanted.email, wanted.role, wanted.name)
        return self._session.once(call, attempts)

    def _completed(
        self, answer: Answer, wanted: Wanted, attempts: Attempts
    ) -> AccountUser:
        """Make a user of the answer, which has no id in the dialect sdk-0.2."""
        if isinstance(answer.data, dict) and answer.data.get("created") is False:
            raise _not_created(wanted, answer)
        user = self._read_user(answer)
        return user or self._listed(wanted, attempts, _not_listed(wanted, answer))

    def _settled(
        self, wanted: Wanted, attempts: Attempts, conflict: AccountError
    ) -> AccountUser:
        """Find out whether the conflict is with an earlier try of this very call."""
        found = self._listed(wanted, attempts, conflict)
        return self._own(found, wanted, conflict)

    def _listed(
        self, wanted: Wanted, attempts: Attempts, otherwise: AccountError
    ) -> AccountUser:
        """List until the user is there (lists may lag), or raise *otherwise*."""
        tries = 0
        while True:
            tries += 1
            found = self._looked_up(wanted, otherwise)
            if found is not None:
                return found
            attempts.pause(otherwise, tries)

    def _looked_up(self, wanted: Wanted, error: AccountError) -> AccountUser | None:
        """List anew, together with other creators, and look for the email."""
        try:
            self._directory.refresh()
        except AccountError as failure:
            raise error.with_hint(
                f"Whether {printable(wanted.email)} was created is not known: "
                f"looking it up failed as well. {failure}"
            ) from None
        return self._directory.by_email(wanted.email, relist_on_miss=False)

    def _own(
        self, found: AccountUser, wanted: Wanted, error: AccountError
    ) -> AccountUser:
        """Return *found* if this very call made them, as far as can be told."""
        differences = self._differences(found, wanted)
        if not differences:
            return found
        raise ConflictError(
            f"Conflict: {printable(wanted.email)} is in the account and differs from "
            f"what was to be created: {', '.join(differences)}.",
            error.exchange,
            hint="The answer to the create was lost, so it may be somebody else's.",
        )

    def _differences(self, found: AccountUser, wanted: Wanted) -> list[str]:
        compares_roles = self._dialect.states_roles
        checks = (
            (wanted.name not in {None, found.name}, "another name"),
            (compares_roles and wanted.role != found.role, "another role"),
            (not never_logged_in(found.lastlogin), "has logged in already"),
        )
        return [what for differs, what in checks if differs]


def _is_about_create(error: AccountError) -> bool:
    """Return whether the create itself failed, and not the login before it."""
    return error.method == "POST" and error.path == "/users"


def _may_send_again(error: AccountError, tries: int) -> bool:
    """Decide whether a create that made nobody may be sent again."""
    if error.gave_up or not _is_about_create(error):
        return False
    if rarely_mends(error) and tries >= FEW_TRIES:
        return False
    return surely_not_done(error) or is_unclear(error)


def _not_created(wanted: Wanted, answer: Answer) -> UnexpectedAnswerError:
    return UnexpectedAnswerError(
        f"{printable(wanted.email)} was not created, and the API gives no reason.",
        answer.exchange,
    )


def _not_listed(wanted: Wanted, answer: Answer) -> UnexpectedAnswerError:
    return UnexpectedAnswerError(
        f"{printable(wanted.email)} was created, says the API, and is not in its list "
        "of users.",
        answer.exchange,
    )


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
        """Return the user behind the credentials, fetched once."""
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
        """Return the user if the answer to a write has them, their role included."""
        data = answer.data
        if not isinstance(data, dict) or "user_id" not in data:
            return None
        if data.get("role") is None and data.get("isadmin") is None:
            return None
        return self._parsed(data, answer.exchange)

    def _read_back(self, answer: Answer) -> AccountUser | None:
        """Return the created user; None where the answer does not even have an id."""
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
        "role": (
            None if role is None or role in set(Role) else "must be admin or member"
        ),
        "name": None if name is None else name_fault(name),
    }
    found = {field: fault for field, fault in faults.items() if fault}
    if found:
        raise _bad(doing, found)


def _bad(doing: str, faults: dict[str, str]) -> ValidationError:
    return ValidationError(
        f"Validation failed: could not {doing}.", validation_errors=faults
    )
