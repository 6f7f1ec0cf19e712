"""The pages make a site, and a fault in one of them fails the build."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

import pulumi_cerevox
from scripts.reference import pages, registry_pages
from scripts.site import PICTURE, ROOT, SiteError, build

CONFIG = """
[project]
site_name = "two pages"
docs_dir = "docs"
site_dir = "site"
nav = [{ "O" = "index.md" }, { "P" = "pages.md" }, { "Other" = "other.md" }]
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
    (root / "README.md").write_text("# Welcome\n\n[pages](docs/index.md)\n")
    (root / "picture.svg").write_text("<svg/>")
    (root / "docs" / "index.md").write_text("# Overview\n\n[other](other.md#a-part)\n")
    (root / "docs" / "other.md").write_text("# Other\n\n## A part\n")
    return root


def add(project: Path, text: str) -> None:
    page = project / "docs" / "index.md"
    page.write_text(page.read_text() + text)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of this project."""
    made = tmp_path_factory.mktemp("made") / "site"
    build(ROOT, made, pages())
    return made


def test_the_documentation_is_a_site_that_reads_as_on_github(site: Path) -> None:
    """Zensical reads some Markdown in another way: lists indented by three, say."""
    github = MarkdownIt("commonmark").enable("table")
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        name = {"README": "", "index": "pages"}.get(page.stem, page.stem)
        made = (site / name / "index.html").read_text("utf-8")
        _, article, _ = re.split(r"</?article.*?>", made)
        text = PICTURE.sub("a picture", page.read_text("utf-8"))
        assert blocks(article) == blocks(github.render(text)), page


def test_a_picture_is_light_or_dark_and_the_pages_ask_no_other_server(
    site: Path,
) -> None:
    audit = (site / "audit" / "index.html").read_text("utf-8")
    for mode in ("light", "dark"):
        assert f'src="../images/report-{mode}.png#only-{mode}"' in audit
        assert (site / "images" / f"report-{mode}.png").exists()
    for page in site.rglob("*.html"):
        text = page.read_text("utf-8")
        assert not re.search(r"<(script|img|link rel=.?stylesheet)[^>]*https?://", text)
        assert 'data-md-component="source"' not in text  # asks GitHub for its stars


def test_each_public_name_of_python_and_of_the_schema_is_there(site: Path) -> None:
    python = "".join(
        (site / f"python-{part}" / "index.html").read_text("utf-8")
        for part in ("resources", "data-sources", "account")
    )
    missing = {
        name
        for name in dir(pulumi_cerevox)
        if not re.search(rf'id="pulumi_cerevox\.(\w+\.)*{name}"', python)
    }
    assert missing == {"outputs"}  # a module; its names stand there
    schema = json.loads((ROOT / "pulumi_cerevox/plugin/schema.json").read_text("utf-8"))
    text = (site / "schema" / "index.html").read_text("utf-8")
    for kind in ("resources", "functions", "types"):
        for token, one in schema[kind].items():
            assert f'id="{token.rpartition(":")[2].lower()}"' in text
            for name in {**one.get("inputProperties", {}), **one.get("properties", {})}:
                assert f"<code>{name}</code>" in text, f"{token}: {name}"


def test_the_registrys_pages_lead_to_the_repository() -> None:
    made = registry_pages()
    assert set(made) == {"_index.md", "installation-configuration.md"}
    for text in made.values():
        assert text.startswith("---\ntitle: Cerevox")
        assert re.findall(r"\]\((?!https://)(?!#)[^)]*", text) == []
        for path in re.findall(r"/blob/v[\d.]+/([^)#]+)", text):
            assert (ROOT / path).exists(), path
    assert "`cerevox:maxRemovals`" in made["installation-configuration.md"]


def blocks(html: str) -> Counter[str]:
    """Count the blocks of a page by their kind."""
    return Counter(re.findall(r"<(li|pre|table|tr|h2|h3|p)\b", html))


def test_a_link_out_of_the_pages_leads_to_the_repository(project: Path) -> None:
    add(project, "[a](../LICENSE) [b](../examples)\n\n```\n[c](../LICENSE)\n```\n")
    add(project, "\n![picture](../picture.svg)\n")
    build(project, project / "site", {})
    page = (project / "site" / "pages" / "index.html").read_text("utf-8")
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
        build(project, project / "site", {})
    assert not (project / "site").exists()


def test_a_page_outside_the_navigation_fails_the_build(project: Path) -> None:
    (project / "docs" / "third.md").write_text("# Third\n")
    (project / "docs" / "other.md").unlink()
    with pytest.raises(SiteError) as caught:
        build(project, project / "site", {})
    assert "third.md: the navigation in zensical.toml lacks it" in str(caught.value)
    assert "other.md: the navigation names it, docs/ lacks it" in str(caught.value)
