"""The schema that is committed is the one that the classes give."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import pulumi_cerevox
from pulumi_cerevox.plugin import inputs, schema, server

ROOT = Path(pulumi_cerevox.__file__).parents[1]
KINDS = ("User", "RoleAssignment", "Roster")


def test_the_schema_is_up_to_date() -> None:
    assert server.SCHEMA.read_text("utf-8") == schema.text(), (
        "make it anew: .venv/bin/python -m pulumi_cerevox.plugin.schema"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_plugin_knows_the_inputs_and_outputs_of_the_schema(kind: str) -> None:
    found = schema.schema()["resources"][f"cerevox:index:{kind}"]
    assert set(found["inputProperties"]) == set(inputs.INPUTS[kind])
    later = set(found["properties"]) - set(inputs.INPUTS[kind])
    always = set(found["required"])
    assert later | (always - set(found["requiredInputs"])) == set(inputs.OUTPUTS[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_every_type_moves_from_the_dynamic_provider(kind: str) -> None:
    [alias] = schema.schema()["resources"][f"cerevox:index:{kind}"]["aliases"]
    assert alias == {"type": f"pulumi-python:dynamic/cerevox:{kind}"}


def test_every_reference_leads_to_a_type() -> None:
    made = schema.text()
    types = schema.schema()["types"]
    for line in made.splitlines():
        if "#/types/" in line:
            assert line.split("#/types/")[1].rstrip('",') in types
    assert json.loads(made)["provider"]["inputProperties"]["apiKey"]["secret"] is True


def test_starting_loads_nothing_of_ours() -> None:
    program = (
        "import sys, pulumi_cerevox.plugin; "
        "print(sorted(n for n in sys.modules if n.startswith('pulumi_cerevox.')))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "['pulumi_cerevox.plugin']"
