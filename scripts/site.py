"""Make the site of docs/ in build/site: `make docs`. Any fault in it fails the build.

Its landing page is the README. The pages of `scripts/reference.py` come from the code.

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
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from scripts import reference
from scripts.release import Release

ROOT = Path(__file__).parents[1]
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
# A picture for light and one for dark, as GitHub takes them; the theme names them so.
PICTURE = re.compile(
    r'<picture>\s*<source [^>]*srcset="(?P<dark>[^"]+)">\s*'
    r'<img alt="(?P<text>[^"]*)" src="(?P<light>[^"]+)">\s*</picture>'
)
_BOTH = r"![\g<text>](\g<light>#only-light) ![\g<text>](\g<dark>#only-dark)"
LINK = re.compile(r"(?P<picture>!?)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")


class SiteError(Exception):
    """The documentation has faults; the text lists them."""


def build(root: Path, site: Path, generated: Mapping[str, str]) -> None:
    """Make the site of the project in `root`, or raise `SiteError`.

    Args:
        root: The project's folder.
        site: Where the site is made; what is there goes.
        generated: The texts of pages that are in no file.
    """
    settings = (root / "zensical.toml").read_text("utf-8")
    config = tomllib.loads(settings)["project"]
    repository = Release(root).repository
    pages = {root / "README.md": "index.md", root / "docs" / "index.md": "pages.md"}
    for page in sorted((root / "docs").glob("*.md")):
        pages.setdefault(page, page.name)
    with tempfile.TemporaryDirectory() as folder:
        stage = Path(folder)
        whole = settings.replace("REPOSITORY", repository)
        whole = whole.replace("PROJECT_FOLDER", str(root))
        (stage / "zensical.toml").write_text(whole, "utf-8")
        shutil.copytree(root / "docs", stage / "docs")
        faults = _navigation_faults({*pages.values(), *generated}, config["nav"])
        for page, name in pages.items():
            rewriter = _LinkRewriter(root, page, pages, stage, repository)
            text = rewriter.rewrite(page.read_text("utf-8"))
            (stage / "docs" / name).write_text(text, "utf-8")
            faults += rewriter.faults
        for name, text in generated.items():
            (stage / "docs" / name).write_text(text, "utf-8")
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


def _navigation_faults(there: set[str], navigation: list[Any]) -> list[str]:
    named = set(_pages(navigation))
    return [
        *(
            f"{page}: the navigation in zensical.toml lacks it"
            for page in sorted(there - named)
        ),
        *(
            f"{page}: the navigation names it, docs/ lacks it"
            for page in sorted(named - there)
        ),
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

    def __init__(
        self,
        root: Path,
        page: Path,
        pages: Mapping[Path, str],
        stage: Path,
        repository: str,
    ) -> None:
        self.root = root.resolve()
        self.page = page.resolve()
        self.pages = {source.resolve(): name for source, name in pages.items()}
        self.stage = stage
        self.repository = repository
        self.faults: list[str] = []

    def rewrite(self, text: str) -> str:
        """Return the text with its links rewritten; code blocks stay as they are."""
        parts: list[str] = []
        end = 0
        for block in FENCED.finditer(text):
            parts += [self._rewrite_prose(text[end : block.start()]), block[0]]
            end = block.end()
        return "".join([*parts, self._rewrite_prose(text[end:])])

    def _rewrite_prose(self, text: str) -> str:
        return LINK.sub(self._rewrite_link, PICTURE.sub(_BOTH, text))

    def _rewrite_link(self, link: re.Match[str]) -> str:
        path, _, anchor = link["target"].partition("#")
        if "://" in path or not path:
            return link[0]
        target = (self.page.parent / path).resolve()
        if not target.exists():
            self.faults.append(f"{self.page.name}: {link['target']} does not exist")
            return link[0]
        if target in self.pages:
            name = self.pages[target] + (anchor and "#" + anchor)
            return f"[{link['text']}]({name})"
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
        build(ROOT, site, reference.pages())
    except SiteError as error:
        print(error, file=sys.stderr)
        return 1
    registry = site.parent / "registry"
    registry.mkdir(exist_ok=True)
    for name, text in reference.registry_pages().items():
        (registry / name).write_text(text, "utf-8")
    print(site / "index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
