"""What the benchmarks make of what they measured."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks import peers, report
from benchmarks.__main__ import MEASUREMENTS
from benchmarks.figures import Figure, Pair, Raw, compared, median_ratio, missed

SIDES = ("ours", "bare")
ROOT = Path(__file__).parent.parent.parent


def test_the_ratio_is_the_median_of_the_rounds_ratios() -> None:
    # A pause of the machine during one side of one round changes nothing.
    pairs = [Pair(1.1, 1.0), Pair(90.0, 1.0), Pair(2.4, 2.0)]
    assert median_ratio(pairs) == pytest.approx(1.2)
    figure = compared("start", pairs, SIDES, most=1.35)
    assert figure.value == pytest.approx(1.2)
    assert figure.raw == (Raw("ours", 2.4, "s"), Raw("bare", 1.0, "s"))


@pytest.mark.parametrize(
    ("value", "most", "least", "kept"),
    [
        pytest.param(1.35, 1.35, None, True, id="at the bar"),
        pytest.param(1.36, 1.35, None, False, id="above"),
        pytest.param(20, None, 20, True, id="at the lower bar"),
        pytest.param(19.9, None, 20, False, id="below"),
        pytest.param(float("nan"), 1, None, False, id="no number"),
        pytest.param(99, None, None, True, id="without a bar"),
    ],
)
def test_a_bar_is_kept_or_missed(
    value: float, most: float | None, least: float | None, *, kept: bool
) -> None:
    figure = Figure("one", value, most=most, least=least)
    assert figure.is_kept is kept
    assert missed([figure]) == ([] if kept else [figure])


FIGURES = [
    Figure("start", 1.2, most=1.35, raw=(Raw("ours", 0.51, "s"),)),
    Figure("naive <over> ours", 10, least=20, note="1000 is left out"),
    Figure("bytes", 1234.5, raw=(Raw("ours", 1234.5, "bytes"),)),
]


MARKED = """
<!-- make bench writes from here -->
| older |
<!-- to here -->
"""


def test_the_table_says_what_is_kept_and_what_is_missed() -> None:
    assert report.as_text(FIGURES).splitlines() == [
        "figure             value      bar",
        "start               1.20  <= 1.35  kept",
        "naive <over> ours     10    >= 20  MISSED",
        "bytes              1,234           -",
    ]


def run_of(measurement: str, *figures: Figure) -> report.Run:
    return report.Run(measurement, "quick", report.machine(), figures)


def test_the_results_carry_the_raw_numbers(tmp_path: Path) -> None:
    report.write(tmp_path, [run_of("start", *FIGURES)])
    text = (tmp_path / "results.md").read_text()
    assert "| start | 1.20 | <= 1.35 | kept | ours 0.51 s |" in text
    assert "| 1000 is left out |" in text
    (run,) = json.loads((tmp_path / "results.json").read_text())["runs"]
    assert [one["bar_kept"] for one in run["figures"]] == [True, False, None]
    assert run["figures"][0]["raw"][0]["value"] == 0.51


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    runs = [run_of("start", *FIGURES[:2]), run_of("state", FIGURES[2])]
    assert report.read(tmp_path) == []
    report.write(tmp_path, runs)
    assert report.read(tmp_path) == runs


def test_a_new_run_takes_the_place_of_an_older_one() -> None:
    kept = [run_of("start", FIGURES[0]), run_of("state", FIGURES[2])]
    new = [run_of("start", FIGURES[1]), run_of("audit", FIGURES[1])]
    found = report.merged(kept, new, ["start", "audit", "state"])
    assert found == [new[0], new[1], kept[1]]


def test_the_chart_shows_every_figure_that_has_a_bar() -> None:
    root = ET.fromstring(report.chart(FIGURES))  # noqa: S314 - our own
    bars = root.findall("{http://www.w3.org/2000/svg}rect")
    assert [bar.get("class") for bar in bars] == ["kept", "missed"]
    assert FIGURES[1].share_of_bar == 2


def test_the_page_gets_the_figures_that_have_a_bar() -> None:
    machine = {"date": "2026-11-29", "commit": "58c9dca"}
    runs = [report.Run("start", "full", machine, tuple(FIGURES))]
    text = report.with_figures(MARKED, runs)
    assert "| start | 1.20 | <= 1.35 | kept | 2026-11-29, 58c9dca |\n" in text
    assert "older" not in text
    assert "bytes" not in text
    assert report.with_figures(text, runs) == text


def test_a_page_without_marks_is_an_error() -> None:
    with pytest.raises(ValueError, match="to here"):
        report.with_figures("# A project", [])


def peer(phase: str, side: str, what: str, value: float) -> Figure:
    raw = (Raw(what, 3 * value), Raw("sent", 4, "requests"), Raw("sent", 2, "writes"))
    name = f"Peers, {phase} of 1000: {side}, {what}"
    return Figure(name, value, raw=raw, note="3 rounds, ratios 0.5 to 2.0")


def test_the_peers_are_a_table_with_a_line_for_each_side() -> None:
    figures = [
        peer(phase, side, what, value)
        for phase in ("plan", "apply")
        for side, value in (("`Roster`, dynamic", 1), ("octoDNS 1.2", 0.25))
        for what in ("wall", "CPU")
    ]
    run = report.Run("peers", "full", {"date": "2026-11-30"}, tuple(figures))
    page = """
<!-- python -m benchmarks --only peers writes from here -->
older
<!-- to here -->
"""
    text = peers.with_table(page, [run])
    assert "older" not in text
    assert "team of 1000" in text
    assert "(3 rounds). Full form; date 2026-11-30." in text
    ours = "| `Roster`, dynamic | 4 | 1 (3 s) | 1 (3 s) | 4 | 1 (3 s) | 1 (3 s) |"
    assert f"{ours}\n| octoDNS 1.2 | 4 | 0.25 | 0.25 | 4 | 0.25 | 0.25 |\n" in text
    assert peers.with_table(text, [run]) == text
    assert peers.with_table(text, []) == text


def test_a_figure_of_something_else_is_not_laid_out_with_the_peers() -> None:
    with pytest.raises(ValueError, match="no figure of the peers"):
        peers.as_table(run_of("peers", FIGURES[0]))


def test_the_page_shows_the_results_that_are_kept_here() -> None:
    runs = report.read(ROOT / "benchmarks")
    text = (ROOT / "docs" / "performance.md").read_text()
    assert peers.with_table(report.with_figures(text, runs), runs) == text
    measured = [run.measurement for run in runs]
    assert measured == list(MEASUREMENTS)
    assert {run.form for run in runs} == {"full"}
