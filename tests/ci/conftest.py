"""GitHub's API on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ci import github_server


@pytest.fixture
def github() -> Iterator[github_server.GitHubServer]:
    """A repository with a pull request that nobody has commented on."""
    with github_server.running() as server:
        yield server
