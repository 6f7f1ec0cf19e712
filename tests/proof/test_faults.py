"""The short form of `make faults`, and that the matrix can fail."""

from __future__ import annotations

from pathlib import Path

from scripts.proof.fault_matrix import CONFIG, Plan, report, try_all, try_case
from scripts.proof.faults import exit_code
from scripts.proof.faults_tried import KINDS, Case, Request
from scripts.proof.preparation import prepare
from scripts.proof.scenarios import named
from scripts.proof.verdict import Outcome
from scripts.proof.world import World

SEED = 20
SIZE = 8

# Python runs this at its start, in every process of a run; the host alone is meant.
LOOKS_NO_MORE = """
import sys

if "pulumi.dynamic" in sys.orig_argv:
    from pulumi_cerevox.account.users import Creation

    Creation._looked_up = lambda self, wanted, error: None
"""


def test_a_sample_of_the_matrix(engine_folder: Path) -> None:
    plan = Plan(named(["users-change", "roster-up"]), size=SIZE, seed=SEED)
    tried = try_all(engine_folder, plan)
    assert len(tried) == SIZE
    assert exit_code(tried) == 0, report(tried)


def test_without_the_look_up_after_an_ambiguous_create_it_is_wrong(
    world: World, tmp_path: Path
) -> None:
    (scenario,) = named(["users-up"])
    prepared = prepare(world, scenario, tmp_path / "prepared", CONFIG)
    create = Request("POST", "/v1/users", 1, is_write=True)
    (timeout,) = (kind for kind in KINDS if kind.name == "timeout")
    case = Case(scenario.name, create, timeout, "after")
    assert try_case(world, prepared, case).outcome is Outcome.SURVIVED

    (tmp_path / "sitecustomize.py").write_text(LOOKS_NO_MORE)
    world.workspace.extra["PYTHONPATH"] = str(tmp_path)
    verdict = try_case(world, prepared, case)
    assert verdict.outcome is Outcome.WRONG
    assert "was sent again before anybody looked" in "\n".join(verdict.faults)
