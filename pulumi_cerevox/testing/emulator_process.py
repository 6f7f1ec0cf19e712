"""The emulator as a subprocess, with its admin API as methods."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

_STOP_SECONDS = 30
_CALL_SECONDS = 60


class EmulatorError(Exception):
    """The emulator did not start, or its admin API refused a call."""


class EmulatorProcess:
    """A running emulator.

    The keywords are the options of `pulumi-cerevox emulator`. Use it as a context
    manager, or call `stop`:

    ```python
    with EmulatorProcess(seed="team") as emulator:
        requests.get(f"{emulator.url}/users", ...)
        assert emulator.count("GET", "/users") == 1
    ```

    `url` ends in `/v1`; `api_key` is the account owner's, who is an admin.
    """

    def __init__(
        self,
        *,
        seed: str | Path = "empty",
        users: int = 0,
        account_id: str | None = None,
        dialect: Literal["documented", "sdk-0.2"] = "documented",
        latency_ms: int = 0,
        db: str | Path | None = None,
        port: int = 0,
    ) -> None:
        """Start the emulator and wait until it is ready.

        Raises:
            EmulatorError: It ended before it was ready; the text has its messages.
        """
        self._port = port
        self._options = ["--seed", str(seed), "--users", str(users)]
        self._options += ["--dialect", dialect, "--latency-ms", str(latency_ms)]
        if account_id is not None:
            self._options += ["--account-id", account_id]
        if db is not None:
            self._options += ["--db", str(db)]
        # An address on this machine is never reached through a proxy.
        self._opener = build_opener(ProxyHandler({}))
        self._log: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.url = self.api_key = self.admin_url = ""
        self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _: type[BaseException] | None,
        __: BaseException | None,
        ___: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"EmulatorProcess(url={self.url!r}, running={self.running})"

    @property
    def pid(self) -> int:
        """The id of the process.

        Raises:
            EmulatorError: It was stopped.
        """
        if self._process is None:
            raise EmulatorError("The emulator is not running")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def log(self) -> str:
        """Return what the emulator wrote to stderr so far; empty after `stop`."""
        if self._log is None:
            return ""
        # Not by seeking: the emulator writes at the same position.
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), size, 0).decode("utf-8", "replace")

    def stop(self) -> int | None:
        """Stop the emulator by SIGTERM; return its exit code, None where it had ended.

        An emulator that does not stop within 30 seconds is killed, and its exit code
        is then that of the kill.
        """
        process, self._process = self._process, None
        code = None if process is None else _end(process)
        if self._log is not None:
            self._log.close()
            self._log = None
        return code

    def kill(self) -> None:
        """Kill the process (SIGKILL) and wait until it is gone."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            _close_pipe(process)

    def restart(self) -> None:
        """Start again on the same port, database and options, stopping it if need be.

        Without a database the account begins again with the seed.
        """
        process, self._process = self._process, None
        if process is not None:
            _end(process)
        self._start()

    def journal(
        self, method: str | None = None, path: str | None = None
    ) -> list[dict[str, Any]]:
        """Return the API calls it saw, in order.

        Args:
            method: Only this method.
            path: Only this path or route template (`/users/{user_id}`), with or without
                `/v1`; a `*` stands for any characters.
        """
        wanted = {"method": method, "path": path}
        query = urlencode({key: value for key, value in wanted.items() if value})
        requests: list[dict[str, Any]] = self._admin("GET", f"/journal?{query}")[
            "requests"
        ]
        return requests

    def count(self, method: str | None = None, path: str | None = None) -> int:
        """Return the number of API calls that `journal` would return."""
        return len(self.journal(method, path))

    def clear_journal(self) -> None:
        """Empty the journal."""
        self._admin("DELETE", "/journal")

    def add_fault(self, **rule: Any) -> dict[str, Any]:
        """Add a fault rule, for example `method="POST", path="/users", status=503`.

        See `POST /faults` in the emulator's own documentation (`/docs`) for the fields.
        """
        return self._first(self._admin("POST", "/faults", rule)["faults"])

    def faults(self) -> list[dict[str, Any]]:
        """Return every fault rule with how often it was seen and fired."""
        rules: list[dict[str, Any]] = self._admin("GET", "/faults")["faults"]
        return rules

    def clear_faults(self) -> None:
        """Remove every fault rule."""
        self._admin("DELETE", "/faults")

    def advance_clock(self, seconds: float) -> None:
        """Move the emulator's clock forward."""
        self._admin("POST", "/clock", {"advance_seconds": seconds})

    def set_clock(self, **setting: Any) -> dict[str, Any]:
        """Set the clock by `set` (ISO 8601), `advance_seconds` or `frozen`."""
        return self._object(self._admin("POST", "/clock", setting))

    def reset(self, *what: str) -> None:
        """Return to the seed, with the same ids and API key.

        Args:
            what: Any of `state`, `faults`, `journal`, `clock`, `rules`; all by default.
        """
        self._admin("POST", "/reset", dict.fromkeys(what, True) if what else None)

    def snapshot(self) -> dict[str, Any]:
        """Return the whole state of the account."""
        return self._object(self._admin("GET", "/snapshot"))

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Put a state in place of the present one."""
        self._admin("PUT", "/snapshot", dict(snapshot))

    def users(self) -> list[dict[str, Any]]:
        """Return the users as they are, oldest first: nothing is sent to the API."""
        users: list[dict[str, Any]] = self.snapshot()["users"]
        return users

    def user(self, email: str) -> dict[str, Any]:
        """Return the user with an email, whatever its case.

        Raises:
            KeyError: There is none.
        """
        for user in self.users():
            if user["email"].casefold() == email.casefold():
                return user
        raise KeyError(email)

    def patch_user(self, email: str, /, **fields: Any) -> dict[str, Any]:
        """Change a user (email or id) behind the API's back.

        The fields are `name`, `role`, `isbanned`, `lastlogin`, `password`, `email`.
        """
        path = f"/users/{quote(email, safe='')}"
        return self._object(self._admin("PATCH", path, fields))

    def add_user(self, email: str, **fields: Any) -> dict[str, Any]:
        """Add a user behind the API's back; fields as in `patch_user`."""
        return self._object(self._admin("POST", "/users", {"email": email, **fields}))

    def remove_user(self, email: str) -> dict[str, Any]:
        """Remove a user (email or id) behind the API's back; returns whom."""
        path = f"/users/{quote(email, safe='')}"
        return self._object(self._admin("DELETE", path))

    def key_for(self, email: str) -> str:
        """Return a new API key of a user."""
        return str(self._admin("POST", "/keys", {"email": email})["api_key"])

    def revoke_keys(self, **which: str) -> None:
        """Revoke keys by `email` or `api_key`; every key with neither."""
        self._admin("DELETE", "/keys", which or None)

    def patch_account(self, **fields: Any) -> dict[str, Any]:
        """Change `status`, `plan`, `max_users` or `account_name` of the account."""
        return self._object(self._admin("PATCH", "/account", fields))

    def patch_rules(self, **fields: Any) -> dict[str, Any]:
        """Change the emulator's switches; see `GET /rules` for their names."""
        return self._object(self._admin("PATCH", "/rules", fields))

    def _start(self) -> None:
        command = [sys.executable, "-m", "pulumi_cerevox.cli", "emulator"]
        command += [*self._options, "--port", str(self._port)]
        if self._log is None:
            # A pipe that nobody reads would stop the emulator when it is full.
            self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop
        process = subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._log
        )
        self._process = process
        line = process.stdout.readline() if process.stdout else b""
        if not line:
            code = process.wait()
            text = self.log()
            self.stop()
            raise EmulatorError(f"The emulator ended with exit code {code}:\n{text}")
        ready = json.loads(line)
        self.url = ready["url"]
        self.api_key = ready["api_key"]
        self.admin_url = ready["admin_url"]
        # The one it picked: a restart has to come back at the same address.
        self._port = urlsplit(self.url).port or self._port

    def _admin(self, method: str, path: str, body: Any = None) -> Any:
        request = Request(  # noqa: S310 - http, to our own process
            self.admin_url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        try:
            with self._opener.open(request, timeout=_CALL_SECONDS) as response:
                return json.load(response)
        except HTTPError as error:
            with error:
                text = error.read().decode("utf-8", "replace")
            raise EmulatorError(f"{method} {path}: {error.code} {text}") from error

    @staticmethod
    def _object(value: Any) -> dict[str, Any]:
        answer: dict[str, Any] = value
        return answer

    @staticmethod
    def _first(values: Iterable[dict[str, Any]]) -> dict[str, Any]:
        return next(iter(values))


def _end(process: subprocess.Popen[bytes]) -> int:
    process.terminate()
    try:
        return process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
    finally:
        _close_pipe(process)


def _close_pipe(process: subprocess.Popen[bytes]) -> None:
    if process.stdout is not None:
        process.stdout.close()
