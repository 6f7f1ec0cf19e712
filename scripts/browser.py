"""Print a Chromium and its driver, one path a line; say what to install without one.

Looked for on PATH, then by Selenium Manager, which finds a Chrome elsewhere or brings
Chrome for Testing into the project's cache. Exit code 1 when neither worked.
"""

from __future__ import annotations

import os
import shutil
import sys

from selenium.common import WebDriverException
from selenium.webdriver.common.selenium_manager import SeleniumManager

from scripts.engine import folders

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_DRIVER = "chromedriver"
_ADVICE = """\
no browser for the tests of HTML pages was found on PATH, and Selenium Manager failed:
{reason}
Put Chromium (or Chrome) and its chromedriver on PATH, and run it again:
  Debian, Ubuntu   apt-get install chromium chromium-driver
  Fedora           dnf install chromium chromedriver
  macOS            brew install --cask google-chrome chromedriver"""


def on_path() -> tuple[str, str] | None:
    """Return browser and driver where both are on PATH."""
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    driver = shutil.which(_DRIVER)
    return (browser, driver) if browser and driver else None


def from_selenium_manager() -> tuple[str, str]:
    """Return what Selenium Manager finds or brings."""
    os.environ["SE_AVOID_STATS"] = "true"  # it would tell its makers of each run
    folder = str(folders.root() / "browser")
    found = SeleniumManager().binary_paths(
        ["--browser", "chrome", "--cache-path", folder]
    )
    browser, driver = found["browser_path"], found["driver_path"]
    if not (browser and driver):  # offline it ends well with half of the answer
        raise WebDriverException(found["message"] or "no driver")
    return browser, driver


def main() -> int:
    """Try both ways."""
    try:
        print(*(on_path() or from_selenium_manager()), sep="\n")
    except WebDriverException as error:
        print(_ADVICE.format(reason=(error.msg or "").strip()), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
