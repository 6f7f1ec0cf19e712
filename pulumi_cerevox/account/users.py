"""The calls about users. A create is sent at most once. Writes update the directory."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from unicodedata import normalize

from pulumi_cerevox.account import calls
from pulumi_cerevox.account.answers import Effect, Fields, effect_of
from pulumi_cerevox.account.directory import Directory, SharedCall, pages
from pulumi_cerevox.account.errors import (
    AccountError,
    ConflictError,
    Exchange,
    NotFoundError,
    RoleNotAppliedError,
    UnexpectedAnswerError,
    ValidationError,
)
from pulumi_cerevox.account.models import AccountUser, never_logged_in
from pulumi_cerevox.account.retry import (
    FEW_TRIES,
    is_unclear,
    rarely_passes,
    surely_not_done,
)
from pulumi_cerevox.text import MAX_NAME, fold_email, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_cerevox.account.answers import Answer
    from pulumi_cerevox.account.auth import Session
    from pulumi_cerevox.account.retry import Attempts


@dataclass(slots=True)
class Dialect:
    """Facts seen so far. A flag only ever becomes true, so threads need no lock.

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
        read_user: Makes a user of an answer about an email; None where it has none.
    """

    def __init__(
        self,
        session: Session,
        directory: Directory,
        dialect: Dialect,
        read_user: Callable[[Answer, str], AccountUser | None],
    ) -> None:
        self._session = session
        self._directory = directory
        self._dialect = dialect
        self._read_user = read_user

    def create(self, wanted: Wanted) -> AccountUser:
        """Create *wanted*, and return the user as the API has them.

        Raises:
            ConflictError: The email is taken, by another than this very call made.
            AccountError: It was not created, or the text says that it is not known.
        """
        attempts = self._session.begin()
        if wanted.name is None and self._dialect.needs_names:
            wanted = wanted.named()
        try:
            return self._create(wanted, attempts)
        except ValidationError as error:
            if wanted.name is not None or "name" not in error.validation_errors:
                raise
        self._dialect.needs_names = True
        return self._create(wanted.named(), attempts)

    def _create(self, wanted: Wanted, attempts: Attempts) -> AccountUser:
        unclear = False
        tries = 0
        while True:
            tries += 1
            try:
                call = calls.create_user(wanted.email, wanted.role, wanted.name)
                answer = self._session.once(call, attempts)
                break
            except AccountError as caught:
                error = caught
            if isinstance(error, ConflictError) and unclear:
                return self._settle(wanted, attempts, error)
            if _is_about_create(error) and is_unclear(error):
                unclear = True
                found = self._look_up(wanted, error)
                if found is not None:
                    return self._require_ours(found, wanted, error)
            tried_enough = rarely_passes(error) and tries >= FEW_TRIES
            if error.gave_up or not _is_about_create(error) or tried_enough:
                raise error
            if not (surely_not_done(error) or is_unclear(error)):
                raise error
            attempts.pause(error, tries)
        return self._complete(answer, wanted, attempts, unclear=unclear)

    def _complete(
        self, answer: Answer, wanted: Wanted, attempts: Attempts, *, unclear: bool
    ) -> AccountUser:
        """Make a user of the answer, which has no id in the dialect sdk-0.2."""
        effect = effect_of(answer, "created")
        if effect is Effect.NOT_DONE:
            refused = UnexpectedAnswerError(
                f"{printable(wanted.email)} was not created, says the API.",
                answer.exchange,
            )
            # An earlier try of this very call may have made them.
            if unclear:
                return self._settle(wanted, attempts, refused)
            raise refused
        user = self._read_user(answer, wanted.email)
        if user is not None:
            return user
        if effect is Effect.DONE:
            unlisted = UnexpectedAnswerError(
                f"{printable(wanted.email)} was created, says the API, and is not in "
                "its list of users.",
                answer.exchange,
            )
            return self._await_in_list(wanted, attempts, unlisted)
        unknown = UnexpectedAnswerError(
            f"Whether {printable(wanted.email)} was created is not known: the answer "
            "does not say it, and they are not in the list of users.",
            answer.exchange,
            hint="Look for them in the account before you try again.",
        )
        return self._settle(wanted, attempts, unknown)

    def _settle(
        self, wanted: Wanted, attempts: Attempts, error: AccountError
    ) -> AccountUser:
        """Find out whether this very call made them, *error* notwithstanding."""
        found = self._await_in_list(wanted, attempts, error)
        return self._require_ours(found, wanted, error)

    def _await_in_list(
        self, wanted: Wanted, attempts: Attempts, otherwise: AccountError
    ) -> AccountUser:
        """List until the user is there (lists may lag), or raise *otherwise*."""
        tries = 0
        while True:
            tries += 1
            found = self._look_up(wanted, otherwise)
            if found is not None:
                return found
            attempts.pause(otherwise, tries)

    def _look_up(self, wanted: Wanted, error: AccountError) -> AccountUser | None:
        """List anew, together with other creators, and look for the email."""
        try:
            self._directory.refresh()
        except AccountError as failure:
            raise error.with_hint(
                f"Whether {printable(wanted.email)} was created is not known: "
                f"looking it up failed as well. {failure}"
            ) from None
        return self._directory.by_email(wanted.email, relist_on_miss=False)

    def _require_ours(
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


class Users:
    """The users of the account. Thread-safe.

    Args:
        session: Sends.
        base_url: Where to; the pages of a list are read from nowhere else.

    Attributes:
        directory: The users as last listed.
    """

    def __init__(self, session: Session, base_url: str) -> None:
        self._session = session
        self._base_url = base_url
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
        user = self._parse(answer.data, answer.exchange)
        return self._about(user, answer.exchange, user_id)

    def create(self, email: str, role: str, name: str | None) -> AccountUser:
        """Create a user with this role, at most once."""
        calls.check("create a user", email=email, role=role, name=name)
        user = self._creation.create(Wanted(email, role, name))
        self.directory.put(user)
        if user.role != role:
            made = Exchange("POST", "/users", 201)
            raise RoleNotAppliedError.of(user, role, made)
        return user

    def update(self, user_id: str, name: str | None, role: str | None) -> AccountUser:
        """Change what is given, and make sure of it."""
        call = calls.update_user(user_id, name, role)
        calls.check("update a user", role=role, name=name)
        if name is None and role is None:
            raise calls.bad("update a user", {"name": "give a name, a role or both"})
        user, exchange = self._send_update(call, user_id, only_role=name is None)
        self._note(user)
        if role is not None and user.role != role:
            raise RoleNotAppliedError.of(user, role, exchange)
        _require_name(user, name, exchange)
        return user

    def delete(self, user_id: str, email: str | None) -> None:
        """Delete a user; one who is gone after a try of our own counts as deleted."""
        path = calls.user_path(user_id)
        confirmed = email or self._email_of(user_id, path)
        attempts = self._session.begin()
        who = f"{printable(confirmed)} ({user_id})"
        try:
            answer = self._session.call(calls.delete_user(user_id, confirmed), attempts)
        except NotFoundError as error:
            self._require_gone(who, user_id, error.exchange)
            if not attempts.unclear:
                raise
        except AccountError as error:
            if isinstance(error, UnexpectedAnswerError) or is_unclear(error):
                error.with_hint(f"{who} may still be in the account. Try again.")
            raise
        else:
            effect = effect_of(answer, "deleted")
            if effect is Effect.NOT_DONE:
                raise UnexpectedAnswerError(
                    f"{who} was not deleted, says the API, and may still be in the "
                    "account.",
                    answer.exchange,
                    hint="Try again, or remove them by hand.",
                )
            if effect is Effect.UNKNOWN:
                self._require_gone(who, user_id, answer.exchange)
        self.directory.remove(user_id)

    def _require_gone(self, who: str, user_id: str, exchange: Exchange) -> None:
        """Make sure that a user is gone, by a new list and by the API's own 404.

        Raises:
            UnexpectedAnswerError: They are there, or it could not be found out.
        """
        fault, hint = "are still in the account", ""
        try:
            self.directory.refresh()
            if self.directory.by_id(user_id) is None:
                return
        except AccountError as failure:
            fault, hint = "may still be there", f"Looking failed as well. {failure} "
        raise UnexpectedAnswerError(
            f"The answer does not prove that {who} was deleted, and they {fault}.",
            exchange,
            hint=f"{hint}Try again, or remove them by hand.",
        )

    def caller(self) -> AccountUser:
        """Fetch the user behind the credentials, and remember them."""
        answer = self._session.call(calls.current_user())
        user = self._parse(answer.data, answer.exchange)
        return self._remember(self._about_caller(user, answer.exchange))

    def cached_caller(self) -> AccountUser:
        """Return the user behind the credentials, fetched once."""
        with self._lock:
            known = self._caller
        return known or self._callers.run(lambda: self._caller or self.caller())

    def update_caller(self, name: str) -> AccountUser:
        """Rename the user behind the credentials."""
        calls.check("rename the current user", name=name)
        answer = self._session.call(calls.update_current_user(name))
        user = self._user_in(answer, "updated")
        if user is None:
            user = self.caller()
        self._about_caller(user, answer.exchange)
        self._note(user)
        self._remember(user)
        _require_name(user, name, answer.exchange)
        return user

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
        def fetch(page: Mapping[str, str]) -> Answer:
            return self._session.call(calls.list_users(page))

        return [
            self._parse(item, answer.exchange, f"users[{index}]")
            for answer, items in pages(fetch, self._base_url)
            for index, item in enumerate(items)
        ]

    def _send_update(
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
            user = self._user_in(answer, "updated")
            if user is None:
                return self.get(user_id), answer.exchange
            before = self.directory.known(user_id)
            email = before.email if before else None
            return self._about(user, answer.exchange, user_id, email), answer.exchange
        return self.get(user_id), refused

    def _user_in(self, answer: Answer, word: str) -> AccountUser | None:
        """Return the user if the answer to a write has them, their role included.

        What says that nothing was done, or does not say it, is no word on the user.
        """
        data = answer.data
        if not isinstance(data, dict) or "user_id" not in data:
            return None
        if data.get("role") is None and data.get("isadmin") is None:
            return None
        if effect_of(answer, word) is not Effect.DONE and word in data:
            return None
        return self._parse(data, answer.exchange)

    def _read_back(self, answer: Answer, email: str) -> AccountUser | None:
        """Return the created user; None where the answer does not even have an id."""
        user = self._user_in(answer, "created")
        data = answer.data
        if user is None:
            if not isinstance(data, dict) or not data.get("user_id"):
                return None
            user = self.get(Fields(data, answer.exchange).identifier("user_id"))
        before = self.directory.known(user.user_id)
        if before is not None and fold_email(before.email) != fold_email(email):
            raise _about_another(f"user {user.user_id}", answer.exchange)
        return self._about(user, answer.exchange, email=email)

    def _about(
        self,
        user: AccountUser,
        exchange: Exchange,
        user_id: str | None = None,
        email: str | None = None,
    ) -> AccountUser:
        """Return *user* if they are who the call was about.

        Raises:
            UnexpectedAnswerError: The id, the email or the account is another one.
        """
        if user_id not in {None, user.user_id}:
            raise _about_another(f"user {user.user_id}", exchange)
        if email is not None and fold_email(email) != fold_email(user.email):
            raise _about_another(printable(user.email), exchange)
        self.require_own(user.account_id, exchange)
        return user

    def require_own(self, account_id: str, exchange: Exchange) -> None:
        """Refuse an answer about another account than the caller's, once it is known.

        Raises:
            UnexpectedAnswerError: It is another one.
        """
        with self._lock:
            caller = self._caller
        if caller is not None and account_id != caller.account_id:
            raise _about_another(f"account {account_id}", exchange)

    def _about_caller(self, user: AccountUser, exchange: Exchange) -> AccountUser:
        with self._lock:
            known = self._caller
        return self._about(user, exchange, known.user_id if known else None)

    def _parse(self, data: object, exchange: Exchange, where: str = "") -> AccountUser:
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


def _about_another(whom: str, exchange: Exchange) -> UnexpectedAnswerError:
    return UnexpectedAnswerError(
        f"The API answered about {whom}, for whom nobody asked.",
        exchange,
        hint="Nothing of this answer is believed. Look at the account, then try again.",
    )


def _require_name(user: AccountUser, name: str | None, exchange: Exchange) -> None:
    """Refuse an update after which the name is another one.

    White space and the way in which accents are encoded may differ (assumed).
    """
    names = [normalize("NFC", " ".join(one.split())) for one in (name or "", user.name)]
    if name is not None and names[0] != names[1]:
        raise UnexpectedAnswerError(
            f"The name was not applied: {printable(user.email)} was to be named "
            f"{printable(name)} and is named {printable(user.name)}.",
            exchange,
            hint="Try again, or leave the name out of the declaration.",
        )
