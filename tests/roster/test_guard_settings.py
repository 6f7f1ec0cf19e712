"""Guards as settings: limits, the stricter of two, and what the state keeps."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_cerevox.audit import Limits
from pulumi_cerevox.roster import (
    Guards,
    GuardSettingsError,
    Limit,
    RosterGuardsArgs,
    RosterGuardsArgsDict,
    stricter,
)

limits = st.builds(Limit, st.integers(0, 50), st.floats(0, 1))
settings = {
    "min_admins": st.integers(0, 5),
    "required_admins": st.lists(
        st.sampled_from(["a@x.org", "B@X.org", "c@y.org"]), max_size=3
    ).map(tuple),
    "allowed_admins": st.lists(
        st.sampled_from(["a@x.org", "B@X.org", "c@y.org"]), max_size=3
    ).map(tuple),
    "protect_self": st.booleans(),
    "max_removals": limits,
    "max_demotions": limits,
    "allowed_domains": st.lists(st.sampled_from(["x.org", "Y.org"]), max_size=2).map(
        tuple
    ),
    "allow_empty": st.booleans(),
}
guard_settings = st.builds(Guards, **settings)


@pytest.mark.parametrize(
    ("limit", "there", "allowed"),
    [
        (Limit(10, 0.25), 0, 1),
        (Limit(10, 0.25), 1, 1),
        (Limit(10, 0.25), 3, 1),
        (Limit(10, 0.25), 7, 1),
        (Limit(10, 0.25), 8, 2),
        (Limit(10, 0.25), 40, 10),
        (Limit(10, 0.25), 3000, 10),
        (Limit(1000, 0.29), 100, 29),
        (Limit(5, 1), 3, 3),
        (Limit(0, 1), 100, 0),
        (Limit(10, 0), 100, 0),
    ],
)
def test_a_limit_makes_sense_for_3_and_for_3000(
    limit: Limit, there: int, allowed: int
) -> None:
    assert limit.allows(there) == allowed


@given(guard_settings)
def test_settings_come_back_from_the_state(guards: Guards) -> None:
    kept = json.loads(json.dumps(guards.to_properties()))
    assert Guards.from_properties(kept) == guards


@given(guard_settings)
def test_the_engine_keeps_numbers_as_floats(guards: Guards) -> None:
    def floats(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: floats(one) for key, one in value.items()}
        is_int = isinstance(value, int) and not isinstance(value, bool)
        return float(value) if is_int else value

    kept = Guards.from_properties(floats(guards.to_properties()))
    assert kept == guards
    assert isinstance(kept.min_admins, int)
    assert isinstance(kept.max_removals.count, int)


def test_what_is_not_set_has_its_default() -> None:
    assert Guards.from_properties({}) == Guards()
    partly = Guards.from_properties({"maxDemotions": {"count": 2}})
    assert partly.max_demotions == Limit(2, 0.25)


def test_programs_write_every_guard_that_there_is() -> None:
    names = set(Guards.__dataclass_fields__)
    assert set(RosterGuardsArgs.__dataclass_fields__) == names
    assert set(RosterGuardsArgsDict.__annotations__) == names
    assert all(getattr(RosterGuardsArgs(), name) is None for name in names)


def test_settings_that_mean_the_same_are_equal() -> None:
    one = Guards(
        required_admins=("B@x.org", " a@X.org"), allowed_domains=("Bücher.de",)
    )
    two = Guards(
        required_admins=("a@x.org", "b@x.org"), allowed_domains=("xn--bcher-kva.de",)
    )
    assert one == two


def test_all_faults_of_settings_are_told_at_once() -> None:
    with pytest.raises(GuardSettingsError) as caught:
        Guards.from_properties(
            {
                "minAdmins": 1.5,
                "protectSelf": "yes",
                "maxRemovals": {"cuont": 1, "fraction": 3},
                "maxDemotions": 5,
                "requiredAdmins": ["ada", "bob@x.org"],
                "allowedDomains": ["@x.org"],
                "minAdmin": 1,
            }
        )
    assert caught.value.faults == [
        "min_admins: must be a whole number of at least 0, not 1.5",
        'protect_self: must be true or false, not "yes"',
        'max_removals: unknown key "cuont"; did you mean "count"?',
        "max_removals.fraction: must be a number from 0 to 1, not 3",
        "max_demotions: must be a mapping, not 5",
        'required_admins[0]: "ada" has no "@"',
        'allowed_domains[0]: "@x.org" must be a domain alone, without "@"',
        'unknown key "min_admin"; did you mean "min_admins"?',
    ]
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    "domain", ["*.example.com", ".example.com", "https://example.com", "example.com/x"]
)
def test_a_domain_that_nobody_could_match_is_refused(domain: str) -> None:
    with pytest.raises(GuardSettingsError, match="is no domain, such as"):
        Guards.from_properties({"allowedDomains": [domain]})


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -1, True, "1", None])
def test_what_is_no_number_is_refused(number: object) -> None:
    with pytest.raises(GuardSettingsError, match="min_admins: must be a whole number"):
        Guards.from_properties({"minAdmins": number})


@given(guard_settings, guard_settings)
def test_the_stricter_of_two_is_as_strict_as_each(old: Guards, new: Guards) -> None:
    both = stricter(old, new)
    for one in (old, new):
        assert both.min_admins >= one.min_admins
        assert set(both.required_admins) >= set(one.required_admins)
        assert both.protect_self >= one.protect_self
        assert both.allow_empty <= one.allow_empty
        for there in (1, 3, 100):
            assert both.max_removals.allows(there) <= one.max_removals.allows(there)
            assert both.max_demotions.allows(there) <= one.max_demotions.allows(there)
    assert stricter(both, new) == both
    assert stricter(None, new) == new


def test_every_guard_is_tried() -> None:
    assert settings.keys() == {one.name for one in fields(Guards)}


@given(guard_settings)
def test_what_the_command_guard_is_not_asked_stays_as_the_roster_has_it(
    guards: Guards,
) -> None:
    assert Limits().over(guards) == guards
    assert Limits(max_removals=0).over(guards).max_removals.count == 0
    assert Limits(min_admins=6).over(guards).min_admins == 6


@pytest.mark.parametrize(
    ("old", "new", "both"),
    [
        ((), (), ()),
        (("x.org",), (), ("x.org",)),
        ((), ("x.org",), ("x.org",)),
        (("x.org", "y.org"), ("y.org", "z.org"), ("y.org",)),
        # Nothing in common would allow nobody, which no setting can say.
        (("x.org",), ("z.org",), ("x.org",)),
    ],
)
def test_no_change_adds_a_domain_and_uses_it(
    old: tuple[str, ...], new: tuple[str, ...], both: tuple[str, ...]
) -> None:
    merged = stricter(Guards(allowed_domains=old), Guards(allowed_domains=new))
    assert merged.allowed_domains == both
