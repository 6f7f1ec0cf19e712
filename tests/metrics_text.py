"""Metrics as Prometheus reads them."""

from __future__ import annotations

import shutil
import subprocess

from prometheus_client.parser import text_string_to_metric_families


def read_metrics(text: str) -> dict[str, float]:
    """Return each sample's figure by its name and its own label, as `people{admin}`.

    promtool judges the text where it is on PATH, the library's own parser everywhere.
    """
    promtool = shutil.which("promtool")
    if promtool is not None:
        judged = subprocess.run(
            [promtool, "check", "metrics"],
            input=text,
            text=True,
            capture_output=True,
            check=False,
        )
        assert (judged.returncode, judged.stdout + judged.stderr) == (0, "")
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            shared = {"account_id", "currency", "source"}
            own = [value for key, value in sample.labels.items() if key not in shared]
            name = sample.name.removeprefix("cerevox_")
            found[f"{name}{{{own[0]}}}" if own else name] = sample.value
    return found


def labels_of(text: str) -> dict[str, str]:
    """Return the labels of the first sample."""
    family = next(iter(text_string_to_metric_families(text)))
    labels: dict[str, str] = family.samples[0].labels
    return labels
