"""The HTML report in a real browser: what it shows, does, and does not do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import alert_is_present
from selenium.webdriver.support.wait import WebDriverWait

from pulumi_cerevox.audit import Counts, Gap, GapKind, ReportFormat
from pulumi_cerevox.audit.reports import html
from tests.audit.samples import (
    HOSTILE_NAMES,
    audit_of,
    every_kind,
    hostile,
    many,
    render_text,
)
from tests.browser.conftest import FAILED, Open, log_of, network

PNG = b"\x89PNG\r\n\x1a\n"
NARROW = (400, 900)
PEOPLE = [
    "mallory",
    "bob",
    "trent",
    "carol",
    "grace",
    "ada",
    "dan",
    "erin",
    "frank",
    "break-glass",
]


def one(chrome: Chrome, selector: str) -> WebElement:
    return chrome.find_element(By.CSS_SELECTOR, selector)


def shown(chrome: Chrome) -> list[str]:
    """Return who is in the rows that are shown, by what stands before the @."""
    told: list[str] = chrome.execute_script(
        "return [...document.querySelectorAll('tbody tr')]"
        ".filter((row) => row.checkVisibility())"
        ".map((row) => row.querySelector('b').textContent.split('@')[0])"
    )
    return told


def status(chrome: Chrome) -> str:
    return one(chrome, "#status").text


def head(chrome: Chrome, label: str) -> WebElement:
    return chrome.find_element(By.XPATH, f"//*[@id='drift']//th[.='{label}']")


def focused(chrome: Chrome) -> WebElement:
    return chrome.switch_to.active_element


def ground(chrome: Chrome) -> str:
    color: str = chrome.execute_script(
        "return getComputedStyle(document.body).backgroundColor"
    )
    return color


def reloaded_ground(chrome: Chrome) -> str:
    chrome.refresh()
    return ground(chrome)


def test_nobody_s_name_does_anything(open_page: Open) -> None:
    chrome = open_page(hostile())
    assert not alert_is_present()(chrome)
    assert len(shown(chrome)) == 3 * len(HOSTILE_NAMES)
    text = one(chrome, "body").text
    assert all(html.visible(name) in text for name in HOSTILE_NAMES[:-1])
    for label in ("Who", "Role", "Declared at"):
        head(chrome, label).click()
    one(chrome, "#search").send_keys("<img src=x onerror=alert(1)>")
    assert status(chrome) == "3 of 48 findings"
    assert not alert_is_present()(chrome)


def test_what_got_into_the_page_all_the_same_would_not_run(open_text: Open) -> None:
    attack = (
        "<script>alert(1)</script><img src=http://example.com/x.png onerror=alert(1)>"
        "<p onclick=alert(1) style='color: red'>attack</p></main>"
    )
    page = render_text(ReportFormat.HTML, every_kind()).replace("</main>", attack)
    chrome = open_text(page)
    one(chrome, "main > p").click()
    assert not alert_is_present()(chrome)
    told = " ".join(str(entry["message"]) for entry in log_of(chrome, "browser"))
    assert told.count("Content Security Policy") >= 4
    assert [event["blockedReason"] for event in network(chrome, FAILED)] == ["csp"]


def test_searching_and_filtering(open_page: Open) -> None:
    chrome = open_page(every_kind())
    assert shown(chrome) == PEOPLE
    search, clear = one(chrome, "#search"), one(chrome, "#reset")
    assert not clear.is_enabled()

    search.send_keys("TEAM.yaml admin")
    assert shown(chrome) == ["bob", "ada"]
    assert status(chrome) == "2 of 10 findings"
    assert one(chrome, "#drift h2").text == "Drift 2 of 6"
    assert not one(chrome, "#note").is_displayed()
    search.send_keys(" nobody has this")
    assert shown(chrome) == []
    assert status(chrome) == "0 of 10 findings"
    clear.click()
    assert shown(chrome) == PEOPLE
    assert focused(chrome) == search
    assert not clear.is_enabled()

    one(chrome, "[data-kind=undeclared][aria-pressed]").click()
    one(chrome, "[data-kind=dormant][aria-pressed]").click()
    assert shown(chrome) == ["mallory", "trent", "erin", "break-glass"]
    one(chrome, "[data-level=ignored]").click()
    assert shown(chrome) == ["break-glass"]
    one(chrome, "[data-kind=undeclared][aria-pressed]").click()
    assert shown(chrome) == []
    clear.click()
    assert shown(chrome) == PEOPLE
    assert not chrome.find_elements(By.CSS_SELECTOR, ".tools [aria-pressed=true]")


def test_sorting_by_click_and_by_keyboard(open_page: Open) -> None:
    chrome = open_page(every_kind())
    reported = shown(chrome)[:6]
    who = head(chrome, "Who")
    who.click()
    assert who.get_attribute("aria-sort") == "ascending"
    assert shown(chrome)[:6] == sorted(reported)
    who.click()
    assert who.get_attribute("aria-sort") == "descending"
    assert shown(chrome)[:6] == sorted(reported, reverse=True)

    place = head(chrome, "Declared at").find_element(By.TAG_NAME, "button")
    chrome.execute_script("arguments[0].focus()", place)
    place.send_keys(Keys.ENTER)
    assert who.get_attribute("aria-sort") is None
    assert focused(chrome) == place
    # By number, and those who are declared nowhere last, whichever way round.
    nowhere = ["mallory", "trent"]
    assert shown(chrome)[:6] == ["carol", "bob", "ada", "grace", *nowhere]
    place.send_keys(Keys.SPACE)
    assert shown(chrome)[:6] == ["grace", "ada", "bob", "carol", *nowhere]
    place.send_keys(Keys.SPACE)
    assert shown(chrome)[:6] == reported
    assert not chrome.find_elements(By.CSS_SELECTOR, "[aria-sort]")

    head(chrome, "Kind").click()
    kinds = ["mallory", "trent", "bob", "carol", "grace", "ada"]
    assert shown(chrome)[:6] == kinds


def test_the_keyboard_reaches_everything_and_is_seen(open_page: Open) -> None:
    chrome = open_page(every_kind())
    body = one(chrome, "body")
    body.send_keys(Keys.TAB)
    assert focused(chrome).text == "Skip to the findings"
    assert focused(chrome).rect["y"] >= 0
    focused(chrome).send_keys(Keys.ENTER)
    focused(chrome).send_keys(Keys.TAB)
    assert focused(chrome) == one(chrome, "#search")
    outlines = set()
    for _ in range(5):
        focused(chrome).send_keys(Keys.TAB)
        assert focused(chrome).tag_name == "button"
        outlines.add(focused(chrome).value_of_css_property("outline-style"))
    assert outlines == {"solid"}


def test_the_theme_follows_the_system_until_somebody_chooses(open_page: Open) -> None:
    light = ground(open_page(every_kind()))
    chrome = open_page(every_kind(), dark=True)
    dark = ground(chrome)
    assert light != dark
    toggle = one(chrome, "#theme")
    assert toggle.get_attribute("aria-pressed") == "true"
    toggle.send_keys(Keys.ENTER)
    assert toggle.get_attribute("aria-pressed") == "false"
    assert ground(chrome) == light
    # The browser stores the choice when it gets round to it.
    WebDriverWait(chrome, 20).until(lambda _: reloaded_ground(chrome) == light)
    one(chrome, "#theme").click()
    assert ground(chrome) == dark


def test_what_to_do_is_copied_or_at_least_selected(open_page: Open) -> None:
    chrome = open_page(every_kind())
    chrome.execute_cdp_cmd(
        "Browser.grantPermissions",
        {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]},
    )
    button = one(chrome, "#drift tbody .copy")
    button.click()
    wait = WebDriverWait(chrome, 20)
    wait.until(lambda _: status(chrome) == "Copied")
    fix = every_kind().findings[0].fix
    assert fix == chrome.execute_async_script(
        "const done = arguments[0]; navigator.clipboard.readText().then(done, done)"
    )
    chrome.execute_script("Object.defineProperty(navigator, 'clipboard', {})")
    button.click()
    wait.until(lambda _: status(chrome).startswith("Selected"))
    assert chrome.execute_script("return String(getSelection())") == fix


def test_without_scripts_everything_is_readable(open_page: Open) -> None:
    chrome = open_page(every_kind(), scripts=False)
    text = one(chrome, "body").text
    assert every_kind().headline in text
    assert all(f"{person}@" in text for person in PEOPLE)
    assert not any(
        part.is_displayed()
        for part in chrome.find_elements(By.CSS_SELECTOR, ".scripted")
    )


def test_ten_thousand_findings_are_searched_and_sorted(open_page: Open) -> None:
    chrome = open_page(many(10_000))
    assert status(chrome) == "10,000 findings"
    head(chrome, "Who").click()
    head(chrome, "Who").click()
    one(chrome, "#search").send_keys("person77")
    assert status(chrome) == "111 of 10,000 findings"
    found = shown(chrome)
    assert len(found) == 111
    assert (found[0], found[-1]) == ("person7799", "person77")
    one(chrome, "#reset").click()
    assert shown(chrome)[:2] == ["person9999", "person9998"]


def test_gaps_come_before_all_findings(open_page: Open) -> None:
    gap = Gap(GapKind.ACCOUNT, "page 3 of the list answered 500")
    chrome = open_page(replace(every_kind(), gaps=(gap,)))
    gaps = one(chrome, "#gaps")
    assert gap.text in gaps.text
    assert gaps.rect["y"] < one(chrome, ".figures").rect["y"]
    assert gaps.rect["y"] + gaps.rect["height"] <= 900


@pytest.mark.parametrize("size", [(1360, 900), NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_is_drawn_and_fits(
    open_page: Open, tmp_path: Path, size: tuple[int, int], *, dark: bool
) -> None:
    for name, result in {
        "kinds": every_kind(),
        "hostile": hostile(),
        "in sync": audit_of([], counts=Counts(42, 42, 42)),
    }.items():
        chrome = open_page(result, size=size, dark=dark)
        width = chrome.execute_script("return document.documentElement.scrollWidth")
        assert width <= size[0], name
        picture = tmp_path / f"{name}.png"
        assert chrome.save_screenshot(str(picture))
        drawn = picture.read_bytes()
        assert drawn.startswith(PNG)
        assert int.from_bytes(drawn[16:20], "big") == size[0]


def test_on_paper_the_controls_are_gone_and_the_findings_there(open_page: Open) -> None:
    chrome = open_page(every_kind(), dark=True)
    dark = ground(chrome)
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert ground(chrome) != dark
    assert shown(chrome) == PEOPLE
    assert not one(chrome, ".tools").is_displayed()
    assert not one(chrome, "#theme").is_displayed()
    assert one(chrome, "thead").value_of_css_property("display") == "table-header-group"
