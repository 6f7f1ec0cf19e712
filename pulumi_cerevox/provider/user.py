"""The engine's calls for a `User`, carried out on the account."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext, suppress
from typing import Any

from pulumi_cerevox.account import (
    AccountUser,
    ConflictError,
    NotFoundError,
    Role,
    RoleNotAppliedError,
    ValidationError,
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
    UserExistsError,
    doing,
)
from pulumi_cerevox.provider.new_people import (
    is_cut_off_create,
    is_like,
    judge_user,
    taken,
)
from pulumi_cerevox.provider.people import (
    DECLARED_ROLES,
    DECLARED_USERS,
    PAST_LAST_DAY,
)
from pulumi_cerevox.provider.stack_state import (
    PROGRAM,
    ROSTER,
    SELF,
    STACK,
    USER,
    Record,
)
from pulumi_cerevox.provider.user_state import (
    GIVEN_ROLE,
    MANAGEABLE,
    MANAGED,
    OVERWRITTEN,
    canonical,
    changed,
    declared,
    differs,
    engine_safe,
    faults,
    inputs_in,
    is_known,
    managed,
    same_person,
    state_of,
)

_NOT_ADOPTED: dict[str, Any] = {"adopted": False, "priorRole": None}


class UserCalls(AccountCalls):
    """Check, diff, create, read, update and delete, as the engine asks for them."""

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Report every fault at once, without the network."""
        DECLARED_USERS.program_runs()
        DECLARED_ROLES.program_runs()
        inputs = canonical(news, olds)
        name = STACK.learn(news.get(SELF), inputs.get("email"))
        failures = [
            # A failure that named the property would print its value.
            CheckFailure("", fault)
            for fault in faults(inputs)
        ]
        if is_known(inputs.get("email")) and not failures:
            beside = (news.get(PROGRAM) or {}).get("users") or ()
            DECLARED_USERS.declare([inputs["email"], *beside], self._settings)
        if not failures:
            failures += self._compare(olds, inputs, name)
        return CheckResult(inputs, failures)

    def _compare(
        self, olds: Mapping[str, Any], inputs: dict[str, Any], name: str
    ) -> list[CheckFailure]:
        """Say what the declaration does to somebody; refuse what the `up` would."""
        email = inputs["email"]
        if olds and (not is_known(email) or same_person(olds.get("email"), email)):
            let_go = set(managed(olds)) - set(managed(inputs))
            if let_go:
                host.info(
                    f"{email}: {' and '.join(sorted(let_go))} no longer declared. "
                    "Nothing changes in the account; it is not compared any more"
                )
            return []
        if not all(is_known(value) for value in inputs.values()):
            return []
        refusals = judge_user(
            self._settings,
            inputs,
            name,
            is_replaced=bool(olds),
            changes=lambda record: changed(_olds_of(record), inputs),
        )
        return [CheckFailure("", text) for text in refusals]

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare the outputs with the declaration.

        In a refresh the engine calls it with what `read` returned as `olds`.
        """
        self.refuse_foreign(olds.get("accountId"), str(olds.get("email")))
        if not same_person(olds.get("email"), news.get("email")):
            return DiffResult(changes=None, replaces=["email"])
        # Whom a resource that stays stands for is not deleted with another one.
        DECLARED_USERS.keep(str(olds.get("accountId")), [id_])
        if news.get("role") is not None:
            DECLARED_ROLES.keep(str(olds.get("accountId")), [id_])
        changed = differs(olds, news)
        role, given = news.get("role"), olds.get(GIVEN_ROLE)
        # After a refresh that stored another role or name, the program declares that
        # one. The state still says what was declared before.
        is_taken_over = OVERWRITTEN in olds or (role and given and role != given)
        if not changed and is_taken_over and DECLARED_USERS.sees_program:
            host.info(
                f"{news['email']}: the account is as the program declares; the state "
                "notes it, and nothing is written"
            )
            return DiffResult(changes=True)
        # None lets the engine work out the detail of each property itself.
        return DiffResult(changes=None if changed else False)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make the user, or take over the one who is there, as `on_existing` says."""
        inputs = declared(props)
        connection = self.connection()
        email = inputs["email"]
        with doing(f"could not create {email}"):
            connection.require_account(None, email)
            there = connection.account.directory.by_email(email, relist_on_miss=False)
            if there is None:
                there, user = _create(connection, inputs)
            if there is None:
                return _result(user, inputs, _NOT_ADOPTED)
            return _take_over(connection, there, inputs)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Return the user as the account has them; empty when they are gone.

        Raises:
            ProviderError: `User.get` asks for somebody who is not there.
        """
        connection = self.connection()
        # Only what create and update wrote has it: without it, this is `User.get`.
        owner = props.get("accountId")
        if owner is None:
            return self.look_up(id_)
        subject = str(props.get("email") or id_)
        with doing(f"could not read {subject}"):
            connection.require_account(owner, subject)
            user = connection.account.directory.by_id(id_)
        if user is None:
            return ReadResult("", {})
        inputs = inputs_in(props)
        outs = state_of(user, inputs, props)
        # What a first refresh read is not what this resource gave.
        outs[GIVEN_ROLE] = props.get(GIVEN_ROLE)
        live = {key: outs[key] for key in inputs if key in outs}
        if OVERWRITTEN in props or live.get("name") != inputs.get("name"):
            outs[OVERWRITTEN] = ["name"]
        return ReadResult(id_, outs, live)

    def look_up(self, id_: str) -> ReadResult:
        """Return somebody who is in no state yet, by id or email.

        Raises:
            ProviderError: There is no such user.
        """
        connection = self.connection()
        directory = connection.account.directory
        with doing(f"could not look up {id_}"):
            connection.require_account(None, id_)
            try:
                user = directory.by_email(id_) if "@" in id_ else directory.by_id(id_)
            except ValidationError:
                user = None  # no id at all, such as one with a space: nobody has it
        if user is None:
            account_id = connection.caller().account_id
            raise ProviderError(
                f"account {account_id} has no user {id_!r}. Give the id or "
                "the email of somebody who is there; to make somebody, declare a User"
            )
        # What the account has no value for can't be declared, so it is not managed.
        inputs = {
            key: engine_safe(value)
            for key in ("email", *MANAGEABLE)
            if (value := getattr(user, key))
        }
        outs = state_of(user, inputs, _NOT_ADOPTED)
        return ReadResult(user.user_id, outs, inputs)

    def update(
        self, id_: str, olds: dict[str, Any], news: dict[str, Any]
    ) -> UpdateResult:
        """Change the name and the role, where preview and live account differ."""
        inputs = declared(news)
        connection = self.connection()
        email = inputs["email"]
        with doing(f"could not update {email}"):
            connection.require_account(olds.get("accountId"), email)
            user = connection.account.directory.by_id(id_)
            if user is None:
                raise ProviderError(_gone_text(connection, email))
            _require_same_person(user, olds)
            wanted = changed(olds, inputs)
            user = _write_differences(connection, user, wanted)
        outs = state_of(user, inputs, olds)
        role, given = inputs.get("role"), olds.get(GIVEN_ROLE)
        if "role" not in wanted and olds.get("priorRole") and role and given != role:
            # Somebody else gave the role, and a delete does not take it back.
            outs["priorRole"] = role
        # What this update was not about stays as the preview compared it.
        untouched = set(managed(inputs)) - set(wanted)
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
            if DECLARED_USERS.declares_user(user, self._settings):
                # Whatever this resource knew, the one that takes over is to know.
                STACK.note(Record(USER, "", user.account_id, id_, props))
                _say_who_stays(user)
                return
            _require_same_person(user, props)
            default = "keep" if props.get("adopted") else "delete"
            if (props.get("onDestroy") or default) == "keep":
                is_late = PAST_LAST_DAY.declares_user(user, self._settings)
                _release(connection, user, props, is_past_last_day=is_late)
                return
            with connection.admins.losing(user, "delete"):
                if not DECLARED_USERS.may_remove(user):
                    _say_who_stays(user)
                    return
                with connection.removal_limit.deleting(user), suppress(NotFoundError):
                    connection.account.delete_user(user.user_id, user.email)


def _result(
    user: AccountUser, inputs: dict[str, Any], kept: dict[str, Any]
) -> CreateResult:
    DECLARED_USERS.make(user)
    if inputs.get("role") is not None:
        DECLARED_ROLES.keep(user.account_id, [user.user_id])
    outs = state_of(user, inputs, kept)
    return CreateResult(user.user_id, outs)


def _create(
    connection: Connection, inputs: dict[str, Any]
) -> tuple[AccountUser | None, AccountUser]:
    """Make a user. Return who was there instead, if the API knows somebody."""
    email, role = inputs["email"], inputs.get("role", Role.MEMBER)
    fields = {key: inputs[key] for key in managed(inputs)}
    try:
        user = connection.account.create_user(email, **fields)
    except RoleNotAppliedError as error:
        raise ProviderError(_undo_create(connection, error, email, role)) from None
    except ConflictError:
        # Somebody made them since the list was read.
        connection.account.directory.refresh()
        there = connection.account.directory.by_email(email, relist_on_miss=False)
        if there is None:
            raise
        return there, there
    return None, user


def _undo_create(
    connection: Connection, error: RoleNotAppliedError, email: str, role: str
) -> str:
    """Remove a new user who did not get the role; say so, or that it failed."""
    fault = (
        f"{printable(email)} was made, but the API did not give the role {role}: "
        f"{str(error).rstrip('.')}"
    )
    if error.user is None:
        return f"{fault}. Look for them in the account and remove them"
    try:
        connection.account.delete_user(error.user.user_id, error.user.email)
    except Exception as failure:  # noqa: BLE001  whatever it is, it is told
        return f"{fault}. They could not be removed again ({failure}): do it by hand"
    return f"{fault}. They were removed again"


def _take_over(
    connection: Connection, user: AccountUser, inputs: dict[str, Any]
) -> CreateResult:
    """Take over somebody in the account, if the stack or the program says so."""
    record = STACK.person(user)
    if record is not None:
        return _move(connection, user, inputs, record)
    if inputs.get("onExisting", "fail") == "adopt":
        # A RoleAssignment of this stack may have given them the role they have.
        before = STACK.role(user)
        prior = before.prior_role if before else str(user.role)
        wanted = {key: inputs[key] for key in managed(inputs)}
        user = _write_differences(connection, user, wanted)
        if user.isbanned:
            host.warning(
                f"{printable(user.email)} is banned; adopting them does not change that"
            )
        return _result(user, inputs, {"adopted": True, "priorRole": prior})
    if not is_like(user, inputs):
        raise UserExistsError(taken(user))
    if is_cut_off_create(inputs["email"]):
        host.info(
            f"{printable(user.email)} is in the account already, exactly as declared, "
            "and has never logged in: taken as this resource's own create, cut off "
            "earlier"
        )
        return _result(user, inputs, _NOT_ADOPTED)
    return _result(user, inputs, {"adopted": True, "priorRole": None})


def _olds_of(record: Record) -> dict[str, Any]:
    """Return what another resource knew of a person, as a `User`'s outputs."""
    olds = dict(record.props)
    if record.kind == ROSTER:
        olds[MANAGED] = [key for key in MANAGEABLE if key in olds]
        olds[GIVEN_ROLE] = olds.get("role")
    return olds


def _move(
    connection: Connection, user: AccountUser, inputs: dict[str, Any], record: Record
) -> CreateResult:
    """Go on with somebody whom another resource of the stack declared until now.

    What that one knew moves along, and only what this change is about is written.
    """
    olds = _olds_of(record)
    kept = {
        "adopted": not record.is_created,
        "priorRole": record.prior_role,
        GIVEN_ROLE: olds.get(GIVEN_ROLE),
    }
    wanted = changed(olds, inputs)
    user = _write_differences(connection, user, wanted)
    result = _result(user, inputs, kept)
    untouched = {key: inputs[key] for key in managed(inputs) if key not in wanted}
    return CreateResult(result.id, {**(result.outs or {}), **untouched})


def _write_differences(
    connection: Connection, user: AccountUser, wanted: dict[str, Any]
) -> AccountUser:
    """Write what still differs on the live account."""
    fields = {key: one for key, one in wanted.items() if one != getattr(user, key)}
    if not fields:
        return user
    demoted = "role" in fields and user.role == Role.ADMIN
    guard = connection.admins.losing(user, "demote") if demoted else nullcontext()
    with guard:
        return connection.account.update_user(user.user_id, **fields)


def _release(
    connection: Connection,
    user: AccountUser,
    props: dict[str, Any],
    *,
    is_past_last_day: bool,
) -> None:
    """Leave a person in the account; one who was adopted gets the prior role back.

    Only where the role is still the one that was given here: a demotion by somebody
    else, security say, is not undone. Nobody past their last day becomes an admin.
    """
    prior, given = props.get("priorRole"), props.get(GIVEN_ROLE)
    why = (
        "they were there before this stack"
        if props.get("adopted")
        else 'on_destroy="keep"'
    )
    stays = f"{printable(user.email)} stays in the account"
    if DECLARED_ROLES.has(user):
        host.info(
            f"{stays} as {user.role} ({why}): another resource of this program gives "
            "them the role"
        )
        return
    if prior is None or given is None or user.role == prior:
        host.info(f"{stays} as {user.role}: {why}")
        return
    if user.role != given:
        host.warning(
            f"{printable(user.email)} keeps the role {user.role}: somebody gave it "
            f"since, so the prior role {prior} is not restored"
        )
        return
    if is_past_last_day and prior == Role.ADMIN:
        host.warning(
            f"{stays} as {user.role} ({why}): they are past their last day, so the "
            f"prior role {prior} is not restored"
        )
        return
    _write_differences(connection, user, {"role": prior})
    host.info(f"{stays} ({why}), with the role {prior} that they had before")


def _require_same_person(user: AccountUser, props: dict[str, Any]) -> None:
    """Refuse to write to an address that is not the one the state knows."""
    if not same_person(user.email, props.get("email")):
        raise ProviderError(
            f"user {user.user_id} was {printable(str(props.get('email')))} and has "
            f"another email in the account now: {printable(user.email)}. Nothing was "
            "changed. `pulumi refresh` brings it into the state, so into the next "
            "preview"
        )


def _say_who_stays(user: AccountUser) -> None:
    host.info(
        f"{printable(user.email)} stays in the account as {user.role}: another "
        "resource of this program declares the same person"
    )


def _gone_text(connection: Connection, email: str) -> str:
    again = connection.account.directory.by_email(email, relist_on_miss=False)
    if again is not None:
        return (
            f"{printable(email)} is in the account under another id ({again.user_id}, "
            f"{again.role}): somebody removed them and invited them again. Nothing was "
            "changed. Run `pulumi up --refresh`, whose preview says what becomes of "
            'them; on_existing="adopt" takes them over as they are'
        )
    return (
        f"{printable(email)} is no longer in the account: somebody deleted them. Run "
        "`pulumi up --refresh`, whose preview shows that they would be made again, or "
        "take them out of the program"
    )
