"""The command on machines with something wrong: real keys, clocks and certificates."""

from __future__ import annotations

import json
import os
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pulumi_cerevox.testing import EmulatorProcess


@dataclass
class Examination:
    """One run of the command, read as JSON."""

    code: int
    checks: dict[str, dict[str, str]]

    def states(self) -> dict[str, str]:
        return {name: check["state"] for name, check in self.checks.items()}


@dataclass
class Machine:
    """A home, an engine on PATH, an emulator; each test breaks one thing."""

    emulator: EmulatorProcess
    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(
        self, *arguments: str, stdin: str = "", **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the command; a key must be in nothing that it says."""
        hidden = ("CEREVOX_", "REQUESTS_CA", "CURL_CA", "PULUMI_")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
        environment = {
            "PYTHON_KEYRING_BACKEND": "keyrings.alt.file.PlaintextKeyring",
            "XDG_DATA_HOME": str(self.home),
            "XDG_STATE_HOME": str(self.home),
            "PATH": f"{self.home / 'bin'}:{os.environ['PATH']}",
            "CEREVOX_BASE_URL": self.emulator.url,
            "CEREVOX_API_KEY": self.emulator.api_key,
            **self.environment,
            **more,
        }
        run = subprocess.run(
            [sys.executable, "-m", "pulumi_cerevox.cli", *arguments],
            env=kept | environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        said = run.stdout + run.stderr
        assert "Traceback" not in said
        key = self.emulator.api_key
        for piece in (key[:20], key[20:], *environment["CEREVOX_API_KEY"].split()):
            assert piece not in said
        return run

    def examined(self, *arguments: str, **more: str) -> Examination:
        run = self.run("doctor", "--format", "json", *arguments, **more)
        assert run.stderr == ""
        told = json.loads(run.stdout)
        assert told["exit_code"] == run.returncode
        checks = {check["name"]: check for check in told["checks"]}
        for check in checks.values():
            is_mended = check["state"] in {"fail", "warning"}
            assert bool(check["mend"]) == is_mended, check
        return Examination(run.returncode, checks)

    def put_engine(self, script: str) -> None:
        """Put a program `pulumi` of these lines first on PATH."""
        program = self.home / "bin" / "pulumi"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)


@pytest.fixture
def machine_of(tmp_path: Path) -> Callable[[EmulatorProcess], Machine]:
    def make(emulator: EmulatorProcess) -> Machine:
        machine = Machine(emulator, tmp_path)
        machine.put_engine("echo v3.259.0")
        return machine

    return make


@pytest.fixture
def machine(
    start_emulator: Callable[..., EmulatorProcess], machine_of: Callable[..., Machine]
) -> Machine:
    return machine_of(start_emulator(seed="team"))


def make_certificate(file: Path, *, host: str, ends: timedelta) -> None:
    """Write a self-signed certificate with its private key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + ends)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(host))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(pem))


class TlsServer(socketserver.ThreadingTCPServer):
    """Takes TLS connections and passes on what is in them."""

    daemon_threads = True

    def __init__(self, certificate: Path, port: int) -> None:
        super().__init__(("127.0.0.1", 0), TlsHandler)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        self.target = ("127.0.0.1", port)

    def handle_error(self, *_: object) -> None:
        pass  # a client that does not like the certificate


class TlsHandler(socketserver.BaseRequestHandler):
    server: TlsServer

    def handle(self) -> None:
        with (
            self.server.context.wrap_socket(self.request, server_side=True) as client,
            socket.create_connection(self.server.target) as api,
        ):
            back = threading.Thread(target=_pass_on, args=(api, client), daemon=True)
            back.start()
            _pass_on(client, api)
            back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def serve_tls(tmp_path: Path) -> Iterator[Callable[..., tuple[str, str]]]:
    """Serve an emulator over TLS; give the URL and the certificate's file."""
    with ExitStack() as stack:

        def serve(
            emulator: EmulatorProcess,
            *,
            host: str = "127.0.0.1",
            ends: timedelta = timedelta(days=9),
        ) -> tuple[str, str]:
            file = tmp_path / "certificate.pem"
            make_certificate(file, host=host, ends=ends)
            port: Any = urlsplit(emulator.url).port
            server = stack.enter_context(TlsServer(file, port))
            thread = threading.Thread(target=server.serve_forever, args=(0.02,))
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            return f"https://127.0.0.1:{server.server_address[1]}/v1", str(file)

        yield serve
