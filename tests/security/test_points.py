"""The table of points names tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def test_every_named_test_is_there() -> None:
    table = Path(__file__).with_name("README.md").read_text("utf-8")
    named = NAMED.findall(table)
    assert len(named) > 30
    for file, function in named:
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        functions = ast.FunctionDef | ast.AsyncFunctionDef
        there = {node.name for node in tree.body if isinstance(node, functions)}
        assert function in there, f"{file}::{function}"


def test_every_test_of_this_folder_is_named() -> None:
    table = Path(__file__).with_name("README.md").read_text("utf-8")
    files = {path.name for path in Path(__file__).parent.glob("test_*.py")}
    assert {name for name in files if name not in table} == set()
