"""STAND-IN for the Python language host that comes with the official Pulumi CLI.

pulumi_cerevox's own; used only beside an engine that was built from Go modules.
It serves the engine's LanguageRuntime protocol: one Python project, its installed
packages as the official host lists them, dependencies from requirements.txt by pip,
programs that `pulumi convert` has read by Pulumi's own generator.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent import futures
from importlib import metadata
from pathlib import Path
from typing import TypeAlias

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2 as pb
from pulumi.runtime.proto import language_pb2_grpc, plugin_pb2

HERE = Path(__file__).parent
WITHOUT_PLUGIN = ("pulumi-policy", "pulumi-esc-sdk")
REPORTED = 32
Context: TypeAlias = grpc.ServicerContext
NO_LIMIT = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
]


def virtual_environment(info: pb.ProgramInfo) -> Path | None:
    """Return the project's virtual environment: its option, or what uv makes."""
    options = dict(info.options)
    chosen = options.get("virtualenv")
    if not chosen and options.get("toolchain") == "uv":
        chosen = ".venv"
    return Path(info.root_directory, chosen) if chosen else None


def project_python(info: pb.ProgramInfo) -> str:
    """Return the Python that runs the project's program.

    Raises:
        FileNotFoundError: the project names a virtual environment that is not there.
    """
    environment = virtual_environment(info)
    if environment is None:
        return os.environ.get("PULUMI_PYTHON_CMD") or "python3"
    python = environment / "bin" / "python"
    if not python.is_file():
        raise FileNotFoundError(
            f"the project's virtual environment {environment} is not there; "
            "'pulumi install' makes it"
        )
    return str(python)


def required_packages(info: pb.ProgramInfo) -> list[plugin_pb2.PackageDependency]:
    """Return the plugins that the project's installed distributions ask for.

    As the official host decides (read in its source): a distribution counts when its
    name begins with `pulumi-` or `pulumi_`, or when its module holds
    `pulumi-plugin.json`. A file that says `"resource": false` asks for no plugin.
    The file is looked for beside the distribution's metadata, so that of an editable
    install is seen in site-packages alone.
    """
    found = []
    for distribution in metadata.distributions(path=site_packages(info)):
        name = distribution.metadata["Name"]
        file = Path(str(distribution.locate_file("")), name.replace("-", "_"))
        file /= "pulumi-plugin.json"
        said = json.loads(file.read_text("utf-8")) if file.is_file() else None
        is_ours = said is not None or name.startswith(("pulumi-", "pulumi_"))
        if not is_ours or name.replace("_", "-") in WITHOUT_PLUGIN:
            continue
        plugin = {} if said is None else said
        version = plugin.get("version") or plugin_version(distribution.version)
        if version is None or (said is not None and not plugin.get("resource")):
            continue
        found.append(
            plugin_pb2.PackageDependency(
                name=plugin.get("name") or name.removeprefix("pulumi-"),
                version=version if version.startswith("v") else f"v{version}",
                kind="resource",
                server=plugin.get("server", ""),
            )
        )
    return found


def site_packages(info: pb.ProgramInfo) -> list[str]:
    """Return where the project's Python keeps its distributions.

    A virtual environment's alone: there are none where it is not made yet, or where
    the project runs on the system's Python.
    """
    environment = virtual_environment(info)
    if environment is None:
        python = shutil.which(os.environ.get("PULUMI_PYTHON_CMD") or "python3")
        environment = Path(python).parent.parent if python else Path("nowhere")
    if not (environment / "pyvenv.cfg").is_file():
        return []
    return [str(path) for path in environment.glob("lib/python3*/site-packages")]


def plugin_version(version: str) -> str | None:
    """Return the plugin's version for a distribution's; None where it can't be told.

    Three numbers are kept and fewer are filled up. The official host also translates
    pre-releases; this one leaves them out.
    """
    if not re.fullmatch(r"\d+(\.\d+)*", version):
        return None
    numbers = version.split(".")
    return ".".join([*numbers, *["0"] * (3 - len(numbers))])


def run_settings(request: pb.RunRequest, engine: str) -> str:
    """Write down, as JSON, what the program's runner must know."""
    info = request.info
    return json.dumps(
        {
            "project": request.project,
            "stack": request.stack,
            "organization": request.organization,
            "monitor": request.monitor_address,
            "engine": engine,
            "parallel": request.parallel,
            "dry_run": request.dryRun,
            "config": dict(request.config),
            "config_secret_keys": list(request.configSecretKeys),
            "root_directory": info.root_directory,
            "program": str(Path(info.program_directory, info.entry_point)),
        }
    )


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Answers what one `pulumi` command asks of its language."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self.programs: set[subprocess.Popen[bytes]] = set()

    def Handshake(
        self, request: pb.LanguageHandshakeRequest, context: Context
    ) -> pb.LanguageHandshakeResponse:
        self.engine = request.engine_address
        return pb.LanguageHandshakeResponse()

    def GetPluginInfo(
        self, request: empty_pb2.Empty, context: Context
    ) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version="0.0.0")

    def GetRequiredPackages(
        self, request: pb.GetRequiredPackagesRequest, context: Context
    ) -> pb.GetRequiredPackagesResponse:
        return pb.GetRequiredPackagesResponse(packages=required_packages(request.info))

    def GetRequiredPlugins(
        self, request: pb.GetRequiredPluginsRequest, context: Context
    ) -> pb.GetRequiredPluginsResponse:
        return pb.GetRequiredPluginsResponse()

    def About(self, request: pb.AboutRequest, context: Context) -> pb.AboutResponse:
        return pb.AboutResponse(
            executable=sys.executable,
            version=sys.version.split()[0],
            metadata={"stand-in": "pulumi_cerevox"},
        )

    def GetProgramDependencies(
        self, request: pb.GetProgramDependenciesRequest, context: Context
    ) -> pb.GetProgramDependenciesResponse:
        return pb.GetProgramDependenciesResponse()

    def RuntimeOptionsPrompts(
        self, request: pb.RuntimeOptionsRequest, context: Context
    ) -> pb.RuntimeOptionsResponse:
        return pb.RuntimeOptionsResponse()

    def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:
        for program in tuple(self.programs):
            interrupt(program)
        return empty_pb2.Empty()

    def Link(self, request: pb.LinkRequest, context: Context) -> pb.LinkResponse:
        if request.packages:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "links no SDK into a project")
        return pb.LinkResponse()

    def GenerateProject(
        self, request: pb.GenerateProjectRequest, context: Context
    ) -> pb.GenerateProjectResponse:
        words = [request.source_directory, request.target_directory, request.project]
        run = subprocess.run(
            [HERE / "generate", "project", *words, request.loader_target],
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if run.returncode != 0:
            context.abort(grpc.StatusCode.UNKNOWN, run.stderr)
        return pb.GenerateProjectResponse()

    def Run(self, request: pb.RunRequest, context: Context) -> pb.RunResponse:
        try:
            python = project_python(request.info)
            child = subprocess.Popen(
                [python, "-u", str(HERE / "pulumi-language-python-exec")],
                cwd=request.pwd or request.info.program_directory,
                env=os.environ
                | {"PULUMI_STANDIN_RUN": run_settings(request, self.engine)},
            )
        except OSError as error:
            return pb.RunResponse(error=f"could not start Python: {error}")
        # The engine cancels the call when the run must end early.
        context.add_callback(lambda: interrupt(child))
        self.programs.add(child)
        code = child.wait()
        self.programs.discard(child)
        if code == REPORTED:
            return pb.RunResponse(bail=True)
        if code != 0:
            return pb.RunResponse(error=f"Program exited with code {code}")
        return pb.RunResponse()

    def RunPlugin(
        self, request: pb.RunPluginRequest, context: Context
    ) -> Iterator[pb.RunPluginResponse]:
        variables = dict(one.split("=", 1) for one in request.env)
        child = subprocess.Popen(
            [
                project_python(request.info),
                "-u",
                request.info.program_directory,
                *request.args,
            ],
            cwd=request.pwd,
            env=os.environ | variables,
            stdout=subprocess.PIPE,
        )
        context.add_callback(child.terminate)
        for line in child.stdout or ():
            yield pb.RunPluginResponse(stdout=line)
        yield pb.RunPluginResponse(exitcode=child.wait())

    def InstallDependencies(
        self, request: pb.InstallDependenciesRequest, context: Context
    ) -> Iterator[pb.InstallDependenciesResponse]:
        directory = Path(request.directory)
        environment = virtual_environment(request.info)
        requirements = directory / "requirements.txt"
        if environment is None or not requirements.is_file():
            note = b"nothing to install: no virtualenv option or no requirements.txt\n"
            yield pb.InstallDependenciesResponse(stdout=note)
            return
        python = str(environment / "bin" / "python")
        for command in (
            ["python3", "-m", "venv", str(environment)],
            [python, "-m", "pip", "install", "-r", str(requirements)],
        ):
            run = subprocess.run(
                command,
                cwd=directory,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
            )
            yield pb.InstallDependenciesResponse(stdout=run.stdout)
            if run.returncode != 0:
                context.abort(grpc.StatusCode.UNKNOWN, f"{command} failed")


def interrupt(child: subprocess.Popen[bytes]) -> None:
    """Ask the program to end, as ^C would."""
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGINT)


def main() -> None:
    """Serve until told to stop; the port is the one line on stdout."""
    addresses = [word for word in sys.argv[1:] if not word.startswith("-")]
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    language_host = LanguageHost(addresses[-1] if addresses else "")
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8), options=NO_LIMIT)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(language_host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    parent = os.getppid()
    # An engine that was killed tells nobody: its host must notice by itself.
    while not stop.wait(1) and os.getppid() == parent:
        pass
    for program in tuple(language_host.programs):
        interrupt(program)
    # At once: the threads that wait for programs would keep Python from ending.
    os._exit(0)


if __name__ == "__main__":
    main()
