"""How the engine's calls for a `User` reach the account."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from typing import Any

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    UpdateResult,
)

from pulumi_cerevox.account import (
    AccountUser,
    ConflictError,
    NotFoundError,
    Role,
    RoleNotAppliedError,
    ValidationError,
    printable,
)
from pulumi_cerevox.provider import engine
from pulumi_cerevox.provider import user_declaration as declaration
from pulumi_cerevox.provider.base import AccountProvider
from pulumi_cerevox.provider.connection import Connection
from pulumi_cerevox.provider.declared_users import DECLARED_ROLES, DECLARED_USERS
from pulumi_cerevox.provider.errors import ProviderError, UserExistsError
from pulumi_cerevox.provider.escaping import engine_safe
from pulumi_cerevox.provider.work import doing

_NOT_ADOPTED: dict[str, Any] = {"adopted": False, "priorRole": None}


class UserProvider(AccountProvider):
    """The provider class of `User`; its path and name are kept in users' state."""

    __module__ = "pulumi_cerevox.provider"

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Report every fault at once, without the network."""
        DECLARED_USERS.program_runs()
        DECLARED_ROLES.program_runs()
        inputs = declaration.canonical(news, olds)
        failures = [
            # A failure that named the property would print its value.
            CheckFailure("", fault)
            for fault in declaration.faults(inputs)
        ]
        if declaration.is_known(inputs.get("email")) and not failures:
            DECLARED_USERS.declare([inputs["email"]], self._settings)
        if not failures:
            _say_what_is_let_go(olds, inputs)
        return CheckResult(inputs, failures)

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare the outputs with the declaration.

        In a refresh the engine calls it with what `read` returned as `olds`.
        """
        self.refuse_foreign(olds.get("accountId"), str(olds.get("email")))
        if not declaration.same_person(olds.get("email"), news.get("email")):
            return DiffResult(changes=None, replaces=["email"])
        # Whom a resource that stays stands for is not deleted with another one.
        DECLARED_USERS.keep(str(olds.get("accountId")), [id_])
        if news.get("role") is not None:
            DECLARED_ROLES.keep(str(olds.get("accountId")), [id_])
        changed = declaration.differs(olds, news)
        # None lets the engine work out the detail of each property itself.
        return DiffResult(changes=None if changed else False)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make the user, or take over the one who is there, as `on_existing` says."""
        inputs = declaration.declared(props)
        connection = self.connection()
        email = inputs["email"]
        with doing(f"could not create {email}"):
            connection.require_account(None, email)
            there = connection.account.directory.by_email(email, relist_on_miss=False)
            if there is None:
                there, user = _made(connection, inputs)
            if there is None:
                return _created(user, inputs, _NOT_ADOPTED)
            return _taken_over(connection, there, inputs)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Give the user as the account has them; empty when they are gone.

        Raises:
            ProviderError: `User.get` asks for somebody who is not there.
        """
        connection = self.connection()
        # Only what create and update wrote has it: without it, this is `User.get`.
        owner = props.get("accountId")
        if owner is None:
            return _looked_up(connection, id_)
        subject = str(props.get("email") or id_)
        with doing(f"could not read {subject}"):
            connection.require_account(owner, subject)
            user = connection.account.directory.by_id(id_)
        if user is None:
            return ReadResult("", {})
        inputs = _inputs_in(props)
        outs = declaration.state_of(user, inputs, props)
        # What a first refresh read is not what this resource gave.
        outs[declaration.GIVEN_ROLE] = props.get(declaration.GIVEN_ROLE)
        live = {key: outs[key] for key in inputs if key in outs}
        return ReadResult(id_, outs, live)

    def update(
        self, id_: str, olds: dict[str, Any], news: dict[str, Any]
    ) -> UpdateResult:
        """Change the name and the role, where preview and live account differ."""
        inputs = declaration.declared(news)
        connection = self.connection()
        email = inputs["email"]
        with doing(f"could not update {email}"):
            connection.require_account(olds.get("accountId"), email)
            user = connection.account.directory.by_id(id_)
            if user is None:
                raise ProviderError(_gone(email))
            _require_same_person(user, olds)
            wanted = declaration.changed(olds, inputs)
            user = _brought_to(connection, user, wanted)
        outs = declaration.state_of(user, inputs, olds)
        # What this update was not about stays as the preview compared it.
        untouched = set(declaration.managed(inputs)) - set(wanted)
        return UpdateResult(outs | {key: inputs[key] for key in untouched})

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Delete the user, or let an adopted or kept one go."""
        connection = self.connection()
        email = str(props["email"])
        with doing(f"could not delete {email}"):
            connection.require_account(props.get("accountId"), email)
            user = connection.account.directory.by_id(id_)
            if user is None:
                return
            if DECLARED_USERS.has(user) or DECLARED_USERS.declares(
                email, user.account_id, self._settings
            ):
                _say_who_stays(email)
                return
            _require_same_person(user, props)
            default = "keep" if props.get("adopted") else "delete"
            if (props.get("onDestroy") or default) == "keep":
                _let_go(connection, user, props)
            else:
                _delete(connection, user)


def _inputs_in(outs: dict[str, Any]) -> dict[str, Any]:
    """Give the inputs that the program set, out of the outputs."""
    inputs = declaration.declared(outs)
    unmanaged = set(declaration.MANAGEABLE) - set(outs.get(declaration.MANAGED) or [])
    return {key: value for key, value in inputs.items() if key not in unmanaged}


def _say_what_is_let_go(olds: dict[str, Any], inputs: dict[str, Any]) -> None:
    let_go = set(declaration.managed(olds)) - set(declaration.managed(inputs))
    if let_go:
        engine.info(
            f"{inputs['email']}: {' and '.join(sorted(let_go))} no longer declared. "
            "Nothing changes in the account; it is not compared any more"
        )


def _created(
    user: AccountUser, inputs: dict[str, Any], kept: dict[str, Any]
) -> CreateResult:
    DECLARED_USERS.make(user)
    if inputs.get("role") is not None:
        DECLARED_ROLES.keep(user.account_id, [user.user_id])
    outs = declaration.state_of(user, inputs, kept)
    return CreateResult(user.user_id, outs)


def _made(
    connection: Connection, inputs: dict[str, Any]
) -> tuple[AccountUser | None, AccountUser]:
    """Make a user; give who was there instead, if the API knows somebody."""
    email, role = inputs["email"], inputs.get("role", Role.MEMBER)
    try:
        user = connection.account.create_user(email, role=role, name=inputs.get("name"))
    except RoleNotAppliedError as error:
        raise ProviderError(_without_role(connection, error, email, role)) from None
    except ConflictError:
        # Somebody made them since the list was read.
        connection.account.directory.refresh()
        there = connection.account.directory.by_email(email, relist_on_miss=False)
        if there is None:
            raise
        return there, there
    return None, user


def _without_role(
    connection: Connection, error: RoleNotAppliedError, email: str, role: str
) -> str:
    """Remove a new user who did not get the role; say so, or that it failed."""
    fault = f"{email} was made, but the API did not give the role {role}: {error}"
    if error.user is None:
        return f"{fault}. Look for them in the account and remove them"
    try:
        connection.account.delete_user(error.user.user_id, error.user.email)
    except Exception as failure:  # noqa: BLE001  whatever it is, it is told
        return f"{fault}. They could not be removed again ({failure}): do it by hand"
    return f"{fault}. They were removed again"


def _taken_over(
    connection: Connection, user: AccountUser, inputs: dict[str, Any]
) -> CreateResult:
    if inputs.get("onExisting", "fail") == "adopt":
        kept = {"adopted": True, "priorRole": str(user.role)}
        wanted = {key: inputs[key] for key in declaration.managed(inputs)}
        user = _brought_to(connection, user, wanted)
        if user.isbanned:
            engine.warning(
                f"{user.email} is banned; adopting them does not change that"
            )
        return _created(user, inputs, kept)
    if declaration.is_earlier_try(user, inputs):
        engine.info(
            f"{user.email} is in the account already, exactly as declared, and has "
            "never logged in: taken as this resource's own create, cut off earlier"
        )
        return _created(user, inputs, _NOT_ADOPTED)
    raise UserExistsError(
        f"{user.email} is in account {user.account_id} already ({user.role}, id "
        f'{user.user_id}). Ways on: on_existing="adopt" takes them over and keeps '
        "their present role for the day they are let go; or leave them out of this "
        "program; or remove them from the account first"
    )


def _brought_to(
    connection: Connection, user: AccountUser, wanted: dict[str, Any]
) -> AccountUser:
    """Write what still differs on the live account."""
    name, role = wanted.get("name"), wanted.get("role")
    if name == user.name:
        name = None
    if role == user.role:
        role = None
    if name is None and role is None:
        return user
    demoted = role is not None and user.role == Role.ADMIN
    guard = connection.admins.losing(user, "demote") if demoted else nullcontext()
    with guard:
        return connection.account.update_user(user.user_id, name=name, role=role)


def _let_go(connection: Connection, user: AccountUser, props: dict[str, Any]) -> None:
    """Leave a person in the account; one who was adopted gets the prior role back.

    Only where the role is still the one that was given here: a demotion by somebody
    else, security say, is not undone.
    """
    prior, given = props.get("priorRole"), props.get(declaration.GIVEN_ROLE)
    if prior is None or given is None or user.role == prior:
        return
    if user.role != given:
        engine.warning(
            f"{user.email} keeps the role {user.role}: somebody gave it since, so the "
            f"prior role {prior} is not restored"
        )
        return
    _brought_to(connection, user, {"role": prior})


def _require_same_person(user: AccountUser, props: dict[str, Any]) -> None:
    """Refuse to write to an address that is not the one the state knows."""
    if not declaration.same_person(user.email, props.get("email")):
        raise ProviderError(
            f"user {user.user_id} was {props.get('email')} and has another email in "
            f"the account now: {user.email}. Nothing was changed. `pulumi refresh` "
            "brings it into the state, so into the next preview"
        )


def _delete(connection: Connection, user: AccountUser) -> None:
    with connection.admins.losing(user, "delete"):
        if not DECLARED_USERS.may_remove(user):
            _say_who_stays(user.email)
            return
        with connection.fuse.deleting(user.email), suppress(NotFoundError):
            connection.account.delete_user(user.user_id, user.email)


def _say_who_stays(email: str) -> None:
    engine.warning(
        f"{printable(email)} stays in the account: another resource of this program "
        "declares the same person. To rename a resource, use aliases"
    )


def _looked_up(connection: Connection, id_: str) -> ReadResult:
    directory = connection.account.directory
    with doing(f"could not look up {id_}"):
        connection.require_account(None, id_)
        try:
            user = directory.by_email(id_) if "@" in id_ else directory.by_id(id_)
        except ValidationError:
            user = None  # no id at all, such as one with a space: nobody has it
    if user is None:
        raise ProviderError(
            f"User.get: account {connection.caller().account_id} has no user {id_!r}. "
            "Give the id or the email of somebody who is there; to make somebody, "
            "declare a User"
        )
    inputs = {"email": engine_safe(user.email), "name": user.name, "role": user.role}
    return ReadResult(user.user_id, declaration.state_of(user, inputs, _NOT_ADOPTED))


def _gone(email: str) -> str:
    return (
        f"{email} is no longer in the account: somebody deleted them. Run "
        "`pulumi up --refresh`, whose preview shows that they would be made again, or "
        "take them out of the program"
    )
