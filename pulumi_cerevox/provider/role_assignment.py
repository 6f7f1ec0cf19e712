"""The engine's calls for a `RoleAssignment`, carried out on the account."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from pulumi_cerevox.account import (
    AccountUser,
    Role,
    ValidationError,
    fold_email,
    printable,
)
from pulumi_cerevox.provider import host
from pulumi_cerevox.provider.connection import AccountCalls, Connection
from pulumi_cerevox.provider.host import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ProviderError,
    ReadResult,
    UpdateResult,
    doing,
)
from pulumi_cerevox.provider.new_people import judge_role
from pulumi_cerevox.provider.people import DECLARED_ROLES, PAST_LAST_DAY
from pulumi_cerevox.provider.stack_state import (
    PROGRAM,
    ROLE_ASSIGNMENT,
    SELF,
    STACK,
    Record,
)
from pulumi_cerevox.provider.user_state import (
    engine_safe,
    is_known,
    person_key,
    same_person,
)
from pulumi_cerevox.roster.kinds import choice_fault, email_rule
from pulumi_cerevox.text import snake

INPUTS = ("email", "userId", "role", "onDestroy")
BY = "__by"
"""The output that says by which input the program names the person.

Both are outputs as well, and `read` has no other way to know. Like all keys with two
underscores, the engine keeps it and leaves it out of every diff.
"""
GIVEN_ROLE = "__givenRole"
"""The role that this resource gave last; only that one is taken back."""

_CHOICES: dict[str, tuple[str, ...]] = {
    "role": tuple(Role),
    "onDestroy": ("restore", "keep"),
}


def declared(props: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs that the program set, and nothing else of the properties."""
    return {key: props[key] for key in INPUTS if props.get(key) is not None}


def inputs_in(outs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs that the program set, out of the outputs."""
    other = "userId" if outs.get(BY) == "email" else "email"
    return {key: value for key, value in declared(outs).items() if key != other}


def faults(inputs: Mapping[str, Any]) -> list[str]:
    """Return everything that is wrong with the inputs, one sentence each.

    No sentence repeats a value: it may be a secret of the program's.
    """
    found: list[str | None] = []
    user_id, email = inputs.get("userId", "-"), inputs.get("email")
    if ("email" in inputs) == ("userId" in inputs):
        found.append("give an email or a user_id, exactly one of them")
    elif is_known(user_id) and not (isinstance(user_id, str) and user_id.strip()):
        found.append("user_id must be a string that is not empty")
    if isinstance(email, str):
        fault = email_rule(email)
        found.append(f"email: {fault}" if fault else None)
    elif email is not None and is_known(email):
        found.append("email must be a string")
    if "role" not in inputs:
        found.append("role is missing")
    found += [
        choice_fault(snake(key), inputs[key], allowed)
        for key, allowed in _CHOICES.items()
        if key in inputs and is_known(inputs[key])
    ]
    return [fault for fault in found if fault is not None]


def canonical(
    inputs: Mapping[str, Any], old_inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the inputs as the state keeps them.

    An email that differs from the old one only in case keeps the old spelling, so
    that nothing differs at all (promise 7).
    """
    result = declared(inputs)
    for key in ("email", "userId"):
        if isinstance(result.get(key), str):
            result[key] = result[key].strip()
    if same_person(result.get("email"), old_inputs.get("email")):
        result["email"] = old_inputs["email"]
    return result


def other_person(olds: Mapping[str, Any], news: Mapping[str, Any]) -> str | None:
    """Return the input that names somebody else than the state's outputs; None if none.

    An unknown one may be anybody.
    """
    if "email" in news:
        return None if same_person(olds.get("email"), news["email"]) else "email"
    return None if olds.get("userId") == news.get("userId") else "userId"


def differs(olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Return whether the state's outputs are not what the inputs declare."""
    if named_by(news) != olds.get(BY):
        return True
    return any(
        not is_known(news.get(key)) or news.get(key) != olds.get(key)
        for key in ("role", "onDestroy")
    )


def named_by(inputs: Mapping[str, Any]) -> str:
    """Return the input that names the person."""
    return "email" if "email" in inputs else "userId"


def state_of(
    user: AccountUser, inputs: Mapping[str, Any], prior_role: str, given_role: str
) -> dict[str, Any]:
    """Return the outputs for a person as the account has them."""
    return {
        "email": engine_safe(user.email),
        "userId": user.user_id,
        **inputs,
        "role": str(user.role),
        "accountId": user.account_id,
        "priorRole": prior_role,
        BY: named_by(inputs),
        GIVEN_ROLE: given_role,
    }


def is_theirs(user: AccountUser, outs: Mapping[str, Any]) -> bool:
    """Return whether a user still has the email that the program names them by."""
    if outs.get(BY) != "email":
        return True
    return person_key(user.email) == fold_email(str(outs.get("email")))


class RoleCalls(AccountCalls):
    """Check, diff, create, read, update and delete, as the engine asks for them."""

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Report every fault at once, without the network."""
        DECLARED_ROLES.program_runs()
        name = STACK.learn(news.get(SELF))
        inputs = canonical(news, olds)
        # A failure that named the property would print its value.
        failures = [CheckFailure("", fault) for fault in faults(inputs)]
        is_new = not olds or other_person(olds, inputs) is not None
        who = inputs.get("email", inputs.get("userId"))
        if not failures and is_known(who):
            # A forced replacement is told by this alone: nothing is compared there.
            beside = (news.get(PROGRAM) or {}).get("roles") or ()
            DECLARED_ROLES.declare([str(who), *beside], self._settings)
        if not failures and is_new and all(map(is_known, inputs.values())):
            refusals = judge_role(self._settings, inputs, name)
            failures = [CheckFailure("", text) for text in refusals]
        return CheckResult(inputs, failures)

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare the outputs with the declaration.

        In a refresh the engine calls it with what `read` returned as `olds`.
        """
        self.refuse_foreign(olds.get("accountId"), _subject(olds))
        inputs = declared(news)
        other = other_person(olds, inputs)
        if other is not None:
            return DiffResult(changes=None, replaces=[other])
        DECLARED_ROLES.keep(str(olds.get("accountId")), [id_])
        if differs(olds, inputs):
            # None lets the engine work out the detail of each property itself.
            return DiffResult(changes=None)
        # After a refresh that stored another role, the program declares that one. The
        # state still says which one was declared before.
        is_taken_over = olds.get(GIVEN_ROLE) not in {None, inputs["role"]}
        if is_taken_over and DECLARED_ROLES.sees_program:
            host.info(
                f"{_subject(olds)}: the account is as the program declares; the state "
                "notes it, and nothing is written"
            )
            return DiffResult(changes=True)
        return DiffResult(changes=False)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Set the role of somebody who is there, and note the one they had."""
        inputs = declared(props)
        subject, connection = _subject(inputs), self.connection()
        with doing(f"could not give {subject} the role {inputs['role']}"):
            account_id = connection.require_account(None, subject)
            user = _found(connection, inputs)
            if user is None:
                raise ProviderError(_nobody(subject, account_id))
            DECLARED_ROLES.make(user)
            # Where another resource of the stack gave them their role, the one before.
            record = STACK.role(user)
            prior = (record and record.prior_role) or str(user.role)
            user = _given(connection, user, inputs["role"])
        outs = state_of(user, inputs, prior, inputs["role"])
        return CreateResult(user.user_id, outs)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Return the role as the account has it; nothing when the person is gone."""
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
        inputs = inputs_in(props)
        if "email" in inputs and not is_theirs(user, props):
            inputs["email"] = engine_safe(user.email)
        outs = state_of(user, inputs, props["priorRole"], props[GIVEN_ROLE])
        return ReadResult(id_, outs, {key: outs[key] for key in inputs})

    def look_up(self, id_: str) -> ReadResult:
        """Return the role of somebody, by id or email, as an import wants it.

        The role that they have counts as the prior one: nothing is known of another.

        Raises:
            ProviderError: There is no such user.
        """
        connection = self.connection()
        who = {"email": id_} if "@" in id_ else {"userId": id_}
        with doing(f"could not look up {id_}"):
            account_id = connection.require_account(None, id_)
            try:
                user = _found(connection, who)
            except ValidationError:
                user = None  # no id at all, such as one with a space: nobody has it
        if user is None:
            raise ProviderError(
                f"account {account_id} has no user {id_!r}: a RoleAssignment is "
                "imported by the id or the email of somebody who is there"
            )
        role = str(user.role)
        inputs = {"email": engine_safe(user.email), "role": role}
        return ReadResult(user.user_id, state_of(user, inputs, role, role), inputs)

    def update(
        self, id_: str, olds: dict[str, Any], news: dict[str, Any]
    ) -> UpdateResult:
        """Change the role, where the preview showed that; the prior one is kept."""
        inputs = declared(news)
        subject, connection = _subject(inputs), self.connection()
        with doing(f"could not give {subject} the role {inputs['role']}"):
            account_id = connection.require_account(olds.get("accountId"), subject)
            user = connection.account.directory.by_id(id_)
            if user is None:
                raise ProviderError(_nobody(subject, account_id))
            _require_same_person(user, olds)
            prior = olds["priorRole"]
            if inputs["role"] != olds.get("role"):
                user = _given(connection, user, inputs["role"])
            elif inputs["role"] != olds[GIVEN_ROLE]:
                # Somebody else gave it, and a delete does not take it back.
                prior = inputs["role"]
        outs = state_of(user, inputs, prior, inputs["role"])
        # What this update was not about stays as the preview compared it.
        return UpdateResult(outs | {"role": inputs["role"]})

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Restore the prior role, if the role is still the one that was given."""
        subject, connection = _subject(props), self.connection()
        prior = props["priorRole"]
        if props.get("onDestroy") == "keep":
            host.info(f'{subject} stays in the account: on_destroy="keep"')
            return
        with doing(f"could not give {subject} the prior role {prior} back"):
            connection.require_account(props["accountId"], subject)
            user = connection.account.directory.by_id(id_)
            if user is None:
                return
            if DECLARED_ROLES.declares_user(user, self._settings):
                STACK.note(Record(ROLE_ASSIGNMENT, "", user.account_id, id_, props))
                host.info(
                    f"{subject} keeps the role {user.role}: another resource of this "
                    "program assigns it"
                )
            elif user.role == prior:
                host.info(f"{subject} keeps the role {prior}: they had it before")
            elif prior == Role.ADMIN and PAST_LAST_DAY.declares_user(
                user, self._settings
            ):
                host.warning(
                    f"{subject} keeps the role {user.role}: they are past their last "
                    f"day, so the prior role {prior} is not restored"
                )
            elif user.role != props[GIVEN_ROLE]:
                host.warning(
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
    if not is_theirs(user, props):
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
