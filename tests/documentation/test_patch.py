"""The patch undoes what happened to the file on its way, and nothing else."""

from __future__ import annotations

import ast
import difflib
import hashlib
import re

import pytest

RECEIVED = "1b1bd623fbe270978f01130e4dac86535e8c31b4cf038e8aa43aa2236c03d9df"

IMPORTS = {
    "from cerevox import Account": "from pulumi_cerevox import Account",
    "from cerevox import Account, AccountError": (
        "from pulumi_cerevox import Account, AccountError"
    ),
}
GLUED = "Never hardcode credentials:# ❌ Bad"


def test_the_file_is_as_it_came(as_it_came: bytes) -> None:
    assert hashlib.sha256(as_it_came).hexdigest() == RECEIVED


def test_each_changed_line_is_one_of_the_four_repairs(
    as_it_came: bytes, mended: str
) -> None:
    before = as_it_came.decode().splitlines()
    after = mended.splitlines()
    # The one place where a line break was lost.
    at = before.index(GLUED)
    before[at : at + 1] = ["Never hardcode credentials:", "# ❌ Bad"]
    assert len(before) == len(after)
    kinds = {_repair(a, b) for a, b in zip(before, after, strict=True)}
    assert kinds == {"none", "import", "f-string", "indentation"}


def _repair(before: str, after: str) -> str:
    if before == after:
        return "none"
    if before in IMPORTS:
        assert after == IMPORTS[before]
        return "import"
    if _joined(before) == before.strip():
        assert after.lstrip(" ") == before
        return "indentation"
    assert _joined(after) == _joined(before)
    assert not re.search(r'\bf "', after)
    return "f-string"


def _joined(line: str) -> str:
    """Take the white space out that the damage put around the parts of f-strings."""
    if not re.search(r'\bf ?"', line):
        return line.strip()
    tight = re.sub(r'\bf "', 'f"', line.strip())
    tight = re.sub(r"\s*([{}])\s*", r"\1", tight)
    return re.sub(r"\s+(:\d*\.?\d*[df]\})", r"\1", tight)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("account = Account()", "account = Account(1)"),
        ('print ( f "Plan: { info.plan } " )', 'print ( f"Plan: {info.name}" )'),
        ('print ( f "Plan: { info.plan } " )', 'print ( f "Plan: {info.plan}" )'),
        ('name = "New User"', '    name = "NewUser"'),
        ("from cerevox import Account", "from cerevox2 import Account"),
    ],
)
def test_another_change_would_be_seen(before: str, after: str) -> None:
    with pytest.raises(AssertionError):
        _repair(before, after)


def test_no_line_was_added_dropped_or_moved(as_it_came: bytes, mended: str) -> None:
    came, now = ("".join(t.split()) for t in (as_it_came.decode(), mended))
    differences = [
        came[a:b] + ">" + now[c:d]
        for kind, a, b, c, d in difflib.SequenceMatcher(
            None, came, now, autojunk=False
        ).get_opcodes()
        if kind != "equal"
    ]
    assert differences == [">pulumi_"] * len(
        re.findall(r"^from cerevox import", as_it_came.decode(), re.MULTILINE)
    )


def test_no_code_stands_outside_the_snippets(
    mended: str, snippets: dict[str, str]
) -> None:
    rest = mended
    for text in snippets.values():
        assert rest.count(text) >= 1
        rest = rest.replace(text, "", 1)
    left = [line for line in rest.splitlines() if _is_code(line.strip())]
    assert left == []


def _is_code(line: str) -> bool:
    """Tell whether a line does anything; headings may happen to be expressions."""
    if line.startswith(("#", "@", "{", "}", ")", "]", "print", "def ", "if ", "for ")):
        return True
    try:
        tree = ast.parse(line)
    except SyntaxError:
        return False
    doing = ast.Assign | ast.Call | ast.Constant | ast.Import | ast.ImportFrom
    return any(isinstance(node, doing) for node in ast.walk(tree))
