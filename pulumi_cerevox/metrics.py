"""Write figures as text for Prometheus, with prometheus-client (extra `metrics`).

Only commands load it. The text is for a node exporter's textfile or a push gateway.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Gauge, generate_latest


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: its name without `cerevox_`, its help, and its figures.

    Attributes:
        name: Its name; `cerevox_` goes in front.
        text: What it is, in a sentence.
        label: The label in which its samples differ; "" for the one sample of a
            metric without one.
        samples: A figure for each value of the label; what is None is not told.
    """

    name: str
    text: str
    samples: Iterable[tuple[str, float | None]]
    label: str = ""


def one(name: str, text: str, value: float | None) -> Metric:
    """Return a metric of one figure."""
    return Metric(name, text, [("", value)])


def exposition(metrics: Iterable[Metric], labels: Mapping[str, str]) -> str:
    """Return metrics as text, each sample with these labels.

    A metric without a figure is left out: nothing stands for what is not known.
    """
    registry = CollectorRegistry()
    for metric in metrics:
        told = [(key, value) for key, value in metric.samples if value is not None]
        if not told:
            continue
        names = [*labels, metric.label] if metric.label else [*labels]
        gauge = Gauge(f"cerevox_{metric.name}", metric.text, names, registry=registry)
        for key, value in told:
            values = [*labels.values(), key] if metric.label else [*labels.values()]
            gauge.labels(*values).set(float(value))
    return generate_latest(registry).decode()
