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

from pulumi_cerevox.account import AccountUser, printable
from pulumi_cerevox.provider import host
from pulumi_cerevox.provider import roster_apply as live
from pulumi_cerevox.provider import roster_state as state
from pulumi_cerevox.provider.configuration import Settings
from pulumi_cerevox.provider.connection import AccountProvider, Connection
from pulumi_cerevox.provider.host import GuardError, ProviderError, doing
from pulumi_cerevox.provider.people import DECLARED_ROLES, DECLARED_USERS
from pulumi_cerevox.provider.roster_apply import (
    Outcome,
    carry_out,
    guards_of,
    live_refusals,
    plan_of,
    require_live,
    seats_refusals,
    strangers_refusals,
)
from pulumi_cerevox.provider.roster_check import (
    Judgement,
    judge,
    say_what_is_live,
    warn_of,
)
from pulumi_cerevox.roster import (
    Change,
    Guards,
    Membership,
    Person,
    Plan,
    RosterOnDestroy,
    approval_of,
    judge_change,
    plan,
    stricter,
)


def remove_created(
    connection: Connection, settings: Settings, props: Mapping[str, Any]
) -> None:
    """Remove whom this roster made, within the guards.

    Args:
        connection: To the roster's own account.
        settings: Those of the run: the approval, the parallelism.
        props: The roster's outputs.

    Raises:
        GuardError: A guard refuses it; nothing was removed.
    """
    people = state.membership(props[state.KNOWN])
    users = live.by_email(connection.account.directory.users())
    created = {
        email
        for email, one in props[state.KNOWN].items()
        if one.get("created")
        # Another resource of the program, a renamed roster say, declares them.
        and not (email in users and _is_declared(settings, users[email], email))
    }
    ids = {email: user.user_id for email, user in users.items()}
    mine = created & state.created_in(props[state.KNOWN], ids)
    # Whoever is gone is approved too: a destroy that broke off half-way goes on with
    # the approval that it had.
    approval = approval_of(
        plan(people, _without(people, created)),
        list(props.get(state.SPENT) or []),
        settings.approve,
    )
    guards = guards_of(props)
    change = plan(people, _without(people, mine))
    refusals = approval.refusal(judge_change(guards, change, people))
    if refusals:
        raise GuardError("\n".join(refusals))
    needed = live.still_needed(change.changes, users)
    require_live(connection, guards, needed, approval)
    _say_who_goes(needed)
    carry_out(
        connection,
        needed,
        min_admins=guards.min_admins,
        parallelism=settings.parallelism,
    ).raise_if_incomplete()


def _is_declared(settings: Settings, user: AccountUser, email: str) -> bool:
    return DECLARED_USERS.has(user) or DECLARED_USERS.declares(
        email, user.account_id, settings
    )


def _say_who_goes(removals: list[Change]) -> None:
    """Name whom a destroy is about to remove: no preview of it has shown them.

    With `--target` the engine shows nothing of the program either, so that a roster
    with a new name, which declares the same people, is not seen.
    """
    if removals:
        people = live.shortened([printable(change.email) for change in removals])
        host.warning(
            f"this roster goes, and with it {len(removals)} whom it made "
            f'(on_destroy="remove_created"): {people}'
        )


def _without(people: Membership, leaving: set[str]) -> dict[str, Person]:
    return {email: one for email, one in people.items() if email not in leaving}


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
            phase=host.address(),
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
        if state.has_unknown(news.get("members")) or state.has_unknown(
            news.get("guards")
        ):
            return DiffResult(changes=None)
        if self._settings.api_key is not None:
            # The look of `check` has asked already who the caller is.
            self.connection().refuse_foreign(olds["accountId"], "this roster")
        _keep_declared(olds["accountId"], olds[state.KNOWN], news["members"])
        same = state.membership(olds[state.KNOWN]) == state.membership(
            news["members"]
        ) and all(
            olds.get(key) == news.get(key) for key in state.PLAIN if key != "guards"
        )
        # What they mean, not how they are written: a guard that a later release adds
        # is at its default in an old state, and so no change.
        same = same and guards_of(olds) == guards_of(news)
        same = same and olds.get(state.BOUND) == news.get("accountId")
        return DiffResult(changes=False if same else None)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create and promote; remove and demote nobody (promise 1)."""
        inputs = _without_provider(props)
        change = plan({}, state.membership(inputs["members"]))
        with doing("could not update the roster"):
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
        with doing("could not update the roster"):
            return UpdateResult(self._apply(change, inputs, olds, guards_of(olds)))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Return the account as it is, through the eyes of the roster."""
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
        before = {email for email, one in old_known.items() if one.get("undeclared")}
        fresh = [
            email
            for email, one in sorted(people.items())
            if one.undeclared and email not in before
        ]
        outs[state.SIGHTED] = {"by": host.address(), "who": fresh}
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
            host.info(
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
            host.warning(f"the live account was not looked at: {sight.failure}")
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
        # `check` entered the approval of an update when it was given.
        before = list(olds.get(state.SPENT) or [])
        entered = set(inputs.get(state.SPENT) or []) - set(before)
        approval = approval_of(change, before, " ".join(sorted(entered)))
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
    """Return the outputs after a complete run, and warn of what was not planned."""
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
        host.info(f"done: {plan_of(outcome.done).summary()}")
    return state.outputs(inputs, known, account_id)


def _keep_declared(
    account_id: str, known: Mapping[str, Mapping[str, Any]], members: Iterable[str]
) -> None:
    """Let nobody whom this roster declares go with another resource of the program."""
    entries = (known.get(email, {}) for email in members)
    user_ids = [str(one["userId"]) for one in entries if "userId" in one]
    DECLARED_USERS.keep(account_id, user_ids)
    DECLARED_ROLES.keep(account_id, user_ids)


def _without_provider(props: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in props.items() if key != "__provider"}
