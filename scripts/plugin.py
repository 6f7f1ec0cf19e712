"""Pack the folder `plugin/` for a release, under each of the names Pulumi asks for.

There is nothing to compile, so all six are the same file: Pulumi unpacks it, makes a
Python environment from `requirements.txt`, and runs `__main__.py`.
"""

from __future__ import annotations

import gzip
import io
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = ("PulumiPlugin.yaml", "__main__.py", "requirements.txt")
MACHINES = tuple(
    f"{system}-{chip}"
    for system in ("darwin", "linux", "windows")
    for chip in ("amd64", "arm64")
)


def version() -> str:
    """Return the version that the plugin's environment is made of."""
    text = (ROOT / "plugin" / "requirements.txt").read_text("utf-8")
    return text.strip().partition("==")[2]


def packed() -> bytes:
    """Return the tarball; the same bytes for the same files."""
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w") as tar:
        for name in FILES:
            data = (ROOT / "plugin" / name).read_bytes()
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o644
            tar.addfile(entry, io.BytesIO(data))
    return gzip.compress(memory.getvalue(), mtime=0)


def main() -> int:
    """Write the six files into a folder, by default `dist`."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist")
    folder.mkdir(parents=True, exist_ok=True)
    for machine in MACHINES:
        name = f"pulumi-resource-cerevox-v{version()}-{machine}.tar.gz"
        (folder / name).write_bytes(packed())
        print(folder / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
