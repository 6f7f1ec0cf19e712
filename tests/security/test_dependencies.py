"""`make audit-deps` and `make sbom`: what the package is made of, and known faults."""

from __future__ import annotations

import json
import os
import subprocess
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from tests.scripted_server import Script

ROOT = Path(__file__).parents[2]
BAD = {
    "id": "GHSA-made-up",
    "modified": "2026-01-01T00:00:00Z",
    "published": "2026-01-01T00:00:00Z",
    "summary": "Made up",
    "affected": [],
}


def audit(url: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "scripts" / "audit-deps", "--service-url", url],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def answer_queries(script: Script, *bad: dict[str, Any]) -> None:
    """Answer as OSV does: for each package of a query what is known of it."""

    def reply(handler: Any) -> None:
        queries = script.requests[-1].json["queries"]
        of_one = [{"id": one["id"], "modified": one["modified"]} for one in bad]
        results = [{"vulns": of_one}, *({} for _ in queries[1:])]
        handler.give((200, {"results": results}))

    script.on("POST", "/querybatch", reply)
    for one in bad:
        script.on("GET", f"/vulns/{one['id']}", (200, one))


def test_a_known_vulnerability_is_told(script: Script) -> None:
    answer_queries(script, BAD)
    run = audit(script.url.removesuffix("v1"))
    assert run.returncode == 1, run.stdout
    assert "GHSA-made-up" in run.stdout


def test_nothing_known_is_fine(script: Script) -> None:
    answer_queries(script)
    run = audit(script.url.removesuffix("v1"))
    assert (run.returncode, run.stderr) == (0, "")
    asked = script.requests[0].json["queries"]
    names = {query["package"]["name"] for query in asked}
    assert {"requests", "pulumi", "pyyaml"} <= names
    assert "schemathesis" not in names


def test_where_the_list_cannot_be_reached_it_is_said() -> None:
    # By default uv tries again three times. After one it says the same.
    run = audit("http://127.0.0.1:9/", UV_HTTP_RETRIES="1")
    assert run.returncode == 0
    assert "NOT AUDITED" in run.stderr


def test_the_bill_of_materials_names_what_users_get(tmp_path: Path) -> None:
    file = tmp_path / "below" / "sbom.json"
    command = ["make", "sbom", f"SBOM={file}"]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    bill = json.loads(file.read_text())
    assert bill["bomFormat"] == "CycloneDX"
    found = {part["name"]: part for part in bill["components"]}
    assert all(part["purl"].startswith("pkg:pypi/") for part in found.values())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(one for extra in extras for one in extra)]
    assert {Requirement(one).name.lower() for one in wanted} <= set(found)
    assert "schemathesis" not in found
