"""What the package shows, what it imports, and how its threads share calls."""

import ast
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_cerevox import account
from pulumi_cerevox.account.shared_call import SharedCall


def test_the_public_names_are_sorted_and_there() -> None:
    assert account.__all__ == sorted(account.__all__, key=_order)
    assert all(hasattr(account, name) for name in account.__all__)


def _order(name: str) -> tuple[bool, bool, str]:
    """Order constants, then classes, then functions, as ruff does."""
    return (not name.isupper(), name[0].islower(), name)


def test_it_knows_no_other_layer() -> None:
    allowed = {"requests", "urllib3", "idna", *sys.stdlib_module_names}
    for path in Path(str(account.__file__)).parent.glob("*.py"):
        for module in _imported(ast.parse(path.read_text("utf-8"))):
            is_ours = module.startswith("pulumi_cerevox.account")
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
