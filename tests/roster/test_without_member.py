"""One member taken out of a file that people wrote: all else stays byte by byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_cerevox.roster import RosterEditError, parse_roster, without_member

BOB = "bob@example.com"
HEAD = "# Our team\naccount_id: acc_1   # production\nguards: {min_admins: 1}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "members:\n  - {email: ada@example.com, role: admin} # the owner\n"
            "  # Bob is here until March\n  - {email: bob@example.com}   # contractor\n"
            "  # the rest\n  - {email: cy@example.com}\n",
            "members:\n  - {email: ada@example.com, role: admin} # the owner\n"
            "  # Bob is here until March\n  # the rest\n  - {email: cy@example.com}\n",
            id="line",
        ),
        pytest.param(
            "members:\n- email: bob@example.com\n  name: 'Bob'\n  # ticket 12\n"
            "  note: contractor\n\n# admins\n- email: ada@example.com\n  role: admin\n",
            "members:\n  # ticket 12\n\n# admins\n- email: ada@example.com\n"
            "  role: admin\n",
            id="block",
        ),
        pytest.param(
            "members:\n- email: ada@example.com\n- email: BOB@Example.com\n"
            "  note: >\n    long\n    words\n\nundeclared: fail\n",
            "members:\n- email: ada@example.com\n\nundeclared: fail\n",
            id="folded-text",
        ),
        pytest.param(
            "members: [{email: bob@example.com}, {email: ada@example.com}]\n",
            "members: [{email: ada@example.com}]\n",
            id="brackets-first",
        ),
        pytest.param(
            "members: [{email: ada@example.com}, {email: bob@example.com}]",
            "members: [{email: ada@example.com}]",
            id="brackets-last",
        ),
        pytest.param(
            'members:\n  - {email: ada@example.com}\n  - {\n    "email": '
            "bob@example.com,\n    note: two lines }",
            "members:\n  - {email: ada@example.com}\n",
            id="flow-over-lines-at-the-end",
        ),
    ],
)
@pytest.mark.parametrize("breaks", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_all_else_stays(before: str, after: str, breaks: str, mark: str) -> None:
    def as_bytes(text: str) -> bytes:
        return (mark + HEAD + text).replace("\n", breaks).encode()

    assert without_member(as_bytes(before), BOB) == as_bytes(after)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(
            "members:\n  - email: bob@example.com\n", "only member", id="only"
        ),
        pytest.param("members:\n  - email: ada@example.com\n", "not in", id="nobody"),
        pytest.param(
            "members:\n  -\n    email: bob@example.com\n  - email: ada@example.com\n",
            "share their lines",
            id="dash-on-its-own-line",
        ),
        pytest.param(
            "members: [\n  {email: ada@example.com}, # Ada\n"
            "  {email: bob@example.com}]",
            "share their lines",
            id="a-neighbour's-comment",
        ),
        pytest.param(
            "members: [{email: bob@example.com}, # next: Ada\n"
            "  {email: ada@example.com}]",
            "share their lines",
            id="comment-between",
        ),
    ],
)
def test_what_a_person_must_edit_is_refused(content: str, reason: str) -> None:
    with pytest.raises(RosterEditError, match=reason):
        without_member(content.encode(), BOB)


WORD = st.text("abcdefgh #'\"é{}[],:-", min_size=1, max_size=12)


@given(
    st.lists(st.tuples(WORD, st.booleans(), st.booleans()), min_size=2, max_size=6),
    st.data(),
)
def test_any_member_of_any_file_goes_alone(
    people: list[tuple[str, bool, bool]], data: st.DataObject
) -> None:
    lines = ["members:"]
    for count, (note, is_block, is_commented) in enumerate(people):
        if is_commented:
            lines.append(f"  # about {count}")
        quoted = "'" + note.replace("'", "''") + "'"
        if is_block:
            lines += [
                f"  - note: {quoted}",
                f"    email: p{count}@example.com # {note}",
            ]
        else:
            lines += [f"  - {{email: p{count}@example.com, note: {quoted}}} # {note}"]
    gone = data.draw(st.integers(0, len(people) - 1))
    content = ("\n".join(lines) + "\n").encode()
    edited = without_member(content, f"P{gone}@example.com")
    emails = [one.email for one in parse_roster(edited).members]
    assert emails == [f"p{n}@example.com" for n in range(len(people)) if n != gone]
    comments = [line for line in lines if line.lstrip().startswith("#")]
    kept = edited.decode().splitlines()
    assert [line for line in kept if line.lstrip().startswith("#")] == comments
