"""What the package never does: run texts as code, ask a shell, work on import."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "pulumi_cerevox"
#: By the last name of what is called; by the whole where the last is a common word.
NEVER_CALLED = {
    *("eval", "exec", "__import__", "execfile", "compile"),
    *("os.system", "os.popen", "os.execv", "os.spawnv", "pty.spawn"),
    *("pickle.load", "pickle.loads", "pickle.Unpickler", "dill.load", "dill.loads"),
    *("marshal.load", "marshal.loads", "shelve.open", "jsonpickle.decode"),
    *("yaml.load", "yaml.load_all", "yaml.full_load", "yaml.unsafe_load"),
    *("subprocess.getoutput", "subprocess.getstatusoutput"),
    *("tempfile.mktemp", "urllib3.disable_warnings"),
}
NEVER_TRUE = {"shell", "allow_redirects"}
NEVER_FALSE = {"verify", "check_hostname"}


def sins(source: str) -> Iterator[str]:
    """Name what a module does that none may do, with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in NEVER_CALLED:
                yield f"{node.lineno}: {name}"
            for keyword in node.keywords:
                yield from _bad_keyword(keyword)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if f"{node.module}.{alias.name}" in NEVER_CALLED:
                    yield f"{node.lineno}: {node.module}.{alias.name}"


def _bad_keyword(keyword: ast.keyword) -> Iterator[str]:
    value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
    is_bad = (keyword.arg in NEVER_TRUE and value is not False) or (
        keyword.arg in NEVER_FALSE and value is False
    )
    if is_bad:
        yield f"{keyword.value.lineno}: {keyword.arg}={ast.unparse(keyword.value)}"


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_no_text_is_run(path: Path) -> None:
    assert list(sins(path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        "eval(text)",
        "import yaml\nyaml.load(text)",
        "subprocess.run(text, shell=True)",
        "subprocess.run(text, shell=wanted)",
        "from pickle import loads",
        "requests.get(url, verify=False)",
        "requests.get(url, allow_redirects=True)",
    ],
)
def test_a_sin_is_found(source: str) -> None:
    assert len(list(sins(source))) == 1


#: Events of Python itself (sys.addaudithook) that an import has no business with.
#: So the watch begins when the packages that ours are built on are there.
WATCH = """
import os, sys, threading
import requests, pulumi, pulumi.dynamic, fastapi, uvicorn, pytest

seen = []
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND
NEVER = (
    "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname",
    "socket.sendto", "subprocess.Popen", "os.system", "os.fork", "os.forkpty",
    "os.posix_spawn", "os.exec", "os.mkdir", "os.remove", "os.rename", "os.rmdir",
    "os.chmod", "os.truncate", "os.putenv", "os.unsetenv", "tempfile.mkstemp",
    "tempfile.mkdtemp", "webbrowser.open", "signal.signal",
)

def watch(event, args):
    writes = event == "open" and isinstance(args[2], int) and args[2] & WRITING
    if writes or event in NEVER:
        seen.append((event, repr(args)[:200]))

sys.addaudithook(watch)
"""
TELL = "print(seen + threading.enumerate()[1:])"


def events_of(program: str) -> str:
    run = subprocess.run(
        [sys.executable, "-B", "-c", f"{WATCH}\n{program}\n{TELL}"],
        # Not measured: coverage itself writes files and starts with the process.
        env={k: v for k, v in os.environ.items() if not k.startswith("COV")},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.strip()


@pytest.mark.parametrize(
    "module",
    [
        *("pulumi_cerevox", "pulumi_cerevox.account", "pulumi_cerevox.roster"),
        *("pulumi_cerevox.cli", "pulumi_cerevox.audit", "pulumi_cerevox.provider"),
        *("pulumi_cerevox.testing.pytest_plugin", "pulumi_cerevox.emulator"),
    ],
)
def test_an_import_does_nothing(module: str) -> None:
    """Neither network, files, processes nor threads; with each public name loaded."""
    program = (
        f"import {module} as module\n"
        "for name in getattr(module, '__all__', ()): getattr(module, name)"
    )
    assert events_of(program) == "[]"


@pytest.mark.parametrize(
    "program",
    [
        "import socket; socket.socket().bind(('127.0.0.1', 0))",
        "threading.Thread(target=threading.Event().wait, daemon=True).start()",
        "import tempfile; tempfile.mkdtemp()",
        "import os; open(os.devnull, 'w')",
        "import subprocess; subprocess.run(['true'])",
    ],
)
def test_an_import_that_did_something_would_be_seen(program: str) -> None:
    assert events_of(program) != "[]"
