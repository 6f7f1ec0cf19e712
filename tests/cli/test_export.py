"""`pulumi-cerevox export`: who is left out, and that it is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from pulumi_cerevox.cli import main

TAGGED = "owner<{%reset%}>@example.com"
UNSEEN = "bob\u200b@example.com"


@pytest.mark.parametrize(
    ("form", "left_out", "kept"),
    [
        pytest.param("roster", 2, 1, id="roster"),
        # A program writes out what can't be seen; a roster file is read by people.
        pytest.param("python", 1, 2, id="python"),
        pytest.param("import", 1, 2, id="import"),
    ],
)
def test_an_email_that_cannot_be_declared_is_left_out_and_told(
    start_emulator: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    form: str,
    left_out: int,
    kept: int,
) -> None:
    emulator = start_emulator(seed="empty")
    for email in (TAGGED, UNSEEN):
        emulator.add_user(email, name="Somebody", role="member")
    monkeypatch.setenv("CEREVOX_API_KEY", emulator.api_key)
    monkeypatch.setenv("CEREVOX_BASE_URL", emulator.url)
    result = CliRunner().invoke(main, ["export", "--format", form])
    assert result.exit_code == 0
    assert result.stderr.count("left out: ") == left_out
    assert r"left out: owner\x3c{%reset%}>@example.com: the email cont" in result.stderr
    assert f"exported {kept} users" in result.stderr
    assert "reset" not in result.stdout
    assert "owner@example.com" in result.stdout
