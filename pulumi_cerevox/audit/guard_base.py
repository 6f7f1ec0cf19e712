"""Read the rosters of a commit with git, to compare a change of files with them.

A file is new only if the commit's tree was listed and lacks it. If git can't show the
old file for another reason, that is an error, because the old roster may have guards.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pulumi_cerevox.account import printable
from pulumi_cerevox.audit.model import SourceError
from pulumi_cerevox.roster.file import MAX_BYTES

_SECONDS = 120
"""How long one call may take; a partial clone fetches what it lacks."""

_ENVIRONMENT = {
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_LONGEST = 600
"""Characters of what git says that a text repeats."""
_FILE, _FOLDER = "100", "040000"
_ROSTER = re.compile(rb"""^\s*\{?\s*["']?members["']?\s*:""", re.MULTILINE)
_SUFFIXES = frozenset({".yaml", ".yml", ".json"})


class BaseError(SourceError):
    """The old rosters can't be read from the commit; the text says what to do."""


class RosterPathError(SourceError):
    """A roster is named in a way that git can't follow; the text says what to do."""


@dataclass(frozen=True, slots=True)
class BaseRosters:
    """The old side of a change.

    Attributes:
        contents: What the files held, by the name that reports give them.
        notes: Which files are new, and which one was renamed; escaped.
    """

    contents: dict[str, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_base_rosters(ref: str, files: Sequence[str]) -> BaseRosters:
    """Read roster files as they were in a commit.

    A file that the commit lacks is new. A roster that the change takes away then counts
    as the old one of the new file: renaming a roster does not lift its guards.

    Args:
        ref: The commit, as git takes it.
        files: The new files, as they are named from the current folder.

    Raises:
        RosterPathError: a file is outside the repository, or reached by a link.
        BaseError: the commit, its tree or an old file can't be read.
    """
    top = Path(os.fsdecode(_git("rev-parse", "--show-toplevel")).removesuffix("\n"))
    prefix = os.fsdecode(_git("rev-parse", "--show-prefix")).removesuffix("\n")
    paths = [PurePosixPath(prefix, _checked_path(file)) for file in files]
    commit = _commit(ref)
    contents: dict[str, bytes] = {}
    new: list[str] = []
    for file, path in zip(files, paths, strict=True):
        blob = _blob(commit, path, file)
        if blob is None:
            new.append(file)
        else:
            contents[f"{ref}:{path}"] = _content(blob, file)
    if not new:
        return BaseRosters(contents)
    gone = {
        path: content
        for path, blob in _taken_away(commit, top)
        if f"{ref}:{path}" not in contents
        and _ROSTER.search(content := _content(blob, path))
    }
    named = printable(", ".join(new))
    if not gone:
        return BaseRosters(contents, (f"new, for {printable(ref)} lacks it: {named}",))
    contents |= {f"{ref}:{path}": content for path, content in gone.items()}
    note = (
        f"{named} is new, and this change takes away {printable(', '.join(gone))}: it "
        "is judged as renamed, so the old guards count"
    )
    return BaseRosters(contents, (note,))


def _checked_path(file: str) -> PurePosixPath:
    """Return a file's way from the current folder, which no link may bend.

    Raises:
        RosterPathError: it may lead somewhere else than the commit has it.
    """
    told, path = printable(file), PurePosixPath(file)
    if not path.parts or path.is_absolute() or ".." in path.parts:
        raise RosterPathError(
            f"{told}: --base-ref takes a path inside the repository, relative and "
            "without .. in it"
        )
    for part in (path, *path.parents[:-1]):
        place = Path(part)
        if place.is_symlink():
            raise RosterPathError(
                f"{told}: {printable(str(part))} is a link, so the commit may have "
                "another file there. Name the file itself"
            )
        if part != path and (place / ".git").exists():
            raise RosterPathError(
                f"{told}: {printable(str(part))} is a repository of its own. Run guard "
                "in it"
            )
    return path


def _commit(ref: str) -> str:
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options")
    try:
        return os.fsdecode(_git(*words, f"{ref}^{{commit}}")).strip()
    except BaseError:
        if _git("rev-parse", "--is-shallow-repository").strip() == b"true":
            raise BaseError(
                f"{printable(ref)} is not in this clone, which is shallow. Check out "
                "more of the history: actions/checkout takes fetch-depth: 2, GitLab "
                'GIT_DEPTH: "0"; or `git fetch --unshallow`'
            ) from None
        raise BaseError(
            f"{printable(ref)} names no commit of this repository: check the spelling, "
            "or `git fetch` it"
        ) from None


def _blob(commit: str, path: PurePosixPath, file: str) -> str | None:
    """Return the id of the old file; None where the commit's trees lack it.

    Raises:
        BaseError: a tree can't be listed, or something that is no file is there.
    """
    for part in (*reversed(path.parents[:-1]), path):
        listed = os.fsdecode(_git("ls-tree", "-z", "--full-tree", commit, "--", part))
        if not listed:
            return None
        mode, _, name = listed.partition("\t")[0].split(" ")
        if part == path and mode.startswith(_FILE):
            return name
        if part != path and mode.startswith(_FILE):
            return None  # a file then, a folder now
        if part == path or mode != _FOLDER:
            raise BaseError(
                f"{printable(file)}: in the commit {printable(str(part))} is a link, a "
                "folder or a submodule, so nobody can tell the old roster. Change that "
                "in a change of its own"
            )
    return None


def _content(blob: str, file: str) -> bytes:
    try:
        size = int(_git("cat-file", "-s", blob))
        if size <= MAX_BYTES:
            return _git("cat-file", "blob", blob)
    except BaseError as error:
        raise BaseError(
            f"{printable(file)}: the old file is in the commit, and this clone can't "
            f"read it: {error}. A clone without blobs takes them from its origin: "
            "clone without --filter, or let it reach the origin"
        ) from None
    raise BaseError(
        f"{printable(file)}: the old file has more than {MAX_BYTES:,} bytes"
    )


def _taken_away(commit: str, top: Path) -> Iterator[tuple[str, str]]:
    """Yield path and id of the commit's files that are files no more."""
    words = ("diff", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff", "-z")
    told = os.fsdecode(_git(*words, "--diff-filter=DT", commit, "--", cwd=top))
    parts = told.split("\0")
    for what, path in zip(parts[::2], parts[1::2], strict=False):
        mode, _, blob, *_ = what.removeprefix(":").split(" ")
        if mode.startswith(_FILE) and PurePosixPath(path).suffix in _SUFFIXES:
            yield path, blob


def _git(*words: str | PurePosixPath, cwd: Path | None = None) -> bytes:
    """Run git, and return what it prints.

    Raises:
        BaseError: there is no git, or it fails; the text has its words.
    """
    try:
        run = subprocess.run(  # noqa: S603  no shell; a ref or path is never an option
            ["git", *map(str, words)],  # noqa: S607  git as people have it
            cwd=cwd,
            env=os.environ | _ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
        )
    except FileNotFoundError:
        raise BaseError(
            "there is no `git` on PATH, which --base-ref asks for the old roster"
        ) from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BaseError(f"git can't be run: {printable(str(error))}") from None
    if run.returncode:
        said = " ".join(run.stderr.decode("utf-8", "replace").split())
        why = printable(said, _LONGEST) if said else f"it ended with {run.returncode}"
        raise BaseError(f"git says: {why}")
    return run.stdout
