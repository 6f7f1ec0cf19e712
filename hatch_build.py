"""What PyPI shows of the package: its addresses, and the README with whole links."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

RELATIVE_LINK = re.compile(r"\]\((?!https?:|#)(?P<target>[^)\s]+)\)")


class PackagePage(MetadataHookInterface):
    """Fills in `urls` and `readme` from the one place that has the address."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set both: links of the README lead to the files of this version."""
        repository = self.config["repository"]
        files = f"{repository}/blob/v{metadata['version']}"
        readme = Path(self.root, "README.md").read_text("utf-8")
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": RELATIVE_LINK.sub(rf"]({files}/\g<target>)", readme),
        }
        metadata["urls"] = {
            "Source": repository,
            "Documentation": f"{files}/docs/index.md",
            "Changelog": f"{files}/CHANGELOG.md",
            "Issues": f"{repository}/issues",
        }
