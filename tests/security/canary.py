"""Secrets that are looked for, in every form in which they could come back."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

KEY = "sk_canary/8f3a91c7+Zq"
ACCESS = "at_canary_31d07be2"
REFRESH = "rt_canary_b94cf6a0"
EVERY = (KEY, ACCESS, REFRESH)


def forms(secret: str) -> set[bytes]:
    """Return a secret as it is, quoted, in hex, and in base64 wherever it begins."""
    raw = secret.encode()
    found = {raw, quote(secret, safe="").encode(), raw.hex().encode()}
    for begin in range(3):
        encoded = base64.b64encode(b"x" * begin + raw)
        # The first and last signs depend on what stands around it.
        found.add(encoded[4 if begin else 0 : -4])
    return found


def places(secrets: Iterable[str], texts: Mapping[str, bytes]) -> list[str]:
    """Name the texts that hold one of the secrets."""
    looked_for = set().union(*(forms(secret) for secret in secrets))
    return [
        place
        for place, text in texts.items()
        if any(form in text for form in looked_for)
    ]


def files_below(folder: Path) -> dict[str, bytes]:
    """Read every file below a folder, by its path there; names of files included."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
