"""`pulumi-cerevox export`: who is left out, and that it is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from pulumi_cerevox.cli import main

TAGGED = "owner<{%reset%}>@example.com"
UNSEEN = "bob\u200b@example.com"


@pytest.mark.parametrize("form", ["roster", "python", "import"])
def test_an_email_that_cannot_be_declared_is_left_out_and_told(
    start_emulator: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    form: str,
) -> None:
    emulator = start_emulator(seed="empty")
    for email in (TAGGED, UNSEEN):
        emulator.add_user(email, name="Somebody", role="member")
    monkeypatch.setenv("CEREVOX_API_KEY", emulator.api_key)
    monkeypatch.setenv("CEREVOX_BASE_URL", emulator.url)
    result = CliRunner().invoke(main, ["export", "--format", form])
    assert result.exit_code == 0
    assert result.stderr.count("left out: ") == 2
    assert r"left out: owner\x3c{%reset%}>@example.com: the email cont" in result.stderr
    assert "exported 1 user" in result.stderr
    assert "reset" not in result.stdout
    assert "owner@example.com" in result.stdout


def test_the_native_provider_has_no_other_form() -> None:
    result = CliRunner().invoke(main, ["export", "--native"])
    assert result.exit_code == 2
    assert "--native goes with --format import alone" in result.stderr
