"""A stored login serves the command only: the provider does as if there were none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def test_a_host_without_a_key_fails_whatever_is_stored(
    account: Any,
    start_host: Callable[..., Any],
    call_error: type[Exception],
    tmp_path: Path,
) -> None:
    environment = {
        "XDG_DATA_HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path),
        "PYTHON_KEYRING_BACKEND": "keyrings.alt.file.PlaintextKeyring",
        "CEREVOX_BASE_URL": account.url,
        "CEREVOX_API_KEY": "",
    }
    login = [sys.executable, "-m", "pulumi_cerevox.cli", "login", "--api-key-stdin"]
    subprocess.run(login, env=environment, input=account.api_key, text=True, check=True)
    account.clear_journal()
    host = start_host(account, **environment)
    with pytest.raises(call_error, match=r"No Cerevox API key was given\."):
        host.create({"email": "ada@example.com"})
    assert account.count() == 0
