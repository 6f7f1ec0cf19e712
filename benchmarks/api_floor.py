"""The API's floor: a run's requests, sent again by a bare pooled client."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import urllib3

from pulumi_cerevox.testing.emulator_process import EmulatorProcess

_LOGIN = "/v1/token/login"


def replayed(
    emulator: EmulatorProcess, requests: Sequence[dict[str, Any]], threads: int
) -> float:
    """Send requests as a journal has them; give the seconds with one login.

    Raises:
        RuntimeError: one ended with another status than in the journal.
    """
    url = urlsplit(emulator.url)
    origin = f"{url.scheme}://{url.netloc}"
    others = [one for one in requests if not one["path"].startswith("/v1/token")]
    with urllib3.PoolManager(maxsize=threads, block=True, retries=False) as pool:
        began = time.perf_counter()
        token = _token(pool, origin, emulator.api_key)

        def send(one: dict[str, Any]) -> None:
            body = None if one["body"] is None else json.dumps(one["body"])
            headers = {"Authorization": f"Bearer {token}"}
            if body is not None:
                headers["Content-Type"] = "application/json"
            answer = pool.request(
                one["method"], origin + one["path"], body=body, headers=headers
            )
            if answer.status != one["status"]:
                raise RuntimeError(
                    f"{one['method']} {one['path']}: {answer.status}, not "
                    f"{one['status']} as before"
                )

        with ThreadPoolExecutor(threads) as workers:
            list(workers.map(send, others))
        return time.perf_counter() - began


def _token(pool: urllib3.PoolManager, origin: str, api_key: str) -> str:
    basic = base64.b64encode(api_key.encode()).decode()
    headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}
    answer = pool.request(
        "POST", origin + _LOGIN, body='{"login": true}', headers=headers
    )
    return str(json.loads(answer.data)["access_token"])
