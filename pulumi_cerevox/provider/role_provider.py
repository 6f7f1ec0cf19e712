"""How the engine's calls for a `RoleAssignment` reach the account."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    UpdateResult,
)

from pulumi_cerevox.account import AccountUser, Role, printable
from pulumi_cerevox.provider import engine
from pulumi_cerevox.provider import role_declaration as declaration
from pulumi_cerevox.provider.base import AccountProvider
from pulumi_cerevox.provider.connection import Connection
from pulumi_cerevox.provider.declared_users import DECLARED_ROLES
from pulumi_cerevox.provider.errors import ProviderError
from pulumi_cerevox.provider.escaping import engine_safe
from pulumi_cerevox.provider.work import doing


class RoleProvider(AccountProvider):
    """The provider class of `RoleAssignment`; its path and name are in users' state."""

    __module__ = "pulumi_cerevox.provider"

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Report every fault at once, without the network."""
        DECLARED_ROLES.program_runs()
        inputs = declaration.canonical(news, olds)
        # A failure that named the property would print its value.
        failures = [CheckFailure("", fault) for fault in declaration.faults(inputs)]
        return CheckResult(inputs, failures)

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare the outputs with the declaration.

        In a refresh the engine calls it with what `read` returned as `olds`.
        """
        self.refuse_foreign(olds.get("accountId"), _subject(olds))
        inputs = declaration.declared(news)
        other = declaration.other_person(olds, inputs)
        if other is not None:
            return DiffResult(changes=None, replaces=[other])
        DECLARED_ROLES.keep(str(olds.get("accountId")), [id_])
        # None lets the engine work out the detail of each property itself.
        return DiffResult(changes=None if declaration.differs(olds, inputs) else False)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Give the role to somebody who is there, and keep the one they had."""
        inputs = declaration.declared(props)
        subject, connection = _subject(inputs), self.connection()
        with doing(f"could not give {subject} the role {inputs['role']}"):
            account_id = connection.require_account(None, subject)
            user = _found(connection, inputs)
            if user is None:
                raise ProviderError(_nobody(subject, account_id))
            DECLARED_ROLES.make(user)
            prior = str(user.role)
            user = _given(connection, user, inputs["role"])
        outs = declaration.state_of(user, inputs, prior, inputs["role"])
        return CreateResult(user.user_id, outs)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Give the role as the account has it; nothing when the person is gone."""
        if "accountId" not in props:
            raise ProviderError(
                "a RoleAssignment can't be looked up by id: declare it, or use "
                "get_user to see somebody's role"
            )
        subject, connection = _subject(props), self.connection()
        with doing(f"could not read the role of {subject}"):
            connection.require_account(props["accountId"], subject)
            user = connection.account.directory.by_id(id_)
        if user is None:
            return ReadResult("", {})
        inputs = declaration.inputs_in(props)
        if "email" in inputs and not declaration.is_theirs(user, props):
            inputs["email"] = engine_safe(user.email)
        outs = declaration.state_of(
            user, inputs, props["priorRole"], props[declaration.GIVEN_ROLE]
        )
        return ReadResult(id_, outs, {key: outs[key] for key in inputs})

    def update(
        self, id_: str, olds: dict[str, Any], news: dict[str, Any]
    ) -> UpdateResult:
        """Change the role, where the preview showed that; the prior one is kept."""
        inputs = declaration.declared(news)
        subject, connection = _subject(inputs), self.connection()
        with doing(f"could not give {subject} the role {inputs['role']}"):
            account_id = connection.require_account(olds.get("accountId"), subject)
            user = connection.account.directory.by_id(id_)
            if user is None:
                raise ProviderError(_nobody(subject, account_id))
            _require_same_person(user, olds)
            given = olds[declaration.GIVEN_ROLE]
            if inputs["role"] != olds.get("role"):
                given = inputs["role"]
                user = _given(connection, user, given)
        outs = declaration.state_of(user, inputs, olds["priorRole"], given)
        # What this update was not about stays as the preview compared it.
        return UpdateResult(outs | {"role": inputs["role"]})

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Give the prior role back, if the role is still the one that was given."""
        if props.get("onDestroy") == "keep":
            return
        subject, connection = _subject(props), self.connection()
        prior = props["priorRole"]
        with doing(f"could not give {subject} the prior role {prior} back"):
            connection.require_account(props["accountId"], subject)
            user = connection.account.directory.by_id(id_)
            if user is None or user.role == prior:
                return
            if DECLARED_ROLES.has(user):
                engine.warning(
                    f"{subject} keeps the role {user.role}: another resource of this "
                    "program assigns it. To rename a resource, use aliases"
                )
            elif user.role != props[declaration.GIVEN_ROLE]:
                engine.warning(
                    f"{subject} keeps the role {user.role}: somebody gave it since, so "
                    f"the prior role {prior} is not restored"
                )
            else:
                _require_same_person(user, props)
                _given(connection, user, prior)


def _subject(props: dict[str, Any]) -> str:
    """Say whom it is about, for messages: the API's words may be among it."""
    return printable(str(props.get("email") or f"user {props.get('userId')}"))


def _found(connection: Connection, inputs: dict[str, Any]) -> AccountUser | None:
    directory = connection.account.directory
    if "email" in inputs:
        return directory.by_email(inputs["email"])
    return directory.by_id(inputs["userId"])


def _given(connection: Connection, user: AccountUser, role: str) -> AccountUser:
    """Write the role, unless the person has it."""
    if user.role == role:
        return user
    demoted = user.role == Role.ADMIN
    guard = connection.admins.losing(user, "demote") if demoted else nullcontext()
    with guard:
        return connection.account.update_user(user.user_id, role=role)


def _require_same_person(user: AccountUser, props: dict[str, Any]) -> None:
    """Refuse to write to an address that is not the one the state knows."""
    if not declaration.is_theirs(user, props):
        raise ProviderError(
            f"user {user.user_id} was {_subject(props)} and has another email in the "
            f"account now: {printable(user.email)}. Nothing was changed. `pulumi "
            "refresh` brings it into the state, so into the next preview"
        )


def _nobody(subject: str, account_id: str) -> str:
    return (
        f"{subject} is not in account {account_id}: a RoleAssignment gives a role to "
        "somebody who is there. Declare them as a User, or wait for whoever owns them "
        "(depends_on); where they were removed, `pulumi refresh` shows it"
    )
