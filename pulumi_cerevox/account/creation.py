"""Creating a user at most once, however often the answer gets lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pulumi_cerevox.account import calls
from pulumi_cerevox.account.errors import (
    AccountError,
    ConflictError,
    UnexpectedAnswerError,
    ValidationError,
)
from pulumi_cerevox.account.escaping import printable
from pulumi_cerevox.account.identity import MAX_NAME
from pulumi_cerevox.account.retry import (
    FEW_TRIES,
    is_unclear,
    rarely_mends,
    surely_not_done,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_cerevox.account.answers import Answer
    from pulumi_cerevox.account.dialect import Dialect
    from pulumi_cerevox.account.directory import Directory
    from pulumi_cerevox.account.models import AccountUser
    from pulumi_cerevox.account.retry import Attempts
    from pulumi_cerevox.account.session import Session


@dataclass(frozen=True, slots=True)
class Wanted:
    """The user to be created; no name: the API's default."""

    email: str
    role: str
    name: str | None

    def named(self) -> Wanted:
        """Give it the documented default name, the part before the ``@``."""
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
        """Give *found* if this very call made them, as far as can be told."""
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
            (found.lastlogin is not None, "has logged in already"),
        )
        return [what for differs, what in checks if differs]


def _is_about_create(error: AccountError) -> bool:
    """Tell whether the create itself failed, and not the login before it."""
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
