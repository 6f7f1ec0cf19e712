"""Make the site of docs/ in build/site: `make docs`. Any fault in it fails the build.

Zensical checks links between pages and their anchors. It does not check whether each
page is in the navigation, or whether a linked file exists, so this module does.

A link that leaves docs/ works on GitHub, where the whole repository is. On the site it
leads to the repository, and a picture is copied.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from scripts.release import Release

ROOT = Path(__file__).parents[1]
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"(?P<picture>!?)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")


class SiteError(Exception):
    """The documentation has faults; the text lists them."""


def build(root: Path, site: Path) -> None:
    """Make the site of the project in `root`, or raise `SiteError`."""
    settings = (root / "zensical.toml").read_text("utf-8")
    config = tomllib.loads(settings)["project"]
    repository = Release(root).repository
    with tempfile.TemporaryDirectory() as name:
        stage = Path(name)
        # Links that leave docs/ lead to the repository.
        address = f'[project]\nrepo_url = "{repository}"'
        whole = settings.replace("[project]", address, 1)
        (stage / "zensical.toml").write_text(whole, "utf-8")
        shutil.copytree(root / "docs", stage / "docs")
        faults = _navigation_faults(root / "docs", config["nav"])
        for page in sorted((root / "docs").rglob("*.md")):
            rewriter = _LinkRewriter(root, page, stage, repository)
            text = rewriter.rewrite(page.read_text("utf-8"))
            (stage / page.relative_to(root)).write_text(text, "utf-8")
            faults += rewriter.faults
        faults += _run_zensical(stage)
        if faults:
            raise SiteError("\n".join(faults))
        shutil.rmtree(site, ignore_errors=True)
        shutil.move(stage / "site", site)


def _run_zensical(stage: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict"],
        cwd=stage,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode == 0:
        return []
    # Zensical colours its text always. The faults come first, then a traceback.
    text = click.unstyle(done.stderr)
    return [text.partition("Traceback (most recent call last)")[0].strip()]


def _navigation_faults(docs: Path, navigation: list[Any]) -> list[str]:
    named = set(_pages(navigation))
    there = {page.relative_to(docs).as_posix() for page in docs.rglob("*.md")}
    return [
        *(
            f"{page}: the navigation in zensical.toml lacks it"
            for page in there - named
        ),
        *(f"{page}: the navigation names it, docs/ lacks it" for page in named - there),
    ]


def _pages(navigation: list[Any]) -> Iterator[str]:
    for entry in navigation:
        for target in entry.values():
            if isinstance(target, str):
                yield target
            else:
                yield from _pages(target)


class _LinkRewriter:
    """Rewrites the links of one page, and notes those that lead nowhere."""

    def __init__(self, root: Path, page: Path, stage: Path, repository: str) -> None:
        self.root = root.resolve()
        self.page = page.resolve()
        self.stage = stage
        self.repository = repository
        self.faults: list[str] = []

    def rewrite(self, text: str) -> str:
        """Return the text with its links rewritten; code blocks stay as they are."""
        parts: list[str] = []
        end = 0
        for block in FENCED.finditer(text):
            parts += [LINK.sub(self._rewrite_link, text[end : block.start()]), block[0]]
            end = block.end()
        return "".join([*parts, LINK.sub(self._rewrite_link, text[end:])])

    def _rewrite_link(self, link: re.Match[str]) -> str:
        path, _, anchor = link["target"].partition("#")
        if "://" in path or not path:
            return link[0]
        target = (self.page.parent / path).resolve()
        if not target.exists():
            self.faults.append(f"{self.page.name}: {link['target']} does not exist")
            return link[0]
        if target.is_relative_to(self.root / "docs"):
            return link[0]
        if link["picture"]:
            shutil.copy(target, self.stage / "docs" / target.name)
            return f"![{link['text']}]({target.name})"
        kind = "tree" if target.is_dir() else "blob"
        url = f"{self.repository}/{kind}/main/{target.relative_to(self.root)}"
        return f"[{link['text']}]({url}{anchor and '#' + anchor})"


def main() -> int:
    """Make the site; print where it is, or what is wrong with the pages."""
    site = ROOT / "build" / "site"
    site.parent.mkdir(exist_ok=True)
    try:
        build(ROOT, site)
    except SiteError as error:
        print(error, file=sys.stderr)
        return 1
    print(site / "index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
