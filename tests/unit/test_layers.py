"""Who imports whom: the map in CONTRIBUTING is the one table, and it holds."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "pulumi_cerevox"
WITH_PULUMI = {"provider", "resources", "plugin", "cli", "testing"}
WITH_THE_DYNAMIC_PROVIDER = {
    "cli/export.py",
    "provider/dynamic_host.py",
    "resources/base.py",
}


def map_of_layers() -> dict[str, set[str]]:
    """Read what each folder and single module may import."""
    layers: dict[str, set[str]] = {}
    for line in (ROOT / "CONTRIBUTING.md").read_text().splitlines():
        if line.startswith("| `pulumi_cerevox/"):
            places, _, allowed = line.strip("| ").split(" | ")
            above = set(layers) if allowed == "everything above" else set()
            named = above | set(re.findall(r"`(\w+)`", allowed))
            names = re.findall(r"pulumi_cerevox/(\w+)", places)
            layers |= dict.fromkeys(names, named)
    return layers


LAYERS = map_of_layers()


def imports_of(file: Path) -> set[str]:
    """Read what a module imports, in functions too, by full names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def layer_of(file: Path) -> str:
    return file.relative_to(PACKAGE).with_suffix("").parts[0]


def test_the_map_names_every_folder_and_module() -> None:
    there = {layer_of(file) for file in PACKAGE.rglob("*.py")} - {"__init__"}
    assert set(LAYERS) == there


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_what_the_map_allows(layer: str) -> None:
    crossed = {
        f"{file.relative_to(PACKAGE)} imports {name}"
        for file in PACKAGE.rglob("*.py")
        if layer_of(file) == layer
        for name in imports_of(file)
        if (parts := name.split("."))[0] == "pulumi_cerevox"
        and parts[1] not in LAYERS[layer] | {layer}
    }
    assert not crossed


def test_only_what_a_program_or_the_engine_loads_knows_pulumi() -> None:
    knows: dict[str, set[str]] = {"pulumi": set(), "pulumi.dynamic": set()}
    for file in PACKAGE.rglob("*.py"):
        for name in imports_of(file):
            if name.partition(".")[0] == "pulumi":
                knows["pulumi"].add(layer_of(file))
            if f"{name}.".startswith("pulumi.dynamic."):
                knows["pulumi.dynamic"].add(str(file.relative_to(PACKAGE)))
    assert knows["pulumi"] == WITH_PULUMI
    assert knows["pulumi.dynamic"] == WITH_THE_DYNAMIC_PROVIDER
