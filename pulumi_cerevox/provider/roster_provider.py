"""How the engine's calls for a `Roster` reach the account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    UpdateResult,
)

from pulumi_cerevox.provider import engine
from pulumi_cerevox.provider import roster_live as live
from pulumi_cerevox.provider import roster_state as state
from pulumi_cerevox.provider.base import AccountProvider
from pulumi_cerevox.provider.connection import Connection
from pulumi_cerevox.provider.declared_users import DECLARED_ROLES, DECLARED_USERS
from pulumi_cerevox.provider.errors import GuardError, ProviderError
from pulumi_cerevox.provider.roster_changes import Outcome, carry_out, plan_of
from pulumi_cerevox.provider.roster_check import (
    Judgement,
    judge,
)
from pulumi_cerevox.provider.roster_destroy import remove_created
from pulumi_cerevox.provider.roster_doors import (
    guards_of,
    live_refusals,
    require_live,
    seats_refusals,
    strangers_refusals,
)
from pulumi_cerevox.provider.roster_talk import say_what_is_live, warn_of
from pulumi_cerevox.provider.work import doing
from pulumi_cerevox.roster import (
    Approval,
    Guards,
    Person,
    Plan,
    RosterOnDestroy,
    approval_of,
    plan,
    stricter,
)


class RosterProvider(AccountProvider):
    """The provider class of `Roster`; its path and name are kept in users' state."""

    __module__ = "pulumi_cerevox.provider"

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Judge the declaration, and say what is true of the account now."""
        DECLARED_USERS.program_runs()
        DECLARED_ROLES.program_runs()
        members = news.get("members")
        declared = members if isinstance(members, Mapping) else ()
        DECLARED_USERS.declare(declared, self._settings)
        judgement = judge(
            _without_provider(olds),
            _without_provider(news),
            phase=engine.address(),
            approve=self._settings.approve,
        )
        refusals = list(judgement.refusals)
        if not refusals and not state.has_unknown(judgement.inputs):
            refusals += self._look(judgement)
        failures = [CheckFailure("", text) for text in refusals]
        return CheckResult(judgement.inputs, failures)

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare the account as last left with the members to come."""
        del id_
        if state.has_unknown(news.get("members")):
            return DiffResult(changes=None)
        if self._settings.api_key is not None:
            # The look of `check` has asked already who the caller is.
            self.connection().refuse_foreign(olds["accountId"], "this roster")
        _keep_declared(olds["accountId"], olds[state.KNOWN], news["members"])
        same = state.membership(olds[state.KNOWN]) == state.membership(
            news["members"]
        ) and all(olds.get(key) == news.get(key) for key in state.PLAIN)
        same = same and olds.get(state.BOUND) == news.get("accountId")
        return DiffResult(changes=False if same else None)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create and promote; remove and demote nobody (promise 1)."""
        inputs = _without_provider(props)
        change = plan({}, state.membership(inputs["members"]))
        with doing("could not make the roster so"):
            outs = self._apply(change, inputs, {}, Guards())
        return CreateResult(outs["accountId"], outs)

    def update(
        self, id_: str, olds: dict[str, Any], news: dict[str, Any]
    ) -> UpdateResult:
        """Carry out what the preview compared, and nothing else (promise 1)."""
        del id_
        inputs = _without_provider(news)
        change = plan(
            state.membership(olds[state.KNOWN]), state.membership(inputs["members"])
        )
        with doing("could not make the roster so"):
            return UpdateResult(self._apply(change, inputs, olds, guards_of(olds)))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Give the account as it is, through the eyes of the roster."""
        if state.KNOWN not in props:
            raise ProviderError("a Roster can't be looked up with .get(): declare it")
        connection = self.connection()
        with doing("could not read the account"):
            connection.require_account(props["accountId"], "this roster")
            users = connection.account.directory.users()
        mode = state.undeclared_mode(props)
        people = state.live_membership(users, state.membership(props["members"]), mode)
        old_known = props[state.KNOWN]
        ids = state.ids_of(users)
        made = state.created_in(old_known, ids)
        known = state.known_of(people, ids, made & set(people))
        outs = _without_provider(props) | state.summary(known) | {state.KNOWN: known}
        outs[state.SIGHTED] = _sighted(people, old_known)
        return ReadResult(id_, outs, state.inputs_in(outs))

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Keep everybody, or remove whom this resource made, within the guards."""
        del id_
        with doing("could not remove the roster"):
            connection = self.connection()
            connection.require_account(props["accountId"], "this roster")
            if props.get("onDestroy") != RosterOnDestroy.REMOVE_CREATED:
                return
            remove_created(connection, self._settings, props)

    def _look(self, judgement: Judgement) -> list[str]:
        """Say what is true now; give what only the live account refuses."""
        if self._settings.api_key is None:
            reason = self._settings.key_fault or "no API key is set"
            engine.info(
                f"the live account was not looked at: {reason}. The first request of "
                "`pulumi up` needs a key"
            )
            return []
        connection = self.connection()
        bound = judgement.inputs.get("accountId")
        sight = live.look(connection, bound)
        if sight.refused:
            return [str(sight.failure)]
        if sight.failure is not None:
            engine.warning(f"the live account was not looked at: {sight.failure}")
            return []
        needed = live.still_needed(judgement.plan.changes, sight.by_email)
        say_what_is_live(connection, judgement, sight, needed)
        return [
            *live_refusals(connection, judgement.guards, needed, judgement.approval),
            *seats_refusals(needed, sight),
            *strangers_refusals(judgement.inputs, sight.by_email),
        ]

    def _apply(
        self,
        change: Plan,
        inputs: dict[str, Any],
        olds: Mapping[str, Any],
        old_guards: Guards,
    ) -> dict[str, Any]:
        """Make the changes that the live account still needs; give the outputs."""
        connection = self.connection()
        for owner in (olds.get("accountId"), inputs.get("accountId")):
            account_id = connection.require_account(owner, "this roster")
        guards = stricter(old_guards, guards_of(inputs)) if olds else guards_of(inputs)
        users = connection.account.directory.users()
        needed = live.still_needed(change.changes, live.by_email(users))
        strangers = strangers_refusals(inputs, live.by_email(users))
        if strangers:
            raise GuardError("\n".join(strangers))
        approval = _approval_passed(change, olds, inputs)
        require_live(connection, guards, needed, approval)
        outcome = carry_out(
            connection,
            needed,
            min_admins=guards.min_admins,
            parallelism=self._settings.parallelism,
        )
        outcome.raise_if_incomplete()
        return _settled(connection, inputs, olds, outcome, account_id)


def _settled(
    connection: Connection,
    inputs: dict[str, Any],
    olds: Mapping[str, Any],
    outcome: Outcome,
    account_id: str,
) -> dict[str, Any]:
    """Give the outputs after a complete run, and warn of what was not planned."""
    users = connection.account.directory.users()
    people = state.membership(inputs["members"])
    ids = state.ids_of(users)
    mine = state.created_in(olds.get(state.KNOWN) or {}, ids) | outcome.created
    known = state.known_of(people, ids, mine & set(people))
    mode = state.undeclared_mode(inputs)
    found = state.live_membership(users, state.declared(people), mode)
    warn_of(connection, list(live.surprises(people, found).values()))
    _keep_declared(account_id, known, people)
    if outcome.done:
        engine.info(f"done: {plan_of(outcome.done).summary()}")
    return state.outputs(inputs, known, account_id)


def _keep_declared(
    account_id: str, known: Mapping[str, Mapping[str, Any]], members: Iterable[str]
) -> None:
    """Let nobody whom this roster declares go with another resource of the program."""
    entries = (known.get(email, {}) for email in members)
    user_ids = [str(one["userId"]) for one in entries if "userId" in one]
    DECLARED_USERS.keep(account_id, user_ids)
    DECLARED_ROLES.keep(account_id, user_ids)


def _approval_passed(
    change: Plan, olds: Mapping[str, Any], inputs: Mapping[str, Any]
) -> Approval:
    """Give the approval of an update: `check` has entered it when it was given."""
    before = list(olds.get(state.SPENT) or [])
    entered = set(inputs.get(state.SPENT) or []) - set(before)
    return approval_of(change, before, " ".join(sorted(entered)))


def _sighted(
    people: Mapping[str, Person], old_known: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    before = {email for email, one in old_known.items() if one.get("undeclared")}
    fresh = [
        email
        for email, one in sorted(people.items())
        if one.undeclared and email not in before
    ]
    return {"by": engine.address(), "who": fresh}


def _without_provider(props: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in props.items() if key != "__provider"}
