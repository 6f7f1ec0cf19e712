"""The plan digest: two changes have the same one if, and only if, they do the same."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pulumi_cerevox.audit import GuardResult, Limits, judge_files, judge_preview
from pulumi_cerevox.cli import main
from tests.audit.test_guard_previews import named, preview

EMAILS = ("ada@example.com", "bob@example.com")
Side = dict[str, Any]
"""Settings, and people: email to role and name."""

PEOPLE = st.dictionaries(
    st.sampled_from(EMAILS),
    st.tuples(st.sampled_from(["admin", "member"]), st.sampled_from([None, "A", "B"])),
)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "undeclared": st.sampled_from(["report", "remove"]),
        "expired": st.sampled_from(["report", "remove"]),
        "on_destroy": st.sampled_from(["keep", "remove_created"]),
        "guards": st.fixed_dictionaries(
            {},
            optional={
                "min_admins": st.sampled_from([1, 2]),
                "allowed_admins": st.sampled_from([[], [EMAILS[0]]]),
            },
        ),
    },
)
SIDES = st.fixed_dictionaries({"people": PEOPLE, "settings": SETTINGS})
CHANGES = st.tuples(st.none() | SIDES, SIDES, st.sampled_from(["acc_1", "acc_2"]))
Changed = tuple[Side | None, Side, str]


def judged(folder: Path, change: Changed, *, backwards: bool = False) -> GuardResult:
    names = []
    for number, side in enumerate(change[:2]):
        path = folder / f"{number}.yaml"
        names.append("/dev/null" if side is None else str(path))
        if side is not None:
            listed = list(side["people"].items())
            members = [
                {"email": email, "role": role} | ({"name": name} if name else {})
                for email, (role, name) in (listed[::-1] if backwards else listed)
            ]
            # JSON is YAML.
            path.write_text(json.dumps(side["settings"] | {"members": members}))
    limits = Limits(account_id=change[2])
    return judge_files([names[0]], [names[1]], limits)


def done(change: Changed) -> set[object]:
    """Say by other means than the plan what a change does."""
    old, new, account_id = change
    deeds: set[object] = set()
    people = {} if old is None else old["people"]
    for email in EMAILS:
        before, after = people.get(email), new["people"].get(email)
        if after is None:
            deeds |= {("gone", email)} if before else set()
        elif before is None:
            deeds.add(("there", email, after))
        else:
            deeds |= {("role", email, after[0])} if before[0] != after[0] else set()
            is_named = after[1] and before[1] != after[1]
            deeds |= {("name", email, after[1])} if is_named else set()
    deeds |= {"new"} if old is None else set()
    before, after = settings(old), settings(new)
    for key in after:
        pair = (key, before[key], after[key])
        deeds |= {pair} if pair[1] != pair[2] else set()
    # What does nothing does it in every account.
    return {(account_id, one) for one in deeds}


def settings(side: Side | None) -> dict[str, object]:
    written = {} if side is None else side["settings"]
    guards = written.get("guards", {})
    return {
        "undeclared": written.get("undeclared", "report"),
        "expired": written.get("expired", "report"),
        "on_destroy": written.get("on_destroy", "keep"),
        "min_admins": guards.get("min_admins", 1),
        "allowed_admins": tuple(guards.get("allowed_admins", [])),
    }


@given(CHANGES, CHANGES)
def test_changes_have_one_digest_if_and_only_if_they_do_the_same(
    tmp_path_factory: pytest.TempPathFactory, one: Changed, other: Changed
) -> None:
    folder = tmp_path_factory.mktemp("change")
    digests = [judged(folder, change).plan_digest for change in (one, other)]
    assert (digests[0] == digests[1]) == (done(one) == done(other))
    assert judged(folder, one, backwards=True).plan_digest == digests[0]


TEAM: Side = {
    "people": {EMAILS[0]: ("admin", "A"), EMAILS[1]: ("member", "B")},
    "settings": {"guards": {"allowed_admins": [EMAILS[0]]}, "undeclared": "report"},
}


@pytest.mark.parametrize(
    ("people", "more"),
    [
        ({EMAILS[1]: ("admin", "B")}, {}),
        ({EMAILS[0]: ("member", "A")}, {}),
        ({EMAILS[1]: ("member", "A")}, {}),
        ({"eve@example.com": ("member", None)}, {}),
        ({"eve@example.com": ("admin", None)}, {}),
        ({"eve@example.com": ("member", "Eve")}, {}),
        ({}, {"undeclared": "remove"}),
        ({}, {"expired": "remove"}),
        ({}, {"on_destroy": "remove_created"}),
        ({}, {"guards": {"allowed_admins": [EMAILS[0], "eve@example.com"]}}),
        ({}, {"guards": {"max_removals": {"count": 99}}}),
    ],
)
def test_whatever_is_added_to_a_change_changes_its_digest(
    tmp_path: Path, people: dict[str, Any], more: dict[str, Any]
) -> None:
    """Each row alone, and with another change."""
    for first in ({}, {"kim@example.com": ("member", None)}):
        plain = {**TEAM, "people": {**TEAM["people"], **first}}
        also = {
            "people": {**plain["people"], **people},
            "settings": {**plain["settings"], **more},
        }
        digests = {
            judged(tmp_path, (TEAM, new, "acc_1")).plan_digest for new in (plain, also)
        }
        assert len(digests - {None}) == 2


def test_a_setting_of_a_program_is_told_and_changes_the_digest() -> None:
    document = preview("roster-changed")
    plain = judge_preview(document, "-", Limits())
    for key in ("undeclared", "expired"):
        changing = copy.deepcopy(document)
        named(changing, "team")["newState"]["inputs"][key] = "remove"
        changed = judge_preview(changing, "-", Limits())
        assert changed.plan_digest not in {None, plain.plan_digest}
        (part,) = changed.parts
        assert f'{key}: "report" -> "remove"' in part.all_notes


def test_a_setting_that_changes_alone_is_no_change_that_touches_nobody() -> None:
    document = preview("roster-changed")
    step = named(document, "team")
    step["newState"]["inputs"] = copy.deepcopy(step["oldState"]["inputs"])
    nothing = judge_preview(document, "-", Limits())
    assert (nothing.parts, len(nothing.untouched)) == ((), 1)
    step["newState"]["inputs"]["onDestroy"] = "remove_created"
    changed = judge_preview(document, "-", Limits())
    assert (len(changed.parts), changed.untouched) == (1, ())
    assert changed.plan_digest not in {None, nothing.plan_digest}


def test_a_setting_that_nobody_knows_leaves_no_digest() -> None:
    document = preview("roster-changed")
    inputs = named(document, "team")["newState"]["inputs"]
    inputs["undeclared"] = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    result = judge_preview(document, "-", Limits())
    assert (result.plan_digest, result.gaps) == (None, ())


def test_a_person_who_is_let_go_changes_the_digest() -> None:
    document = preview("users-removed")
    keeping = next(one for one in document["steps"] if one["op"] == "delete")
    keeping["oldState"]["outputs"]["onDestroy"] = "keep"
    one = judge_preview(document, "-", Limits())
    keeping["oldState"]["inputs"]["email"] = "kim@example.com"
    other = judge_preview(document, "-", Limits())
    assert (len(one.let_go), other.let_go) == (1, ("kim@example.com",))
    assert None not in {one.plan_digest, other.plan_digest}
    assert one.plan_digest != other.plan_digest


def test_each_format_says_which_digest_is_which(tmp_path: Path) -> None:
    change = (TEAM, {**TEAM, "people": {EMAILS[0]: ("admin", "A")}}, "acc_1")
    result = judged(tmp_path, change)
    files = ["--base", str(tmp_path / "0.yaml"), "--roster", str(tmp_path / "1.yaml")]

    def told(form: str) -> str:
        words = ["guard", *files, "--format", form]
        env = {"CEREVOX_ACCOUNT_ID": "acc_1"}
        return CliRunner().invoke(main, words, env=env).stdout

    assert f"approval digest: {result.digest} (who goes" in told("console")
    assert f"plan digest: {result.plan_digest} (all that" in told("console")
    assert f"demoted: `{result.digest}`" in told("markdown")
    assert f"it approves nothing: `{result.plan_digest}`" in told("markdown")
    document = json.loads(told("json"))
    assert document["digest"] == result.digest
    assert document["plan_digest"] == result.plan_digest
