"""The pages make a site, and a fault in one of them fails the build."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from scripts.site import ROOT, SiteError, build

CONFIG = """
[project]
site_name = "two pages"
docs_dir = "docs"
site_dir = "site"
nav = [{ "Overview" = "index.md" }, { "Other" = "other.md" }]
"""
PROJECT = """
project.version = "1.0.0"
tool.hatch.metadata.hooks.custom.repository = "https://github.com/acme/project"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with two pages without a fault."""
    root = tmp_path / "project"
    (root / "docs").mkdir(parents=True)
    (root / "examples").mkdir()
    (root / "zensical.toml").write_text(CONFIG)
    (root / "pyproject.toml").write_text(PROJECT)
    (root / "LICENSE").write_text("free")
    (root / "picture.svg").write_text("<svg/>")
    (root / "docs" / "index.md").write_text("# Overview\n\n[other](other.md#a-part)\n")
    (root / "docs" / "other.md").write_text("# Other\n\n## A part\n")
    return root


def add(project: Path, text: str) -> None:
    page = project / "docs" / "index.md"
    page.write_text(page.read_text() + text)


def test_the_documentation_is_a_site_that_reads_as_on_github(tmp_path: Path) -> None:
    """Zensical reads some Markdown in another way: lists indented by three, say."""
    build(ROOT, tmp_path / "site")
    github = MarkdownIt("commonmark").enable("table")
    for page in (ROOT / "docs").glob("*.md"):
        name = "index.html" if page.stem == "index" else f"{page.stem}/index.html"
        made = (tmp_path / "site" / name).read_text("utf-8")
        _, article, _ = re.split(r"</?article.*?>", made)
        assert blocks(article) == blocks(github.render(page.read_text("utf-8"))), page


def blocks(html: str) -> Counter[str]:
    """Count the blocks of a page by their kind."""
    return Counter(re.findall(r"<(li|pre|table|tr|h2|h3|p)\b", html))


def test_a_link_out_of_the_pages_leads_to_the_repository(project: Path) -> None:
    add(project, "[a](../LICENSE) [b](../examples)\n\n```\n[c](../LICENSE)\n```\n")
    add(project, "\n![picture](../picture.svg)\n")
    build(project, project / "site")
    page = (project / "site" / "index.html").read_text("utf-8")
    assert 'href="https://github.com/acme/project/blob/main/LICENSE"' in page
    assert 'href="https://github.com/acme/project/tree/main/examples"' in page
    assert "(../LICENSE)" in page  # a block of code stays as it is
    assert (project / "site" / "picture.svg").read_text() == "<svg/>"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[gone](gone.md)", "index.md: gone.md does not exist"),
        ("[gone](../examples/gone.py)", "index.md: ../examples/gone.py does not exist"),
        ("[gone](other.md#gone)", "anchor does not exist"),
        ("[gone](#gone)", "anchor does not exist"),
    ],
)
def test_a_broken_link_fails_the_build(project: Path, text: str, fault: str) -> None:
    add(project, f"\n{text}\n")
    with pytest.raises(SiteError, match=fault):
        build(project, project / "site")
    assert not (project / "site").exists()


def test_a_page_outside_the_navigation_fails_the_build(project: Path) -> None:
    (project / "docs" / "third.md").write_text("# Third\n")
    (project / "docs" / "other.md").unlink()
    with pytest.raises(SiteError) as caught:
        build(project, project / "site")
    assert "third.md: the navigation in zensical.toml lacks it" in str(caught.value)
    assert "other.md: the navigation names it, docs/ lacks it" in str(caught.value)
