"""The line that names the last days that a change moves."""

from __future__ import annotations

from pulumi_cerevox.roster import moved_days

LAST, AFTER = "2027-03-31", "2027-04-01"


def test_people_who_stay_are_named_with_both_days() -> None:
    before = {"a@x.org": {"until": LAST}, "b@x.org": {"until": LAST}}
    after = {
        "a@x.org": {"until": AFTER, "roleUntil": LAST},
        "c@x.org": {"until": AFTER},
    }
    first = f"a@x.org: until {LAST} -> until {AFTER}, admin until {LAST}"
    second = f"b@x.org: until {LAST} -> no last day"
    told = moved_days(before, after, ["a@x.org", "b@x.org"])
    assert told == [f"last days change: {first}; {second}"]
    assert moved_days(before, before, before) == []


def test_twenty_people_are_named_and_the_others_counted() -> None:
    people = [f"person-{number:02}@x.org" for number in range(23)]
    (told,) = moved_days({}, {email: {"until": LAST} for email in people}, people)
    assert told.count(" -> ") == 20
    assert "person-19@x.org" in told
    assert told.endswith("; and 3 more")


def test_a_hostile_email_is_escaped() -> None:
    email = "\x1b[2J@x.org"
    (told,) = moved_days({}, {email: {"until": LAST}}, [email])
    assert "\x1b" not in told
