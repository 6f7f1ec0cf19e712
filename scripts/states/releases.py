"""Which versions there are, and where their states lie."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
STATES = ROOT / "tests" / "data" / "states"


def this_version() -> str:
    """Give the version that pyproject.toml names."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)["project"]["version"])


def released() -> list[str]:
    """Give the versions that the CHANGELOG has a heading for, newest first."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    return re.findall(r"^## \[(\d[^\]]*)\]", text, flags=re.MULTILINE)
