"""A proof's last table goes between the marks of its own command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.page import put_between
from scripts.proof.record import PAGE, record

MARKED = """# Tables

<!-- make kill writes from here -->
<!-- to here -->

<!-- make kill OPTIONS=--native writes from here -->
old
<!-- to here -->
"""


def test_a_table_replaces_the_one_of_the_same_command(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(MARKED)
    record("make kill OPTIONS=--native", "victim  rounds\nhost        20", page)
    once = page.read_text()
    assert "old" not in once
    assert once.startswith(MARKED.partition("old")[0])
    assert re.search(r"\d{4}-\d\d-\d\d, commit \w+, \d+ processors\.", once)
    block = (
        "```console\n$ make kill OPTIONS=--native\nvictim  rounds\nhost        20\n```"
    )
    assert f"{block}\n<!-- to here -->" in once
    record("make kill OPTIONS=--native", "victim  rounds\nhost        20", page)
    assert page.read_text() == once


def test_a_page_without_the_marks_is_an_error() -> None:
    with pytest.raises(ValueError, match="make year writes from here"):
        put_between(MARKED, "make year", "")


@pytest.mark.parametrize("proof", ["faults", "kill", "model"])
@pytest.mark.parametrize("through", ["", " OPTIONS=--native"])
def test_the_page_has_the_marks_of_each_proof(proof: str, through: str) -> None:
    assert put_between(PAGE.read_text(), f"make {proof}{through}", "x\n")
