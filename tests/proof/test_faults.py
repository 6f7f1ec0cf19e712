"""The short form of `make faults`, and that the matrix can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.proof.faults import (
    CONFIG,
    KINDS,
    Case,
    main,
    try_case,
)
from scripts.proof.journal import Request
from scripts.proof.runner import Setup, prepare
from scripts.proof.sandbox import Sandbox
from scripts.proof.scenarios import named
from scripts.proof.verdict import Outcome

SEED = 20

# Python runs this at its start, in every process of a run; the host alone is meant.
LOOKS_NO_MORE = """
import sys

if "pulumi.dynamic" in sys.orig_argv:
    from pulumi_cerevox.account.users import Creation

    Creation._look_up = lambda self, wanted, error: None
"""


@pytest.mark.parametrize(
    ("words", "size"),
    [
        pytest.param(
            ["--scenario=users-change", "--scenario=roster-up"], 6, id="dynamic"
        ),
        pytest.param(["--native", "--scenario=roster-up"], 3, id="native"),
    ],
)
def test_a_sample_of_the_matrix(
    engine_folder: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    size: int,
) -> None:
    assert engine_folder.is_dir()
    code = main([*words, f"--sample={size}", f"--seed={SEED}"])
    text = capsys.readouterr().out
    assert code == 0, text
    assert text.splitlines()[-1].split()[-2:] == ["0", str(size)]


def test_without_the_look_up_after_an_ambiguous_create_it_is_wrong(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    (scenario,) = named(["users-up"])
    # Without the look the create is sent until its time is up.
    setup = Setup([scenario], CONFIG | {"maxWaitSeconds": "15"})
    prepared = prepare(sandbox, scenario, tmp_path / "prepared", setup)
    create = Request("POST", "/v1/users", 1, is_write=True)
    (timeout,) = (kind for kind in KINDS if kind.name == "timeout")
    case = Case(scenario.name, create, timeout, "after")
    assert try_case(sandbox, prepared, case).outcome is Outcome.SURVIVED

    (tmp_path / "sitecustomize.py").write_text(LOOKS_NO_MORE)
    sandbox.workspace.extra["PYTHONPATH"] = str(tmp_path)
    verdict = try_case(sandbox, prepared, case)
    assert verdict.outcome is Outcome.WRONG
    assert "was sent again before anybody looked" in "\n".join(verdict.faults)
