"""`make contract` without a URL: the emulator at length, judged by all who may.

Runs `tests/contract`, with many examples for schemathesis, and prints a table last:
the judge, the dialect, how many checks, how many failed. Ends with pytest's exit code.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from scripts.engine.workspace import ROOT
from scripts.proof.record import add_option, record
from scripts.table import Row, table

EXAMPLES = "60"

_JUDGES = {
    "test_sync_client": "the vendor's SDK",
    "test_async_client": "the vendor's SDK, async",
    "test_described": "schemathesis, by the emulator's OpenAPI",
    "test_facts": "the facts that are asked of real accounts",
}
_DIALECTS = ("documented", "sdk-0.2")


def main(words: Sequence[str] | None = None) -> int:
    """Run everything and print the table."""
    parser = argparse.ArgumentParser(prog="make contract", description=__doc__)
    add_option(parser)
    asked = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "contract.xml"
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "tests/contract", f"--junitxml={report}"],
            cwd=ROOT,
            env={"CONTRACT_EXAMPLES": EXAMPLES, **os.environ},
            check=False,
        )
        if report.exists():
            text = as_table(report)
            print(text)
            if asked.record:
                record("make contract", text)
    return run.returncode


def as_table(report: Path) -> str:
    """Count the checks in a JUnit report of `tests/contract`."""
    tried: Counter[tuple[str, str]] = Counter()
    bad: Counter[tuple[str, str]] = Counter()
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest's own
        module = case.get("classname", "").rpartition(".")[2]
        test = case.get("name", "")
        dialect = next((one for one in _DIALECTS if one in test), "-")
        row = (_JUDGES.get(module, module), dialect)
        tried[row] += 1
        bad[row] += any(case.find(kind) is not None for kind in ("failure", "error"))
    rows: list[Row] = [[*row, tried[row], bad[row]] for row in sorted(tried)]
    rows.append(["all", "", sum(tried.values()), sum(bad.values())])
    return table(["judge", "dialect", "checks", "failed"], rows)


if __name__ == "__main__":
    sys.exit(main())
