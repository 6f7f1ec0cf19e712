"""`pulumi-cerevox schema`."""

from __future__ import annotations

import json

from click.testing import CliRunner

from pulumi_cerevox.cli import main
from pulumi_cerevox.roster import roster_schema


def test_it_prints_the_schema_of_roster_files() -> None:
    result = CliRunner().invoke(main, ["schema", "roster"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == roster_schema()


def test_another_schema_is_bad_flags() -> None:
    assert CliRunner().invoke(main, ["schema", "rooster"]).exit_code == 2
