"""What the provider host and a program load, and what they leave to the command."""

from __future__ import annotations

import subprocess
import sys


def test_neither_the_provider_nor_a_program_loads_what_the_command_draws_with() -> None:
    program = (
        "import sys, pulumi_cerevox as cerevox, pulumi_cerevox.provider;"
        "[getattr(cerevox, name) for name in cerevox.__all__];"
        "drawing = {'rich', 'jinja2', 'prometheus_client', 'pulumi_cerevox.screen'};"
        "drawing &= set(sys.modules);"
        "sys.exit(f'loaded: {drawing}' if drawing else 0)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


def test_no_http_library_is_loaded_before_the_first_request() -> None:
    program = (
        "import sys, pulumi_cerevox.provider as ours;"
        "heavy = {'requests', 'urllib3', 'idna'} & set(sys.modules);"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
