"""A real Chromium, and pages in it that are watched for whatever they should not do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from pulumi_cerevox.audit import AuditResult, ReportFormat
from tests.audit.samples import render_text

ROOT = Path(__file__).parent.parent.parent
WIDE = (1360, 900)


@pytest.fixture(scope="session")
def browser_programs() -> tuple[str, str]:
    """Find the browser and its driver by the project's script; never skip."""
    run = subprocess.run(
        [sys.executable, "-m", "scripts.browser"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        pytest.fail(run.stderr, pytrace=False)
    browser, driver = run.stdout.splitlines()
    return browser, driver


@pytest.fixture(scope="module")
def browser(browser_programs: tuple[str, str]) -> Iterator[Chrome]:
    """One browser for the module; what it asks of the outer world finds no address."""
    program, driver = browser_programs
    options = ChromeOptions()
    options.binary_location = program
    options.unhandled_prompt_behavior = "ignore"  # a dialog fails what comes after it
    options.set_capability(
        "goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"}
    )
    arguments = [
        "headless=new",
        "disable-background-networking",
        "disable-dev-shm-usage",
        "hide-scrollbars",
        "host-resolver-rules=MAP * ~NOTFOUND",
        *(["no-sandbox"] if os.geteuid() == 0 else []),  # root has none to use
    ]
    for argument in arguments:
        options.add_argument(f"--{argument}")
    chrome = Chrome(options=options, service=Service(driver))
    try:
        yield chrome
    finally:
        chrome.quit()


Open = Callable[..., Chrome]


@pytest.fixture
def open_text(browser: Chrome, tmp_path: Path) -> Iterator[Open]:
    """Open a page's text, `dark` or light, of any size, with or without scripts."""

    def show(
        text: str,
        *,
        dark: bool = False,
        size: tuple[int, int] = WIDE,
        scripts: bool = True,
    ) -> Chrome:
        width, height = size
        media = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        for command, settings in (
            (
                "Emulation.setDeviceMetricsOverride",
                {
                    "width": width,
                    "height": height,
                    "deviceScaleFactor": 1,
                    "mobile": False,
                },
            ),
            ("Emulation.setEmulatedMedia", {"media": "", "features": [media]}),
            ("Emulation.setScriptExecutionDisabled", {"value": not scripts}),
        ):
            browser.execute_cdp_cmd(command, settings)
        forget_logs(browser)
        file = tmp_path / "page.html"
        file.write_text(text, encoding="ascii")
        browser.get(file.as_uri())
        return browser

    yield show
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    browser.execute_script("localStorage.clear()")
    forget_logs(browser)


@pytest.fixture
def open_page(open_text: Open) -> Iterator[Open]:
    """Open a report; at the end it must have asked for nothing but itself."""
    opened: list[Chrome] = []

    def show(result: AuditResult, **settings: object) -> Chrome:
        chrome = open_text(render_text(ReportFormat.HTML, result), **settings)
        opened.append(chrome)
        return chrome

    yield show
    for chrome in opened[:1]:
        assert log_of(chrome, "browser") == []
        asked = {event["request"]["url"] for event in network(chrome, SENT)}
        pages = {one for one in asked if one.startswith("file:")}
        assert pages
        assert asked - pages <= {"data:,"}  # the empty icon


def log_of(chrome: Chrome, name: str) -> list[dict[str, Any]]:
    """Return what a log has got since it was last asked for."""
    entries: list[dict[str, Any]] = chrome.get_log(name)  # type: ignore[no-untyped-call]
    return entries


SENT = "Network.requestWillBeSent"
FAILED = "Network.loadingFailed"


def network(chrome: Chrome, kind: str) -> list[dict[str, Any]]:
    """Return what the network log has of a kind since it was last asked."""
    log = (json.loads(entry["message"]) for entry in log_of(chrome, "performance"))
    events = (entry["message"] for entry in log)
    return [event["params"] for event in events if event["method"] == kind]


def forget_logs(chrome: Chrome) -> None:
    """Start the logs anew."""
    log_of(chrome, "browser")
    log_of(chrome, "performance")
