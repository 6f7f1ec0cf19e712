"""Takes over an account as it was exported: as one roster, or person by person."""

import runpy
from pathlib import Path

import pulumi

import pulumi_cerevox as cerevox

if Path("team.yaml").exists():
    cerevox.Roster.from_file("team", "team.yaml")
elif Path("people.py").exists():
    runpy.run_path("people.py")
else:
    raise pulumi.RunError(
        "nothing is exported yet: pulumi-cerevox export > team.yaml, or see README.md"
    )
