"""What a person takes in the state."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.figures import Figure, Raw
from benchmarks.programs import Kind
from benchmarks.setup import Setup, say
from benchmarks.stacks import stack

_SIZE = 10


def measure(setup: Setup) -> list[Figure]:
    """Compare the state of ten people, ours and the naive provider's."""
    with stack(setup) as one:
        sizes: dict[Kind, tuple[float, float]] = {}
        for kind in (Kind.USERS, Kind.ROSTER, Kind.NAIVE):
            say(f"state of {_SIZE}: {kind}")
            one.begin_anew()
            one.write(kind, _SIZE)
            one.up()
            sizes[kind] = _bytes(one.workspace.export())
        # Pulumi encrypts a pickle by default, which makes it longer still.
        shown = json.loads(one.run("stack", "export", "--show-secrets"))
        in_plain = _bytes(_without_secrets(shown))
    naive, naive_pickle = sizes[Kind.NAIVE]
    raw_naive = Raw("naive", naive, "bytes")
    figures = [
        Figure(
            f"State bytes a person, `{kind}` over naive by value",
            sizes[kind][0] / naive,
            most=0.2,
            raw=(Raw(kind, sizes[kind][0], "bytes"), raw_naive),
        )
        for kind in (Kind.USERS, Kind.ROSTER)
    ]
    users, pickle = sizes[Kind.USERS]
    plain, plain_pickle = in_plain
    raw = (
        Raw("ours", pickle, "bytes"),
        Raw("naive", naive_pickle, "bytes"),
        Raw("naive, were it no secret", plain_pickle, "bytes"),
    )
    title = "`__provider` bytes, ours over naive by value"
    return [
        *figures,
        Figure(
            "State bytes a person, `User` over naive by value, were it no secret",
            users / plain,
            raw=(Raw(Kind.USERS, users, "bytes"), Raw("naive", plain, "bytes")),
        ),
        Figure(title, pickle / naive_pickle, raw=raw),
    ]


def _without_secrets(value: Any) -> Any:
    """Give what stands behind the secrets of an export with `--show-secrets`."""
    if isinstance(value, list):
        return [_without_secrets(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "plaintext" in value:
        return json.loads(value["plaintext"])
    return {key: _without_secrets(one) for key, one in value.items()}


def _bytes(deployment: dict[str, Any]) -> tuple[float, float]:
    """Give the bytes a person and those of one `__provider`, as compact JSON."""
    ours = [
        resource
        for resource in deployment["deployment"]["resources"]
        if resource["type"].startswith("pulumi-python:dynamic")
    ]
    size = len(json.dumps(ours, separators=(",", ":"))) / _SIZE
    return size, len(json.dumps(ours[0]["inputs"]["__provider"]))
