"""The keys of a roster file: one table for the reader, the writer and the schema."""

from __future__ import annotations

from pulumi_cerevox.account.identity import MAX_NAME
from pulumi_cerevox.roster.addresses import EMAIL, name_rule
from pulumi_cerevox.roster.guard_settings import GUARD_KEYS
from pulumi_cerevox.roster.kinds import Choice, Day, Key, ListOf, Table, Text
from pulumi_cerevox.roster.model import MEMBER, ROLES, RosterOnDestroy, Undeclared


def _account_rule(account_id: str) -> str | None:
    if not account_id:
        return "is empty"
    is_word = account_id.isprintable() and not any(map(str.isspace, account_id))
    return None if is_word else "contains white space, or what can't be seen"


MEMBER_KEYS = Table(
    (
        Key("email", EMAIL, "Who it is. Case does not matter.", required=True),
        Key(
            "name",
            Text(name_rule, {"minLength": 1, "maxLength": MAX_NAME, "pattern": r"\S"}),
            "The full name. Without it the name in the account is left as it is.",
        ),
        Key("role", Choice(ROLES), "What they may do in the account.", MEMBER),
        Key("note", Text(), "For the readers of this file; it is sent nowhere."),
        Key(
            "until",
            Day(),
            "Last day of the membership. When it has passed, people are warned; nobody "
            "is removed.",
        ),
    )
)
"""The keys of one member."""

ROSTER_KEYS = Table(
    (
        Key(
            "account_id",
            Text(_account_rule, {"pattern": r"^\S+$"}),
            "The account this roster belongs to; any other is refused.",
        ),
        Key(
            "undeclared",
            Choice(tuple(Undeclared)),
            "What is done about people in the account whom nobody declares: report "
            "them, fail while there are any, remove them in a later run, or ignore "
            "them.",
            Undeclared.REPORT.value,
        ),
        Key(
            "on_destroy",
            Choice(tuple(RosterOnDestroy)),
            "What `pulumi destroy` does: keep everybody, or remove the people that "
            "this roster created.",
            RosterOnDestroy.KEEP.value,
        ),
        Key("guards", GUARD_KEYS, "What refuses a change."),
        Key(
            "members",
            ListOf(MEMBER_KEYS),
            "Everybody who belongs into the account.",
            required=True,
        ),
    )
)
"""The keys of the whole file."""
