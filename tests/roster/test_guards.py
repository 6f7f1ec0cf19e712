"""Each guard in each pure check, on accounts of 1, 2, 3, 10 and 1000 people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pulumi_cerevox.account import AccountUser
from pulumi_cerevox.roster import (
    Guards,
    Limit,
    Person,
    Plan,
    Refusal,
    Undeclared,
    effective_admins,
    judge_change,
    judge_live,
    judge_roster,
    plan,
    refusal_text,
    stricter,
)

People = dict[str, Person]
Judge = Callable[[Guards, People, People], list[Refusal]]

SIZES = [1, 2, 3, 10, 1000]
LIFTED = Guards(
    min_admins=0,
    protect_self=False,
    max_removals=Limit(10_000, 1),
    max_demotions=Limit(10_000, 1),
    allow_empty=True,
)
"""Guards that refuse nothing."""


def lifted(**settings: Any) -> Guards:
    """Return guards of which these alone can refuse."""
    kept = {key: getattr(LIFTED, key) for key in Guards.__dataclass_fields__}
    return Guards(**{**kept, **settings})


@pytest.fixture(params=["change", "live"])
def judge(
    request: pytest.FixtureRequest, users: Callable[[People], list[AccountUser]]
) -> Judge:
    """Return what judges a change of a membership, each with the same signature."""

    def change(guards: Guards, old: People, new: People) -> list[Refusal]:
        return judge_change(guards, plan(old, new), old)

    def live(guards: Guards, old: People, new: People) -> list[Refusal]:
        # Nobody of the account calls.
        return judge_live(guards, users(old), "nobody", plan(old, new).changes)

    return change if request.param == "change" else live


def names(refusals: list[Refusal]) -> list[str]:
    return [one.guard for one in refusals]


def less(people: People, count: int) -> People:
    """Leave the last ones out."""
    return dict(list(people.items())[: len(people) - count])


def demoted(people: People, count: int) -> People:
    """Make the first ones members."""
    return {
        email: Person("member") if position < count else one
        for position, (email, one) in enumerate(people.items())
    }


@pytest.mark.parametrize(
    ("limit", "allowed"),
    [
        (Limit(10, 0.25), [1, 1, 1, 2, 10]),
        (Limit(5, 0.5), [1, 1, 1, 5, 5]),
        (Limit(1000, 1), [1, 2, 3, 10, 1000]),
        (Limit(0, 1), [0, 0, 0, 0, 0]),
        (Limit(1000, 0), [0, 0, 0, 0, 0]),
    ],
)
@pytest.mark.parametrize("case", range(5), ids=[f"{size} people" for size in SIZES])
def test_removals_up_to_the_limit_pass(
    judge: Judge,
    people: Callable[[int, int], People],
    limit: Limit,
    allowed: list[int],
    case: int,
) -> None:
    size, most = SIZES[case], allowed[case]
    old = people(size, 0)
    guards = lifted(max_removals=limit)
    assert judge(guards, old, less(old, most)) == []
    if most < size:
        (refusal,) = judge(guards, old, less(old, most + 1))
        assert refusal.guard == "max_removals"
        assert refusal.approvable
        assert refusal.people == tuple(sorted(old.keys() - less(old, most + 1).keys()))
        assert f"{most + 1} of {size} people would be removed" in refusal.text
        assert f"one change may remove {most} " in refusal.text


@pytest.mark.parametrize(
    ("limit", "allowed"),
    [
        (Limit(5, 0.25), [1, 1, 1, 2, 5]),
        (Limit(1000, 1), [1, 2, 3, 10, 1000]),
        (Limit(0, 1), [0, 0, 0, 0, 0]),
    ],
)
@pytest.mark.parametrize("case", range(5), ids=[f"{size} admins" for size in SIZES])
def test_demotions_up_to_the_limit_pass(
    judge: Judge,
    people: Callable[[int, int], People],
    limit: Limit,
    allowed: list[int],
    case: int,
) -> None:
    size, most = SIZES[case], allowed[case]
    # Members around them don't raise the share.
    old = people(size * 2, size)
    guards = lifted(max_demotions=limit)
    assert judge(guards, old, demoted(old, most)) == []
    if most < size:
        (refusal,) = judge(guards, old, demoted(old, most + 1))
        assert refusal.guard == "max_demotions"
        assert refusal.approvable
        assert f"{most + 1} of {size} admins would be demoted" in refusal.text


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("way", ["remove", "demote"])
def test_enough_admins_are_left(
    judge: Judge, people: Callable[[int, int], People], size: int, way: str
) -> None:
    old = people(size, size)
    reverse = dict(reversed(old.items()))

    def losing(count: int) -> People:
        return less(old, count) if way == "remove" else demoted(reverse, count)

    for least in {1, 2, size}:
        guards = lifted(min_admins=least)
        spare = size - least
        if spare > 0:
            assert judge(guards, old, losing(spare)) == []
        if spare >= 0:
            (refusal,) = judge(guards, old, losing(spare + 1))
            assert refusal.guard == "min_admins"
            assert not refusal.approvable
            assert f"{least - 1} would be left; the minimum is {least}" in refusal.text
    assert judge(lifted(min_admins=0), old, losing(size)) == []


@pytest.mark.parametrize("size", SIZES)
def test_too_few_admins_are_no_reason_to_refuse_what_takes_none(
    judge: Judge, people: Callable[[int, int], People], size: int
) -> None:
    old = people(size, 1)
    guards = lifted(min_admins=2)
    assert judge(guards, old, {**old, "new@example.com": Person("member")}) == []
    if size > 1:
        assert judge(guards, old, less(old, 1)) == []
        assert judge(guards, old, dict.fromkeys(old, Person("admin"))) == []
    assert names(judge(guards, old, demoted(old, 1))) == ["min_admins"]


def test_an_admin_may_be_replaced_where_there_are_enough(
    judge: Judge, people: Callable[[int, int], People]
) -> None:
    old = people(2, 1)
    swapped = {
        email: Person("member" if one.role == "admin" else "admin")
        for email, one in old.items()
    }
    assert judge(lifted(min_admins=1), old, swapped) == []
    # With two needed and one there, a run that broke off after the promotion would
    # be refused the next time. So it is refused this time.
    assert names(judge(lifted(min_admins=2), old, swapped)) == ["min_admins"]


@pytest.mark.parametrize("size", SIZES)
def test_required_admins_stay(
    judge: Judge, people: Callable[[int, int], People], size: int
) -> None:
    old = people(size, size)
    last = f"P{size - 1:04}@Example.com"
    guards = lifted(required_admins=(last, "elsewhere@example.com"))
    for new in (less(old, 1), {**old, last.lower(): Person("member")}):
        (refusal,) = judge(guards, old, new)
        assert refusal.guard == "required_admins"
        assert refusal.people == (last.lower(),)
        assert not refusal.approvable
    if size > 1:
        assert judge(guards, old, demoted(old, 1)) == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("role", ["admin", "member"])
def test_nobody_removes_or_demotes_themselves(
    people: Callable[[int, int], People],
    users: Callable[[People], list[AccountUser]],
    size: int,
    role: str,
) -> None:
    old = people(size, size)
    last = f"p{size - 1:04}@example.com"
    old[last] = Person(role)
    gone = [less(old, 1)]
    if role == "admin":
        gone.append({**old, last: Person("member")})
    for new in gone:
        changes = plan(old, new).changes
        account = users(old)
        guards = lifted(protect_self=True)
        (refusal,) = judge_live(guards, account, f"id-{last}", changes)
        assert refusal.guard == "protect_self"
        assert refusal.people == (last,)
        assert not refusal.approvable
        assert judge_live(LIFTED, account, f"id-{last}", changes) == []
        assert judge_live(guards, account, "id-of-another", changes) == []


def test_live_admins_who_cannot_act_do_not_count(
    people: Callable[[int, int], People], users: Callable[[People], list[AccountUser]]
) -> None:
    old = people(4, 4)
    acting, second, third, fourth = users(old)
    caller = replace(fourth, lastlogin=None)
    banned, invited = replace(second, isbanned=True), replace(third, lastlogin=None)
    account, caller_id = [acting, banned, invited, caller], caller.user_id
    assert effective_admins(account, caller_id) == [acting, caller]
    emails = list(old)

    def judged(least: int, *gone: int) -> list[str]:
        new = {email: old[email] for email in old if emails.index(email) not in gone}
        changes = plan(old, new).changes
        guards = lifted(min_admins=least)
        return names(judge_live(guards, account, caller_id, changes))

    assert judged(1, 0) == []
    assert judged(2, 0) == ["min_admins"]
    assert judged(2, 1, 2) == []
    assert judged(1, 0, 3) == ["min_admins"]


@pytest.mark.parametrize(
    "login",
    [None, "", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2999-01-01T00:00:00Z"],
)
def test_promoting_somebody_who_never_came_replaces_no_admin(
    people: Callable[[int, int], People],
    users: Callable[[People], list[AccountUser]],
    login: str | None,
) -> None:
    old = people(2, 1)
    new = dict(zip(old, [Person("member"), Person("admin")], strict=True))
    account = users(old)
    changes = plan(old, new).changes
    assert judge_live(lifted(min_admins=1), account, "nobody", changes) == []
    account[1] = replace(account[1], lastlogin=login)
    refused = judge_live(lifted(min_admins=1), account, "nobody", changes)
    assert names(refused) == ["min_admins"]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("admins", [0, 1, 2])
@pytest.mark.parametrize("least", [0, 1, 2, 5])
def test_a_roster_declares_enough_admins(
    people: Callable[[int, int], People], size: int, admins: int, least: int
) -> None:
    new = people(size, min(admins, size))
    new["seen@example.com"] = Person("admin", undeclared=True)
    refused = names(judge_roster(lifted(min_admins=least), new))
    assert refused == (["min_admins"] if min(admins, size) < least else [])


@pytest.mark.parametrize("size", SIZES)
def test_a_roster_declares_required_admins(
    people: Callable[[int, int], People], size: int
) -> None:
    guards = lifted(required_admins=("P0000@example.COM",))
    assert judge_roster(guards, people(size, 1)) == []
    (refusal,) = judge_roster(guards, people(size, 0))
    assert refusal.guard == "required_admins"
    seen = {"p0000@example.com": Person("admin", undeclared=True)}
    assert names(judge_roster(guards, seen)) == ["required_admins"]


@pytest.mark.parametrize("size", SIZES)
def test_a_roster_keeps_to_the_allowed_domains(
    people: Callable[[int, int], People], size: int
) -> None:
    new = people(size, 1)
    assert judge_roster(lifted(allowed_domains=("EXAMPLE.com",)), new) == []
    new["eve@mail.example.com"] = Person("member")
    new["seen@elsewhere.org"] = Person("member", undeclared=True)
    (refusal,) = judge_roster(lifted(allowed_domains=("example.com",)), new)
    assert refusal.guard == "allowed_domains"
    assert refusal.people == ("eve@mail.example.com",)
    assert judge_roster(LIFTED, new) == []


@pytest.mark.parametrize("size", SIZES)
def test_nobody_else_than_the_allowed_admins_is_declared_as_one(
    people: Callable[[int, int], People], size: int
) -> None:
    new = people(size, 1)
    guards = lifted(allowed_admins=("P0000@example.COM", "gone@example.com"))
    assert judge_roster(guards, new) == []
    new |= {
        "eve@example.com": Person("admin"),
        "bob@example.com": Person("member"),
        "seen@elsewhere.org": Person("admin", undeclared=True),
    }
    (refusal,) = judge_roster(guards, new)
    assert (refusal.guard, refusal.people) == ("allowed_admins", ("eve@example.com",))
    assert not refusal.approvable
    assert "add them to allowed_admins in a change of its own" in refusal.text
    assert judge_roster(LIFTED, new) == []


@pytest.mark.parametrize("before", [{}, {"eve@example.com": Person("member")}])
def test_a_change_makes_nobody_else_an_admin(
    judge: Judge, people: Callable[[int, int], People], before: People
) -> None:
    old = people(40, 3) | before
    guards = lifted(allowed_admins=tuple(people(40, 3))[:3])
    assert names(judge(guards, old, old | {"eve@example.com": Person("admin")})) == [
        "allowed_admins"
    ]
    assert judge(guards, old, old | {"eve@example.com": Person("member")}) == []
    # Who is one already stays one: the declaration is judged for that.
    there = old | {"eve@example.com": Person("admin")}
    assert judge(guards, there, there) == []


def test_nobody_allows_themselves_and_uses_it() -> None:
    old = Guards(allowed_admins=("ada@example.com", "grace@example.com"))
    both = stricter(old, Guards(allowed_admins=("ada@example.com", "eve@example.com")))
    assert both.allowed_admins == ("ada@example.com",)
    for laxer in ((), ("eve@example.com",)):
        assert stricter(old, Guards(allowed_admins=laxer)) == old


def test_an_empty_roster_is_refused() -> None:
    seen = {"seen@example.com": Person("member", undeclared=True)}
    for new in ({}, seen):
        assert names(judge_roster(Guards(), new)) == ["allow_empty", "min_admins"]
        assert judge_roster(LIFTED, new) == []


def test_the_defaults_let_an_ordinary_day_pass(
    judge: Judge, people: Callable[[int, int], People]
) -> None:
    old = people(40, 3)
    new = {**less(old, 2), "new@example.com": Person("member")}
    assert judge(Guards(), old, new) == []
    assert judge_roster(Guards(), new) == []


def test_all_guards_speak_at_once(
    judge: Judge, people: Callable[[int, int], People]
) -> None:
    old = people(40, 3)
    guards = Guards(required_admins=("p0000@example.com",))
    refusals = judge(guards, old, less(demoted(old, 3), 20))
    assert names(refusals) == [
        "required_admins",
        "min_admins",
        "max_removals",
        "max_demotions",
    ]


class TestRefusalText:
    def refusals(self, people: Callable[[int, int], People]) -> list[Refusal]:
        old = people(40, 1)
        return judge_change(Guards(), plan(old, less(old, 35)), old)

    def test_it_names_twenty_and_counts_the_rest(
        self, people: Callable[[int, int], People]
    ) -> None:
        text = refusal_text(self.refusals(people), digest="abc")
        assert "35 of 40 people would be removed" in text
        assert text.count("@example.com") == 20
        assert "and 15 more" in text

    def test_it_gives_the_one_setting_that_allows_exactly_this(
        self, people: Callable[[int, int], People]
    ) -> None:
        text = refusal_text(self.refusals(people), digest="abc")
        assert "CEREVOX_APPROVE=abc" in text
        assert "cerevox:approve abc" in text
        assert "abc" not in refusal_text(self.refusals(people), digest=None)

    def test_it_offers_no_approval_that_would_not_do(
        self, people: Callable[[int, int], People]
    ) -> None:
        old = people(40, 1)
        refusals = judge_change(Guards(), plan(old, {}), old)
        text = refusal_text(refusals, digest="abc")
        assert "CEREVOX_APPROVE" not in text
        assert "No approval lifts min_admins" in text
        alone = [one for one in refusals if not one.approvable]
        assert "pproval" not in refusal_text(alone, digest="abc")

    def test_two_checks_tell_one_thing_once(self) -> None:
        old = {"a@x.org": Person("admin"), "b@x.org": Person("admin")}
        new = {"b@x.org": Person("admin")}
        guards = Guards(required_admins=("a@x.org",))
        both = [
            *judge_roster(guards, new),
            *judge_change(guards, plan(old, new), old),
        ]
        assert names(both) == ["required_admins", "required_admins"]
        assert refusal_text(both, digest=None).count("required_admins:") == 1

    def test_hostile_people_are_escaped(self) -> None:
        old = {"a\x1b[2J@x.org": Person("admin")}
        refusals = judge_change(Guards(), Plan(plan(old, {}).changes, 0), old)
        assert all(
            line.isprintable()
            for line in refusal_text(refusals, digest="abc").splitlines()
        )


def test_the_modes_are_words_that_users_write() -> None:
    assert list(Undeclared) == ["report", "fail", "remove", "ignore"]
