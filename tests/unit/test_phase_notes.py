"""Notes that several hosts share: whoever looks sees all that was noted before."""

from __future__ import annotations

import os
import resource
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from pulumi_cerevox.provider import host, people
from pulumi_cerevox.provider.people import PhaseNotes


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the notes, in a folder for temporary files of its own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / f"pulumi-cerevox-{os.getuid()}"


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect what the engine would be told."""
    told: list[str] = []
    monkeypatch.setattr(host, "warning", told.append)
    return told


@contextmanager
def files_no_longer_than(size: int) -> Iterator[None]:
    """Let every write beyond that size fail, as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def note(notes: PhaseNotes, line: str) -> None:
    with notes.transaction() as held:
        held.add(line)


def knows(notes: PhaseNotes, line: str) -> bool:
    with notes.transaction() as held:
        return held.has(line)


def test_hosts_of_a_phase_know_of_each_other_and_of_no_other_phase() -> None:
    one, two, other = PhaseNotes("a"), PhaseNotes("a"), PhaseNotes("b")
    note(one, "from one")
    note(two, "from two")
    for notes in (one, two, PhaseNotes("a")):
        assert knows(notes, "from one")
        assert knows(notes, "from two")
    assert not knows(other, "from one")


def test_a_process_that_is_no_host_writes_no_file(folder: Path) -> None:
    note(PhaseNotes(""), "alone")
    assert not folder.exists()


def test_of_many_who_want_one_thing_one_gets_it() -> None:
    everybody = [PhaseNotes("a") for _ in range(8)]

    def take(notes: PhaseNotes) -> int:
        won = 0
        for number in range(200):
            with notes.transaction() as held:
                if not held.has(f"thing {number}"):
                    held.add(f"thing {number}")
                    won += 1
        return won

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(take, everybody)) == 200


def test_an_error_while_the_notes_are_held_lets_go_of_them() -> None:
    one, two = PhaseNotes("a"), PhaseNotes("a")

    def stumble() -> None:
        with one.transaction() as held:
            held.add("before it")
            raise KeyError

    with pytest.raises(KeyError):
        stumble()
    assert knows(two, "before it")


def test_what_a_killed_host_began_to_write_spoils_nothing(folder: Path) -> None:
    one, two = PhaseNotes("a"), PhaseNotes("a")
    (file,) = folder.iterdir()
    with file.open("a") as broken:
        broken.write("\nhalf a li")
    note(one, "whole")
    assert knows(two, "whole")


def disk_full(notes: PhaseNotes) -> None:
    with files_no_longer_than(0):
        note(notes, "nothing of it")


def disk_filling_up(notes: PhaseNotes) -> None:
    assert notes._file is not None
    with files_no_longer_than(notes._file._read + 3):
        note(notes, "some of it")


def closed(notes: PhaseNotes) -> None:
    assert notes._file is not None
    notes._file.leave()
    note(notes, "after the file went")


@pytest.mark.parametrize("fail", [disk_full, disk_filling_up, closed])
def test_a_host_that_can_no_longer_share_goes_on_alone_and_says_so(
    fail: Callable[[PhaseNotes], None], warnings: list[str]
) -> None:
    one, two = PhaseNotes("a"), PhaseNotes("a")
    note(two, "before")
    assert knows(one, "before")
    fail(one)
    note(one, "alone")
    assert knows(one, "before")
    assert knows(one, "alone")
    assert not knows(two, "alone")
    one.warn_if_alone()
    two.warn_if_alone()
    (told,) = warnings
    assert "can't tell each other whom they declare" in told
    assert 'on_destroy="keep"' in told


def test_a_system_without_such_locks_has_each_host_alone(
    monkeypatch: pytest.MonkeyPatch, warnings: list[str]
) -> None:
    monkeypatch.setattr(people, "fcntl", None)
    notes = PhaseNotes("a")
    note(notes, "alone")
    assert knows(notes, "alone")
    notes.warn_if_alone()
    notes.warn_if_alone()
    assert len(warnings) == 1
