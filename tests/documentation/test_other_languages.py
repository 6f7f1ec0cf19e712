"""The examples in TypeScript and Go fit the SDKs that the schema makes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pulumi_cerevox.roster import judge_roster, parse_roster
from scripts.engine import sdks

_REPOSITORY = Path(__file__).parents[2]
EXAMPLES = _REPOSITORY / "examples"
SCHEMA = _REPOSITORY / "pulumi_cerevox" / "plugin" / "schema.json"
CHECKS = {"typescript": sdks.check_typescript, "go": sdks.check_go}
PROGRAMS = {"typescript": "index.ts", "go": "main.go"}
SLIPS = {"typescript": ("guards:", "guard:"), "go": ("Guards:", "Guard:")}


@pytest.mark.parametrize("language", CHECKS)
def test_the_example_fits_the_sdk(
    language: str, sdks_folder: Path, tmp_path: Path
) -> None:
    check = CHECKS[language]
    right = shutil.copytree(EXAMPLES / language, tmp_path / "right")
    assert check(sdks_folder, right, SCHEMA) == ""
    # What is misspelt is found, or the check would show nothing.
    wrong = shutil.copytree(EXAMPLES / language, tmp_path / "wrong")
    program = wrong / PROGRAMS[language]
    word, slip = SLIPS[language]
    program.write_text(program.read_text().replace(word, slip))
    assert slip.strip(":") in check(sdks_folder, wrong, SCHEMA)


@pytest.mark.parametrize("language", CHECKS)
def test_the_file_of_the_example_is_a_roster(language: str) -> None:
    roster = parse_roster((EXAMPLES / language / "team.yaml").read_text())
    assert judge_roster(roster.guards, roster.membership()) == []
