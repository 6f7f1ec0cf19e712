"""Keep a release's texts in step: `python -m scripts.release check|notes|write`.

`pyproject.toml` has the version and the repository's address. `write` carries both into
the files that must repeat them. `check` compares them, and the head of the CHANGELOG;
`check v0.2.0` also compares a tag. `notes` prints the version's part of the CHANGELOG.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Files that repeat the version, or the address, for people or programs to copy.
COPIES = (
    "action.yml",
    "docs/ci.md",
    "docs/languages.md",
    "docs/releasing.md",
    "examples/ci/README.md",
    "examples/ci/github/audit.yml",
    "examples/ci/github/guard.yml",
    "examples/ci/gitlab/.gitlab-ci.yml",
    "plugin/requirements.txt",
    "pulumi_cerevox/plugin/schema.json",
)
VERSIONS = re.compile(
    r"(?P<before>pulumi-cerevox==|/pulumi-cerevox@v|resource cerevox v"
    r'|\A{\n  "name": "cerevox",\n  "displayName": "Cerevox",\n  "version": ")'
    r"\d+(?:\.\w+)+"
)
OWNERS = re.compile(r"(?P<before>github\.com/|uses: )[\w-]+(?=/pulumi-cerevox\b)")
_SECTION = re.compile(
    r"^## \[(?P<name>[^\]]+)\](?: - (?P<date>\S+))?\n(?P<text>.*?)(?=^## \[|^\[|\Z)",
    re.MULTILINE | re.DOTALL,
)


class Release:
    """The version and the address of the project in a folder, and their copies."""

    def __init__(self, root: Path = ROOT) -> None:
        """Read pyproject.toml."""
        self.root = root
        project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
        self.version: str = project["project"]["version"]
        hook = project["tool"]["hatch"]["metadata"]["hooks"]["custom"]
        self.repository: str = hook["repository"]

    @property
    def action(self) -> str:
        """Return what a workflow names to use the action, without a version."""
        return self.repository.removeprefix("https://github.com/")

    def carried(self, text: str) -> str:
        """Return a text with this version and this address."""
        owner = self.action.partition("/")[0]
        text = OWNERS.sub(rf"\g<before>{owner}", text)
        return VERSIONS.sub(rf"\g<before>{self.version}", text)

    def write(self) -> list[str]:
        """Carry version and address into the copies; return the files that changed."""
        changed = self.stale()
        for name in changed:
            path = self.root / name
            path.write_text(self.carried(path.read_text("utf-8")), "utf-8")
        return changed

    def stale(self) -> list[str]:
        """Return the copies that have another version or address."""
        texts = {name: (self.root / name).read_text("utf-8") for name in COPIES}
        return [name for name, text in texts.items() if text != self.carried(text)]

    def notes(self) -> str:
        """Return the text of the CHANGELOG about this version."""
        return self._sections()[self.version]["text"].strip()

    def _sections(self) -> dict[str, re.Match[str]]:
        text = (self.root / "CHANGELOG.md").read_text("utf-8")
        return {found["name"]: found for found in _SECTION.finditer(text)}

    def faults(self, tag: str | None = None) -> list[str]:
        """Return what does not agree; with a tag, what keeps it from being released."""
        faults = [
            f"{name}: has another version or address than pyproject.toml; "
            "run `python -m scripts.release write`"
            for name in self.stale()
        ]
        faults += self._faults_of_the_changelog()
        if tag is not None and tag != f"v{self.version}":
            faults.append(f"the tag is {tag}, pyproject.toml says {self.version}")
        unreleased = self._sections().get("Unreleased")
        if tag is not None and unreleased and unreleased["text"].strip():
            faults.append("CHANGELOG.md: [Unreleased] has changes that no version has")
        return faults

    def _faults_of_the_changelog(self) -> list[str]:
        text = (self.root / "CHANGELOG.md").read_text("utf-8")
        sections = self._sections()
        names = list(sections)
        if names[:2] != ["Unreleased", self.version]:
            expected = f"not with ['Unreleased', '{self.version}']"
            return [f"CHANGELOG.md: begins with {names[:2]}, {expected}"]
        faults = [
            f"CHANGELOG.md: {name} has no date like 2026-12-31"
            for name in names[1:]
            if not _is_date(sections[name]["date"])
        ]
        for newer, older in zip(names, [*names[1:], None], strict=True):
            # Relative: on GitHub it leads to this repository, whoever owns it.
            end = "HEAD" if newer == "Unreleased" else f"v{newer}"
            what = f"compare/v{older}...{end}" if older else f"releases/tag/{end}"
            line = f"[{newer}]: ../../{what}"
            if line not in text.splitlines():
                faults.append(f"CHANGELOG.md: lacks the line `{line}`")
        return faults


def _is_date(text: str | None) -> bool:
    try:
        return date.fromisoformat(text or "").isoformat() == text
    except ValueError:
        return False


def main() -> int:
    """Run a command; exit code 1 when something does not agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["check", "notes", "write"])
    parser.add_argument("tag", nargs="?", help="check: a tag such as v0.2.0")
    asked = parser.parse_args()
    release = Release()
    if asked.command == "notes":
        print(release.notes())
    if asked.command == "write":
        print(*release.write(), sep="\n")
    faults = release.faults(asked.tag) if asked.command == "check" else []
    print(*faults, sep="\n", end="\n" if faults else "", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
