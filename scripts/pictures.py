"""Make the pictures in docs/images anew: `python -m scripts.pictures`.

They show a preview, and an HTML report of an account that has drifted, light and dark.
Run it where one of the two looks different; the files are kept with the pages.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, DIMMED_MONOKAI, TerminalTheme
from rich.text import Text
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from pulumi_cerevox.testing import EmulatorProcess
from scripts.engine.workspace import ROOT, Workspace, credentials_of, find_engine

IMAGES = ROOT / "docs" / "images"
_WIDTH, _COLUMNS = 960, 100
_THEMES = {"light": DEFAULT_TERMINAL_THEME, "dark": DIMMED_MONOKAI}
_PROGRAM = """\
import pulumi_cerevox as cerevox

cerevox.Roster.from_file("team", "team.yaml")
"""
_PAGE = """\
<!doctype html><meta charset="utf-8">
<body style="margin: 24px; background: {background}; color: {foreground}">
<pre style="font: 15px/1.45 monospace; white-space: pre">{code}</pre>
"""


def run_command(account: EmulatorProcess, folder: Path, *words: str) -> str:
    """Run `pulumi-cerevox` in a folder; return its output, whatever its code."""
    run = subprocess.run(
        [sys.executable, "-m", "pulumi_cerevox.cli", *words],
        cwd=folder,
        env=os.environ | credentials_of(account),
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout


def preview(folder: Path, account: EmulatorProcess) -> str:
    """Return the output of a preview, with its colours: two changes and an intruder."""
    workspace = Workspace.new(find_engine(), folder, credentials_of(account))
    workspace.write(_PROGRAM)
    team = (folder / "team.yaml").read_text("utf-8")
    file = workspace.project / "team.yaml"
    file.write_text(team, "utf-8")
    workspace.must("stack", "init", "dev")
    workspace.must("up", "--yes", "--skip-preview")
    account.add_user("mallory@contractor.example", name="Mallory", role="admin")
    file.write_text(f"{team}  - {{email: zoe@example.com, name: Zoe}}\n", "utf-8")
    words = [*workspace.command("preview", "--diff")[:-1], "--color=always"]
    run = subprocess.run(
        words,
        cwd=workspace.project,
        env=workspace.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    return f"$ pulumi preview --diff\n{run.stdout}"


def as_page(text: str, theme: TerminalTheme) -> str:
    """Return a page that shows a terminal's output."""
    console = Console(record=True, file=io.StringIO(), width=_COLUMNS)
    console.print(Text.from_ansi(text))
    page = _PAGE.replace("{background}", theme.background_color.hex)
    page = page.replace("{foreground}", theme.foreground_color.hex)
    return console.export_html(theme=theme, inline_styles=True, code_format=page)


@contextmanager
def opened_browser() -> Iterator[Chrome]:
    """Start the browser of `scripts/browser.py`, without a window."""
    command = [sys.executable, "-m", "scripts.browser"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    program, driver = run.stdout.splitlines()
    options = ChromeOptions()
    options.binary_location = program
    root = ["no-sandbox"] if os.geteuid() == 0 else []  # root has none to use
    for word in ("headless=new", "hide-scrollbars", "disable-dev-shm-usage", *root):
        options.add_argument(f"--{word}")
    chrome = Chrome(options=options, service=Service(driver))
    try:
        yield chrome
    finally:
        chrome.quit()


def take(chrome: Chrome, page: Path, name: str, mode: str) -> None:
    """Take a picture of a page, in light or dark."""
    height = {"report": 640, "preview": 480}[name]
    size = {"width": _WIDTH, "height": height, "deviceScaleFactor": 1, "mobile": False}
    chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    media = {"name": "prefers-color-scheme", "value": mode}
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [media]})
    chrome.get(page.as_uri())
    target = IMAGES / f"{name}-{mode}.png"
    chrome.save_screenshot(str(target))
    print(target)


def main() -> None:
    """Make all four."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, opened_browser() as chrome:
        folder = Path(name)
        team, report = folder / "team.yaml", folder / "report.html"
        with EmulatorProcess(seed="team", account_id="acc_123") as account:
            team.write_text(run_command(account, folder, "export"), "utf-8")
            terminal = preview(folder, account)
        with EmulatorProcess(seed="drifted", account_id="acc_123") as account:
            words = ("team.yaml", "--format", "html=report.html")
            run_command(account, folder, "audit", *words)
        for mode, theme in _THEMES.items():
            take(chrome, report, "report", mode)
            page = folder / f"{mode}.html"
            page.write_text(as_page(terminal, theme), "utf-8")
            take(chrome, page, "preview", mode)


if __name__ == "__main__":
    main()
