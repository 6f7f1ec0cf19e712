"""README and docs: the README is one page, and every link leads somewhere.

The links of docs/ are checked where they become a site: `test_site.py`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pulumi_cerevox.roster import Guards

ROOT = Path(__file__).parents[2]
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *(
        page
        for folder in ("benchmarks", "examples", "scripts", "templates", "tests")
        for page in sorted((ROOT / folder).rglob("*.md"))
        if ".venv" not in page.parts
    ),
]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    words = (re.sub(r"[^\w\s-]", "", heading.lower()) for heading in headings)
    return {word.strip().replace(" ", "-") for word in words}


def test_the_readme_is_one_page() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.splitlines()) <= 150
    assert len(text.split()) <= 1000


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_resolves(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    for link in LINK.findall(text):
        # GitHub's own pages lie beside the files of a repository.
        if link.startswith(("https://", "../../security/")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{page.name}: {link}"
        if anchor:
            assert anchor in anchors(target), f"{page.name}: {link}"


def test_the_index_names_every_page() -> None:
    index = (ROOT / "docs" / "index.md").read_text("utf-8")
    named = set(LINK.findall(index)) - {"../README.md"}
    assert named == {page.name for page in ROOT.glob("docs/*.md")} - {"index.md"}


def test_every_test_that_a_promise_names_is_there() -> None:
    text = (ROOT / "docs" / "promises.md").read_text("utf-8")
    paths = re.findall(r"`(tests/[\w/.]+)`", text)
    assert len(paths) > 20
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_what_contributing_names_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    quoted = set(re.findall(r"`([^`\s]+)`", text))
    paths = {one for one in quoted if re.fullmatch(r"[\w./-]+(\.\w+|/)", one)}
    names = {one for one in quoted if re.fullmatch(r"[A-Za-z_]{4,}", one)}
    assert len(paths) > 30
    assert len(names) > 20
    folders = (ROOT, ROOT / "pulumi_cerevox")
    is_a_name = re.compile(r"\w+\.(\w+)")  # such as `roster.plan`
    gone = {one for one in paths if not any((top / one).exists() for top in folders)}
    assert {one for one in gone if not is_a_name.fullmatch(one)} == set()
    names |= {found[1] for one in gone if (found := is_a_name.fullmatch(one))}
    code = "\n".join(
        file.read_text("utf-8")
        for folder in ("pulumi_cerevox", "tests", "scripts")
        for file in (ROOT / folder).rglob("*.py")
        if file != Path(__file__)
    )
    assert {one for one in names if not re.search(rf"\b{one}\b", code)} == set()


def test_the_guards_of_readme_and_roster_page_are_the_ones_there_are() -> None:
    there = set(Guards.__dataclass_fields__)
    for page in (ROOT / "README.md", ROOT / "docs" / "roster.md"):
        table = page.read_text("utf-8").partition("| guard |")[2].partition("\n\n")[0]
        assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == there
