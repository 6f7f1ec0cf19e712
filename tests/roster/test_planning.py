"""The one comparison: what changes, in which order, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_cerevox.roster import (
    Change,
    ChangeKind,
    Person,
    Plan,
    Refusal,
    approval_of,
    digest,
    plan,
)

ADMIN, MEMBER = Person("admin"), Person("member")
SEEN = Person("member", undeclared=True)

persons = st.builds(
    Person,
    role=st.sampled_from(["admin", "member"]),
    name=st.sampled_from([None, "Ada", "Bob"]),
    undeclared=st.booleans(),
)
memberships = st.dictionaries(
    st.integers(0, 12).map(lambda number: f"p{number}@example.com"), persons
)


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        (None, MEMBER, ["create"]),
        (None, SEEN, []),
        (MEMBER, None, ["remove"]),
        (SEEN, None, ["remove"]),
        (MEMBER, ADMIN, ["promote"]),
        (ADMIN, MEMBER, ["demote"]),
        (MEMBER, MEMBER, []),
        (SEEN, SEEN, []),
        (Person("admin", undeclared=True), SEEN, []),
        (SEEN, MEMBER, []),
        (SEEN, ADMIN, ["promote"]),
        (SEEN, Person("member", "Ada"), ["update"]),
        (MEMBER, Person("member", "Ada"), ["update"]),
        (Person("member", "Ada"), MEMBER, []),
        (Person("member", "Ada"), Person("member", "Bob"), ["update"]),
        (Person("member", "Ada"), Person("admin", "Bob"), ["promote", "update"]),
    ],
)
def test_what_one_person_needs(
    before: Person | None, after: Person | None, kinds: list[str]
) -> None:
    old = {} if before is None else {"ada@example.com": before}
    new = {} if after is None else {"ada@example.com": after}
    change = plan(old, new)
    assert [one.kind for one in change.changes] == kinds
    assert change.in_place == (not kinds and bool(old) and bool(new))
    assert change.is_empty == (not kinds)
    assert all(one.reason for one in change.changes)


def test_changes_come_in_the_order_that_keeps_admins() -> None:
    old = {
        "a@x.org": ADMIN,
        "b@x.org": MEMBER,
        "c@x.org": Person("member", "C"),
        "d@x.org": MEMBER,
        "e@x.org": MEMBER,
    }
    new = {
        "z@x.org": ADMIN,
        "y@x.org": MEMBER,
        "c@x.org": Person("member", "Cee"),
        "b@x.org": ADMIN,
        "a@x.org": MEMBER,
        "d@x.org": MEMBER,
    }
    change = plan(old, new)
    assert [(one.kind.value, one.email[0]) for one in change.changes] == [
        ("promote", "b"),
        ("create", "y"),
        ("create", "z"),
        ("update", "c"),
        ("demote", "a"),
        ("remove", "e"),
    ]
    assert (
        change.summary()
        == "create 2, promote 1, demote 1, update 1, remove 1, 1 in place"
    )
    assert [one.email for one in change.removals] == ["e@x.org"]
    assert [one.email for one in change.demotions] == ["a@x.org"]


def test_a_change_is_one_line_that_no_terminal_obeys() -> None:
    before, after = Person("member", "\x1b[2J"), Person("member", "a\nb\u202e")
    change = plan({"a\x07@x.org": before}, {"a\x07@x.org": after}).changes[0]
    text = str(change)
    assert text.isprintable()
    assert text == 'update a\\x07@x.org: name "\\x1b[2J" -> "a\\nb\\u202e"'


@given(memberships, memberships, st.randoms())
def test_the_same_memberships_give_the_same_plan(
    old: dict[str, Person], new: dict[str, Person], random: Random
) -> None:
    def shuffled(people: dict[str, Person]) -> dict[str, Person]:
        entries = list(people.items())
        random.shuffle(entries)
        return dict(entries)

    assert plan(old, new) == plan(shuffled(old), shuffled(new))


@given(memberships, memberships)
def test_a_plan_carried_out_leaves_nothing_to_plan(
    old: dict[str, Person], new: dict[str, Person]
) -> None:
    change = plan(old, new)
    result = dict(old)
    for one in change.changes:
        if one.after is None:
            del result[one.email]
        else:
            result[one.email] = one.after
    assert plan(result, new).is_empty
    touched = {one.email for one in change.changes}
    assert change.in_place == len(old.keys() & new.keys() - touched)
    assert not any(new[email].undeclared for email in touched & new.keys())


class Counting(Mapping[str, Person]):
    """A membership that counts how often somebody is looked up or listed."""

    def __init__(self, people: dict[str, Person]) -> None:
        self.people = people
        self.looks = 0

    def __getitem__(self, email: str) -> Person:
        self.looks += 1
        return self.people[email]

    def __iter__(self) -> Iterator[str]:
        for email in self.people:
            self.looks += 1
            yield email

    def __len__(self) -> int:
        return len(self.people)


@pytest.mark.parametrize("size", [10, 1000, 3000])
def test_each_person_is_looked_at_a_fixed_number_of_times(
    people: Callable[[int, int], dict[str, Person]], size: int
) -> None:
    old, new = Counting(people(size, 3)), Counting(people(size, 5))
    new.people["new@example.com"] = MEMBER
    plan(old, new)
    assert old.looks + new.looks <= 6 * (len(old) + len(new))


def _plan_of(*changes: tuple[ChangeKind, str]) -> Plan:
    told = (Change(kind, email, MEMBER, MEMBER, "") for kind, email in changes)
    return Plan(tuple(told), 0)


def test_a_digest_covers_account_removals_and_demotions_alone() -> None:
    remove, demote = ChangeKind.REMOVE, ChangeKind.DEMOTE
    change = _plan_of((remove, "a@x.org"), (demote, "b@x.org"))
    also = _plan_of(
        (ChangeKind.CREATE, "c@x.org"), (demote, "b@x.org"), (remove, "a@x.org")
    )
    assert digest(change, "acc_1") == digest(also, "acc_1")
    others = [
        digest(_plan_of((remove, "a@x.org")), "acc_1"),
        digest(_plan_of((demote, "a@x.org"), (remove, "b@x.org")), "acc_1"),
        digest(_plan_of((remove, "a@x.org"), (remove, "b@x.org")), "acc_1"),
        digest(change, "acc_1", uses=1),
        digest(change, "acc_1", uses=2),
        digest(change, "acc_2"),
        digest(change, None),
    ]
    assert len({digest(change, "acc_1"), *others}) == 8


def test_a_digest_is_short_and_lasting() -> None:
    # Approvals are kept in states and in pull requests: a new release must agree.
    change = _plan_of((ChangeKind.REMOVE, "a@x.org"))
    assert digest(change, "acc_1") == "aad2ae8255d5a0d6"
    # What the first releases printed; it is told from others, and approves nothing.
    assert digest(change, None) == "898c467fe0532851"


def test_an_approval_fits_in_its_account_alone_and_only_once() -> None:
    change = _plan_of((ChangeKind.REMOVE, "a@x.org"))
    token = digest(change, "acc_1")
    assert approval_of(change, [], f"x, {token}", "acc_1").given
    assert not approval_of(change, [], token, "acc_2").given
    others = [digest(change, f"acc_{number}") for number in range(100)]
    spent = [*others, token, *others]
    assert not approval_of(change, spent, token, "acc_1").given
    again = approval_of(change, spent, None, "acc_1").digest
    assert again == digest(change, "acc_1", uses=1)


def test_an_approval_of_an_earlier_release_counts_no_more_and_is_named() -> None:
    change = _plan_of((ChangeKind.REMOVE, "a@x.org"))
    for uses in (0, 1):
        old = digest(change, None, uses=uses)
        approval = approval_of(change, ["used"], old, "acc_1")
        assert not approval.given
        (text,) = approval.refusal([LIMIT])
        assert f"The approval {old} was printed by an earlier release" in text
        assert f"CEREVOX_APPROVE={digest(change, 'acc_1')} in" in text
    both = f"{digest(change, None)} {digest(change, 'acc_1')}"
    assert approval_of(change, [], both, "acc_1").refusal([LIMIT]) == []
    assert "earlier" not in approval_of(change, [], "0", "acc_1").refusal([LIMIT])[0]


def test_nothing_is_approved_where_nobody_knows_the_account() -> None:
    change = _plan_of((ChangeKind.REMOVE, "a@x.org"))
    approval = approval_of(change, [], digest(change, None), None)
    assert (approval.digest, approval.given) == (None, False)
    (text,) = approval.refusal([LIMIT])
    assert "write account_id into the roster, or set CEREVOX_ACCOUNT_ID" in text
    assert "CEREVOX_APPROVE" not in text
    lasting = Refusal("min_admins", "too few", (), approvable=False)
    assert "account_id" not in approval.refusal([LIMIT, lasting])[0]
    assert approval_of(_plan_of(), [], None, None).refusal([LIMIT])


LIMIT = Refusal("max_removals", "too many", ("a@x.org",), approvable=True)
