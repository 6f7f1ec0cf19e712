"""Sandboxes for the proofs, on the real engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.proof.sandbox import Sandbox, new_sandbox


@pytest.fixture
def sandbox(engine_folder: Path, tmp_path: Path) -> Iterator[Sandbox]:
    """Make an account and a project that commands can be run in."""
    with new_sandbox(engine_folder, tmp_path / "sandbox", database=False) as one:
        yield one
