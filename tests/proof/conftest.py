"""Worlds for the proofs, on the real engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.proof.world import World


@pytest.fixture
def world(engine_folder: Path, tmp_path: Path) -> Iterator[World]:
    """Give an account and a project that commands can be run in."""
    with World(engine_folder, tmp_path / "world", {}, database=False) as one:
        yield one
