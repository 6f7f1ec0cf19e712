"""A keyring in a file: where no desktop offers one, the snippets still store."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend


class FileKeyring(KeyringBackend):
    """Keeps secrets as JSON in the file that KEYRING_FILE names."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        return _kept().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        _file().write_text(json.dumps(_kept() | {f"{service}/{username}": password}))

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError


def _file() -> Path:
    return Path(os.environ["KEYRING_FILE"])


def _kept() -> dict[str, str]:
    kept: dict[str, str] = json.loads(_file().read_text()) if _file().exists() else {}
    return kept
