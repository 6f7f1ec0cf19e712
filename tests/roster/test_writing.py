"""Writing roster files: stable, safe, and reading back as they were."""

from __future__ import annotations

from datetime import date

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from pulumi_cerevox.roster import (
    Guards,
    Limit,
    Member,
    Roster,
    RosterOnDestroy,
    Undeclared,
    member_faults,
    parse_roster,
    write_roster,
    yaml_tree,
)

HOSTILE = [
    "yes",
    "No",
    "null",
    "~",
    "true",
    "1e3",
    "0x1F",
    "2027-03-31",
    "12:30:45",
    ".inf",
    "=",
    "<<",
    "- a",
    "a: b",
    "a #b",
    "#",
    "{a}",
    "[",
    "&a",
    "*a",
    "!a",
    "%a",
    "@a",
    "`a`",
    "|",
    ">",
    "'",
    '"',
    "\\",
    "\\n",
    'O\'Neill "Bob"',
    "a,b",
    " a ",
    "a\tb",
    "a\nb",
    "a\r\nb",
    "\x00\x07\x1b[2J\x7f",
    "a\x85b",
    "a\u2028b\u2029c",
    "\ufeffa",
    "\u202eevil\u202c",
    "שלום",
    "مرحبا \u200f!",
    "😀👩‍💻",
    "e\u0301",
    "---",
    "...",
    "\uffff",
]


def _may_be_a_name(text: str) -> bool:
    return not any(member_faults({"name": text}, lambda _: False))


names = (st.text(max_size=100) | st.sampled_from(HOSTILE)).filter(_may_be_a_name)
emails = st.builds(
    "{}{}@{}".format,
    st.from_regex(r"[A-Za-z0-9._+%'&*!#-]{1,10}", fullmatch=True),
    st.sampled_from(["", "é", "ß", "用户"]),
    st.sampled_from(["example.com", "EXAMPLE.com", "bücher.de", "null.io", "1e3.x"]),
)
members = st.builds(
    Member,
    email=emails,
    role=st.sampled_from(["admin", "member"]),
    name=st.none() | names,
    note=st.none() | st.text(max_size=50) | st.sampled_from(HOSTILE),
    until=st.none() | st.dates(),
    reviewed=st.none() | st.dates(),
)
members |= st.builds(Member, email=emails, role=st.just("admin"), role_until=st.dates())
limits = st.builds(Limit, st.integers(0, 50), st.floats(0, 1))
rosters = st.builds(
    Roster,
    members=st.lists(
        members, max_size=5, unique_by=lambda one: one.email.casefold()
    ).map(tuple),
    guards=st.builds(
        Guards,
        min_admins=st.integers(0, 5),
        required_admins=st.lists(emails, max_size=2).map(tuple),
        protect_self=st.booleans(),
        max_removals=limits,
        max_demotions=limits,
        allowed_domains=st.sampled_from([(), ("example.com", "bücher.de")]),
        allow_empty=st.booleans(),
    ),
    undeclared=st.sampled_from(Undeclared),
    account_id=st.sampled_from([None, "acc_1", "123", "null", "a:#b"]),
    on_destroy=st.sampled_from(RosterOnDestroy),
)


def test_the_file_is_the_one_that_people_write() -> None:
    roster = Roster(
        members=(
            Member("ada@example.com", "admin", "Ada Lovelace"),
            Member("bob@example.com", note="on leave: ask", until=date(2027, 3, 31)),
            Member("zoe@example.com", name="Zoë"),
        ),
        guards=Guards(
            min_admins=2,
            required_admins=("ada@example.com",),
            protect_self=False,
            max_removals=Limit(5, 0.25),
        ),
        account_id="acc_123",
        on_destroy=RosterOnDestroy.REMOVE_CREATED,
    )
    assert write_roster(roster) == (
        "account_id: acc_123\n"
        "undeclared: report\n"
        "on_destroy: remove_created\n"
        "guards: {min_admins: 2, required_admins: [ada@example.com], "
        "protect_self: false, max_removals: {count: 5, fraction: 0.25}}\n"
        "members:\n"
        "  - {email: ada@example.com, name: Ada Lovelace, role: admin}\n"
        '  - {email: bob@example.com, note: "on leave: ask", until: 2027-03-31}\n'
        '  - {email: zoe@example.com, name: "Zoë"}\n'
    )


def test_nobody_is_written_as_nobody() -> None:
    assert write_roster(Roster(())) == "undeclared: report\nmembers: []\n"


def test_a_roster_with_somebody_twice_has_no_membership() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        Roster((Member("a@x.org"), Member("A@x.org"))).membership()


_SMALL_SHARE = Limit(count=1, fraction=0.0076969942306479595)


@given(rosters)
@example(Roster((), guards=Guards(max_removals=_SMALL_SHARE)))
def test_what_is_written_reads_back_equal(roster: Roster) -> None:
    text = write_roster(roster)
    read = parse_roster(text.encode())
    assert read == roster
    assert write_roster(read) == text


@given(rosters)
def test_other_readers_of_yaml_read_the_same_people(roster: Roster) -> None:
    read = yaml.safe_load(write_roster(roster))
    assert [(one["email"], one.get("name")) for one in read["members"]] == [
        (one.email, one.name) for one in roster.members
    ]


@pytest.mark.parametrize("loader", [yaml.CSafeLoader, yaml.SafeLoader])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_what_they_are(
    name: str, loader: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yaml_tree, "LOADER", loader)
    roster = Roster((Member("a@x.org", name=name, note=name),))
    text = write_roster(roster)
    assert text.replace("\n", "").isprintable()
    assert len(text.splitlines()) == 3
    assert parse_roster(text) == roster


@given(st.text(max_size=50).map("x{}\udcff".format).filter(_may_be_a_name))
@example("x\ud800\udcff")
def test_half_a_surrogate_is_written_visibly(name: str) -> None:
    roster = Roster((Member("a@x.org", name=name),))
    read = parse_roster(write_roster(roster).encode("utf-8"))
    assert (read.members[0].name or "").endswith("\\udcff")
