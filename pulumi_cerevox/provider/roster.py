"""The engine's calls for a `Roster`, carried out on the account."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from functools import partial
from itertools import chain
from typing import Any

from pulumi_cerevox.account import AccountUser, printable
from pulumi_cerevox.provider import host, run_day
from pulumi_cerevox.provider import roster_apply as live
from pulumi_cerevox.provider import roster_state as state
from pulumi_cerevox.provider.configuration import Settings
from pulumi_cerevox.provider.connection import (
    AccountCalls,
    AccountSnapshot,
    Connection,
    by_email,
    look,
)
from pulumi_cerevox.provider.host import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    GuardError,
    ProviderError,
    ReadResult,
    UpdateResult,
    doing,
)
from pulumi_cerevox.provider.new_people import belongs_to_user
from pulumi_cerevox.provider.people import (
    DECLARED_ROLES,
    DECLARED_USERS,
    PAST_LAST_DAY,
)
from pulumi_cerevox.provider.roster_apply import (
    Outcome,
    carry_out,
    guards_of,
    live_refusals,
    require_live,
    seats_refusals,
    strangers_refusals,
)
from pulumi_cerevox.provider.roster_check import (
    Judgement,
    Predecessor,
    judge,
    predecessor,
    say_what_is_live,
    say_who_is_banned,
    say_who_left_under_another_email,
    say_who_moves,
    say_whose_email_changed,
    warn_of,
)
from pulumi_cerevox.provider.stack_state import PROGRAM, SELF, STACK
from pulumi_cerevox.provider.user_state import engine_safe
from pulumi_cerevox.roster import (
    Change,
    ChangeKind,
    Expired,
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
    known_ids = state.ids_in(props[state.KNOWN])
    users = by_email(
        connection.everybody(state.user_ids(props[state.KNOWN])), known_ids
    )
    created = {
        email
        for email, one in props[state.KNOWN].items()
        if one.get("created")
        # Another resource of the program, a renamed roster say, declares them.
        and not (
            email in users and DECLARED_USERS.declares_user(users[email], settings)
        )
    }
    ids = {email: user.user_id for email, user in users.items()}
    mine = created & state.created_in(props[state.KNOWN], ids)
    # Whoever is gone is approved too: a destroy that broke off half-way goes on with
    # the approval that it had.
    approval = approval_of(
        plan(people, _without(people, created)),
        list(props.get(state.SPENT) or []),
        settings.approve,
        props["accountId"],
    )
    guards = guards_of(props)
    change = plan(people, _without(people, mine))
    refusals = approval.refusal(judge_change(guards, change, people))
    if refusals:
        raise GuardError("\n".join(refusals))
    needed = require_live(connection, guards, change, users, approval)
    _say_who_goes(needed)
    carry_out(
        connection,
        needed,
        min_admins=guards.min_admins,
        settings=settings,
        ids=known_ids,
    ).raise_if_incomplete()


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


class RosterCalls(AccountCalls):
    """Check, diff, create, read, update and delete, as the engine asks for them."""

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Judge the declaration, and say what is true of the account now."""
        DECLARED_USERS.program_runs()
        DECLARED_ROLES.program_runs()
        name = STACK.learn(news.get(SELF))
        given = news.get(PROGRAM)
        program = given if isinstance(given, Mapping) else {}
        day = partial(run_day.today, self._settings)
        removes = bool(olds) and news.get("expired") == Expired.REMOVE
        declared = run_day.declared_in(news.get("members"), day if removes else None)
        # Whom another resource declares is neither undeclared nor removed by this one.
        beside = (program.get(key) or () for key in ("users", "members"))
        people = [*declared, *chain.from_iterable(beside)]
        DECLARED_USERS.declare(people, self._settings)
        judgement = judge(
            _own(olds),
            _own(news),
            phase=host.address(),
            approve=self._settings.approve,
            today=day,
            belongs_elsewhere=self._belongs_elsewhere,
            before=lambda: self._predecessor(name, program),
            account=self._account_id,
        )
        PAST_LAST_DAY.declare(state.expired_in(judgement.inputs), self._settings)
        refusals = list(judgement.refusals)
        if not refusals and not state.has_unknown(judgement.inputs):
            refusals += self._look(judgement, name)
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
        known = state.membership(olds[state.KNOWN])
        same = known == state.membership(news["members"])
        # What they mean, not how they are written: a guard that a later release adds
        # is at its default in an old state, and so no change.
        same = same and guards_of(olds) == guards_of(news)
        same = same and state.are_settings_same(olds, news)
        run_day.say_which_days_move(olds, news)
        return DiffResult(changes=False if same else None)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create and promote; remove and demote nobody (promise 1)."""
        inputs = _own(props)
        change = plan({}, state.membership(inputs["members"]))
        with doing("could not update the roster"):
            outs = self._apply(change, inputs, {}, Guards())
        return CreateResult(outs["accountId"], outs)

    def update(
        self, id_: str, olds: dict[str, Any], news: dict[str, Any]
    ) -> UpdateResult:
        """Carry out what the preview compared, and nothing else (promise 1)."""
        del id_
        inputs = _own(news)
        # By the same people as in `check`: those past their last day are among them.
        named = [*inputs["members"], *state.expired_in(inputs)]
        known = state.followed(olds[state.KNOWN], named)
        olds = {**olds, state.KNOWN: known}
        change = plan(state.membership(known), state.membership(inputs["members"]))
        with doing("could not update the roster"):
            return UpdateResult(self._apply(change, inputs, olds, guards_of(olds)))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Return the account as it is, through the eyes of the roster."""
        if state.KNOWN not in props:
            raise ProviderError("a Roster can't be looked up with .get(): declare it")
        connection = self.connection()
        with doing("could not read the account"):
            connection.require_account(props["accountId"], "this roster")
            everybody = connection.everybody(state.user_ids(props[state.KNOWN]))
        mode = state.undeclared_mode(props)
        old_known = props[state.KNOWN]
        declared = state.membership(props["members"])
        users = by_email(everybody, state.ids_in(old_known))
        say_whose_email_changed(connection, users)
        # Whom a User of the stack declares is not undeclared, and so no drift.
        STACK.learn(f"{props.get(state.STACK_NAME) or ''}::")
        users = {
            email: user
            for email, user in users.items()
            if email in declared or STACK.user(user) is None
        }
        people = state.live_membership(users, declared, mode)
        ids = state.ids_of(users)
        made = state.created_in(old_known, ids)
        prior_roles = state.prior_roles_in(old_known, ids)
        known = state.known_of(people, ids, made & set(people), prior_roles)
        outs = _own(props) | state.summary(known) | {state.KNOWN: known}
        before = {email for email, one in old_known.items() if one.get("undeclared")}
        fresh = [
            email
            for email, one in sorted(people.items())
            if one.undeclared and email not in before
        ]
        outs[state.SIGHTED] = {"by": host.address(), "who": fresh}
        return ReadResult(id_, outs, state.inputs_in(outs))

    def look_up(self, id_: str) -> ReadResult:
        """Return the whole account as one roster, by the account's id.

        Everybody counts as declared, and nobody as made by the roster.
        """
        connection = self.connection()
        with doing("could not read the account"):
            connection.require_account(id_, "this roster")
            users = by_email(connection.account.directory.users())
        people = {
            email: Person(role=str(user.role), name=engine_safe(user.name) or None)
            for email, user in users.items()
        }
        known = state.known_of(people, state.ids_of(users), (), {})
        inputs = {"members": state.properties(people)}
        return ReadResult(id_, state.outputs(inputs, known, id_), inputs)

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Keep everybody, or remove whom this resource made, within the guards."""
        del id_
        with doing("could not remove the roster"):
            connection = self.connection()
            run_day.require_real_day(self._settings)
            connection.require_account(props["accountId"], "this roster")
            if props.get("onDestroy") != RosterOnDestroy.REMOVE_CREATED:
                return
            remove_created(connection, self._settings, props)

    def _belongs_elsewhere(self, email: str) -> bool:
        """Return whether a `User` declares somebody whom this roster has seen."""
        if self._settings.api_key is None:
            return False
        user = self.connection().snapshot.by_email.get(email)
        return user is not None and belongs_to_user(user, self._settings)

    def _predecessor(self, name: str, program: Mapping[str, Any]) -> Predecessor | None:
        """Return the roster of the state whose place a new one takes, if any."""
        return predecessor(STACK.rosters(self._account_id()), name, program)

    def _account_id(self) -> str | None:
        """Return the account of a roster that is bound to none, if it is known."""
        if self._settings.account_id is not None or self._settings.api_key is None:
            return self._settings.account_id
        users = self.connection().snapshot.users
        return users[0].account_id if users else None

    def _strangers(
        self,
        inputs: Mapping[str, Any],
        users: Mapping[str, AccountUser],
        leaving: Container[str],
    ) -> list[str]:
        """Return the keys of those in the account whom nobody declares.

        Left out are those whom this change removes, and those past their last day.
        """
        people = state.declared(state.membership(inputs["members"]))
        named = set(people) | state.expired_in(inputs)
        return [
            email
            for email in sorted(set(users) - named)
            if email not in leaving
            and not belongs_to_user(users[email], self._settings)
        ]

    def _look(self, judgement: Judgement, name: str) -> list[str]:
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
        sight = look(connection, bound, "this roster")
        is_foreign = sight.refused and not sight.forbidden
        if is_foreign or (sight.forbidden and judgement.plan.changes):
            return [str(sight.failure)]
        if sight.failure is not None:
            host.warning(f"the live account was not looked at: {sight.failure}")
            return []
        users = _by_known_email(judgement, sight)
        leaving = state.leavers(judgement.plan)
        say_whose_email_changed(connection, users, leaving)
        needed = state.still_needed(judgement.plan.changes, users)
        say_who_moves(judgement.plan, users, name)
        say_who_is_banned(needed, users)
        strangers = self._strangers(judgement.inputs, users, leaving)
        for one in needed:
            if one.kind is ChangeKind.REMOVE and not DECLARED_USERS.declares_user(
                users[one.email], self._settings
            ):
                DECLARED_USERS.expect_removal(users[one.email])
        touched = {change.email for change in needed}
        people = state.declared(state.membership(judgement.inputs["members"]))
        in_place = len(set(people) & set(users) - touched)
        line = live.summary_line(sight, needed, in_place)
        say_what_is_live(connection, judgement, users, strangers, line, touched)
        return [
            *live_refusals(
                connection, judgement.guards, judgement.plan, users, judgement.approval
            ),
            *seats_refusals(needed, sight),
            *strangers_refusals(judgement.inputs, strangers),
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
        run_day.require_real_day(self._settings)
        for owner in (olds.get("accountId"), inputs.get("accountId")):
            account_id = connection.require_account(owner, "this roster")
        guards = stricter(old_guards, guards_of(inputs)) if olds else guards_of(inputs)
        known = olds.get(state.KNOWN) or {}
        everybody = connection.everybody(state.user_ids(known))
        ids = state.followed_ids(state.ids_in(known), everybody, inputs["members"])
        users = by_email(everybody, ids)
        moved = _made_before(change, users, known)
        prior_roles = state.prior_roles_of_new(inputs, users, known)
        strangers = self._strangers(inputs, users, state.leavers(change))
        refusals = strangers_refusals(inputs, strangers)
        if refusals:
            raise GuardError("\n".join(refusals))
        # `check` entered the approval of an update when it was given.
        before = list(olds.get(state.SPENT) or [])
        entered = set(inputs.get(state.SPENT) or []) - set(before)
        approval = approval_of(change, before, " ".join(entered), account_id)
        needed = require_live(connection, guards, change, users, approval)
        outcome = carry_out(
            connection,
            needed,
            min_admins=guards.min_admins,
            settings=self._settings,
            ids=ids,
        )
        outcome.raise_if_incomplete()
        outcome.created |= moved
        return _settled(connection, inputs, olds, outcome, prior_roles)


def _settled(
    connection: Connection,
    inputs: dict[str, Any],
    olds: Mapping[str, Any],
    outcome: Outcome,
    prior_roles: Mapping[str, str],
) -> dict[str, Any]:
    """Return the outputs after a complete run, and warn of what was not planned."""
    account_id = connection.caller().account_id
    people = state.membership(inputs["members"])
    known_ids = state.ids_in(olds.get(state.KNOWN) or {})
    users = by_email(
        connection.account.directory.users(),
        {email: one for email, one in known_ids.items() if email in people},
    )
    ids = state.ids_of(users)
    old_known = olds.get(state.KNOWN) or {}
    mine = state.created_in(old_known, ids) | outcome.created
    prior = {**state.prior_roles_in(old_known, ids), **prior_roles}
    known = state.known_of(people, ids, mine & set(people), prior)
    mode = state.undeclared_mode(inputs)
    declared = state.declared(people)
    found = state.live_membership(users, declared, mode)
    surprises = state.surprises(people, found)
    expired = state.expired_in(inputs)
    warn_of(connection, [surprises[one] for one in surprises if one not in expired])
    say_who_left_under_another_email(users.values(), known_ids, people)
    _keep_declared(account_id, known, people)
    if outcome.done:
        touched = {one.email for one in outcome.done}
        in_place = len(set(declared) & set(users) - touched)
        host.info(f"done: {Plan(tuple(outcome.done), in_place).summary()}")
    return state.outputs(inputs, known, account_id)


def _keep_declared(
    account_id: str, known: Mapping[str, Mapping[str, Any]], members: Iterable[str]
) -> None:
    """Let nobody whom this roster declares go with another resource of the program."""
    user_ids = state.user_ids({one: known.get(one, {}) for one in members})
    DECLARED_USERS.keep(account_id, user_ids)
    DECLARED_ROLES.keep(account_id, user_ids)


def _by_known_email(
    judgement: Judgement, snapshot: AccountSnapshot
) -> dict[str, AccountUser]:
    """Return everybody by key; who is missing under their email is found by their id.

    `check` gets no ids, so the stack's state is asked, and only where one is missing.
    """
    people = state.declared(state.membership(judgement.inputs["members"]))
    named = {*people, *state.leavers(judgement.plan)}
    if not snapshot.users or not named - set(snapshot.by_email):
        return snapshot.by_email
    rosters = STACK.rosters(snapshot.users[0].account_id)
    ids = {
        email: one
        for roster in rosters
        for email, one in roster.ids.items()
        if email in named
    }
    return by_email(snapshot.users, state.followed_ids(ids, snapshot.users, people))


def _made_before(
    change: Plan,
    users: Mapping[str, AccountUser],
    known: Mapping[str, Mapping[str, Any]],
) -> set[str]:
    """Return who is new to the roster, and was made by the stack before.

    By another resource of it, or by the roster itself under another email.
    """
    made = {str(one.get("userId")) for one in known.values() if one.get("created")}
    moved = set()
    for one in change.of(ChangeKind.CREATE):
        user = users.get(one.email)
        if user is not None:
            record = STACK.person(user)
            is_created = record is not None and record.is_created
            if is_created or user.user_id in made:
                moved.add(one.email)
    return moved


def _own(props: Mapping[str, Any]) -> dict[str, Any]:
    """Return the roster's properties without what the SDK and the resource add."""
    return {key: one for key, one in props.items() if key not in _ADDED}


_ADDED = frozenset({"__provider", SELF, PROGRAM})
