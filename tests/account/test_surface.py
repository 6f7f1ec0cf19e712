"""What the package shows, what it imports, and how its threads share calls."""

import ast
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_cerevox import account
from pulumi_cerevox.account.directory import SharedCall


def test_the_public_names_are_sorted_and_there() -> None:
    assert account.__all__ == sorted(account.__all__, key=_order)
    assert all(hasattr(account, name) for name in account.__all__)


def _order(name: str) -> tuple[bool, bool, str]:
    """Order constants, then classes, then functions, as ruff does."""
    return (not name.isupper(), name[0].islower(), name)


def test_a_name_that_there_is_not_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Acount'"):
        account.Acount  # noqa: B018


def test_http_is_loaded_with_the_client() -> None:
    program = (
        "import sys, pulumi_cerevox.account as account, pulumi_cerevox.roster; "
        "print('requests' in sys.modules, account.Account.__name__, "
        "'requests' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["False", "Account", "True"]


def test_it_knows_no_other_layer() -> None:
    allowed = {"requests", "urllib3", "idna", *sys.stdlib_module_names}
    for path in Path(str(account.__file__)).parent.glob("*.py"):
        for module in _imported(ast.parse(path.read_text("utf-8"))):
            is_ours = module.startswith(
                ("pulumi_cerevox.account", "pulumi_cerevox.text")
            )
            assert is_ours or module.partition(".")[0] in allowed


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield str(node.module)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_an_interrupted_shared_call_holds_nobody_up() -> None:
    shared: SharedCall[int] = SharedCall()
    inside, others_wait = threading.Event(), threading.Event()
    outcomes: list[object] = []

    def interrupted() -> int:
        inside.set()
        assert others_wait.wait(30)
        raise KeyboardInterrupt

    def lead() -> None:
        with pytest.raises(KeyboardInterrupt):
            shared.run(interrupted)

    leader = threading.Thread(target=lead)
    leader.start()
    assert inside.wait(30)
    follower = threading.Thread(target=lambda: outcomes.append(shared.run(lambda: 7)))
    follower.start()
    others_wait.set()
    leader.join()
    follower.join()
    assert outcomes == [7]
