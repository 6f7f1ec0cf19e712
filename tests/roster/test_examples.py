"""The schema, the reader and the files that come with the project agree."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from pulumi_cerevox.roster import judge_roster, read_rosters, roster_schema

ROOT = Path(__file__).parents[2]
FILES = ["examples/roster/team.yaml", "templates/roster/team.yaml"]


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(roster_schema())


@pytest.mark.parametrize("file", FILES)
def test_a_file_is_valid_under_both(file: str) -> None:
    document = yaml.load((ROOT / file).read_text(), Loader=yaml.BaseLoader)  # noqa: S506
    document["guards"].pop("min_admins")  # a number, which BaseLoader leaves a text
    document["guards"].pop("max_removals", None)
    jsonschema.validate(document, roster_schema())
    roster = read_rosters([ROOT / file])
    assert judge_roster(roster.guards, roster.membership()) == []


def test_a_misspelt_key_is_refused_by_the_schema() -> None:
    with pytest.raises(jsonschema.ValidationError, match="memebers"):
        jsonschema.validate({"members": [], "memebers": []}, roster_schema())
