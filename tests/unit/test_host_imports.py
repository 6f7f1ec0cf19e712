"""What the provider host loads before the engine's first call."""

from __future__ import annotations

import subprocess
import sys


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
