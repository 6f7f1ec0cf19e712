"""Reading roster files: what they may say, and where each fault is."""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pulumi_cerevox.roster import (
    Guards,
    Limit,
    Member,
    Person,
    Place,
    RosterFileError,
    RosterOnDestroy,
    Undeclared,
    ending,
    parse_roster,
    read_rosters,
    yaml_tree,
)

TEAM = """\
# yaml-language-server: $schema=roster.schema.json
account_id: acc_123          # refuse any other account
undeclared: fail
on_destroy: remove_created
guards: {min_admins: 2, required_admins: [ada@example.com], max_removals: {count: 5}}
members:
  - {email: Ada@Example.com, name: Ada Lovelace, role: admin}
  - {email: bob@example.com, note: contractor, until: 2027-03-31, reviewed: 2026-10-01}
  - email: "eve@example.com"
    name: 'No'
"""


@pytest.fixture(params=["libyaml", "pure"], autouse=True)
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Read with both parsers of PyYAML: it is not always built with libyaml."""
    if request.param == "pure":
        monkeypatch.setattr(yaml_tree, "LOADER", yaml.SafeLoader)
    else:
        assert yaml_tree.LOADER is yaml.CSafeLoader
    return str(request.param)


def faults_of(content: str | bytes) -> list[str]:
    with pytest.raises(RosterFileError) as caught:
        parse_roster(content, "t.yaml")
    assert str(caught.value) == "\n".join(caught.value.faults)
    assert all(fault.isprintable() for fault in caught.value.faults)
    return list(caught.value.faults)


def test_a_roster_is_read() -> None:
    roster = parse_roster(TEAM, "team.yaml")
    assert roster.members == (
        Member("Ada@Example.com", "admin", "Ada Lovelace"),
        Member(
            "bob@example.com",
            note="contractor",
            until=date(2027, 3, 31),
            reviewed=date(2026, 10, 1),
        ),
        Member("eve@example.com", name="No"),
    )
    assert [one.place for one in roster.members] == [
        Place("team.yaml", 7, 13),
        Place("team.yaml", 8, 13),
        Place("team.yaml", 9, 12),
    ]
    assert roster.guards == Guards(
        min_admins=2, required_admins=("ada@example.com",), max_removals=Limit(5, 0.25)
    )
    assert roster.undeclared is Undeclared.FAIL
    assert roster.on_destroy is RosterOnDestroy.REMOVE_CREATED
    assert roster.account_id == "acc_123"
    assert roster.membership()["ada@example.com"] == Person("admin", "Ada Lovelace")
    assert not list(ending(roster.members, date(2027, 3, 31)))
    (ended,) = ending(roster.members, date(2027, 4, 1))
    assert (ended.member, ended.last) == (roster.members[1], date(2027, 3, 31))


def test_members_alone_are_enough() -> None:
    roster = parse_roster("members: []")
    assert roster.members == ()
    assert roster.guards == Guards()
    assert roster.undeclared is Undeclared.REPORT
    assert roster.on_destroy is RosterOnDestroy.KEEP
    assert roster.account_id is None


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + TEAM.encode(),
        TEAM.replace("\n", "\r\n").encode(),
        "\ufeff" + TEAM.replace("\n", "\r\n"),
        "%YAML 1.2\n---\n" + TEAM,
        TEAM + "...\n",
    ],
    ids=["BOM", "CRLF", "both", "directive", "document end"],
)
def test_what_editors_make_of_a_file_is_accepted(content: str | bytes) -> None:
    assert parse_roster(content) == parse_roster(TEAM)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("No", "No"),
        ("on", "on"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("2027-03-31", "2027-03-31"),
        ("0b1", "0b1"),
        ('"null"', "null"),
        ("'1'", "1"),
        (".", "."),
    ],
)
def test_plain_words_mean_what_editors_take_them_for(written: str, name: str) -> None:
    roster = parse_roster(f"members: [{{email: a@x.org, name: {written}}}]")
    assert roster.members[0].name == name


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        ("", ["1:1: must be a mapping, not nothing: a roster file has at least"]),
        ("- a", ["1:1: must be a mapping, not a list: a roster file has"]),
        ("account_id: a", ["1:1: members is missing"]),
        ("members:", ["1:9: members: must be a list, not nothing"]),
        ("members: ada", ['1:10: members: must be a list, not "ada"']),
        ("members: [ada]", ['1:11: members[0]: must be a mapping, not "ada"']),
        ("members: [{}]", ["1:11: members[0]: email is missing"]),
        (
            "members: []\nmember: []",
            ['2:1: unknown key "member"; did you mean "members"?'],
        ),
        (
            "members: []\nxyz: 1",
            ['2:1: unknown key "xyz"; there are account_id, undeclared, expired'],
        ),
        (
            "members:\n  - {email: a@x.org, Role: admin}",
            ['2:22: members[0]: unknown key "Role"; did you mean "role"?'],
        ),
        ("members: [{email: ada}]", ['1:19: email: "ada" has no "@"']),
        ("members: [{email: }]", ["email: must be text, not nothing"]),
        (
            'members: [{email: a@x.org, name: "<{%reset%}>"}]',
            ['1:34: name: "\\x3c{%reset%}>" contains "<" before "{%"'],
        ),
        (
            'members: [{email: "a\\u200b@x.org"}]',
            ['1:19: email: "a\\u200b@x.org" contains a character that can\'t be seen'],
        ),
        (
            "members: [{email: a@x.org, role: amdin}]",
            ['1:34: role: must be "admin" or "member", not "amdin"; did you mean'],
        ),
        (
            "members: [{email: a@x.org, name: 12}]",
            ["1:34: name: must be text, not 12; put it in quotes if it is meant"],
        ),
        (
            "members: [{email: a@x.org, name: Null}]",
            ["1:34: name: must be text, not nothing; leave the key out, or put a word"],
        ),
        ("members: [{email: a@x.org, name: ''}]", ['1:34: name: "" is empty']),
        (
            "members: [{email: a@x.org, until: 2027-02-30}]",
            ['1:35: until: must be a date, YYYY-MM-DD, not "2027-02-30"'],
        ),
        ("members: [{email: a@x.org, reviewed: 2027-3-1}]", ["1:38: reviewed: must"]),
        ("members: [{email: a@x.org, until: 20270331}]", ["1:35: until: must be a"]),
        ("members: [{email: a@x.org, until: 2027-W01}]", ["1:35: until: must be a"]),
        (
            "members: [{email: a@x.org, role_until: 2027-03-31}]",
            ['1:19: "a@x.org": role_until may stand beside role "admin" alone'],
        ),
        (
            "members: [{email: a@x.org, role: admin, role_until: 2027-3-31}]",
            ["1:53: role_until: must be a date, YYYY-MM-DD"],
        ),
        ("members: [{email: a@x.org, until: 2027-W01-1}]", ["1:35: until: must be a"]),
        ("members: []\nundeclared: off", ['2:13: undeclared: must be "report" or']),
        ("members: []\non_destroy: remove", ["2:13: on_destroy: must be"]),
        ("members: []\naccount_id: 123", ["2:13: account_id: must be text, not 123"]),
        ("members: []\naccount_id: a b", ['2:13: account_id: "a b" contains white']),
        ("members: []\nguards:", ["2:8: guards: must be a mapping, not nothing"]),
        (
            "members: []\nguards:\n  min_admins: many\n  max_removals: {fraction: 25}",
            [
                '3:15: min_admins: must be a whole number of at least 0, not "many"',
                "4:28: fraction: must be a number from 0 to 1, not 25",
            ],
        ),
        (
            "members: []\nguards: {max_removal: 3, required_admins: [x@y.z, ada]}",
            [
                '2:10: guards: unknown key "max_removal"; did you mean "max_removals"?',
                '2:51: required_admins[1]: "ada" has no "@"',
            ],
        ),
        (
            "members: []\nguards: {min_admins: 99999999999999999999}",
            ["2:22: min_admins: must be a whole number of at least 0, not"],
        ),
        (
            "members:\n- email: a@x.org\n- email: A@X.org\n",
            ['3:10: "A@X.org" is declared twice; first as "a@x.org" at line 2, colu'],
        ),
        (
            "members:\n- email: a@x.org\n- email: a@x.org\n",
            ['3:10: "a@x.org" is declared twice; first at line 2, column 10'],
        ),
        (
            "members: [{email: a@x.org}, {email: a@x.org.}]",
            ['1:37: "a@x.org." is declared twice; first as "a@x.org" at line 1, col'],
        ),
        (
            "members: [{email: \u00e9@x.org}, {email: e\u0301@x.org}]",
            ["1:37: "],
        ),
        (
            "members: []\nmembers: []",
            ['2:1: key "members" is there twice; the first is at line 1, column 1'],
        ),
        (
            "members: [{email: a@x.org, role: admin, role: member}]",
            ['1:41: key "role" is there twice; the first is at line 1, column 28'],
        ),
    ],
)
def test_each_fault_of_the_format_has_its_place(
    content: str, faults: list[str]
) -> None:
    found = faults_of(content)
    assert len(found) == len(faults)
    for one, expected in zip(found, faults, strict=True):
        assert one.startswith("t.yaml:")
        assert expected in one


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("members: !!python/object/apply:os.system []", "1:10: YAML tag tag:yaml"),
        ("members: [{email: !x a@x.org}]", "1:19: YAML tag !x: a roster file has none"),
        ("members: &all []", "1:10: anchor &all: a roster file has none"),
        ("members: *all", "1:10: alias *all: write the value out"),
        ("members: []\n---\nmembers: []", "2:1: a second document begins here"),
        ("members:\n\t- {}", "2:1: a tab; YAML is indented with spaces alone"),
        ("members: [\n", "2:1: "),
        ("members:\n- name: a: b", "2:10: mapping values are not allowed"),
        ("members: [{name: @ada}]", "put a text with such characters in quotes"),
        ("members: []\n*a : b", "2:1: alias *a: write the value out"),
        ("? [a]\n: b", "1:3: a key must be a plain word"),
        ("a: " + "[" * 50, "1:13: is nested more than 10 levels deep"),
        ("members: []\n# \x00", "2:3: character \\x00 may not stand in a roster"),
        ("members: []\n# \x85", "2:3: character \\x85 may not stand in a roster"),
        ("members: []\n# \u2028- x", "2:3: character \\u2028 may not stand in a"),
        ("members: []\n# \u202eevil", '; in double quotes it is "\\u202e"'),
        ("members: [] # a\r- x", "1:16: character \\r may not stand in a roster"),
        (b"members: []\n# \xc3\xa9 \xff", "2:5: byte 0xff is no UTF-8"),
        ("members: []".encode("utf-16"), "1:1: is UTF-16; save it as UTF-8"),
    ],
)
def test_what_could_hide_something_is_refused(content: str | bytes, fault: str) -> None:
    (found,) = faults_of(content)
    assert fault in found


def test_columns_count_characters_also_behind_others_than_ascii() -> None:
    line = "members: [{email: a@x.org, name: Zoë 😀, role: amdin}]"
    (fault,) = faults_of(line)
    assert fault.startswith(f"t.yaml:1:{line.index('amdin') + 1}: role")


def test_all_faults_come_at_once_in_their_order() -> None:
    content = (
        "acount_id: x\n"
        "members:\n"
        "  - {email: a@x.org, role: x}\n"
        "  - {email: &b b}\n"
        "  - {email: A@x.org}\n"
        "guards: {min_admins: -1}\n"
    )
    places = [fault.split(": ")[0] for fault in faults_of(content)]
    assert places == [
        "t.yaml:1:1",
        "t.yaml:3:28",
        "t.yaml:4:13",
        "t.yaml:4:13",
        "t.yaml:5:13",
        "t.yaml:6:22",
    ]


def test_a_hostile_file_gives_no_endless_list() -> None:
    faults = faults_of("members: []\n" + "".join(f"k{n}: 1\n" for n in range(3000)))
    assert len(faults) == 1001
    assert faults[-1] == "t.yaml: more than 1000 faults"
    assert len(faults_of("members: [" + "&a x," * 3000 + "]")) == 1001
    assert len(faults_of("\x01" * 3000)) == 100


def test_hostile_words_are_escaped_and_cut() -> None:
    fault = faults_of(f'members: [{{email: a@x.org, role: "\\e[2J{"x" * 500}"}}]')[0]
    assert "\\x1b[2J" in fault
    assert len(fault) < 200


def test_twice_the_members_are_twice_the_work() -> None:
    line = "  - {{email: p{}@example.com, name: Person {}, role: member}}\n"

    def calls(many: int) -> int:
        """Count the calls of functions: a clock would measure the machine."""
        text = "members:\n" + "".join(line.format(n, n) for n in range(many))
        count = 0

        def note(*_: object) -> None:
            nonlocal count
            count += 1

        sys.setprofile(note)
        try:
            assert len(parse_roster(text).members) == many
        finally:
            sys.setprofile(None)
        return count

    assert calls(2000) < 2.1 * calls(1000)


@given(st.text(alphabet="abem: -[]{}&*!|>'\"#,\n\t?%@\r\x85é"))
def test_any_text_is_a_roster_or_has_faults(text: str) -> None:
    for content in (text, f"members: {text}", f"members: [{{email: a@x.org, {text}"):
        with suppress(RosterFileError):
            parse_roster(content)


class TestFiles:
    def write(self, folder: Path, name: str, text: str) -> Path:
        path = folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def faults(self, *paths: Path) -> list[str]:
        with pytest.raises(RosterFileError) as caught:
            read_rosters(paths)
        return list(caught.value.faults)

    def test_several_files_make_one_roster(self, tmp_path: Path) -> None:
        one = self.write(tmp_path, "one.yaml", TEAM)
        two = self.write(tmp_path, "two.yaml", "members: [{email: zoe@example.com}]")
        roster = read_rosters([one, str(two)])
        assert len(roster.members) == 4
        assert roster.members[3].place == Place(str(two), 1, 19)
        assert roster.guards.min_admins == 2
        assert roster.undeclared is Undeclared.FAIL

    def test_a_person_belongs_into_one_file(self, tmp_path: Path) -> None:
        one = self.write(tmp_path, "one.yaml", TEAM)
        two = self.write(tmp_path, "two.yaml", "members: [{email: BOB@example.com}]")
        (fault,) = self.faults(one, two)
        assert fault == (
            f'{two}:1:19: "BOB@example.com" is declared twice; first as '
            f'"bob@example.com" at {one}:8:13'
        )

    def test_settings_stand_in_the_first_file_alone(self, tmp_path: Path) -> None:
        one = self.write(tmp_path, "one.yaml", TEAM)
        two = self.write(
            tmp_path,
            "two.yaml",
            "members: []\naccount_id: acc_123\nguards: {}\nundeclared: remove\n"
            "on_destroy: keep\n",
        )
        assert self.faults(one, two) == [
            f"{two}:2:1: account_id may stand in the first file alone, {one}",
            f"{two}:3:1: guards may stand in the first file alone, {one}",
            f"{two}:4:1: undeclared may stand in the first file alone, {one}",
            f"{two}:5:1: on_destroy may stand in the first file alone, {one}",
        ]
        with pytest.raises(RosterFileError, match="undeclared differs"):
            read_rosters([one, two], is_old=True)
        same = self.write(
            tmp_path, "same.yaml", f"{TEAM.partition('members')[0]}members: []"
        )
        assert read_rosters([one, same], is_old=True) == read_rosters([one])

    @pytest.mark.parametrize("allowed", ["", "guards: {allowed_admins: [ada@x.org]}\n"])
    def test_an_admin_in_another_file_has_to_be_allowed(
        self, tmp_path: Path, allowed: str
    ) -> None:
        """Whoever owns a part makes no admins with it."""
        head = "members: [{email: ada@x.org, role: admin}]"
        one = self.write(tmp_path, "one.yaml", allowed + head)
        two = self.write(
            tmp_path,
            "two.yaml",
            "members:\n  - {email: eve@x.org, role: admin}\n  - {email: bob@x.org}\n",
        )
        (fault,) = self.faults(one, two)
        assert fault == (
            f'{two}:2:13: "eve@x.org" may not be an admin here: name them in '
            f"allowed_admins of the first file, {one}"
        )
        assert len(read_rosters([one, two], is_old=True).members) == 3
        self.write(
            tmp_path,
            "one.yaml",
            f"guards: {{allowed_admins: [ada@x.org, EVE@x.org]}}\n{head}",
        )
        assert len(read_rosters([one, two]).members) == 3
        # While the first file has a fault, nobody knows whom it allows.
        broken = self.write(
            tmp_path, "broken.yaml", "guards: {min_admins: x}\nmembers: []"
        )
        assert len(self.faults(broken, two)) == 1

    def test_settings_of_two_old_files_agree(self, tmp_path: Path) -> None:
        one = self.write(tmp_path, "one.yaml", TEAM)
        two = self.write(
            tmp_path,
            "two.yaml",
            "members: []\naccount_id: acc_9\nguards: {}\nundeclared: fail\n",
        )
        with pytest.raises(RosterFileError) as caught:
            read_rosters([one, two], is_old=True)
        assert list(caught.value.faults) == [
            f"{two}:2:1: account_id differs from the one at {one}:2:1",
            f"{two}:3:1: guards differs from the one at {one}:5:1",
        ]

    def test_faults_of_all_files_are_told(self, tmp_path: Path) -> None:
        one = self.write(tmp_path, "one.yaml", "members: [{email: ada}]")
        two = self.write(tmp_path, "two.yaml", "member: []")
        missing = tmp_path / "three.yaml"
        faults = self.faults(one, two, missing)
        assert [fault.split(": ")[0] for fault in faults] == [
            f"{one}:1:19",
            f"{two}:1:1",
            f"{two}:1:1",
            f"{missing}",
        ]
        assert faults[3] == f"{missing}: can't be read: No such file or directory"

    def test_a_file_that_is_too_large_is_not_even_read(self, tmp_path: Path) -> None:
        path = tmp_path / "large.yaml"
        with path.open("wb") as file:
            file.truncate(50_000_000)  # sparse: nothing is written
        (fault,) = self.faults(path)
        assert fault == f"{path}: has 50,000,000 bytes; the limit is 20,000,000"

    def test_what_has_no_size_is_not_read_to_its_end(self) -> None:
        (fault,) = self.faults(Path("/dev/zero"))
        assert fault == "/dev/zero: has more than 20,000,000 bytes, which is the limit"

    def test_what_is_no_file_is_told(self, tmp_path: Path) -> None:
        (fault,) = self.faults(tmp_path)
        assert fault == f"{tmp_path}: can't be read: Is a directory"
        assert self.faults() == ["no roster file was named"]
